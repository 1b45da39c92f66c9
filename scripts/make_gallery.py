"""Write the gallery of the manual: every public page on a telephone, on a desktop and with text twice as large.

    python -m scripts.make_gallery
    python -m scripts.make_gallery --month 2900

With `--month` a month with so many cards is played first, so that times are taken and days are full.

A demo of its own is made in a temporary folder. The pictures go to docs/manual/images/gamen, the page that shows them to
docs/manual/27-gamen.md.
"""

import argparse
import io
import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.make_screenshots import DESKTOP, PHONE, own_demo
from tests import walks
from tests.accessibility import PUT_ON, TAKE_OFF, TEXT_TWICE_AS_LARGE
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, RunningDemo

MANUAL = Path(__file__).parents[1] / "docs" / "manual"
IMAGES = MANUAL / "images" / "gamen"
PAGE = MANUAL / "27-gamen.md"
COLOURS, TALLEST = 24, 4
# Width in the manual by way of looking.
WAYS = {"phone": 260, "desktop": 520, "large": 260}
HEADINGS = {"phone": "電話", "desktop": "パソコン", "large": "文字を2倍にした電話"}
STANDING = (
    "language/",
    "calendar/",
    "calendar/main/",
    "manage/",
    "help/",
    "help/browsers/",
    "privacy/",
    "accessibility/",
    "accessibility/results/",
    "sitemap/",
)


class Gallery:
    """The pictures taken so far: titles of pages by their order, and the ways in which each was looked at."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}

    def looking(self, page: Page, way: str) -> Callable[[str], None]:
        """Return a function that takes a picture of `page` as it stands; pages that look alike by title and moment are taken once."""
        taken: set[str] = set()

        def shoot(state: str) -> None:
            title = page.title().partition("｜")[0]
            key = f"{title} {state}".strip()
            if key in taken:
                return
            taken.add(key)
            number = f"{len(taken):02d}"
            self.titles.setdefault(number, title)
            if way == "large":
                page.evaluate(PUT_ON, TEXT_TWICE_AS_LARGE)
            picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
            if way == "large":
                page.evaluate(TAKE_OFF)
            picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST * picture.width)))
            picture = picture.resize((WAYS[way], round(picture.height * WAYS[way] / picture.width)), Image.Resampling.LANCZOS)
            picture.quantize(COLOURS).save(IMAGES / f"{number}-{way}.png", optimize=True)

        return shoot


def look_at_everything(page: Page, demo: RunningDemo, shoot: Callable[[str], None]) -> None:
    """Walk over the public pages, one state of each, and leave no booking behind."""
    citizen, companion = demo.citizens[0], demo.citizens[1]
    page.goto(demo.booking)
    shoot("")
    walks.follow(page.get_by_role("link", name="予約する", exact=True))
    shoot("")
    walks.identify(page, {**citizen, "birthday": "0101"})
    shoot("wrong")
    walks.identify(page, citizen)
    shoot("")
    page.get_by_role("radio", name="市民窓口センター").check()
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    shoot("")
    walks.follow(page.get_by_role("table", name=re.compile("月の空き状況")).get_by_role("link").first)
    shoot("")
    page.get_by_role("radio").first.check()
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    shoot("")
    page.get_by_role("textbox", name="メールアドレス").fill("citizen@example.jp")
    walks.follow(page.get_by_role("button", name=walks.NEXT))
    shoot("")
    walks.follow(page.get_by_role("button", name="この内容で予約する"))
    shoot("")
    walks.follow(page.get_by_role("link", name="予約の確認・変更・取消"))
    shoot("")
    walks.change_and_wait(page, companion, shoot)
    walks.press_the_buttons_of_the_mail(page, demo.booking, citizen, shoot)
    page.goto(f"{demo.booking}manage/cancel/")
    shoot("")
    walks.follow(page.get_by_role("button", name="予約を取り消す"))
    shoot("")
    walks.ask_what_to_bring(page, demo.booking, shoot)
    for path in STANDING:
        page.goto(f"{demo.booking}{path}")
        shoot(path)
    number = walks.apply_by_form(page, demo.booking, shoot)
    walks.look_up_application(page, demo.booking, number, shoot)
    walks.identify_for_the_card(page, demo.booking, citizen, shoot)
    page.goto(f"{demo.booking}no-such-page/")
    shoot("")


def write_gallery(browser: Browser, demo: RunningDemo) -> Gallery:
    """Look at everything in three ways."""
    gallery = Gallery()
    for way, size in (("phone", PHONE), ("desktop", DESKTOP), ("large", PHONE)):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="ja-JP", timezone_id="Asia/Tokyo")
        page = context.new_page()
        look_at_everything(page, demo, gallery.looking(page, way))
        context.close()
    return gallery


def write_page(gallery: Gallery) -> None:
    """Write the page of the manual that shows the pictures."""
    lines = [
        "# 27 市民の画面のすべて",
        "",
        "市民のページを、電話、パソコン、文字を2倍にした電話で並べました。`python -m scripts.make_gallery` が作ります。",
        "",
    ]
    for number, title in gallery.titles.items():
        shown = [way for way in WAYS if (IMAGES / f"{number}-{way}.png").exists()]
        lines += [f"## {int(number)} {title}", "", "| " + " | ".join(HEADINGS[way] for way in shown) + " |", "|" + "---|" * len(shown)]
        lines += ["| " + " | ".join(f"![{title}（{HEADINGS[way]}）](images/gamen/{number}-{way}.png)" for way in shown) + " |", ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def main() -> None:
    """Write every picture and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--month", type=int, default=0, metavar="CARDS", help="play a month with so many cards first")
    month = parser.parse_args().month
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    with own_demo(month) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, "--lang=ja"], env={"LANGUAGE": "ja"})
        gallery = write_gallery(browser, demo)
        browser.close()
    write_page(gallery)
    pictures = list(IMAGES.glob("*.png"))
    print(f"{len(pictures)} pictures, {sum(picture.stat().st_size for picture in pictures) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
