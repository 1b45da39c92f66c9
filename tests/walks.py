"""What people do in front of a browser, in the words that stand on the pages: sign in, book, carry a file across."""

import base64
import re
import time
from pathlib import Path

from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

NEXT = "次へ進む"


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
    page.get_by_role("button", name="ログイン").click()
    page.get_by_role("textbox", name="確認コード").fill(confirmation_code(account["totp"]))
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("button", name="ログアウト")).to_be_visible()


def identify(page: Page, citizen: dict[str, str]) -> None:
    """Type what stands on the letter."""
    page.get_by_role("textbox", name="予約用ID").fill(citizen["id"])
    if "code" in citizen:
        page.get_by_role("textbox", name="予約コード").fill(citizen["code"])
    page.get_by_role("textbox", name="生月日").fill(citizen["birthday"])
    page.get_by_role("button", name=NEXT).click()


def choose_first_time(page: Page, place: str) -> None:
    """Choose the place, the first free day of the calendar and its first time."""
    page.get_by_role("radio", name=place).check()
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first.click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name=NEXT).click()


def book(page: Page, address: str, citizen: dict[str, str], *, place: str = "市民窓口センター", email: str = "") -> str:
    """Book as a citizen from the first page to the last; return the booking number."""
    page.goto(address)
    page.get_by_role("link", name="予約する").click()
    identify(page, citizen)
    choose_first_time(page, place)
    if email:
        page.get_by_role("textbox", name="メールアドレス").fill(email)
    page.get_by_role("button", name=NEXT).click()
    page.get_by_role("button", name="この内容で予約する").click()
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    found = re.search(r"予約番号\D*([0-9-]+)", page.get_by_role("main").inner_text())
    assert found, "the done page shows the booking number"
    return found.group(1)


def carry_out(page: Page, address: str, kind: str, folder: Path) -> Path:
    """Make a file for the other zone on the export page, download it to the medium, and return where it lies."""
    page.goto(address)
    page.get_by_role("radio", name=kind).check()
    page.get_by_role("button", name="ファイルを作る").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"ダウンロード.*{kind}", re.DOTALL)).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def carry_in(page: Page, address: str, path: Path) -> None:
    """Take a file of the other zone in on the import page."""
    page.goto(address)
    page.get_by_label("連携ファイル").set_input_files(path)
    page.get_by_role("button", name=re.compile("取り込む")).click()
