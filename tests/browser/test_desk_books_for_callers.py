"""The desk in a browser: booking for a caller by keyboard, and every page of it without faults."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import follow, identify, press_enter, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture
def caller(demo: RunningDemo, browser: Browser) -> Iterator[dict[str, str]]:
    """Somebody on the telephone who has no booking, and has none again when the test is over."""
    person = demo.citizens[-3]
    yield person
    page = browser.new_page(locale="ja-JP")
    page.goto(f"{demo.booking}manage/")
    identify(page, person)
    if page.get_by_role("link", name="予約を取り消す").count():
        follow(page.get_by_role("link", name="予約を取り消す"))
        follow(page.get_by_role("button", name="予約を取り消す"))
    page.close()


def test_an_operator_books_for_a_caller_without_the_mouse(demo: RunningDemo, caller: dict[str, str], desktop: Page) -> None:
    found: list[str] = []
    sign_in(desktop, demo.desk, demo.staff["operator"])
    found += faults(desktop)
    desktop.get_by_role("textbox", name="予約用IDまたは予約番号").fill(caller["id"])
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name=re.compile(caller["id"]))).to_be_visible()
    found += faults(desktop)
    day = desktop.get_by_role("table", name=re.compile("3週間")).get_by_role("link").nth(1)
    day.focus()
    press_enter(desktop)
    expect(desktop.get_by_role("radio").first).to_be_visible()
    found += faults(desktop)
    desktop.keyboard.press("Tab")
    desktop.get_by_role("textbox", name="確認したこと").press("Enter")
    expect(desktop.get_by_role("heading", name="入力の確認が必要です")).to_be_visible()
    found += faults(desktop)
    desktop.get_by_role("radio", name=re.compile("時00分")).first.press("Space")
    desktop.get_by_role("textbox", name="確認したこと").fill("発送番号と生月日を確認")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="復唱してください")).to_be_visible()
    found += faults(desktop)
    desktop.get_by_role("button", name="この内容で予約する").press("Enter")
    expect(desktop.get_by_role("main")).to_contain_text("予約番号")
    expect(desktop.get_by_role("table", name="予約の経過")).to_contain_text("operator")
    found += faults(desktop)
    desktop.get_by_role("link", name="日時・場所を変える").focus()
    press_enter(desktop)
    found += faults(desktop)
    desktop.get_by_role("radio", name=re.compile("時30分")).first.press("Space")
    desktop.get_by_role("textbox", name="理由").fill("電話で本人から申し出")
    press_enter(desktop)
    expect(desktop.get_by_role("main")).to_contain_text("新しい日時")
    found += faults(desktop)
    desktop.get_by_role("button", name="この日時に変える").focus()
    press_enter(desktop)
    expect(desktop.get_by_role("table", name="予約の経過")).to_contain_text("日時・場所の変更")
    follow(desktop.get_by_role("link", name="この予約を取り消す"))
    found += faults(desktop)
    desktop.get_by_role("textbox", name="理由").fill("電話で本人から申し出")
    follow(desktop.get_by_role("button", name="取り消す"))
    expect(desktop.get_by_role("main")).to_contain_text("枠はすぐに空きます")
    follow(desktop.get_by_role("link", name="予約一覧").first)
    found += faults(desktop)
    assert found == []


def test_the_nearest_time_is_six_keys_away(demo: RunningDemo, caller: dict[str, str], desktop: Page) -> None:
    """A call of less than a minute: number, nearest time, what was asked, read back, booked; each page one Enter."""
    sign_in(desktop, demo.desk, demo.staff["operator"])
    desktop.get_by_role("textbox", name="予約用IDまたは予約番号").focus()
    desktop.keyboard.type(caller["id"].lower(), delay=60)  # slower than a scanner
    press_enter(desktop)
    desktop.get_by_role("navigation", name="近い空き時間").get_by_role("link").first.focus()
    press_enter(desktop)
    expect(desktop.get_by_role("radio", checked=True).first).to_have_attribute("name", "slot")
    desktop.get_by_role("checkbox", name="通知書の番号").press("Space")
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="復唱してください")).to_be_visible()
    desktop.get_by_role("button", name="この内容で予約する").focus()
    press_enter(desktop)
    expect(desktop.get_by_role("main")).to_contain_text("予約番号")
    expect(desktop.get_by_role("table", name="予約の経過")).to_contain_text("通知書の番号")


def test_a_call_is_taken_on_one_screen_by_keyboard(demo: RunningDemo, caller: dict[str, str], desktop: Page) -> None:
    """電話受付: `g` `p`, number, what was right, the nearest time, read back, booked, result; no mouse."""
    sign_in(desktop, demo.desk, demo.staff["operator"])
    desktop.evaluate("document.activeElement.blur()")
    with desktop.expect_navigation():
        desktop.keyboard.type("gp", delay=80)  # slower than a scanner
    number = desktop.get_by_role("textbox", name="予約用IDまたは予約番号")
    number.focus()
    desktop.keyboard.type(caller["id"].lower(), delay=60)  # slower than a scanner
    press_enter(desktop)
    desktop.keyboard.press("2")
    expect(desktop.locator("#script")).to_be_focused()
    desktop.get_by_role("checkbox", name="合っていた：通知書の番号").press("Space")
    press_enter(desktop)
    desktop.get_by_role("navigation", name="近い空き時間").get_by_role("link").first.focus()
    press_enter(desktop)
    desktop.get_by_role("textbox", name="メールアドレス").focus()
    press_enter(desktop)
    expect(desktop.get_by_role("heading", name="復唱してください")).to_be_visible()
    expect(desktop.get_by_role("button", name="この内容で予約する")).to_be_focused()
    press_enter(desktop)
    expect(desktop.get_by_role("main")).to_contain_text("復唱してください")
    desktop.get_by_role("radio", name="予約した").press("Space")
    press_enter(desktop)
    expect(desktop.get_by_role("main")).to_contain_text("通話を終えました")
    assert faults(desktop) == []


def test_settings_pages_are_without_faults(demo: RunningDemo, desktop: Page) -> None:
    found: list[str] = []
    sign_in(desktop, demo.desk, demo.staff["administrator"])
    for address in (
        *("places/", "places/new/", "places/1/", "places/1/rules/new/", "places/1/exceptions/new/", "closures/", "holidays/"),
        *("kinds/", "kinds/new/", "kinds/1/", "kinds/1/quotas/new/", "schedules/new/", "calendar-history/", "settings/"),
    ):
        desktop.goto(demo.desk + address)
        found += faults(desktop)
    desktop.goto(f"{demo.desk}places/1/rules/new/")
    follow(desktop.get_by_role("button", name="変更の内容を確かめる"))
    expect(desktop.get_by_role("heading", name="入力の確認が必要です")).to_be_visible()
    found += faults(desktop)
    assert found == []
