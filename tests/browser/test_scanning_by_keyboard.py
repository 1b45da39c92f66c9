"""At the scanning desk with a scanner and the keyboard alone, and a box counted without a pause though the line breaks."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from madoguchi.kernel.labels import sleeve_code
from tests.conftest import RunningDemo
from tests.walks import follow, scan_like_a_wedge, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture
def clerk(demo: RunningDemo, browser: Browser) -> Page:
    """A clerk who is signed in to the core zone."""
    page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    sign_in(page, demo.delivery, demo.staff["clerk"])
    return page


def scan_and_wait(page: Page, code: str) -> None:
    with page.expect_navigation():
        scan_like_a_wedge(page, code)


def sleeve_on(page: Page) -> str:
    found = re.search(r"S\d{9,}", page.get_by_role("main").inner_text())
    assert found, "the page shows the sleeve code"
    return found.group()


def test_from_any_page_a_scan_opens_the_record_and_enter_takes_the_next_step(demo: RunningDemo, clerk: Page) -> None:
    serials = [demo.citizens[number]["id"] for number in (0, 1)]
    clerk.goto(f"{demo.delivery}cards/")
    clerk.get_by_role("link").first.focus()
    scan_and_wait(clerk, serials[1])
    other = sleeve_on(clerk)
    scan_and_wait(clerk, serials[0])
    own = sleeve_on(clerk)
    scan_and_wait(clerk, other)
    expect(clerk.get_by_role("alert").filter(has_text="不一致")).to_be_visible()
    # The wrong card changed nothing; the right one matches, and the focus waits on the one next step.
    clerk.goto(f"{demo.delivery}scan/")
    scan_and_wait(clerk, serials[0])
    scan_and_wait(clerk, own)
    expect(clerk.get_by_role("status").filter(has_text="一致")).to_be_visible()
    expect(clerk.locator("[data-next-step]")).to_be_focused()
    scan_and_wait(clerk, own)  # once more: its Enter presses nothing
    expect(clerk.get_by_role("main")).to_contain_text("何も変わっていません")
    expect(clerk.get_by_role("heading", name="読取")).to_be_visible()
    with clerk.expect_navigation():
        clerk.keyboard.press("Enter")
    expect(clerk.get_by_role("heading", name="読取")).to_have_count(0)


def test_a_box_is_counted_without_a_pause_and_a_broken_line_loses_nothing(demo: RunningDemo, clerk: Page) -> None:
    clerk.goto(f"{demo.delivery}scan/")
    scan_and_wait(clerk, demo.citizens[2]["id"])
    first = int(sleeve_on(clerk)[1:-1])
    clerk.goto(f"{demo.delivery}storage/stock/")
    place = clerk.get_by_role("combobox", name="数える場所")
    place.select_option(place.locator("option").filter(has_text="市民窓口センター A 02").get_attribute("value"))
    follow(clerk.get_by_role("button", name="始める"))
    broken: list[Route] = []

    def break_the_line(route: Route) -> None:
        broken.append(route)
        route.abort()

    read, waiting = clerk.locator('[data-count="read"]'), clerk.locator('[data-count="waiting"]')
    for number in range(5):
        scan_like_a_wedge(clerk, sleeve_code(first + number))
    expect(read).to_have_text("5")
    clerk.route("**/scan/", break_the_line)
    scan_like_a_wedge(clerk, sleeve_code(first + 5))
    scan_like_a_wedge(clerk, sleeve_code(first + 6))
    expect(waiting).to_have_text("2")
    expect(clerk.get_by_text("読み取りは失われていません")).to_be_visible()
    assert broken
    clerk.unroute("**/scan/")
    clerk.get_by_role("button", name="もう一度送る").click()
    expect(waiting).to_have_text("0")
    expect(read).to_have_text("7")
    scan_like_a_wedge(clerk, sleeve_code(first))
    expect(clerk.get_by_role("status").filter(has_text="読み取り済み")).to_be_visible()
    clerk.reload()
    expect(read).to_have_text("7")
    expect(clerk.get_by_role("main")).not_to_contain_text("予定")


def test_keys_go_through_the_rows_of_a_queue_and_a_scan_among_them_stays_a_scan(demo: RunningDemo, clerk: Page) -> None:
    clerk.goto(f"{demo.delivery}queues/")
    rows, pane = clerk.locator("table[data-rows] tbody tr"), clerk.locator("[data-pane]")
    ticks = rows.get_by_role("checkbox")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        clerk.keyboard.press(key)
    expect(rows.nth(1).locator("[data-row-open]")).to_be_focused()
    expect(pane).to_contain_text(rows.nth(1).locator("[data-row-open]").inner_text())
    clerk.keyboard.press("x")
    expect(ticks.nth(1)).to_be_checked()
    clerk.keyboard.press("Space")
    expect(ticks.nth(1)).not_to_be_checked()
    clerk.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    # A code that begins with the very key: it ticks nothing, opens no row and goes where scans go.
    clerk.evaluate("document.querySelector('table[data-rows]').addEventListener('change', () => sessionStorage.setItem('ticked', 'yes'))")
    scan_and_wait(clerk, "xS000000000")
    assert clerk.url.endswith("/scan/")
    assert clerk.evaluate("sessionStorage.getItem('ticked')") is None
    clerk.go_back()
    clerk.keyboard.press("ArrowDown")
    with clerk.expect_navigation():
        clerk.keyboard.press("Enter")
    expect(clerk.get_by_role("heading", level=1, name="カード", exact=True)).to_be_visible()


FLOWS = ("scan/", "counter/", "intake/presets/", "storage/put/", "letters/returns/", "letters/cards/seal/", "disposal/1/")


def test_every_flow_takes_a_scan_wherever_the_focus_is_and_presses_no_button(demo: RunningDemo, clerk: Page) -> None:
    for path in FLOWS:
        clerk.goto(f"{demo.delivery}{path}")
        clerk.get_by_role("main").get_by_role("button").last.focus()
        scan_and_wait(clerk, sleeve_code(99_999_999))
        wrong = clerk.locator("main").locator("[data-error-summary], .match-no-match").first
        expect(wrong, path).to_be_visible()
        expect(clerk.get_by_role("main"), path).not_to_contain_text("登録しました")


def test_a_box_is_received_and_inspected_and_a_bag_is_filled_by_scans_alone(demo: RunningDemo, clerk: Page) -> None:
    clerk.goto(f"{demo.delivery}cards/?state=ordered")
    serial = clerk.get_by_role("region", name="カードの一覧").get_by_role("link").first.inner_text()
    clerk.goto(f"{demo.delivery}intake/arrivals/")
    clerk.get_by_role("textbox", name="送付書の枚数").fill("2")
    follow(clerk.get_by_role("button", name="受入を開く"))
    scan_and_wait(clerk, serial)
    expect(clerk.get_by_role("region", name="検品を待っているカード")).to_contain_text(serial)
    scan_and_wait(clerk, serial)  # once more: said, and counted once
    expect(clerk.locator("[data-error-summary]")).to_be_visible()
    expect(clerk.locator(".tile-number").nth(1)).to_have_text("1")
    follow(clerk.get_by_role("link", name="氏名を見ながら続けて検品する"))
    scan_and_wait(clerk, serial)
    expect(clerk.get_by_role("main")).to_contain_text(serial)
    clerk.goto(f"{demo.delivery}disposal/1/")
    waiting = re.findall(r"[0-9A-Z]{3}-\d{6}", clerk.get_by_role("main").inner_text())[0]
    clerk.goto(f"{demo.delivery}scan/")
    scan_and_wait(clerk, waiting.replace("-", ""))
    sleeve = sleeve_on(clerk)
    clerk.goto(f"{demo.delivery}disposal/1/")
    for answer in ("1 枚を袋に入れました", "すでに"):
        scan_and_wait(clerk, sleeve)
        expect(clerk.get_by_role("main")).to_contain_text(answer)


def test_a_scanner_is_tried_without_sending_what_it_reads(demo: RunningDemo, clerk: Page) -> None:
    clerk.goto(f"{demo.delivery}scan/sound/")
    trial = clerk.locator("scanner-test").get_by_role("status")
    clerk.evaluate("document.activeElement.blur()")
    scan_like_a_wedge(clerk, "S000000017", 9)
    expect(trial).to_contain_text("読み取れました。10文字、文字の間は最大9ミリ秒です。")
    scan_like_a_wedge(clerk, "S000000017", 70)
    expect(trial).to_contain_text("10文字を受け取りましたが、文字の間が最大70ミリ秒あり")
    assert "S000000017" not in clerk.content()
    assert clerk.url.endswith("scan/sound/")
