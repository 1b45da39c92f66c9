"""One card goes the whole way: from the list to the person's hand, through both zones, in a browser.

Read it as a story. The people: Hana is a clerk, Midori the chief; a citizen books on a telephone. The two zones are two processes with two
databases, and the only thing that passes between them is a file on a medium, which here is a folder.
"""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kernel import invented, municipalities
from tests.conftest import RunningDemo
from tests.walks import book, carry_in, carry_out, follow, identify, sign_in, text_of_pdf

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """The memory stick that goes from desk to desk."""
    return tmp_path


def test_one_card_goes_from_the_list_to_the_hand(demo: RunningDemo, phone: Page, browser: Browser, medium: Path) -> None:
    clerk, chief = demo.staff["clerk"], demo.staff["chief"]
    core = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP", accept_downloads=True)
    head = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    desk = browser.new_page(viewport={"width": 1366, "height": 768}, locale="ja-JP")
    sign_in(core, demo.delivery, clerk)
    sign_in(head, demo.delivery, chief)
    card_list, serial, birthday = a_list_with_one_card(medium)

    # A list comes with the box. Hana takes it in; nothing is in the register before Midori has approved it.
    take_in_the_list(core, demo.delivery, card_list)
    approve_the_list(head, demo.delivery)

    # The box is opened: Hana reads the card and labels its sleeve, Midori compares both, the terminal's work is noted.
    sleeve = receive_the_card(core, head, demo.delivery, serial)

    # The letter is printed, read back by the program, and read here as the citizen will read it.
    code = print_the_letter(core, demo.delivery, serial, medium)

    # The roster crosses to the Internet zone on the medium.
    sign_in(desk, demo.desk, chief)
    carry_in(desk, f"{demo.booking}desk/exchange/import/", carry_out(core, f"{demo.delivery}exchange/export/", "交付対象者", medium))
    expect(desk.get_by_role("main")).to_contain_text("取り込みました")

    # The citizen has the letter and books on a telephone; a mail confirms it.
    citizen = {"id": serial, "birthday": birthday, "code": code}
    number = book(phone, demo.booking, citizen, email="citizen@example.jp")
    mail_arrives(phone, demo.booking)

    # The bookings cross back, and this one finds its card.
    carry_in(core, f"{demo.delivery}exchange/import/", carry_out(desk, f"{demo.booking}desk/exchange/export/", "予約一覧", medium))
    expect(core.get_by_role("main")).to_contain_text("取り込みました")
    core.goto(f"{demo.delivery}matching/")
    expect(core.get_by_role("row").filter(has_text=number)).to_contain_text("一致")

    # On the day: Hana receives the person, scans sleeve and notice, looks at the papers, and Midori confirms.
    hand_over(core, demo.delivery, serial, sleeve, chief)

    # The result goes back by the same road, and the booking number is closed.
    carry_in(desk, f"{demo.booking}desk/exchange/import/", carry_out(core, f"{demo.delivery}exchange/export/", "交付結果", medium))
    expect(desk.get_by_role("main")).to_contain_text("取り込みました")
    phone.goto(f"{demo.booking}book/")
    identify(phone, citizen)
    expect(phone.get_by_role("heading", name="入力の確認が必要です")).to_be_visible()
    for page in (core, head, desk):
        page.close()


def a_list_with_one_card(folder: Path) -> tuple[Path, str, str]:
    """Invent one person, whose name only wide fonts can write, and her card list; return list, serial number and birthday."""
    town = municipalities.find("142051")
    assert town is not None
    person = replace(next(iter(invented.people(town, 1, seed=8))), serial="W7Y000002", born=dt.date(1990, 3, 5), name="髙𣘺　さくら")
    lines = [invented.encoded("kobe", list(invented.HEADERS["kobe"] or ())), invented.encoded("kobe", invented.record("kobe", person))]
    path = folder / "card-list.csv"
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(lines))
    return path, person.serial, "0305"


def take_in_the_list(core: Page, address: str, card_list: Path) -> None:
    """Upload the list and see that it waits for somebody else."""
    core.goto(f"{address}intake/lists/")
    core.get_by_label("カード発行一覧のファイル").set_input_files(card_list)
    core.get_by_label("対応付け").select_option("kobe")
    core.get_by_role("textbox", name="件数").fill("1")
    follow(core.get_by_role("button", name="調べる"))
    expect(core.get_by_text("承認を待っています")).to_be_visible()


def approve_the_list(head: Page, address: str) -> None:
    """Open the newest list as the chief and approve it."""
    head.goto(f"{address}intake/lists/")
    follow(head.get_by_role("table").get_by_role("link").first)
    follow(head.get_by_role("button", name="承認して反映する"))
    expect(head.get_by_role("main")).to_contain_text("反映")


def receive_the_card(core: Page, head: Page, address: str, serial: str) -> str:
    """Bring the card from the box to 交付前設定済, by two people; return its sleeve code."""
    core.goto(f"{address}intake/arrivals/")
    core.get_by_label("受入場所").select_option("main")
    core.get_by_role("textbox", name="送付書の枚数").fill("1")
    follow(core.get_by_role("button", name="受入を開く"))
    core.get_by_role("textbox", name="カードの番号").fill(serial)
    follow(core.get_by_role("button", name="読み取る"))
    arrival = core.url
    label = post_of_the_button(core, "ラベルを印刷する")
    sleeve = re.search(r"S\d{9,}", text_of_pdf(label))
    assert sleeve, "the label shows the sleeve code"
    head.goto(arrival)
    head.get_by_role("textbox", name="スリーブのコード").fill(sleeve.group())
    head.get_by_role("textbox", name="カードの製造管理番号").fill(serial)
    head.get_by_role("checkbox", name="氏名と券面の番号を見比べた").check()
    follow(head.get_by_role("button", name="検品済にする"))
    follow(head.get_by_role("button", name="受入を完了する"))
    expect(head.get_by_text("受入は完了しました")).to_be_visible()
    core.goto(f"{address}intake/presets/")
    core.get_by_role("textbox", name="カードの番号").fill(sleeve.group())
    follow(core.get_by_role("button", name="結果を登録する"))
    return sleeve.group()


def print_the_letter(core: Page, address: str, serial: str, folder: Path) -> str:
    """Print the notice letter, open it, and return the booking code that the citizen reads there."""
    core.goto(f"{address}letters/")
    core.get_by_role("radio", name="番号").check()
    core.get_by_role("textbox", name="製造管理番号").fill(serial)
    follow(core.get_by_role("button", name="印刷を始める"))
    paper = core.get_by_role("link", name="PDFを開く")
    for _ in range(60):
        core.goto(f"{address}letters/")
        follow(core.get_by_role("table").get_by_role("link").first)
        if paper.count():
            break
        core.wait_for_timeout(1000)
    answer = core.request.get(paper.evaluate("link => link.href"))
    letter = answer.body()
    (folder / "letter.pdf").write_bytes(letter)
    code = re.search(r"予約コード\D*([\d ]{8,12})", text_of_pdf(letter))
    assert code, "the letter shows the booking code"
    return code.group(1).replace(" ", "")[:8]


def post_of_the_button(page: Page, name: str) -> bytes:
    """Return what the form of a button answers, where that is a paper: a headless browser has no viewer to show it."""
    form = page.locator("form").filter(has=page.get_by_role("button", name=name))
    values = dict(form.evaluate("form => [...new FormData(form)]"))
    answer = page.request.post(form.evaluate("form => form.action"), form=values, headers={"Referer": page.url})
    assert answer.ok, answer.status
    return answer.body()


def mail_arrives(page: Page, address: str) -> None:
    """Wait until the worker has sent the confirmation to the demo's mailbox."""
    for _ in range(30):
        page.goto(f"{address}mailbox/")
        if page.get_by_role("link", name=re.compile("予約が完了")).count():
            return
        page.wait_for_timeout(1000)
    pytest.fail("no mail came within half a minute")


def hand_over(core: Page, address: str, serial: str, sleeve: str, chief: dict[str, str]) -> None:
    """Serve the person at the counter, step by step."""
    core.goto(f"{address}counter/")
    core.get_by_role("textbox", name="製造管理番号").fill(serial)
    follow(core.get_by_role("button", name="受け付ける"))
    expect(core.get_by_role("heading", name="スリーブのコードを読み取ってください")).to_be_visible()
    core.get_by_role("textbox", name="読み取った番号").fill(sleeve)
    follow(core.get_by_role("button", name="照合する"))
    core.get_by_role("textbox", name="読み取った番号").fill(serial)
    follow(core.get_by_role("button", name="照合する"))
    core.get_by_role("checkbox", name="運転免許証").check()
    core.get_by_role("checkbox", name=re.compile("顔を見比べた")).check()
    core.get_by_role("checkbox", name=re.compile("説明した")).check()
    follow(core.get_by_role("button", name="確かめた"))
    follow(core.get_by_role("button", name="記録する"))
    core.get_by_role("textbox", name="二人目の利用者ID").fill(chief["user"])
    core.get_by_label("二人目のパスワード").fill(chief["password"])
    follow(core.get_by_role("button", name="交付する"))
    expect(core.get_by_role("main")).to_contain_text("交付済")
