"""Families, second thoughts and waiting: what citizens do besides booking once for themselves, without scripts and with them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import NEXT, add_to_the_party, book, follow, identify

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

PLACE = "湘南台市民センター"
BOOKED = re.compile("予約番号")


@pytest.fixture
def family(demo: RunningDemo, browser: Browser) -> Iterator[list[dict[str, str]]]:
    """Two citizens who have no booking, and have none again when the test is over."""
    people = [demo.citizens[3], demo.citizens[4]]
    yield people
    for person in people:
        page = browser.new_page(locale="ja-JP")
        page.goto(f"{demo.booking}manage/")
        identify(page, person)
        if page.get_by_role("button", name="今回は見送る").count():
            follow(page.get_by_role("button", name="今回は見送る"))
        page.goto(f"{demo.booking}waiting/")
        if page.get_by_role("button", name="空き待ちをやめる").count():
            follow(page.get_by_role("button", name="空き待ちをやめる"))
        page.goto(f"{demo.booking}manage/booking/")
        if page.get_by_role("link", name="予約を取り消す").count():
            follow(page.get_by_role("link", name="予約を取り消す"))
            follow(page.get_by_role("button", name="予約を取り消す"))
        page.close()


def look_up(page: Page, demo: RunningDemo, citizen: dict[str, str]) -> None:
    page.goto(f"{demo.booking}manage/")
    identify(page, citizen)


def main_text(page: Page) -> str:
    return page.get_by_role("main").inner_text()


def test_a_couple_books_together_and_either_can_look_it_up(
    demo: RunningDemo, family: list[dict[str, str]], phone_without_javascript: Page, phone: Page
) -> None:
    page = phone_without_javascript
    page.goto(demo.booking)
    follow(page.get_by_role("link", name="予約する", exact=True))
    identify(page, family[0])
    follow(page.get_by_role("link", name="家族などの分もいっしょに予約する"))
    add_to_the_party(page, family[1])
    follow(page.get_by_role("button", name=NEXT))
    page.get_by_role("radio", name=PLACE).check()
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("button", name=NEXT))
    expect(page.get_by_role("main")).to_contain_text("2人")
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    number = re.search(r"\d{10}", main_text(page))
    assert number
    look_up(phone, demo, family[1])
    expect(phone.get_by_role("main")).to_contain_text(number.group())


def test_a_booking_moves_and_its_number_stays(demo: RunningDemo, family: list[dict[str, str]], phone: Page) -> None:
    number = book(phone, demo.booking, family[0], place=PLACE)
    look_up(phone, demo, family[0])
    before = main_text(phone)
    follow(phone.get_by_role("link", name="日時・場所を変える"))
    phone.get_by_role("radio", name="辻堂市民センター").check()
    follow(phone.get_by_role("button", name=NEXT))
    follow(phone.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").last)
    phone.get_by_role("radio").last.check()
    follow(phone.get_by_role("button", name=NEXT))
    expect(phone.get_by_text("変更前").first).to_be_visible()
    assert faults(phone) == []
    follow(phone.get_by_role("button", name="この内容に変更する"))
    expect(phone.get_by_text("予約を変更しました。")).to_be_visible()
    expect(phone.get_by_role("main")).to_contain_text(number)
    expect(phone.get_by_role("main")).to_contain_text("辻堂市民センター")
    assert main_text(phone) != before


def test_a_cancellation_by_mistake_is_taken_back(demo: RunningDemo, family: list[dict[str, str]], phone: Page) -> None:
    number = book(phone, demo.booking, family[0], place=PLACE)
    follow(phone.get_by_role("link", name="予約の確認・変更・取消"))
    follow(phone.get_by_role("link", name="予約を取り消す"))
    follow(phone.get_by_role("button", name="予約を取り消す"))
    follow(phone.get_by_role("button", name="取消を取り下げる"))
    expect(phone.get_by_role("main")).to_contain_text(number)
    expect(phone.get_by_text("取消を取り下げました。予約は元のままです。")).to_be_visible()


def test_who_waits_is_offered_a_place_and_takes_it(demo: RunningDemo, family: list[dict[str, str]], phone: Page) -> None:
    look_up(phone, demo, family[0])
    follow(phone.get_by_role("link", name="空き待ちに登録する"))
    phone.get_by_role("checkbox", name=PLACE).check()
    phone.get_by_role("radio", name="午後").check()
    follow(phone.get_by_role("button", name="空き待ちに登録する"))
    expect(phone.get_by_role("heading", name=re.compile("空き待ちに登録しています"))).to_be_visible()
    for _ in range(90):
        if phone.get_by_role("button", name="この日時で予約する").count():
            break
        phone.wait_for_timeout(1000)
        phone.goto(f"{demo.booking}waiting/")
    assert faults(phone) == []
    follow(phone.get_by_role("button", name="この日時で予約する"))
    expect(phone.get_by_role("heading", name="予約の内容")).to_be_visible()
    expect(phone.get_by_role("main")).to_contain_text(PLACE)
    expect(phone.get_by_text(BOOKED).first).to_be_visible()
