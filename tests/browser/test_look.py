"""The pattern page and the modules of the look in a real browser: accessible in every state, safe with a scanner, whole without scripts."""

import io
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings
from django.urls import include, path
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, Route, expect

from tests.accessibility import AXE_OPTIONS, PUT_ON
from tests.walks import scan_like_a_wedge

urlpatterns = [path("", include("madoguchi.platform.ui.urls"))]
handler404 = "madoguchi.platform.ui.views.page_not_found"

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("look")]

PUBLIC_STATES = ["__ui__/", "__ui__/?faulty", "__ui__/?dialog", "__ui__/problem/404/", "__ui__/problem/503/"]
STAFF_STATES = ["__ui__/staff/", "__ui__/staff/?faulty", "__ui__/staff/?page=1", "__ui__/problem/409/?staff", "__ui__/taken/"]
# A test types through the browser's protocol, slower than a scanner when the machine is busy: what counts as quick is set per test.
QUICK, SLOW_MS = "5000", 60
INDIVIDUAL_NUMBER = "123456789018"
ORDINARY_NUMBER = "123456789012"


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Keep the test's output for what matters."""


@pytest.fixture(scope="module")
def patterns() -> Iterator[str]:
    """The address of a server that has only the pattern page, under the zones' own middleware and security policy."""
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MADOGUCHI_SHELL="", MADOGUCHI_MENU=""):
        server = make_server("127.0.0.1", 0, WSGIHandler(), _ThreadingServer, _QuietHandler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
        server.server_close()


def requests_without_answer(page: Page) -> list[Route]:
    """Answer every pattern form with nothing (204: the page stays); return the list that its requests gather in."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        route.fulfill(status=204)

    page.route("**/__ui__/taken/", hold)
    return held


def requests_from_here(page: Page) -> list[str]:
    """Return the list that the page's requests gather in; its icon is left out: the browser fetches it when it likes."""
    addresses: list[str] = []
    page.on("request", lambda request: None if request.url.endswith("/favicon.svg") else addresses.append(request.url))
    return addresses


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("state", PUBLIC_STATES + STAFF_STATES)
def test_axe_finds_nothing(patterns: str, phone: Page, desktop: Page, state: str) -> None:
    for page in (phone, desktop):
        page.goto(patterns + state)
        assert violations(page) == []


def test_axe_would_find_a_planted_fault(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/")
    phone.evaluate("document.querySelector('label').remove(); document.documentElement.removeAttribute('lang')")
    assert {fault.split(":")[0] for fault in violations(phone)} >= {"label", "html-has-lang"}


@pytest.mark.parametrize("state", PUBLIC_STATES + STAFF_STATES)
def test_nothing_runs_over_the_edge_at_320_pixels_or_with_text_twice_as_large(patterns: str, browser: Browser, state: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
    page = context.new_page()
    page.goto(patterns + state)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_style_tag(content="html { font-size: 200% }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.add_style_tag(content="* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


# One way of looking each: what the browser is told, and the part of the page that is looked at. The pages are those with every component.
PICTURES = {
    "forced-colours": ("__ui__/?faulty", {"forced_colors": "active"}),
    "forced-colours-dark": ("__ui__/problem/404/", {"forced_colors": "active", "color_scheme": "dark"}),
    "less-motion": ("__ui__/", {"reduced_motion": "reduce"}),
    "print": ("__ui__/", {"media": "print"}),
    "print-problem": ("__ui__/problem/503/", {"media": "print"}),
}
BASELINES = Path(__file__).parent / "baselines"
# A cell is 16 px of the page: letters blur to the grey of a line, so that a clock's figures or another version of a font are no difference.
CELL, MOST_HIGHER, MOST_APART, MOST_CELLS_APART = 16, 0.03, 40, 0.04


def picture_of(page: Page, address: str, media: dict[str, str]) -> Image.Image:
    """Return the whole page as it looks in this medium, a grey dot for each cell."""
    page.goto(address)
    page.emulate_media(**media)  # type: ignore[arg-type]  # its values are words
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="allow"))).convert("L")
    return shot.resize((shot.width // CELL, shot.height // CELL), Image.Resampling.BOX)


def unlike(shot: Image.Image, baseline: Image.Image) -> list[str]:
    """Return in what a picture is not like its baseline; an empty list when it is."""
    higher = abs(shot.height - baseline.height) / baseline.height
    if shot.width != baseline.width or higher > MOST_HIGHER:
        return [f"{shot.size} instead of {baseline.size}"]
    apart = ImageChops.difference(shot.resize(baseline.size, Image.Resampling.BOX), baseline).histogram()
    share = sum(apart[MOST_APART:]) / (baseline.width * baseline.height)
    return [f"{share:.1%} of the cells differ"] if share > MOST_CELLS_APART else []


@pytest.mark.parametrize("look", PICTURES)
def test_forced_colours_less_motion_and_paper_look_as_they_did(patterns: str, phone: Page, look: str) -> None:
    """A new baseline is written with MADOGUCHI_NEW_BASELINES=1; whoever writes one looks at the page itself."""
    address, media = PICTURES[look]
    shot = picture_of(phone, patterns + address, media)
    if os.environ.get("MADOGUCHI_NEW_BASELINES"):
        shot.save(BASELINES / f"{look}.png", optimize=True)
    with Image.open(BASELINES / f"{look}.png") as baseline:
        assert unlike(shot, baseline) == []


@pytest.mark.parametrize(
    ("look", "fault"),
    [
        ("forced-colours", ".btn, .choice, input, .panel { forced-color-adjust: none; background: #888 !important }"),
        ("print", ".site-header, .site-footer, .btn, nav { display: block !important; min-height: 6rem; background: #999 !important }"),
    ],
)
def test_a_page_that_looks_otherwise_is_noticed(patterns: str, phone: Page, look: str, fault: str) -> None:
    address, media = PICTURES[look]
    picture_of(phone, patterns + address, media)
    phone.evaluate(PUT_ON, fault)
    shot = Image.open(io.BytesIO(phone.screenshot(full_page=True))).convert("L")
    with Image.open(BASELINES / f"{look}.png") as baseline:
        assert unlike(shot.resize((shot.width // CELL, shot.height // CELL), Image.Resampling.BOX), baseline)


def test_what_citizens_press_is_large_enough(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/?faulty")
    boxes = phone.evaluate(
        """pressed => [...document.querySelectorAll(pressed)].filter(part => part.checkVisibility())
        .map(part => [part.outerHTML.slice(0, 80), part.getBoundingClientRect().height])""",
        ".btn, .way, .choice, .calendar a, .back-link, .month-move a, .site-footer li a, .field input[type=text]",
    )
    assert len(boxes) > 30
    assert [box for box in boxes if box[1] < 43.9] == []


@pytest.mark.parametrize("state", ["__ui__/?faulty", "__ui__/staff/"])
def test_focus_is_seen_at_every_stop(patterns: str, desktop: Page, state: str) -> None:
    desktop.goto(patterns + state)
    seen: list[str] = []
    for _stop in range(70):
        desktop.keyboard.press("Tab")
        stop = desktop.evaluate(
            """() => { const on = document.activeElement; if (on === document.body) return null;
            const framed = on.closest('.choice') ?? on, style = getComputedStyle(framed), box = framed.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 1));
            return {name: on.outerHTML.slice(0, 90), ring: style.outlineStyle === 'solid' ? parseFloat(style.outlineWidth) : 0,
                    free: !!top && (framed.contains(top) || top.contains(framed)) } }"""
        )
        if stop is None:
            break
        assert stop["ring"] >= 2, stop
        assert stop["free"], stop
        seen.append(stop["name"])
    assert len(set(seen)) > 30


def test_first_visit_is_light(patterns: str, phone: Page) -> None:
    sizes: dict[str, int] = {}
    phone.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    phone.goto(patterns + "__ui__/problem/404/", wait_until="networkidle")
    assert all(url.startswith(patterns) for url in sizes)
    assert len(sizes) <= 8
    assert sum(sizes.values()) <= 50_000


def test_error_summary_takes_the_focus_and_leads_to_the_field(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/?faulty")
    expect(phone).to_have_title(re.compile("^エラー：部品の見本"))
    expect(phone.locator("[data-error-summary]")).to_be_focused()
    phone.get_by_role("link", name="受け取る場所を選んでください。").click()
    expect(phone.get_by_role("radio", name="市役所本庁舎")).to_be_focused()
    phone.get_by_role("link", name="年・月・日は数字で入力してください。").click()
    expect(phone.get_by_role("textbox", name="年", exact=True)).to_be_focused()
    for link in phone.locator("[data-error-summary] a").all():
        target = link.get_attribute("href")
        assert target is not None
        assert phone.locator(target).count() == 1


def test_names_of_fields_are_their_labels_and_nothing_more(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/")
    expect(phone.get_by_role("textbox", name="予約用ID", exact=True)).to_have_count(1)
    expect(phone.get_by_role("group", name="受け取る場所", exact=True)).to_have_count(1)
    expect(phone.get_by_role("textbox", name="予約用ID", exact=True)).to_have_accessible_description(re.compile("9けた"))


def test_a_row_answers_to_a_press_on_its_control_its_words_and_its_edge(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/")
    first, second, third = phone.locator(".choice").filter(has=phone.locator("[name=place]")).all()
    first.get_by_role("radio").check()
    expect(first.get_by_role("radio")).to_be_checked()
    second.get_by_text("湘南台市民センター").click()
    expect(second.get_by_role("radio")).to_be_checked()
    third.click(position={"x": 3, "y": 3})
    expect(third.get_by_role("radio")).to_be_checked()


def test_everything_is_there_without_scripts(patterns: str, phone_without_javascript: Page) -> None:
    page = phone_without_javascript
    page.goto(patterns + "__ui__/?faulty")
    expect(page.get_by_role("link", name="受け取る場所を選んでください。")).to_be_visible()
    expect(page.get_by_text("まで、あなたのためにお取りしています。")).to_be_visible()
    expect(page.locator("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="この画面を印刷する")).to_be_hidden()
    page.get_by_role("button", name="10分のばす").click()
    expect(page.locator("main")).to_contain_text("POST")


def test_a_double_press_sends_once_and_the_button_comes_back(patterns: str, phone: Page) -> None:
    sent = requests_without_answer(phone)
    phone.clock.install()
    phone.goto(patterns + "__ui__/")
    button = phone.locator("main form[enctype] button")
    button.click()
    expect(button).to_have_text("送信しています…")
    button.dispatch_event("click")
    phone.keyboard.press("Enter")
    phone.wait_for_timeout(100)
    assert len(sent) == 1
    phone.clock.fast_forward(11_000)
    expect(button).to_have_text("次へ進む")


def test_hold_timer_warns_and_ends_without_losing_the_page(patterns: str, phone: Page) -> None:
    phone.clock.install()
    phone.goto(patterns + "__ui__/")
    live = phone.locator("[data-live]")
    expect(live).to_be_empty()
    phone.clock.fast_forward("07:05")
    expect(live).to_have_text("お取りしている時間は、あと3分です。")
    expect(phone.get_by_role("dialog")).to_have_count(0)
    phone.clock.fast_forward("02:00")
    expect(phone.get_by_role("dialog", name="まもなく時間が切れます")).to_be_visible()
    phone.get_by_role("button", name="のばさずに続ける").click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    phone.clock.fast_forward("01:00")
    expect(phone.get_by_text("お取りしている時間が過ぎました。").first).to_be_visible()
    expect(phone.get_by_text("まで、あなたのためにお取りしています。")).to_be_hidden()
    expect(phone.get_by_role("textbox", name="予約用ID")).to_be_editable()


def test_print_button_appears_with_scripts_and_prints(patterns: str, phone: Page) -> None:
    phone.goto(patterns + "__ui__/")
    phone.evaluate("window.print = () => { document.title = 'printed' }")
    phone.get_by_role("button", name="この画面を印刷する").click()
    expect(phone).to_have_title("printed")


# --- The scan guard ---------------------------------------------------------------------------------


@pytest.fixture
def counter(patterns: str, desktop: Page) -> Page:
    """A staff page at which everything typed counts as scanned, and every press of a button is counted."""
    desktop.goto(patterns + "__ui__/staff/")
    desktop.evaluate(
        """gap => { document.querySelector('scan-guard').dataset.gap = gap; window.presses = 0;
        document.addEventListener('click', event => {
            if (event.target.closest('button')) { window.presses += 1; event.preventDefault() } }) }""",
        QUICK,
    )
    return desktop


def scan(page: Page, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a_scan_goes_to_the_form_of_the_page_and_presses_nothing(counter: Page) -> None:
    counter.get_by_role("button", name="交付を取り消す").focus()
    scan(counter, "M-000123")
    expect(counter.locator("output")).to_have_text("M-000123")
    expect(counter).to_have_url(re.compile("/__ui__/taken/$"))


def test_a_scan_presses_no_button_even_where_nothing_takes_it(counter: Page) -> None:
    counter.evaluate("document.querySelectorAll('form[data-scan-target]').forEach(form => delete form.dataset.scanTarget)")
    counter.get_by_role("button", name="交付を取り消す").focus()
    scan(counter, "M-000123")
    expect(counter.get_by_text("この画面ではコードの読取を使いません。")).to_be_visible()
    assert counter.evaluate("window.presses") == 0


def test_without_the_guard_the_same_scan_would_press_the_button(counter: Page) -> None:
    counter.evaluate("document.querySelector('scan-guard').remove()")
    counter.get_by_role("button", name="交付を取り消す").focus()
    scan(counter, "M-000123")
    assert counter.evaluate("window.presses") == 1


def test_hands_press_buttons_as_ever(counter: Page) -> None:
    counter.evaluate("document.querySelector('scan-guard').dataset.gap = '1'")
    counter.get_by_role("button", name="交付を取り消す").focus()
    for character in "abcdef":
        counter.keyboard.press(character, delay=SLOW_MS)
    counter.keyboard.press("Enter")
    assert counter.evaluate("window.presses") == 1


def test_a_scan_into_another_field_is_taken_out_again(counter: Page) -> None:
    memo = counter.get_by_role("textbox", name="引き継ぎの内容")
    counter.evaluate("addEventListener('madoguchi:scan', event => { window.scanned = event.detail.code; event.preventDefault() })")
    memo.fill("電話の約束あり")
    memo.press("End")
    scan(counter, "M-000123")
    assert counter.evaluate("window.scanned") == "M-000123"
    expect(memo).to_have_value("電話の約束あり")
    expect(memo).to_be_focused()


def test_a_scan_through_a_japanese_input_method_is_understood(counter: Page) -> None:
    counter.evaluate(
        """() => { for (const code of ['KeyM', 'Minus', 'Digit0', 'Digit0', 'Numpad1', 'KeyB', 'Enter'])
        document.body.dispatchEvent(new KeyboardEvent(
            'keydown', {key: 'Process', code, shiftKey: code === 'KeyM', bubbles: true, cancelable: true})) }"""
    )
    expect(counter.locator("output")).to_have_text("M-001b")


def test_an_address_through_a_japanese_input_method_keeps_its_signs(counter: Page) -> None:
    counter.evaluate(
        """() => { for (const [code, shiftKey] of [['KeyQ', false], ['Quote', false], ['Slash', false], ['Digit3', true], ['KeyA', true],
            ['Digit0', false], ['KeyA', true], ['Digit3', false], ['Period', false], ['Digit7', false], ['Enter', false]])
        document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Process', code, shiftKey, bubbles: true, cancelable: true})) }"""
    )
    expect(counter.locator("output")).to_have_text("q:/#A0A3.7")


@pytest.mark.parametrize(("gap", "presses", "scanned"), [(0, 0, True), (8, 0, True), (39, 0, True), (41, 1, False), (120, 1, False)])
def test_the_time_between_keys_tells_a_scanner_from_hands(counter: Page, gap: int, presses: int, scanned: bool) -> None:
    counter.evaluate("delete document.querySelector('scan-guard').dataset.gap")
    counter.evaluate("addEventListener('madoguchi:scan', event => { window.scanned = event.detail.code; event.preventDefault() })")
    counter.get_by_role("button", name="交付を取り消す").focus()
    scan_like_a_wedge(counter, "S000000123", gap)
    assert counter.evaluate("window.presses") == presses
    assert counter.evaluate("window.scanned ?? ''") == ("S000000123" if scanned else "")


LISTEN_TO_TONES = """window.tones = []; window.AudioContext = class {
    currentTime = 0; state = 'running'; destination = {};
    createOscillator() { const source = {frequency: {}, connect: to => to, stop() {},
        start: () => window.tones.push(source.frequency.value)}; return source; }
    createGain() { return {gain: {setValueAtTime() {}, linearRampToValueAtTime() {}}, connect: to => to}; } };"""


@pytest.mark.parametrize(("volume", "heard"), [("50", [196, 165]), ("0", [])])
def test_what_must_stop_sounds_twice_and_low_unless_the_terminal_is_silent(
    patterns: str, desktop: Page, volume: str, heard: list[int]
) -> None:
    desktop.add_init_script(LISTEN_TO_TONES)
    desktop.goto(patterns + "__ui__/staff/")
    desktop.evaluate(
        "([gap, volume]) => { Object.assign(document.querySelector('scan-guard').dataset, {gap, volume}); window.tones = [] }",
        [QUICK, volume],
    )
    scan(desktop, INDIVIDUAL_NUMBER)
    expect(desktop.get_by_text("マイナンバー（個人番号）が読み取られたため")).to_be_visible()
    assert desktop.evaluate("window.tones") == heard


def test_a_match_sounds_once_and_high_as_the_page_comes(patterns: str, desktop: Page) -> None:
    desktop.add_init_script(LISTEN_TO_TONES)
    desktop.goto(patterns + "__ui__/staff/")
    desktop.wait_for_function("window.tones.length > 0")
    assert desktop.evaluate("window.tones") == [1568]


@pytest.mark.parametrize(
    ("said", "heard"),
    [("success", [1568]), ("warning", [784]), ("error", [196, 165]), ("", [])],
)
def test_a_message_above_a_page_for_scans_sounds_as_it_reads(patterns: str, desktop: Page, said: str, heard: list[int]) -> None:
    banner = f"<div role=status><div class='banner banner-{said}'></div></div>" if said else ""
    body = f"<main>{banner}<form data-scan-target></form></main><script type=module src='/static/ui/js/tones.js'></script>"
    desktop.route("**/answer/", lambda route: route.fulfill(body=body, content_type="text/html"))
    desktop.add_init_script(LISTEN_TO_TONES)
    desktop.goto(patterns + "__ui__/staff/")
    source = desktop.locator("script[src*='tones']").first.get_attribute("src")
    body = body.replace("/static/ui/js/tones.js", str(source))
    desktop.goto(patterns + "answer/")
    desktop.wait_for_load_state("networkidle")
    assert desktop.evaluate("window.tones") == heard


def test_an_individual_number_is_dropped_wherever_it_is_read(counter: Page) -> None:
    requests = requests_from_here(counter)
    warning = counter.get_by_text("マイナンバー（個人番号）が読み取られたため、破棄しました。")
    counter.get_by_role("button", name="交付できない").focus()
    scan(counter, INDIVIDUAL_NUMBER)
    expect(warning).to_be_visible()
    field = counter.get_by_role("textbox", name="引き継ぎの内容")
    field.focus()
    scan(counter, INDIVIDUAL_NUMBER)
    expect(field).to_have_value("")
    assert requests == []


@pytest.mark.parametrize("written", [INDIVIDUAL_NUMBER, "１２３４-５６７８-９０１８", "番号は 1234 5678 9018 です"])
def test_an_individual_number_typed_or_pasted_is_not_sent(counter: Page, written: str) -> None:
    counter.evaluate("document.querySelector('scan-guard').dataset.gap = '0'")
    sent = requests_from_here(counter)
    field = counter.get_by_role("textbox", name="引き継ぎの内容")
    field.fill(written)
    counter.evaluate("document.querySelector('main form[enctype]').requestSubmit()")
    expect(counter.get_by_text("マイナンバー（個人番号）が読み取られたため")).to_be_visible()
    expect(field).to_have_value("")
    field.focus()
    pasted = counter.evaluate(
        """text => { const data = new DataTransfer(); data.setData('text', text);
        const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
        return document.activeElement.dispatchEvent(paste) }""",
        written,
    )
    assert pasted is False
    assert sent == []


def test_a_number_with_another_check_digit_is_an_ordinary_code(counter: Page) -> None:
    scan(counter, ORDINARY_NUMBER)
    expect(counter.locator("output")).to_have_text(ORDINARY_NUMBER)


def test_a_field_that_expects_numbers_keeps_them(counter: Page) -> None:
    field = counter.get_by_role("textbox", name="追跡番号")
    field.focus()
    scan(counter, INDIVIDUAL_NUMBER)
    expect(field).to_have_value(INDIVIDUAL_NUMBER)
    expect(counter.get_by_text("マイナンバー（個人番号）が読み取られたため")).to_be_hidden()
    assert counter.evaluate("window.presses") == 0


def test_a_second_scan_while_the_first_is_on_its_way_is_not_sent(counter: Page) -> None:
    sent = requests_without_answer(counter)
    scan(counter, "M-000123")
    scan(counter, "M-000123")
    counter.wait_for_timeout(100)
    assert len(sent) == 1
