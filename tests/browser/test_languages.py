"""Every public page in every language: nothing over the edge of a narrow telephone, nothing left in Japanese, nothing for axe to find."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.booking.municipality.languages import COOKIE
from madoguchi.platform.ui.languages import CODES, EASY, JAPANESE
from madoguchi.zones.demo_data import PLACES
from tests.accessibility import faults
from tests.conftest import PATIENCE_MS, RunningDemo
from tests.walks import ANSWERS, apply_by_form, ask_what_to_bring, change_and_wait, choose_first_time, follow, identify

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo")]

# What a page may say in Japanese whatever its language: names of places as staff entered them, the names of the languages, and what the
# person has typed.
OWN_WORDS = (*(word for place in PLACES for word in place[1:]), "やさしい日本語", "日本語", *ANSWERS.values())
KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
OVER_THE_EDGE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Words of other languages are longer than those that somebody tried: every text grows by two fifths.
LENGTHEN = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (texts.nextNode()) if (texts.currentNode.data.trim()) found.push(texts.currentNode);
    for (const text of found) {
        const length = text.data.trim().length;
        text.data += ' ' + 'lorem ipsum '.repeat(length).slice(0, length * 0.4);
    }
}"""


class Reader:
    """A telephone of 320 px that reads each page in every language, and keeps what is wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        self.languages: set[str] = set()
        self.with_ruby = 0

    def look(self, state: str, languages: Sequence[str] = CODES[1:]) -> None:
        """Read the page that stands in every language; then in Japanese again, so that the way goes on."""
        for code in (*languages, JAPANESE):
            self._speak(code)
            self.page.reload()
            self.languages.add(self.page.locator("html").get_attribute("lang") or "")
            self._examine(f"{state} in {code}", code)
        self.page.evaluate(LENGTHEN)
        self._edge(f"{state} with two fifths more")
        self.page.reload()

    def look_briefly(self, state: str) -> None:
        """Read a page only in the languages that need most room. What answers a press is left out: to read it again is to press again."""
        if state not in {"wrong birthday", "no date", "nothing filled in", "no wish", "wrong mail"}:
            self.look(state, (EASY, "vi"))

    def _speak(self, code: str) -> None:
        # The whole site, not only the folder of this page.
        self.page.context.add_cookies([{"name": COOKIE, "value": code, "url": urljoin(self.page.url, "/")}])

    def _edge(self, where: str) -> None:
        over = self.page.evaluate(OVER_THE_EDGE)
        if over > 0:
            self.wrong.append(f"{where}: {over} px over the edge")

    def _examine(self, where: str, code: str) -> None:
        self._edge(where)
        words = f"{self.page.title()}\n{self.page.locator('body').inner_text()}"
        if code == EASY:
            self.with_ruby += self.page.locator("ruby rt").count() > 0
            if "{" in words:
                self.wrong.append(f"{where}: a brace on the page")
            return
        if code == JAPANESE:
            return
        for own in OWN_WORDS:
            words = words.replace(own, "")
        self.wrong += [f"{where}: 「{line.strip()}」" for line in words.splitlines() if KANA.search(line)]


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 320, "height": 800}, locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield Reader(page)
    context.close()


def test_the_way_of_a_booking_reads_well_in_every_language(demo: RunningDemo, reader: Reader) -> None:
    page, citizen = reader.page, demo.citizens[3]
    page.goto(demo.booking)
    reader.look("entrance")
    follow(page.get_by_role("link", name="予約する", exact=True))
    reader.look("identify")
    identify(page, citizen)
    reader.look("place")
    page.get_by_role("radio", name=PLACES[0][1]).check()
    follow(page.get_by_role("button", name="次へ進む"))
    reader.look("day")
    page.go_back()
    choose_first_time(page, PLACES[0][1])
    reader.look("contact")
    follow(page.get_by_role("button", name="次へ進む"))
    reader.look("check")
    follow(page.get_by_role("button", name="この内容で予約する"))
    expect(page.get_by_role("heading", name="予約が完了しました")).to_be_visible()
    reader.look("done")
    page.goto(f"{demo.booking}manage/booking/")
    reader.look("booking")
    page.goto(f"{demo.booking}manage/cancel/")
    reader.look("cancel")
    follow(page.get_by_role("button", name="予約を取り消す"))
    reader.look("cancelled")
    assert reader.languages == set(CODES)
    assert reader.with_ruby > 5
    assert reader.wrong == [], "\n" + "\n".join(reader.wrong)


def test_changes_and_the_waiting_list_read_well(demo: RunningDemo, reader: Reader) -> None:
    page = reader.page
    page.goto(f"{demo.booking}book/")
    identify(page, demo.citizens[3])
    choose_first_time(page, PLACES[0][1])
    follow(page.get_by_role("button", name="次へ進む"))
    follow(page.get_by_role("button", name="この内容で予約する"))
    page.goto(f"{demo.booking}manage/booking/")
    change_and_wait(page, demo.citizens[2], reader.look_briefly)
    page.goto(f"{demo.booking}manage/cancel/")
    follow(page.get_by_role("button", name="予約を取り消す"))
    assert reader.wrong == [], "\n" + "\n".join(reader.wrong)


def test_a_visit_by_form_reads_well(demo: RunningDemo, reader: Reader) -> None:
    apply_by_form(reader.page, demo.booking, reader.look_briefly)
    assert reader.wrong == [], "\n" + "\n".join(reader.wrong)


def test_pages_of_guidance_and_help_read_well_in_every_language(demo: RunningDemo, reader: Reader) -> None:
    page = reader.page
    for path in ("language/", "help/", "help/browsers/", "accessibility/", "sitemap/", "privacy/", "calendar/", "no-such-page/"):
        page.goto(f"{demo.booking}{path}")
        reader.look(path)
    ask_what_to_bring(page, demo.booking, lambda state: reader.look(state) if state != "nothing chosen" else None)
    assert reader.wrong == [], "\n" + "\n".join(reader.wrong)


def test_a_foreign_page_and_an_easy_one_have_no_fault(demo: RunningDemo, reader: Reader) -> None:
    found = []
    for code in (EASY, "vi"):
        reader.page.goto(f"{demo.booking}language/{code}/?next=/guidance/?procedure=receive")
        found += faults(reader.page)
        reader.page.goto(demo.booking)
        found += faults(reader.page)
    assert found == []


def test_a_planted_fault_would_be_found(demo: RunningDemo, reader: Reader) -> None:
    reader.page.goto(f"{demo.booking}language/en/?next=/help/")
    reader.page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<p>ことば</p><pre>' + 'x'.repeat(400) + '</pre>')")
    reader._examine("planted", "en")
    assert len(reader.wrong) == 2


def test_changing_the_language_keeps_page_and_answers(demo: RunningDemo, reader: Reader) -> None:
    page = reader.page
    page.goto(f"{demo.booking}guidance/?procedure=receive")
    page.get_by_role("radio", name="15歳未満の方").check()
    follow(page.get_by_role("button", name="次へ進む"))
    here = page.url
    page.get_by_text("Language").click()
    follow(page.get_by_role("link", name="English"))
    assert page.url == here
    follow(page.get_by_role("link", name="Back to the previous page"))
    expect(page.get_by_role("radio", name="A child under 15")).to_be_checked()
