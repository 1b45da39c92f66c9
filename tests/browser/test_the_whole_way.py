"""One card goes the whole way: from the list to the person's hand, through both zones, in a browser.

Read it as a story. The people: Hana is a clerk, Midori the chief; a citizen books on a telephone. The two zones are two processes with two
databases, and the only thing that passes between them is a file on a medium, which here is a folder.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import RunningDemo
from tests.walks import book, carry_in, carry_out, identify, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """The memory stick that goes from desk to desk."""
    return tmp_path


def test_a_citizen_books_and_goes_home_with_the_card(demo: RunningDemo, phone: Page, browser: Browser, medium: Path) -> None:
    citizen, clerk, chief = demo.citizens[0], demo.staff["clerk"], demo.staff["chief"]
    core = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    desk = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")

    # The citizen has the letter and books on a telephone; a mail confirms it.
    number = book(phone, demo.booking, citizen, email="citizen@example.jp")
    mail_arrives(phone, demo.booking)

    # The chief takes the bookings out of the Internet zone; Hana takes them in, and they find their cards.
    sign_in(desk, demo.desk, chief)
    bookings = carry_out(desk, f"{demo.booking}desk/exchange/export/", "予約一覧", medium)
    sign_in(core, demo.delivery, clerk)
    carry_in(core, f"{demo.delivery}exchange/import/", bookings)
    expect(core.get_by_role("main")).to_contain_text("取り込みました")
    core.goto(f"{demo.delivery}matching/")
    row = core.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("一致")

    # On the day: Hana receives the person, scans sleeve and notice, looks at the papers, and Midori confirms.
    hand_over(core, demo, citizen["id"], chief)

    # The result goes back by the same road, and the booking number is closed.
    results = carry_out(core, f"{demo.delivery}exchange/export/", "交付結果", medium)
    carry_in(desk, f"{demo.booking}desk/exchange/import/", results)
    expect(desk.get_by_role("main")).to_contain_text("取り込みました")
    phone.goto(f"{demo.booking}book/")
    identify(phone, citizen)
    expect(phone.get_by_role("alert").or_(phone.get_by_text("入力の確認が必要です")).first).to_be_visible()
    core.close()
    desk.close()


def mail_arrives(page: Page, address: str) -> None:
    """Wait until the worker has sent the confirmation to the demo's mailbox."""
    for _ in range(30):
        page.goto(f"{address}mailbox/")
        if page.get_by_role("link", name=re.compile("予約が完了")).count():
            return
        page.wait_for_timeout(1000)
    pytest.fail("no mail came within half a minute")


def hand_over(core: Page, demo: RunningDemo, serial: str, chief: dict[str, str]) -> None:
    """Serve the person at the counter, step by step."""
    core.goto(demo.delivery)
    core.get_by_role("textbox", name="番号で探す").fill(serial)
    core.get_by_role("button", name="開く").click()
    sleeve = re.search(r"S\d{9,}", core.get_by_role("main").inner_text())
    assert sleeve, "the card's page shows its sleeve code"
    core.goto(f"{demo.delivery}counter/")
    core.get_by_role("textbox", name="製造管理番号").fill(serial)
    core.get_by_role("button", name="受け付ける").click()
    expect(core.get_by_role("heading", name="スリーブのコードを読み取ってください")).to_be_visible()
    core.get_by_role("textbox", name="読み取った番号").fill(sleeve.group())
    core.get_by_role("button", name="照合する").click()
    core.get_by_role("textbox", name="読み取った番号").fill(serial)
    core.get_by_role("button", name="照合する").click()
    core.get_by_role("checkbox", name="運転免許証").check()
    core.get_by_role("checkbox", name=re.compile("顔を見比べた")).check()
    core.get_by_role("checkbox", name=re.compile("説明した")).check()
    core.get_by_role("button", name="確かめた").click()
    core.get_by_role("button", name="記録する").click()
    core.get_by_role("textbox", name="二人目の利用者ID").fill(chief["user"])
    core.get_by_label("二人目のパスワード").fill(chief["password"])
    core.get_by_role("button", name="交付する").click()
    expect(core.get_by_role("main")).to_contain_text("交付済")
