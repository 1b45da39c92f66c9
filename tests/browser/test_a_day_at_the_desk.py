"""The desk in a browser: a morning at the day board with its call display, and a day that must be stopped."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accessibility import faults
from tests.conftest import RunningDemo
from tests.walks import book_for_this_evening, follow, open_this_evening, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

BOARD_REFRESHES_MS = 15_000


@pytest.fixture
def waiting_room(browser: Browser) -> Iterator[Page]:
    """The browser of the screen in the waiting room; nobody signs in there."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP", timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()


@pytest.fixture
def evening(demo: RunningDemo, desktop: Page) -> Iterator[list[str]]:
    """Two people with a booking for this evening, gone again afterwards: the booking numbers."""
    sign_in(desktop, demo.desk, demo.staff["chief"])
    open_this_evening(desktop, demo.desk)
    numbers = [book_for_this_evening(desktop, demo.desk, person["id"]) for person in demo.citizens[-3:-1]]
    yield numbers
    for number in numbers:
        cancel_what_stands(desktop, demo, number)


def cancel_what_stands(page: Page, demo: RunningDemo, number: str) -> None:
    page.goto(f"{demo.desk}find/")
    page.get_by_role("textbox", name="予約用IDまたは予約番号").fill(number)
    follow(page.get_by_role("button", name="照会する"))
    if page.get_by_role("link", name="この予約を取り消す").count():
        follow(page.get_by_role("link", name="この予約を取り消す"))
        page.get_by_role("textbox", name="理由").fill("試験の後片付け")
        follow(page.get_by_role("button", name="取り消す"))


def mark(page: Page, words: str, number: str) -> None:
    """Press a mark in the row of a booking."""
    follow(page.get_by_role("row", name=re.compile(number)).get_by_role("button", name=re.compile(rf"^{words}\s*（")))


def test_a_morning_at_the_day_board(demo: RunningDemo, desktop: Page, waiting_room: Page, evening: list[str]) -> None:
    first, second = evening
    found: list[str] = []
    desktop.goto(f"{demo.desk}displays/")
    desktop.get_by_role("textbox", name="表示機の名前").fill("1階 待合")
    desktop.get_by_role("checkbox", name="市民窓口センター").check()
    follow(desktop.get_by_role("button", name="登録して接続コードを出す"))
    found += faults(desktop)
    code = re.search(r"\d{4} \d{4}", desktop.get_by_role("main").inner_text())
    assert code
    waiting_room.goto(f"{demo.desk}screen/")
    found += faults(waiting_room)
    waiting_room.get_by_role("textbox", name="接続コード").fill(code.group())
    follow(waiting_room.get_by_role("button", name="接続する"))
    expect(waiting_room.get_by_role("main")).to_contain_text("お呼び出し中の番号はありません")
    found += faults(waiting_room)

    desktop.goto(f"{demo.desk}board/?place=main")
    found += faults(desktop)
    desktop.get_by_role("textbox", name="自分の窓口").fill("3")
    follow(desktop.get_by_role("button", name="決める"))
    mark(desktop, "遅刻の連絡", second)
    expect(desktop.get_by_role("row", name=re.compile(second))).to_contain_text("遅刻の連絡あり")
    mark(desktop, "来庁", first)
    expect(desktop.get_by_role("row", name=re.compile(first))).to_contain_text("来庁")
    queued = re.search(r"受付番号は (\d+) です", desktop.get_by_role("main").inner_text())
    assert queued
    item = desktop.get_by_role("listitem").filter(has_text=re.compile(rf"^\s*{queued[1]}\b"))
    follow(item.get_by_role("button", name=re.compile("^呼び出す")))
    expect(item).to_contain_text("呼出中")
    found += faults(desktop)
    called = waiting_room.get_by_role("listitem").filter(has_text=queued[1])
    expect(called).to_contain_text("窓口 3")
    words = waiting_room.get_by_role("main").inner_text()
    assert first not in words
    found += faults(waiting_room)

    follow(item.get_by_role("button", name=re.compile("^対応を始める")))
    expect(item).to_contain_text("対応中")
    expect(called).to_have_count(0)
    follow(desktop.get_by_role("button", name="元に戻す"))
    expect(item).to_contain_text("呼出中")

    follow(desktop.get_by_role("link", name="予約なしの受付"))
    found += faults(desktop)
    follow(desktop.get_by_role("button", name="受け付ける"))
    expect(desktop.get_by_role("heading", name="受付票")).to_be_visible()
    found += faults(desktop)
    follow(desktop.get_by_role("link", name="本日ボードへ"))
    expect(desktop.get_by_text("予約なし", exact=False).first).to_be_visible()

    button = desktop.get_by_role("row", name=re.compile(first)).get_by_role("button", name=re.compile("^完了"))
    button.focus()
    before = desktop.locator(".board-counts").inner_text()
    expect(desktop.locator(".board-counts")).not_to_have_text(before, timeout=BOARD_REFRESHES_MS * 3)
    expect(button).to_be_focused()
    mark(desktop, "完了", first)
    expect(desktop.get_by_role("row", name=re.compile(first))).to_contain_text("完了")
    found += faults(desktop)
    for size in ({"width": 1024, "height": 768}, {"width": 1366, "height": 768}):
        desktop.set_viewport_size(size)  # type: ignore[arg-type]  # a size
        assert desktop.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert found == []


def test_a_day_that_must_be_stopped(demo: RunningDemo, desktop: Page, evening: list[str], phone: Page) -> None:
    found: list[str] = []
    announcement = "本日は機械の故障のため受け付けられません。"
    follow(desktop.get_by_role("link", name="臨時停止"))
    found += faults(desktop)
    follow(desktop.get_by_role("link", name="停止する"))
    desktop.get_by_role("combobox", name="場所").select_option("main")
    desktop.get_by_role("textbox", name="理由").fill("機械の故障")
    desktop.get_by_role("textbox", name="公開ページのお知らせ", exact=True).fill(announcement)
    found += faults(desktop)
    follow(desktop.get_by_role("button", name="影響を確かめる"))
    found += faults(desktop)
    number = re.search(r"対象の件数 (\d+)", desktop.get_by_role("main").inner_text())
    assert number
    follow(desktop.get_by_role("button", name="停止する"))
    expect(desktop.get_by_role("heading", name="入力の確認が必要です")).to_be_visible()
    desktop.get_by_role("textbox", name="件数の確認").fill(number[1])
    follow(desktop.get_by_role("button", name="停止する"))
    expect(desktop.get_by_role("main")).to_contain_text("停止しました")
    for booking in evening:
        expect(desktop.get_by_role("row", name=re.compile(booking))).to_contain_text("未対応")
    found += faults(desktop)
    stop_page = desktop.url
    phone.wait_for_timeout(6_000)  # the sentence is kept for five seconds by each process
    phone.goto(demo.booking)
    expect(phone.get_by_role("main")).to_contain_text(announcement)
    found += faults(phone)

    follow(desktop.get_by_role("button", name="案を作る"))
    expect(desktop.get_by_role("main")).to_contain_text("まだ何も移していません")
    desktop.get_by_role("textbox", name="件数の確認").fill(number[1])
    found += faults(desktop)
    follow(desktop.get_by_role("button", name="一斉に移す"))
    expect(desktop.get_by_text("終わりました")).to_be_visible()
    desktop.goto(stop_page)
    for booking in evening:
        expect(desktop.get_by_role("row", name=re.compile(booking))).to_contain_text("振替済み")

    follow(desktop.get_by_role("link", name=re.compile("^連絡要 [0-9]+件")))
    found += faults(desktop)
    follow(desktop.get_by_role("row", name=re.compile(evening[0])).get_by_role("link"))
    expect(desktop.get_by_role("main")).to_contain_text("新しい日時")
    found += faults(desktop)
    desktop.get_by_role("radio", name="伝えた", exact=True).check()
    follow(desktop.get_by_role("button", name="記録する"))
    expect(desktop.get_by_role("main")).to_contain_text("連絡が済んだと記録しました")
    desktop.goto(stop_page)
    follow(desktop.get_by_role("button", name="停止を取り下げる"))
    expect(desktop.get_by_role("main")).to_contain_text("停止を取り下げました")
    found += faults(desktop)
    follow(desktop.get_by_role("link", name="公開ページのお知らせ"))
    expect(desktop.get_by_role("main")).to_contain_text("お知らせはありません")
    found += faults(desktop)
    assert found == []
