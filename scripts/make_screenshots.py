"""Walk the way of one card through a demo and write the pictures of the manual.

    python -m scripts.make_screenshots
    python -m scripts.make_screenshots --month 2900

With `--month` a month with so many cards is played first, and the pictures are those of the pages whose numbers need one.

A demo of its own is made in a temporary folder and ends with the walk. The pictures go to docs/manual/images, 390 or 1366 pixels wide,
reduced to a palette.
"""

import argparse
import contextlib
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import walks
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, RunningDemo, free_ports, start_demo, stop_demo

IMAGES = Path(__file__).parents[1] / "docs" / "manual" / "images"
PHONE, DESKTOP = (390, 844), (1366, 768)
TALLEST = {PHONE: 1500, DESKTOP: 1150}
COLOURS = 96


class Camera:
    """One person's browser, and where its pictures go."""

    def __init__(self, browser: Browser, size: tuple[int, int]) -> None:
        self.size = size
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ja-JP", timezone_id="Asia/Tokyo")
        self.page: Page = context.new_page()
        self.names: dict[str, str] = {}

    def shoot(self, name: str) -> None:
        """Write the page as it stands now, cut where it grows too tall for a manual."""
        self.page.mouse.move(0, 0)
        whole = Image.open(io.BytesIO(self.page.screenshot(full_page=True)))
        picture = whole.crop((0, 0, whole.width, min(whole.height, TALLEST[self.size])))
        picture.convert("RGB").quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)

    def shoot_as_named(self, state: str) -> None:
        """Write the page under the name that is planned for this moment of a walk, if any."""
        if state in self.names:
            self.shoot(self.names[state])

    def open(self, address: str, name: str) -> None:
        """Open an address and write the page."""
        self.page.goto(address)
        self.shoot(name)


def picture_the_booking(browser: Browser, demo: RunningDemo) -> None:
    """A citizen books on a telephone."""
    camera = Camera(browser, PHONE)
    page = camera.page
    camera.open(demo.booking, "yoyaku-1-top")
    walks.follow(page.get_by_role("link", name="予約する"))
    walks.identify(page, {**demo.citizens[0], "birthday": "0101"})
    camera.shoot("yoyaku-error")
    page.goto(f"{demo.booking}book/")
    camera.shoot("yoyaku-2-identify")
    walks.identify(page, demo.citizens[0])
    camera.shoot("yoyaku-3-place")
    page.get_by_role("radio", name="市民窓口センター").check()
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    camera.shoot("yoyaku-4-day")
    walks.follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    camera.shoot("yoyaku-5-time")
    page.get_by_role("radio").first.check()
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    camera.shoot("yoyaku-6-contact")
    page.get_by_role("textbox", name="メールアドレス").fill("citizen@example.jp")
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    camera.shoot("yoyaku-7-check")
    walks.follow(page.get_by_role("button", name="この内容で予約する"))
    camera.shoot("yoyaku-8-done")
    walks.follow(page.get_by_role("link", name="予約の確認・変更・取消"))
    camera.shoot("yoyaku-9-manage")
    camera.names = {"two people": "yoyaku-10-party", "old and new": "yoyaku-11-change", "no wish": "yoyaku-12-waiting"}
    walks.change_and_wait(page, demo.citizens[1], camera.shoot_as_named)


def picture_the_desk(browser: Browser, demo: RunningDemo, medium: Path) -> Path:
    """The chief at the desk: books for a caller, looks at places and closures, makes a file; returns the file."""
    camera = Camera(browser, DESKTOP)
    page = camera.page
    camera.open(demo.desk, "login-1")
    account = demo.staff["chief"]
    page.get_by_role("textbox", name="利用者ID").fill(account["user"])
    page.get_by_role("textbox", name="パスワード").fill(account["password"])
    walks.follow(page.get_by_role("button", name="ログイン"))
    camera.shoot("login-2-code")
    walks.sign_in(page, demo.desk, account)
    camera.names = {
        "without a booking": "desk-3-number",
        "times": "desk-4-time",
        "read back": "desk-5-read-back",
        "booked": "desk-6-booking",
    }
    walks.book_for_a_caller(page, demo.desk, demo.citizens[1]["id"], camera.shoot_as_named)
    camera.open(demo.desk, "desk-1-home")
    camera.open(f"{demo.desk}find/", "desk-2-find")
    camera.open(f"{demo.desk}bookings/", "desk-7-bookings")
    camera.open(f"{demo.desk}places/", "desk-8-places")
    walks.follow(page.get_by_role("link", name="市民窓口センター"))
    camera.shoot("desk-9-place")
    camera.open(f"{demo.desk}closures/", "desk-10-closures")
    camera.open(f"{demo.desk}numbers/locked/", "desk-11-locked")
    bookings = walks.carry_out(page, f"{demo.desk}exchange/export/", "予約一覧", medium)
    camera.open(f"{demo.desk}exchange/export/", "renkei-1-export")
    broken = medium / "cut.kfx"
    broken.write_bytes(bookings.read_bytes()[:-9])
    walks.carry_in(page, f"{demo.desk}exchange/import/", broken)
    camera.shoot("renkei-3-refused")
    camera.open(f"{demo.desk}exchange/ledger/", "renkei-4-ledger")
    return bookings


def picture_the_day(browser: Browser, demo: RunningDemo) -> None:
    """A day at the desk: board, call display, month, and a stop with whom it hits."""
    camera = Camera(browser, DESKTOP)
    page = camera.page
    walks.sign_in(page, demo.desk, demo.staff["chief"])
    walks.open_this_evening(page, demo.desk)
    for person in demo.citizens[2:5]:
        walks.book_for_this_evening(page, demo.desk, person["id"])
    page.goto(f"{demo.desk}displays/")
    page.get_by_role("textbox", name="表示機の名前").fill("1階 待合")
    page.get_by_role("checkbox", name="市民窓口センター").check()
    walks.follow(page.get_by_role("button", name="登録して接続コードを出す"))
    code = page.locator(".big-code").inner_text()
    page.goto(f"{demo.desk}board/?place=main")
    page.get_by_role("textbox", name="自分の窓口").fill("3")
    walks.follow(page.get_by_role("button", name="決める"))
    for _person in range(2):
        walks.follow(page.get_by_role("button", name=re.compile(r"^来庁\s*（")).first)
    walks.follow(page.get_by_role("button", name=re.compile("^呼び出す")).first)
    camera.shoot("desk-13-board")
    room = Camera(browser, DESKTOP)
    room.page.goto(f"{demo.desk}screen/")
    room.page.get_by_role("textbox", name="接続コード").fill(code)
    walks.follow(room.page.get_by_role("button", name="接続する"))
    room.shoot("desk-14-screen")
    camera.open(f"{demo.desk}calendar/", "desk-12-month")
    page.goto(f"{demo.desk}stops/new/")
    page.get_by_role("combobox", name="場所").select_option("main")
    page.get_by_role("textbox", name="理由").fill("機械の故障")
    page.get_by_role("textbox", name="公開ページのお知らせ", exact=True).fill("本日は機械の故障のため受け付けられません。")
    walks.follow(page.get_by_role("button", name="影響を確かめる"))
    camera.shoot("desk-15-stop-check")
    number = re.search(r"対象の件数 (\d+)", page.get_by_role("main").inner_text())
    assert number
    page.get_by_role("textbox", name="件数の確認").fill(number[1])
    walks.follow(page.get_by_role("button", name="停止する"))
    walks.follow(page.get_by_role("button", name="案を作る"))
    camera.shoot("desk-16-stop")
    walks.follow(page.get_by_role("button", name="停止を取り下げる"))


def picture_the_core(browser: Browser, demo: RunningDemo, bookings: Path, medium: Path) -> None:
    """A clerk in the core zone: from the card list to the second person at the counter."""
    camera = Camera(browser, DESKTOP)
    page = camera.page
    walks.sign_in(page, demo.delivery, demo.staff["clerk"])
    camera.open(demo.delivery, "kofu-1-home")
    camera.open(f"{demo.delivery}cards/", "kofu-2-list")
    walks.follow(page.get_by_role("region", name="カードの一覧").get_by_role("link").first)
    camera.shoot("kofu-3-card")
    camera.open(f"{demo.delivery}intake/lists/", "ichiran-1-upload")
    camera.names = {"faulty": "ichiran-2-faulty", "good": "ichiran-3-waiting", "one card read": "kenpin-2-arrival"}
    for path in reversed(walks.card_lists(medium)):
        walks.take_in_list(page, demo.delivery, path, camera.shoot_as_named)
    camera.open(f"{demo.delivery}intake/arrivals/", "kenpin-1-arrivals")
    walks.open_an_arrival(page, demo.delivery, camera.shoot_as_named)
    camera.open(f"{demo.delivery}intake/presets/", "settei-1")
    camera.open(f"{demo.delivery}letters/", "annai-1-letters")
    walks.follow(page.get_by_role("region", name="印刷分の一覧").get_by_role("link").first)
    camera.shoot("annai-2-batch")
    walks.carry_in(page, f"{demo.delivery}exchange/import/", bookings)
    camera.shoot("renkei-2-taken")
    camera.open(f"{demo.delivery}matching/", "zenjitsu-1-matching")
    walks.open_pick_list(page, demo.delivery)
    camera.shoot("zenjitsu-2-pick-list")
    camera.open(f"{demo.delivery}storage/", "zenjitsu-3-boxes")
    camera.open(f"{demo.delivery}counter/", "madoguchi-1-board")
    page.get_by_role("textbox", name="製造管理番号").fill(demo.citizens[3]["id"])
    walks.follow(page.get_by_role("button", name="受け付ける"))
    page.get_by_role("textbox", name="読み取った番号").fill("S9999999999")
    walks.follow(page.get_by_role("button", name="照合する"))
    camera.shoot("madoguchi-no-match")
    names = ("sleeve", "notice", "documents", "fee", "second person")
    camera.names = {state: f"madoguchi-{number}-{state.replace(' ', '-')}" for number, state in enumerate(names, start=2)}
    walks.receive_a_person(page, demo.delivery, demo.citizens[2]["id"], camera.shoot_as_named)
    page.goto(f"{demo.delivery}counter/")
    page.get_by_role("textbox", name="製造管理番号").fill(demo.citizens[2]["id"])
    walks.follow(page.get_by_role("button", name="受け付ける"))
    page.get_by_role("textbox", name="二人目の利用者ID").fill(demo.staff["chief"]["user"])
    page.get_by_label("二人目のパスワード").fill(demo.staff["chief"]["password"])
    walks.follow(page.get_by_role("button", name="交付する"))
    camera.shoot("madoguchi-7-delivered")


def picture_the_register(browser: Browser, demo: RunningDemo, medium: Path) -> None:
    """A clerk reads, moves and counts cards, finds a person, and describes a list of the town's own."""
    camera = Camera(browser, DESKTOP)
    page = camera.page
    walks.sign_in(page, demo.delivery, demo.staff["clerk"])
    page.goto(f"{demo.delivery}scan/")
    page.keyboard.press("?")
    camera.shoot("yomitori-1-keys")
    page.keyboard.press("Escape")
    camera.names = {
        "a card": "yomitori-2-card",
        "no code of ours": "yomitori-3-not-ours",
        "packed": "hokan-1-packed",
        "counting": "hokan-2-counting",
        "differences": "hokan-3-differences",
        "found": "daicho-1-found",
        "draft": "daicho-2-mapping",
        "tried": "daicho-3-tried",
    }
    walks.scan_move_and_count(page, demo.delivery, demo.citizens[3]["id"], camera.shoot_as_named)
    walks.find_a_person(page, demo.delivery, camera.shoot_as_named)
    walks.describe_the_list(page, demo.delivery, walks.card_lists(medium)[0], camera.shoot_as_named)


def picture_the_forms(browser: Browser, demo: RunningDemo, medium: Path) -> None:
    """A citizen asks for a time by form, and the core zone opens what was answered."""
    phone = Camera(browser, PHONE)
    phone.names = {"form": "shinsei-1-form", "check": "shinsei-2-check", "done": "shinsei-3-done"}
    number = walks.apply_by_form(phone.page, demo.booking, phone.shoot_as_named)
    desk = Camera(browser, DESKTOP)
    walks.sign_in(desk.page, demo.desk, demo.staff["chief"])
    path = walks.carry_out(desk.page, f"{demo.booking}desk/exchange/export/", "申請予約", medium)
    core = Camera(browser, DESKTOP)
    walks.sign_in(core.page, demo.delivery, demo.staff["clerk"])
    walks.carry_in(core.page, f"{demo.delivery}exchange/import/", path)
    core.open(f"{demo.delivery}applications/", "shinsei-4-list")
    core.names = {"opened": "shinsei-5-application"}
    walks.open_application(core.page, demo.delivery, number, core.shoot_as_named)


def picture_the_office(browser: Browser, demo: RunningDemo) -> None:
    """The administrator: accounts, roles, settings; the chief's approvals; the auditor's log."""
    camera = Camera(browser, DESKTOP)
    walks.sign_in(camera.page, demo.desk, demo.staff["administrator"])
    camera.open(f"{demo.desk}accounts/", "kanri-1-accounts")
    camera.names = {"issued": "kanri-2-issued", "role asked": "kanri-3-role"}
    walks.register_a_person(camera.page, demo.desk, camera.shoot_as_named)
    camera.open(f"{demo.desk}settings/", "kanri-4-settings")
    camera.open(f"{demo.desk}accounts/roles/own/", "kanri-7-own-role")
    camera.open(f"{demo.desk}screens/", "gamen-1-list")
    chief = Camera(browser, DESKTOP)
    walks.sign_in(chief.page, demo.desk, demo.staff["chief"])
    chief.open(f"{demo.desk}approvals/", "kanri-5-approvals")
    chief.page.keyboard.press("Control+Alt+KeyL")
    expect(chief.page.get_by_role("textbox", name="パスワード")).to_be_visible()
    chief.shoot("login-3-lock")
    auditor = Camera(browser, DESKTOP)
    walks.sign_in(auditor.page, demo.desk, demo.staff["auditor"])
    auditor.open(f"{demo.desk}audit/", "kanri-6-log")


MONTH_PAGES = {
    "home": "",
    "queues": "queues/",
    "reports": "reports/",
    "fees": "fees/report/",
    "reconciliation": "reconciliation/days/",
    "stock": "storage/stock/",
    "disposal": "disposal/",
    "planning": "planning/",
    "outputs": "outputs/",
}
MONTH_DESK_PAGES = {"calendar": "calendar/", "figures": "figures/"}


def picture_the_month(browser: Browser, demo: RunningDemo) -> None:
    """What the chief sees behind a month: the pages of both zones whose numbers need one."""
    for zone, home, pages in (("kofu", demo.delivery, MONTH_PAGES), ("desk", demo.desk, MONTH_DESK_PAGES)):
        camera = Camera(browser, DESKTOP)
        walks.sign_in(camera.page, home, demo.staff["chief"])
        for name, path in pages.items():
            camera.open(f"{home}{path}", f"tsuki-{zone}-{name}")
        if zone == "kofu":
            walks.try_a_plan(camera.page, home, "窓口を一つ増やす")
            camera.shoot("tsuki-kofu-proposal")


@contextlib.contextmanager
def own_demo(month: int = 0) -> Iterator[RunningDemo]:
    """A demo that ends with the walk; with `month` one in which a month with so many cards was played."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-manual-") as folder:
        words = ("--month", "--cards", str(month)) if month else ()
        running = start_demo(Path(folder) / "data", free_ports(), *words)
        try:
            yield running
        finally:
            stop_demo(running)


def write_pictures(demo: RunningDemo) -> None:
    """Walk through the whole demo, from the booking to the office."""
    with tempfile.TemporaryDirectory() as medium, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, "--lang=ja"], env={"LANGUAGE": "ja"})
        picture_the_booking(browser, demo)
        bookings = picture_the_desk(browser, demo, Path(medium))
        picture_the_day(browser, demo)
        picture_the_core(browser, demo, bookings, Path(medium))
        picture_the_register(browser, demo, Path(medium))
        picture_the_forms(browser, demo, Path(medium))
        picture_the_office(browser, demo)
        browser.close()


def write_pictures_of_the_month(demo: RunningDemo) -> None:
    """Show what a month left behind, and a plan that starts from it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, "--lang=ja"], env={"LANGUAGE": "ja"})
        picture_the_month(browser, demo)
        browser.close()


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--month", type=int, default=0, metavar="CARDS", help="play a month with so many cards and picture what it left")
    month = parser.parse_args().month
    IMAGES.mkdir(parents=True, exist_ok=True)
    with own_demo(month) as demo:
        if month:
            write_pictures_of_the_month(demo)
        else:
            write_pictures(demo)
    pictures = sorted(IMAGES.glob("*.png"))
    print(f"{len(pictures)} pictures, {sum(picture.stat().st_size for picture in pictures) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
