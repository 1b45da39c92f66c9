"""Citizens on their telephones: with scripts and without, narrow and wide, by keyboard, in two tabs, with the back button."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import ANSWERS, NEXT, book, follow, identify, press_enter

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

PLACE = "市民窓口センター"
CELL = re.compile(r"^\d{1,2}月\d{1,2}日[月火水木金土日]曜日(（.+）)? (空きあり|残りわずか)$")


@pytest.fixture
def citizen(demo: RunningDemo, browser: Browser) -> Iterator[dict[str, str]]:
    """A citizen who has no booking, and has none again when the test is over."""
    yield demo.citizens[-1]
    page = browser.new_page(locale="ja-JP")
    page.goto(f"{demo.booking}manage/")
    identify(page, demo.citizens[-1])
    if page.get_by_role("link", name="予約を取り消す").count():
        follow(page.get_by_role("link", name="予約を取り消す"))
        follow(page.get_by_role("button", name="予約を取り消す"))
    page.close()


@pytest.fixture
def narrow(browser: Browser) -> Iterator[Page]:
    """The narrowest screen that pages must fit (WCAG 1.4.10)."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, locale="ja-JP", timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()


def walk(page: Page, demo: RunningDemo, citizen: dict[str, str], look: Callable[[Page], None]) -> str:
    """Book from the first page to the done page, looking at every page and at every page with errors; return the booking number."""
    page.goto(demo.booking)
    look(page)
    follow(page.get_by_role("link", name="予約する", exact=True))
    look(page)
    follow(page.get_by_role("button", name=NEXT))
    expect(page.get_by_role("heading", name="入力の確認が必要です")).to_be_visible()
    look(page)
    identify(page, citizen)
    look(page)
    page.get_by_role("radio", name=PLACE, exact=True).check()
    follow(page.get_by_role("button", name=NEXT))
    look(page)
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    look(page)
    follow(page.get_by_role("button", name=NEXT))
    expect(page.get_by_role("link", name="時間を選んでください。")).to_be_visible()
    look(page)
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name=NEXT))
    look(page)
    follow(page.get_by_role("button", name=NEXT))
    look(page)
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    look(page)
    found = re.search(r"予約番号\s*(\d{10})", page.get_by_role("main").inner_text())
    assert found
    return found.group(1)


def cancel(page: Page, look: Callable[[Page], None]) -> None:
    """Cancel from the done page."""
    follow(page.get_by_role("link", name="予約の確認・変更・取消"))
    look(page)
    follow(page.get_by_role("link", name="予約を取り消す"))
    look(page)
    follow(page.get_by_role("button", name="予約を取り消す"))
    expect(page.get_by_role("heading", name="予約を取り消しました")).to_be_visible()
    look(page)


@pytest.mark.parametrize("screen", ["narrow", "phone", "desktop"])
def test_every_page_of_the_way_is_without_faults(
    demo: RunningDemo, citizen: dict[str, str], screen: str, request: pytest.FixtureRequest
) -> None:
    found: list[str] = []
    page: Page = request.getfixturevalue(screen)
    walk(page, demo, citizen, lambda seen: found.extend(faults(seen)))
    cancel(page, lambda seen: found.extend(faults(seen)))
    for address in ("privacy/", "calendar/", "calendar/main/", "q", "manage/", "mailbox/", "book/check/", "nowhere/"):
        page.context.clear_cookies()
        page.goto(demo.booking + address)
        found.extend(faults(page))
    assert found == []


def test_everything_works_with_scripts_switched_off(demo: RunningDemo, citizen: dict[str, str], phone_without_javascript: Page) -> None:
    page = phone_without_javascript
    number = walk(page, demo, citizen, lambda _page: None)
    follow(page.get_by_role("link", name="予約の確認・変更・取消"))
    expect(page.get_by_role("main")).to_contain_text(number)
    follow(page.get_by_role("link", name="予約を取り消す"))
    follow(page.get_by_role("button", name="予約を取り消す"))
    expect(page.get_by_role("heading", name="予約を取り消しました")).to_be_visible()


def test_the_hold_is_extended_by_a_button_also_without_scripts(
    demo: RunningDemo, citizen: dict[str, str], phone_without_javascript: Page
) -> None:
    page = phone_without_javascript
    hold(page, demo, citizen)
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"\d+時\d+分まで"))
    follow(page.get_by_role("button", name="10分のばす").first)
    expect(page.get_by_text("お取りする時間をのばしました")).to_be_visible()


def hold(page: Page, demo: RunningDemo, citizen: dict[str, str], *, nth: int = 0) -> None:
    """Go as far as the page behind the chosen time."""
    page.goto(f"{demo.booking}book/")
    identify(page, citizen)
    page.get_by_role("radio", name=PLACE).check()
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    page.get_by_role("radio").nth(nth).check()
    follow(page.get_by_role("button", name=NEXT))


def test_the_table_of_days_says_everything_in_words(demo: RunningDemo, citizen: dict[str, str], phone: Page) -> None:
    phone.goto(f"{demo.booking}book/")
    identify(phone, citizen)
    phone.get_by_role("radio", name=PLACE).check()
    follow(phone.get_by_role("button", name=NEXT))
    table = phone.get_by_role("table", name=re.compile(r"\d月の空き状況$"))
    expect(table).to_have_count(1)
    expect(phone.get_by_role("radio")).to_have_count(0)
    links = table.get_by_role("link").all()
    assert links, "it opens at a month with a free time"
    for link in links:
        name = link.evaluate("link => link.querySelector('.visually-hidden').textContent")
        assert CELL.match(name), name
        expect(phone.get_by_role("link", name=name, exact=True)).to_have_count(1)
        box = link.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert min(box["width"], box["height"]) >= 44
    # Months move by links outside the table.
    follow(phone.get_by_role("navigation", name="表示する月").get_by_role("link").last)
    expect(phone.get_by_role("table", name=re.compile("月の空き状況"))).to_have_count(1)


def test_a_letters_code_is_filled_in_and_never_sent_in_an_address(demo: RunningDemo, citizen: dict[str, str], phone: Page) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"{demo.booking}q#{citizen['id']}.{citizen.get('code', '')}")
    expect(phone.get_by_role("textbox", name="予約用ID", exact=True)).to_have_value(citizen["id"])
    expect(phone.get_by_role("textbox", name="生月日", exact=True)).to_be_focused()
    assert citizen["id"] not in phone.url
    phone.get_by_role("textbox", name="生月日", exact=True).fill(citizen["birthday"])
    follow(phone.get_by_role("button", name=NEXT))
    expect(phone.get_by_role("radio", name=PLACE)).to_be_visible()
    assert not [address for address in asked if citizen["id"] in address.split("#")[0]]


def test_a_second_tab_with_another_time_asks_before_it_books(demo: RunningDemo, citizen: dict[str, str], phone: Page) -> None:
    hold(phone, demo, citizen)
    follow(phone.get_by_role("button", name=NEXT))
    first = phone.get_by_role("main").inner_text()
    second = phone.context.new_page()
    hold(second, demo, citizen, nth=2)
    follow(second.get_by_role("button", name=NEXT))
    follow(phone.get_by_role("button", name="この内容で予約する"))
    # The first tab's draft was replaced when the second identified again; whatever it shows now, it has booked nothing unseen.
    expect(phone.get_by_role("heading", name="予約が完了しました")).to_have_count(0)
    assert phone.get_by_role("main").inner_text() != first
    follow(second.get_by_role("button", name="この内容で予約する"))
    expect(second.get_by_role("heading", name="予約が完了しました")).to_be_visible()


def test_a_double_press_books_once_and_the_back_button_leads_to_the_booking(
    demo: RunningDemo, citizen: dict[str, str], phone: Page
) -> None:
    hold(phone, demo, citizen)
    follow(phone.get_by_role("button", name=NEXT))
    phone.get_by_role("button", name="この内容で予約する").dblclick()
    expect(phone.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    phone.go_back()
    phone.reload()
    expect(phone.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    phone.goto(f"{demo.booking}book/")
    identify(phone, citizen)
    expect(phone.get_by_role("heading", name="予約の内容")).to_be_visible()


def test_two_people_want_the_last_place(demo: RunningDemo, citizen: dict[str, str], phone: Page, browser: Browser) -> None:
    """The time page of the second person is open while the first takes what is left; the second reads which times are near."""
    hold(phone, demo, citizen)
    other = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    other.goto(f"{demo.booking}book/")
    identify(other, demo.citizens[-2])
    other.get_by_role("radio", name=PLACE).check()
    follow(other.get_by_role("button", name=NEXT))
    follow(other.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    other.get_by_role("radio").first.evaluate("radio => { radio.value = '999999999'; radio.checked = true; }")
    follow(other.get_by_role("button", name=NEXT))
    expect(other.get_by_role("main")).to_contain_text("近い時間では")
    assert faults(other) == []
    other.close()


def test_a_visit_is_over_when_its_cookie_is_gone(demo: RunningDemo, citizen: dict[str, str], phone: Page) -> None:
    hold(phone, demo, citizen)
    phone.context.clear_cookies(name="madoguchi_booking_draft")
    follow(phone.get_by_role("button", name=NEXT))
    expect(phone.get_by_role("heading", name=re.compile("もう一度はじめから"))).to_be_visible()
    expect(phone.get_by_role("link", name="予約する", exact=True)).to_be_visible()


def test_a_mail_comes_with_the_calendar_file(demo: RunningDemo, citizen: dict[str, str], phone: Page) -> None:
    address = f"hanako-{dt.datetime.now(dt.UTC):%H%M%S}@example.jp"  # noqa: TID251 a name that no earlier mail has
    number = book(phone, demo.booking, citizen, email=address)
    for _second in range(30):
        phone.goto(f"{demo.booking}mailbox/")
        row = phone.get_by_role("row").filter(has_text=address)
        if row.count():
            break
        phone.wait_for_timeout(1000)
    follow(row.get_by_role("link"))
    expect(phone.get_by_role("main")).to_contain_text(number)
    expect(phone.get_by_role("main")).to_contain_text("METHOD:REQUEST")


def tabbing(page: Page) -> Callable[[str, str | re.Pattern[str]], None]:
    """Return a function that presses Tab until something has the focus, and holds that the focus is to be seen there."""

    def tab_to(role: str, name: str | re.Pattern[str]) -> None:
        wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # roles are plain words here
        for _press in range(60):
            page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                # A choice shows the focus on its whole row.
                ring = (
                    "element => { const s = getComputedStyle(element.closest('.choice') ?? element); return s.outlineStyle + s.boxShadow }"
                )
                assert wanted.evaluate(ring) != "nonenone", name
                return
        pytest.fail(f"the keyboard does not reach {name}")

    return tab_to


def test_by_keyboard_alone(demo: RunningDemo, citizen: dict[str, str], desktop: Page) -> None:
    """Tab, space and Enter reach everything; the focus is always to be seen."""

    tab_to = tabbing(desktop)
    desktop.goto(demo.booking)
    tab_to("link", "予約する")
    press_enter(desktop)
    for name, value in (("予約用ID", citizen["id"]), ("予約コード", citizen.get("code", "")), ("生月日", citizen["birthday"])):
        if value:
            tab_to("textbox", name)
            desktop.keyboard.type(value)
    press_enter(desktop)
    tab_to("radio", PLACE)
    desktop.keyboard.press("Space")
    press_enter(desktop)
    tab_to("link", re.compile(r"曜日 空きあり$"))
    press_enter(desktop)
    tab_to("radio", re.compile("時"))
    desktop.keyboard.press("Space")
    tab_to("button", NEXT)
    press_enter(desktop)
    tab_to("button", NEXT)
    press_enter(desktop)
    tab_to("button", "この内容で予約する")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    # Looked up again, moved and given up.
    tab_to("link", "予約の確認・変更・取消")
    press_enter(desktop)
    tab_to("link", "日時・場所を変える")
    press_enter(desktop)
    tab_to("radio", re.compile(PLACE))
    press_enter(desktop)
    tab_to("link", re.compile(r"曜日 空きあり$"))
    press_enter(desktop)
    tab_to("radio", re.compile("時"))
    for key in ("ArrowDown", "ArrowDown"):
        desktop.keyboard.press(key)
    tab_to("button", NEXT)
    press_enter(desktop)
    tab_to("button", "この内容に変更する")
    press_enter(desktop)
    expect(desktop.get_by_text("予約を変更しました。")).to_be_visible()
    tab_to("link", "もっと早い日時の空き待ちに登録する")
    press_enter(desktop)
    tab_to("radio", "いつでも")
    desktop.keyboard.press("ArrowDown")
    tab_to("button", "空き待ちに登録する")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name=re.compile("空き待ちに登録しています"))).to_be_visible()
    tab_to("button", "空き待ちをやめる")
    press_enter(desktop)
    tab_to("link", "予約を取り消す")
    press_enter(desktop)
    tab_to("button", "予約を取り消す")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="予約を取り消しました")).to_be_visible()


def test_a_form_by_keyboard_alone(demo: RunningDemo, desktop: Page) -> None:
    """電子証明書更新 from the first page to the last, and looked up again, by keys."""
    tab_to = tabbing(desktop)
    desktop.goto(demo.booking)
    tab_to("link", "電子証明書更新")
    press_enter(desktop)
    tab_to("radio", PLACE)
    desktop.keyboard.press("Space")
    press_enter(desktop)
    tab_to("link", re.compile(r"曜日 空きあり$"))
    press_enter(desktop)
    tab_to("radio", re.compile("時"))
    desktop.keyboard.press("Space")
    tab_to("button", NEXT)
    press_enter(desktop)
    for name, answer in (*ANSWERS.items(), ("年", "1980"), ("月", "9"), ("日", "8")):
        tab_to("textbox", name)
        desktop.keyboard.insert_text(answer)
    tab_to("radio", "本人")
    desktop.keyboard.press("Space")
    tab_to("button", NEXT)
    press_enter(desktop)
    tab_to("button", "この内容で予約する")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    tab_to("link", "予約の確認・変更・取消")
    press_enter(desktop)
    tab_to("link", "予約を取り消す")
    press_enter(desktop)
    tab_to("button", "予約を取り消す")
    press_enter(desktop)
    expect(desktop.get_by_text("予約を取り消しました。")).to_be_visible()
