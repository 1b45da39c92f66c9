"""What people do in front of a browser, in the words that stand on the pages: sign in, book, carry a file across."""

import base64
import csv
import datetime as dt
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
from django_otp.oath import TOTP
from playwright.sync_api import Locator, Page, expect

from madoguchi.kernel import invented, municipalities
from madoguchi.platform import clock
from madoguchi.zones.configuration import Zone
from madoguchi.zones.serving import zone_environment

NEXT = "次へ進む"
# A plan is tried over and over for sixty days.
PLAN_MS = 300_000
# Called on the way with a word for what the page shows now.
Look = Callable[[str], object]


def follow(control: Locator) -> None:
    """Press a link or a button and wait until the page that the server answers with stands whole."""
    with control.page.expect_navigation():
        control.click()


def press_enter(page: Page) -> None:
    """Press Enter where it sends a form or follows a link, and wait for the page that comes."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def confirmation_code(secret: str) -> str:
    """Return what an authenticator with this base32 secret shows now."""
    totp = TOTP(base64.b32decode(secret))
    totp.time = time.time()
    return f"{totp.token():06d}"


def sign_in(page: Page, address: str, account: dict[str, str]) -> None:
    """Sign a member of staff in, with password and code."""
    page.goto(address)
    page.get_by_role("textbox", name="利用者ID").fill(account["user"])
    page.get_by_role("textbox", name="パスワード").fill(account["password"])
    follow(page.get_by_role("button", name="ログイン"))
    page.get_by_role("textbox", name="確認コード").fill(confirmation_code(account["totp"]))
    follow(page.get_by_role("button", name="ログイン"))
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def identify(page: Page, citizen: dict[str, str]) -> None:
    """Type what stands on the letter."""
    page.get_by_role("textbox", name="予約用ID").fill(citizen["id"])
    if "code" in citizen:
        page.get_by_role("textbox", name="予約コード").fill(citizen["code"])
    page.get_by_role("textbox", name="生月日").fill(citizen["birthday"])
    follow(page.get_by_role("button", name=NEXT))


def choose_first_time(page: Page, place: str) -> None:
    """Choose the place, the first free day of the calendar and its first time."""
    page.get_by_role("radio", name=place).check()
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name=NEXT))


def book(page: Page, address: str, citizen: dict[str, str], *, place: str = "市民窓口センター", email: str = "") -> str:
    """Book as a citizen from the first page to the last; return the booking number."""
    page.goto(address)
    follow(page.get_by_role("link", name="予約する"))
    identify(page, citizen)
    choose_first_time(page, place)
    if email:
        page.get_by_role("textbox", name="メールアドレス").fill(email)
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    found = re.search(r"予約番号\D*([0-9-]+)", page.get_by_role("main").inner_text())
    assert found, "the done page shows the booking number"
    return found.group(1)


def add_to_the_party(page: Page, citizen: dict[str, str]) -> None:
    """Type what stands on another person's letter, on the page of those who come along."""
    page.get_by_role("textbox", name="予約用ID").fill(citizen["id"])
    if "code" in citizen:
        page.get_by_role("textbox", name="予約コード").fill(citizen["code"])
    page.get_by_role("textbox", name="生月日").fill(citizen["birthday"])
    follow(page.get_by_role("button", name="この人を追加する"))


def change_and_wait(page: Page, companion: dict[str, str], look: Look) -> None:
    """From the page of a booking: its address, another time and one more person, seen and left alone; then the waiting list, in and out."""
    follow(page.get_by_role("link", name="メールアドレスを登録する、直す"))
    look("the address")
    page.get_by_role("textbox", name="メールアドレス").fill("wrong")
    follow(page.get_by_role("button", name="登録する"))
    look("wrong mail")
    follow(page.get_by_role("link", name="予約の内容に戻る"))
    follow(page.get_by_role("link", name="人数を変える"))
    look("alone")
    add_to_the_party(page, {**companion, "birthday": "0101"})
    look("wrong birthday")
    add_to_the_party(page, companion)
    look("two people")
    follow(page.get_by_role("button", name=NEXT))
    look("one more comes")
    follow(page.get_by_role("link", name="日時・場所を選び直す"))
    look("for a change")
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("link", name="一覧で見る"))
    look("as a list")
    follow(page.get_by_role("button", name="この日の時間を見る"))
    look("no date")
    follow(page.get_by_role("link", name="カレンダーで見る"))
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").last)
    look("for a change")
    page.get_by_role("radio").last.check()
    follow(page.get_by_role("button", name=NEXT))
    look("old and new")
    follow(page.get_by_role("link", name="変更せずに戻る"))
    follow(page.get_by_role("link", name="もっと早い日時の空き待ちに登録する"))
    look("no wish")
    page.get_by_role("checkbox", name="日曜日").check()
    follow(page.get_by_role("button", name="空き待ちに登録する"))
    look("a wish")
    follow(page.get_by_role("button", name="空き待ちをやめる"))
    expect(page.get_by_role("heading", name="予約の内容")).to_be_visible()


def press_the_buttons_of_the_mail(page: Page, address: str, citizen: dict[str, str], look: Look) -> None:
    """From the demo's mailbox: each link of the newest mail that has links, opened and its button pressed; mails stay on in the end."""

    def open_link(purpose: str) -> None:
        for _second in range(30):
            page.goto(f"{address}mailbox/")
            if page.get_by_role("main").get_by_role("table").count():
                break
            page.wait_for_timeout(1000)
        follow(page.get_by_role("table").get_by_role("link").first)
        follow(page.locator(f'main a[href*="/mail/{purpose}/"]'))
        look(f"link to {purpose}")

    open_link("prove")
    follow(page.get_by_role("button", name="このメールアドレスを確認する"))
    expect(page.get_by_role("heading", name="メールアドレスを確認しました")).to_be_visible()
    look("proved")
    open_link("stop")
    follow(page.get_by_role("button", name="メールを止める"))
    look("stopped")
    follow(page.get_by_role("button", name="もう一度メールを受け取る"))
    open_link("manage")
    page.get_by_role("textbox", name="生月日").fill("1231")
    follow(page.get_by_role("button", name="予約の内容を見る"))
    look("wrong birthday")
    page.get_by_role("textbox", name="生月日").fill(citizen["birthday"])
    follow(page.get_by_role("button", name="予約の内容を見る"))
    expect(page.get_by_role("heading", name="予約の内容")).to_be_visible()


def carry_out(page: Page, address: str, kind: str, folder: Path) -> Path:
    """Make a file for the other zone on the export page, download it to the medium, and return where it lies."""
    page.goto(address)
    page.get_by_role("radio", name=kind).check()
    follow(page.get_by_role("button", name="ファイルを作る"))
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"ダウンロード.*{kind}", re.DOTALL)).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def carry_in(page: Page, address: str, path: Path) -> None:
    """Take a file of the other zone in on the import page."""
    page.goto(address)
    page.get_by_label("連携ファイル").set_input_files(path)
    follow(page.get_by_role("button", name=re.compile("取り込む")))


def book_for_a_caller(page: Page, address: str, number: str, look: Look) -> None:
    """代理予約: find the number, choose a day and a time, read back, book."""
    page.goto(f"{address}find/")
    page.get_by_role("textbox", name="予約用IDまたは予約番号").fill(number)
    follow(page.get_by_role("button", name="照会する"))
    look("without a booking")
    own = page.url
    follow(page.get_by_role("link", name="空き待ちに登録する"))
    look("a wish")
    page.goto(own)
    follow(page.get_by_role("region", name="空いている日").get_by_role("link").first)
    look("times")
    page.get_by_role("radio").first.check()
    page.get_by_role("textbox", name="確認したこと").fill("発送番号と生月日を確認")
    follow(page.get_by_role("button", name="復唱に進む"))
    look("read back")
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("button", name="この内容で予約する")).to_have_count(0)
    look("booked")
    booking = page.url
    for change in ("日時・場所を変える", "メールアドレスを登録・訂正する", "予約票を印刷する", "来る人を変える", "この予約を取り消す"):
        page.goto(booking)
        follow(page.get_by_role("link", name=change))
        look(change)


def card_lists(folder: Path) -> tuple[Path, Path]:
    """Write a good card list with two people, and one in which the first stands twice; return where they lie."""
    city = municipalities.find("142051")
    assert city is not None
    people = invented.people(city, 2, seed=77, offices=["市民窓口センター"])
    rows = [list(invented.HEADERS["fujisawa"] or ()), *(invented.record("fujisawa", person) for person in people)]
    good, faulty = folder / "good.csv", folder / "faulty.csv"
    for path, chosen in ((good, rows), (faulty, [*rows[:2], rows[1]])):
        path.write_bytes(b"".join(invented.encoded("fujisawa", row) for row in chosen))
    return good, faulty


def take_in_list(page: Page, address: str, path: Path, look: Look) -> None:
    """カード発行一覧: let the list be examined."""
    page.goto(f"{address}intake/lists/")
    page.get_by_label("カード発行一覧のファイル").set_input_files(path)
    follow(page.get_by_role("button", name="調べる"))
    expect(page.get_by_role("heading", name="取り込みの結果")).to_be_visible()
    look(path.stem)


def hand_in_the_stock(page: Page, address: str, look: Look) -> None:
    """移行: hand the template in, with a card that is still on its way."""
    page.goto(f"{address}take-over/")
    rows = list(csv.reader(page.request.get(f"{address}take-over/template.csv").body().decode("utf-8-sig").splitlines()))
    in_a_box = {"交付前設定済": "発行待ち", "2026/10/1": "", "01": "", "A": "", "1": ""}
    table = [rows[0], [in_a_box.get(cell, cell) for cell in rows[1]]]
    template = "\r\n".join(",".join(row) for row in table).encode()
    page.get_by_label("移行の一覧").set_input_files({"name": "ikou.csv", "mimeType": "text/csv", "buffer": template})
    follow(page.get_by_role("button", name="承認に出す"))
    expect(page.get_by_role("heading", name="移行の一覧")).to_be_visible()
    look("a list of stock")


def begin_a_review_of_rights(page: Page, address: str, look: Look) -> None:
    """権限の棚卸: begin one, and confirm somebody's role."""
    page.goto(f"{address}accounts/reviews/")
    follow(page.get_by_role("button", name="棚卸を始める"))
    page.get_by_role("checkbox").first.check()
    follow(page.get_by_role("button", name="選んだ権限を続ける"))
    expect(page.get_by_text("1 件を確かめました")).to_be_visible()
    look("a review of rights")


def describe_the_list(page: Page, address: str, path: Path, look: Look) -> None:
    """対応付け: describe a list from a sample and try the description on it."""
    page.goto(f"{address}intake/mappings/new/")
    page.get_by_role("textbox", name="対応付けのコード").fill("own")
    page.get_by_role("textbox", name="名称").fill("自庁の一覧")
    page.get_by_role("combobox", name="ファイルの形").select_option("cp932")
    page.get_by_label("見本の一覧").set_input_files(path)
    follow(page.get_by_role("button", name="列を読み取る"))
    look("draft")
    page.get_by_label("見本の一覧").set_input_files(path)
    follow(page.get_by_role("button", name="試す", exact=True))
    expect(page.get_by_role("heading", name="試した結果")).to_be_visible()
    look("tried")


def find_a_person(page: Page, address: str, look: Look) -> None:
    """カードを探す: two of three, then one hit in full. The birth date is that of a card on which it was asked for."""
    page.goto(f"{address}cards/?state=all")
    page.get_by_role("region", name="カードの一覧").get_by_role("link").first.click()
    page.get_by_role("button", name="生年月日を表示").click()
    expect(page.get_by_role("button", name="生年月日を伏せる")).to_be_visible()
    born = re.findall(r"\d{4}-\d\d-\d\d", page.locator('[data-masked="born"]').inner_text())[0]
    page.goto(f"{address}search/")
    page.get_by_role("textbox", name="生年月日").fill(born)
    page.get_by_role("textbox", name="住所").fill("神奈川県")
    follow(page.get_by_role("button", name="探す", exact=True))
    look("found")
    follow(page.get_by_role("button", name=re.compile("を表示")).first)
    look("revealed")


def open_an_arrival(page: Page, address: str, look: Look) -> None:
    """A box comes and its first card is read."""
    page.goto(f"{address}cards/?state=ordered")
    serial = page.get_by_role("region", name="カードの一覧").get_by_role("link").first.inner_text()
    page.goto(f"{address}intake/arrivals/")
    page.get_by_role("textbox", name="送付書の枚数").fill("2")
    follow(page.get_by_role("button", name="受入を開く"))
    look("open")
    page.get_by_role("textbox", name="カードの番号").fill(serial)
    follow(page.get_by_role("button", name="読み取る"))
    expect(page.get_by_role("region", name="検品を待っているカード")).to_be_visible()
    look("one card read")
    follow(page.get_by_role("link", name="氏名を見ながら続けて検品する"))
    page.get_by_role("textbox", name="読み取ったコード").fill(serial)
    follow(page.get_by_role("main").get_by_role("button", name="読み取る"))
    look("in hand")


def open_pick_list(page: Page, address: str) -> None:
    """前日準備: the pick list of the last day for which there is a booking."""
    page.goto(f"{address}matching/")
    month, day = re.findall(r"(\d+)月(\d+)日", page.get_by_role("region", name="予約の突合の一覧").inner_text())[-1]
    year = clock.today().year + (int(month) < clock.today().month)
    page.goto(f"{address}storage/pick-list/?day_year={year}&day_month={month}&day_day={day}")
    expect(page.get_by_role("region", name="取り出すカード")).to_be_visible()


# A scanner that types eight milliseconds between two keys, told by the times of its events and not by the speed of this machine.
WEDGE = """([code, gap]) => { let at = performance.now(); for (const sign of [...code, 'Enter']) {
    const press = new KeyboardEvent('keydown', {key: sign, bubbles: true, cancelable: true});
    Object.defineProperty(press, 'timeStamp', {value: at}); at += gap;
    const target = document.activeElement ?? document.body;
    const goes = target.dispatchEvent(press);
    if (goes && sign === 'Enter' && target instanceof HTMLButtonElement) target.click(); } }"""


def scan_like_a_wedge(page: Page, code: str, gap: float = 8) -> None:
    """Let a scanner on the keyboard read `code`, wherever the focus is."""
    page.evaluate(WEDGE, [code, gap])


def scan_move_and_count(page: Page, address: str, serial: str, look: Look) -> None:
    """At the scanning desk, then a bag that leaves for another place, and a box that is counted."""
    page.goto(f"{address}scan/")
    for code, state in ((serial, "a card"), ("4901234567894", "no code of ours")):
        page.get_by_role("textbox", name="読み取ったコード").fill(code)
        follow(page.get_by_role("main").get_by_role("button", name="開く"))
        look(state)
    page.goto(f"{address}scan/")
    page.get_by_role("textbox", name="読み取ったコード").fill(serial)
    follow(page.get_by_role("main").get_by_role("button", name="開く"))
    sleeve = re.search(r"S\d{9,}", page.get_by_role("main").inner_text())
    assert sleeve, "the scanning desk shows the sleeve code"
    page.goto(f"{address}storage/transfers/")
    page.get_by_role("combobox", name="移送元").select_option("main")
    page.get_by_role("combobox", name="移送先").select_option("shonandai")
    follow(page.get_by_role("button", name="移送を始める"))
    page.get_by_role("textbox", name="スリーブのコード").fill(sleeve.group())
    follow(page.get_by_role("button", name="入れる"))
    look("packed")
    page.get_by_role("textbox", name="運ぶ人").fill("庁用車")
    follow(page.get_by_role("button", name="送り出す"))
    look("on the way")
    page.goto(f"{address}storage/stock/")
    page.get_by_role("combobox", name="数える場所").select_option(index=4)
    follow(page.get_by_role("button", name="始める"))
    look("counting")
    follow(page.get_by_role("button", name="数え終わった"))
    look("differences")


def receive_a_person(page: Page, address: str, serial: str, look: Look) -> None:
    """Somebody stands at the counter; every step of the hand-over up to the second person."""
    page.goto(address)
    page.get_by_role("textbox", name="番号で探す").fill(serial)
    follow(page.get_by_role("button", name="開く"))
    sleeve = re.search(r"S\d{9,}", page.get_by_role("main").inner_text())
    assert sleeve, "the card's page shows its sleeve code"
    page.goto(f"{address}counter/")
    page.get_by_role("textbox", name="製造管理番号").fill(serial)
    follow(page.get_by_role("button", name="受け付ける"))
    look("sleeve")
    for code, state in ((sleeve.group(), "notice"), (serial, "documents")):
        page.get_by_role("textbox", name="読み取った番号").fill(code)
        follow(page.get_by_role("button", name="照合する"))
        look(state)
    page.get_by_role("checkbox", name="運転免許証").check()
    page.get_by_role("checkbox", name=re.compile("顔を見比べた")).check()
    page.get_by_role("checkbox", name=re.compile("説明した")).check()
    follow(page.get_by_role("button", name="確かめた"))
    look("fee")
    follow(page.get_by_role("button", name="記録する"))
    look("second person")
    page.goto(f"{address}counter/sealed/")
    page.get_by_role("textbox", name="カードの番号").fill(serial)
    follow(page.get_by_role("button", name="台帳に記録する"))
    look("a sealed paper")


def serve_without_a_card(page: Page, address: str, look: Look) -> None:
    """暗証番号再設定: reception, papers, up to the result; and a fee that is taken back as far as the second person."""
    page.goto(f"{address}procedures/")
    page.get_by_role("combobox", name="手続き").select_option("reset-pin")
    page.get_by_role("combobox", name="場所").select_option("main")
    follow(page.get_by_role("button", name="受け付ける"))
    look("received")
    follow(page.get_by_role("button", name="対応を始める"))
    look("papers")
    page.get_by_role("checkbox", name="旅券").check()
    page.get_by_role("checkbox", name="本人のマイナンバーカード").check()
    follow(page.get_by_role("button", name="確かめた"))
    look("result")


def register_a_person(page: Page, address: str, look: Look) -> str:
    """A new account, and a role that waits for somebody to approve it; returns the first password."""
    page.goto(f"{address}accounts/new/")
    for label, value in (("利用者ID", "new-clerk"), ("氏名", "試験 あかり"), ("部課コード", "100"), ("部課名", "市民窓口課")):
        page.get_by_role("textbox", name=label, exact=True).fill(value)
    follow(page.get_by_role("button", name="登録する"))
    look("issued")
    password = page.get_by_role("definition").last.inner_text()
    follow(page.get_by_role("link", name="利用者の画面へ"))
    page.get_by_role("combobox", name="役割").select_option(index=1)
    page.get_by_role("textbox", name="理由", exact=True).fill("新しい職員")
    follow(page.get_by_role("button", name="付与を依頼する"))
    look("role asked")
    return password


def sign_in_for_the_first_time(page: Page, address: str, password: str, look: Look) -> None:
    """The first sign-in of a new account leads to the authenticator app."""
    page.goto(address)
    page.get_by_role("textbox", name="利用者ID").fill("new-clerk")
    page.get_by_role("textbox", name="パスワード").fill(password)
    follow(page.get_by_role("button", name="ログイン"))
    expect(page.get_by_role("heading", name="認証アプリの登録")).to_be_visible()
    look("first sign-in")


def ask_what_to_bring(page: Page, address: str, look: Look) -> None:
    """持ち物案内 for a person in hospital whose card somebody else fetches."""
    page.goto(f"{address}guidance/")
    follow(page.get_by_role("button", name=NEXT))
    look("nothing chosen")
    for answer in ("カードを受け取る", "15歳以上の方", "本人が頼んだ代理人", "入院している", "持っている"):
        page.get_by_role("radio", name=answer, exact=True).check()
        follow(page.get_by_role("button", name=NEXT))
    look("circumstances")
    page.get_by_role("checkbox", name="外国籍である").check()
    follow(page.get_by_role("button", name=NEXT))
    expect(page.get_by_role("heading", name="あなたの持ち物")).to_be_visible()
    look("what to bring")


# What somebody types into a form, by the names of its boxes.
ANSWERS = {
    "氏名": "湘南　花子",
    "フリガナ": "ショウナン　ハナコ",
    "住所": "神奈川県藤沢市朝日町１番地の１",
    "電話番号": "0466-25-1111",
}


def apply_by_form(page: Page, address: str, look: Look) -> str:
    """電子証明書更新 by form from the first page to the last, with a slip on the way; return the booking number."""
    page.goto(address)
    follow(page.get_by_role("link", name="電子証明書更新"))
    look("place")
    page.get_by_role("radio", name="市民窓口センター").check()
    follow(page.get_by_role("button", name=NEXT))
    look("day")
    day = page.url
    follow(page.get_by_role("link", name="空き待ちに登録する"))
    look("wait")
    page.get_by_role("textbox", name="電話番号の下4けた").fill("1111")
    follow(page.get_by_role("button", name="空き待ちに登録する"))
    look("waiting")
    follow(page.get_by_role("button", name="空き待ちをやめる"))
    look("waiting no more")
    page.goto(day)
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    look("time")
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name=NEXT))
    look("form")
    follow(page.get_by_role("button", name=NEXT))
    look("nothing filled in")
    for name, answer in ANSWERS.items():
        page.get_by_role("textbox", name=name, exact=True).fill(answer)
    for name, answer in (("年", "1980"), ("月", "9"), ("日", "8")):
        page.get_by_role("textbox", name=name, exact=True).fill(answer)
    page.get_by_role("radio", name="本人", exact=True).check()
    follow(page.get_by_role("button", name=NEXT))
    look("check")
    follow(page.get_by_role("button", name="入力した内容を直す"))
    expect(page.get_by_role("textbox", name="氏名", exact=True)).to_have_value("湘南　花子")
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    look("done")
    found = re.search(r"予約番号\D*([0-9]{10})", page.get_by_role("main").inner_text())
    assert found, "the done page shows the booking number"
    return found.group(1)


def look_up_application(page: Page, address: str, number: str, look: Look) -> None:
    """Look a form booking up, move it, and ask for its cancellation without giving it up."""
    page.goto(f"{address}apply/manage/")
    for figures in ("9999", "1111"):
        page.get_by_role("textbox", name="予約番号").fill(number)
        page.get_by_role("textbox", name="電話番号の下4けた").fill(figures)
        follow(page.get_by_role("button", name=NEXT))
        look("looked up" if figures == "1111" else "wrong figures")
    follow(page.get_by_role("link", name="メールアドレスを登録する、直す"))
    look("the address")
    follow(page.get_by_role("link", name="予約の内容に戻る"))
    follow(page.get_by_role("link", name="日時・場所を変える"))
    look("other days")
    page.goto(f"{address}apply/manage/move/place/")
    look("other places")
    follow(page.get_by_role("button", name=NEXT))
    follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").last)
    look("other times")
    page.get_by_role("radio").last.check()
    follow(page.get_by_role("button", name="この日時に変更する"))
    look("moved")
    follow(page.get_by_role("link", name="予約を取り消す"))
    look("asked")
    follow(page.get_by_role("link", name="取り消さずに戻る").first)


def identify_for_the_card(page: Page, address: str, citizen: dict[str, str], look: Look) -> None:
    """カードの状況: by number and secrets."""
    page.goto(address)
    follow(page.get_by_role("link", name="カードの状況を見る"))
    look("who asks")
    identify(page, citizen)
    look("how far the card is")


def open_application(page: Page, address: str, number: str, look: Look) -> None:
    """申請予約: find one by its number, read it, change its stage, and ask the booking zone for a change that is not filled in."""
    page.goto(f"{address}applications/search/")
    page.get_by_role("textbox", name="予約番号").fill(number)
    follow(page.get_by_role("button", name="探す"))
    look("found")
    follow(page.get_by_role("link", name=number))
    look("opened")
    page.get_by_role("radio", name="対応中").check()
    follow(page.get_by_role("button", name="対応状況を変える"))
    look("changed")
    page.get_by_text("申請者にメッセージを送る").click()
    page.get_by_role("textbox", name="申請者へのメッセージ").fill("印鑑は不要です。")
    follow(page.get_by_role("button", name="メッセージを送る"))
    page.get_by_text("日時や場所を変える").click()
    follow(page.get_by_role("button", name="変更を指示する"))
    look("change not filled in")


def run_in_zone(data: Path, zone: Zone, lines: str) -> None:
    """Run lines of Python as a process of a zone of the demo: for what only time brings about."""
    environment = {**os.environ, **zone_environment(data, zone)}
    words = [sys.executable, "-c", f"import django\ndjango.setup()\n{lines}"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def miss_last_month(data: Path) -> None:
    """Let a month pass in which every answer took three seconds: the page of the missed value comes to be."""
    run_in_zone(
        data,
        "booking",
        """
import datetime as dt
from madoguchi.booking.service_level import models, rules, services
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
day = clock.today().replace(day=1) - dt.timedelta(days=1)
slow = [0] * rules.CLASSES
slow[rules.class_of(3000)] = 50
models.ServedDay.objects.create(day=day, audience="public", requests=50, errors=0, histogram=slow)
services.open_cases(automatic("service-level"), day)
""",
    )


def set_the_calendar(page: Page, desk: str, look: Look) -> None:
    """Open one Saturday by exception, bound the kind of visit, and look at what each change would do before it is done."""
    page.goto(f"{desk}places/1/exceptions/new/")
    saturday = clock.today() + dt.timedelta(days=(5 - clock.today().weekday()) % 7 + 14)
    for label, figures in (("年", saturday.year), ("月", saturday.month), ("日", saturday.day)):
        page.get_by_role("textbox", name=label, exact=True).fill(str(figures))
    for label, words in (("開始時刻", "9:00"), ("終了時刻", "12:00"), ("公開窓口数", "1"), ("職員用窓口数", "0"), ("理由", "臨時開庁")):
        page.get_by_role("textbox", name=label, exact=True).fill(words)
    follow(page.get_by_role("button", name="変更の内容を確かめる"))
    expect(page.get_by_role("main")).to_contain_text("まだ何も変えていません")
    look("what an exception would do")
    follow(page.get_by_role("button", name="この内容で変更する"))
    look("an exception")
    page.goto(f"{desk}kinds/1/quotas/new/")
    page.get_by_role("combobox", name="曜日").select_option(label="土日・祝日")
    page.get_by_role("textbox", name="1日の枠数の上限").fill("500")
    page.get_by_role("textbox", name="何日前に制限を解くか").fill("7")
    follow(page.get_by_role("button", name="登録する"))
    look("a quota")


def add_a_question(page: Page, address: str, look: Look) -> None:
    """申請フォームの質問: add one of the municipality's own, and let a kind ask it."""
    page.goto(f"{address}forms/")
    look("usual questions")
    follow(page.get_by_role("link", name="質問を加える"))
    page.get_by_role("textbox", name="コード").fill("own_card")
    page.get_by_role("textbox", name="質問").fill("今のカード")
    page.get_by_role("radio", name="選択肢から1つ").check()
    follow(page.get_by_role("button", name="登録する"))
    look("choices missing")
    page.get_by_role("textbox", name="選択肢").fill("手元にある\nなくした")
    follow(page.get_by_role("button", name="登録する"))
    look("own question")
    follow(page.get_by_role("link", name="電子証明書更新"))
    page.get_by_role("checkbox", name="今のカード").check()
    follow(page.get_by_role("button", name="登録する"))
    look("asked")


def open_this_evening(page: Page, address: str) -> None:
    """責任者: open the first place today from 18:00 until shortly before midnight, so that a day can be played at any hour."""
    today = clock.today()
    page.goto(f"{address}calendar/day/?place=main&day={today.isoformat()}")
    if page.get_by_text("18:00–").count():
        return
    page.goto(f"{address}places/1/rules/new/")
    page.get_by_role("combobox", name="曜日").select_option(str(today.weekday()))
    page.get_by_role("textbox", name="開始時刻").fill("18:00")
    page.get_by_role("textbox", name="終了時刻").fill("23:45")
    page.get_by_role("textbox", name="公開窓口数").fill("3")
    page.get_by_role("checkbox", name="祝日も開く").check()
    page.get_by_role("checkbox", name="年末年始も開く").check()
    for name in ("適用開始日", "適用終了日"):
        boxes = page.get_by_role("group", name=name).get_by_role("textbox")
        for box, value in enumerate((today.year, today.month, today.day)):
            boxes.nth(box).fill(str(value))
    follow(page.get_by_role("button", name="変更の内容を確かめる"))
    follow(page.get_by_role("button", name="この内容で変更する"))


def book_for_this_evening(page: Page, address: str, number: str) -> str:
    """代理予約 for the first time of this evening that has room; return the booking number."""
    page.goto(f"{address}find/")
    page.get_by_role("textbox", name="予約用IDまたは予約番号").fill(number)
    follow(page.get_by_role("button", name="照会する"))
    page.get_by_label("ほかの日").fill(clock.today().isoformat())
    follow(page.get_by_role("button", name="この日の時間を見る"))
    page.get_by_role("radio", name=re.compile("^(18|19|2[0-3])時.*残り")).first.check()
    page.get_by_role("checkbox", name="生月日").check()
    follow(page.get_by_role("button", name="復唱に進む"))
    follow(page.get_by_role("button", name="この内容で予約する"))
    found = re.search(r"予約番号\s*(\d{10})", page.get_by_role("main").inner_text())
    assert found, "the page of the booking shows its number"
    return found.group(1)


def try_a_plan(page: Page, address: str, name: str) -> None:
    """The chief tries opening rules out, with one counter more than is proposed, and opens the answer."""
    page.goto(f"{address}planning/new/")
    page.get_by_role("textbox", name="案の名前").fill(name)
    counters = page.get_by_role("spinbutton", name="窓口の数")
    counters.fill(str(int(counters.input_value()) + 1))
    follow(page.get_by_role("main").get_by_role("button").first)
    expect(page.get_by_role("main")).to_contain_text("終わりました", timeout=PLAN_MS)
    page.goto(f"{address}planning/")
    follow(page.get_by_role("link", name=name).first)


def text_of_pdf(content: bytes) -> str:
    """Return the text of a PDF as another program reads it."""
    document = pdfium.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def hold_a_file_up(data: Path) -> None:
    """Let a file have come that would have closed most numbers at once: the page on which two people let it in comes to be (E24)."""
    run_in_zone(
        data,
        "booking",
        """
from madoguchi.platform import clock
from madoguchi.platform.exchange.models import LedgerEntry
usual = {"movement": "read", "state": "refused", "code": "E24", "type": "targets", "seq": 900, "file_hash": "9" * 64}
LedgerEntry.objects.create(user_id="clerk", started_at=clock.now(), finished_at=clock.now(), **usual)
""",
    )


def let_papers_grow_old(data: Path) -> None:
    """Let somebody have proposed that old papers go: the demo's are young."""
    run_in_zone(
        data,
        "delivery",
        """
from madoguchi.delivery.filing.models import DisposalBatch
from madoguchi.platform import clock
DisposalBatch.objects.create(cutoff=clock.today(), proposed_by="clerk")
""",
    )
