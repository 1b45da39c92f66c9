"""Every page of both zones, as everybody who may open it: nothing for axe to find, nothing foreign, nothing over the edge.

The pages are found as people find them: from the addresses that a role may open, through the links that it sees there, with what a small
town left behind after a morning's work. Every form that asks for something is also sent empty once.
"""

import csv
import json
import os
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, ConsoleMessage, Request, Response, expect
from playwright.sync_api import Error as BrowserError

from madoguchi.zones.configuration import ZONES, Zone
from madoguchi.zones.url_table import addresses_of, roles_by_right
from tests.accessibility import CHECKS, wider_than_the_screen, wrong_in_markup
from tests.conftest import PATIENCE_MS, RunningDemo
from tests.walks import (
    NEXT,
    add_a_question,
    apply_by_form,
    ask_what_to_bring,
    begin_a_review_of_rights,
    book_for_a_caller,
    book_for_this_evening,
    card_lists,
    carry_in,
    carry_out,
    change_and_wait,
    choose_first_time,
    describe_the_list,
    find_a_person,
    follow,
    hand_in_the_stock,
    hold_a_file_up,
    identify,
    identify_for_the_card,
    let_papers_grow_old,
    look_up_application,
    miss_last_month,
    open_an_arrival,
    open_application,
    open_pick_list,
    open_this_evening,
    press_the_buttons_of_the_mail,
    receive_a_person,
    register_a_person,
    scan_move_and_count,
    serve_without_a_card,
    set_the_calendar,
    sign_in,
    sign_in_for_the_first_time,
    take_in_list,
    text_of_pdf,
)

# A demo of its own, so that the walk over every page and the stories run beside each other.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("every page")]

ROLES = ("clerk", "chief", "operator", "administrator", "auditor")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
NARROW = {"width": 320, "height": 844}
SMALL_DESKTOP = {"width": 1024, "height": 768}
# An answer of the page itself that says no is shown to the person; the browser's console repeats it.
SAID_NO = re.compile(r"Failed to load resource: the server responded with a status of (403|404|409|410|422|423|429)")
# A page that answers a scan sounds; before the first key or press in it a browser keeps silent, and says so.
SILENT = "AudioContext was not allowed to start"
# Of these pages several states are worth a look: what a list shows depends on the row.
STATES = {
    "cards:act": 3,
    "filing:document": 2,
    "intake:batch": 3,
    "handover:encounter": 2,
    "procedures:visit": 2,
    "desk:number": 2,
    "approvals:approval": 2,
}
FILES = {
    "desk:board-live",
    "desk:screen-live",
    "received:print",
    "applications:calendar-file",
    "received:print-list",
    "procedures:figures-file",
    "characters:export",
    "characters:font",
    "characters:style",
    "takeover:labels",
    "takeover:template",
    "fees:receipt",
    "fees:report-file",
    "registration:venue-sheets",
    "registration:venue-workbook",
    "figures:export",
    "reports:export",
    "service_level:report",
    "service_level:status",
    "dispatch:preview-picture",
    "dispatch:sample",
    "dispatch:protected-slip",
    "dispatch:slip",
    "dispatch:version-sample",
    "reconciliation:export",
    "disposal:certificate",
    "dispatch:pdf",
    "filing:certificate",
    "filing:covers",
    "filing:image",
    "filing:mask-picture",
    "filing:preview",
    "filing:thumb",
    "storage:label",
    "storage:safe-labels",
    "storage:slip",
    "storage:slot-labels",
    "intake:labels",
    "intake:result",
    "citizens:calendar-file",
    # Keep a choice and lead on; those of the sign-in service only where there is one.
    "accounts:provider",
    "accounts:provider-back",
    "citizens:choose-language",
    "guidance:start",
    "oversight:facts-file",
    "oversight:facts-print",
    "exchange:download",
    "exchange:print-ledger",
    "accounts:print-review",
    "jobs:progress",
    "jobs:bell",
    "printers:sheet",
    "queues:home-live",
    "queues:list-live",
    "queues:look",
}
PATTERN_PAGES = "ui:"
# How many places are free, the same for everybody.
MAY_BE_KEPT = {"citizens:month"}
# The letter's address and the home pages show the first page of what they lead to.
SHOWN_BEFORE_SIGN_IN = {"citizens:letter": "citizens:identify", "queues:home": "accounts:sign-in", "desk:home": "accounts:sign-in"}
# Addresses that take a command and show the page that it was given on.
COMMANDS = {
    "received:cancel",
    "registration:close-venue",
    "registration:photo",
    "registration:send",
    "received:message",
    "received:move",
    "received:stage",
    "abuse:see",
    "abuse:share",
    "abuse:unshare",
    "applications:ask-for-proof",
    "applications:decline-offer",
    "applications:stop-waiting",
    "applications:take-offer",
    "applications:undo",
    "desk:answer-offer",
    "accounts:close",
    "accounts:begin-review",
    "accounts:close-review",
    "accounts:decide-review",
    "accounts:issue-password",
    "accounts:kept-input",
    "accounts:hide-pane",
    "accounts:lock-screen",
    "accounts:open-screen",
    "accounts:request-withdrawal",
    "accounts:sign-out",
    "accounts:unlock",
    "accounts:add-key",
    "accounts:ask-witness",
    "accounts:confirm-key",
    "accounts:enrol-key",
    "accounts:remove-key",
    "accounts:remove-lost-key",
    "accounts:request-identity",
    "accounts:unlink-identity",
    "cards:release",
    "cards:reveal",
    "accounts:still-there",
    "characters:apply",
    "characters:save",
    "cards:strike",
    "citizens:ask-for-proof",
    "citizens:choose-language",
    "citizens:decline-offer",
    "citizens:leave-out",
    "citizens:stop-waiting",
    "citizens:take-offer",
    "citizens:undo",
    "desk:called-back",
    "desk:export",
    "desk:mass-result",
    "desk:prepare-mass",
    "desk:start-mass",
    "desk:take-mass-back",
    "desk:mark",
    "desk:propose",
    "desk:rebook",
    "desk:release",
    "desk:remove-closure",
    "desk:remove-display",
    "desk:remove-exception",
    "desk:remove-holiday",
    "desk:remove-quota",
    "desk:remove-rule",
    "desk:remove-view",
    "desk:renew-display",
    "desk:restore",
    "desk:save-view",
    "desk:set-counter",
    "desk:take-back",
    "desk:take-down",
    "desk:ticket-step",
    "desk:undo",
    "dispatch:approve-text",
    "takeover:codes",
    "dispatch:clear",
    "dispatch:export",
    "dispatch:delivered",
    "dispatch:end-address",
    "dispatch:give-up",
    "dispatch:pause",
    "dispatch:preview",
    "dispatch:pull",
    "dispatch:reject-text",
    "dispatch:resume",
    "filing:change-class",
    "filing:close-shredding",
    "filing:look",
    "filing:look-now",
    "filing:move",
    "filing:unmasked",
    "filing:retry",
    "filing:set-period",
    "filing:turn",
    "oversight:examine",
    "exchange:call",
    "exchange:dispose",
    "exchange:release",
    "exchange:step",
    "exchange:take-out",
    "guidance:withdraw",
    "fees:open",
    "handover:case",
    "handover:documents",
    "handover:fee",
    "handover:interrupt",
    "handover:keep",
    "handover:notice",
    "handover:resume",
    "handover:sleeve",
    "handover:without-notice",
    "intake:close",
    "intake:fault",
    "intake:inspected",
    "intake:hand-in",
    "intake:leave-out",
    "intake:scanned-list",
    "intake:try-mapping",
    "intake:undo",
    "notices:again",
    "notices:called",
    "queues:confirm",
    "queues:export",
    "queues:keep",
    "queues:let-go",
    "queues:take",
    "queues:prepare",
    "queues:remove",
    "queues:save",
    "queues:undo",
    "reports:export-behind",
    "dispatch:labels",
    "dispatch:scan",
    "dispatch:sent",
    "procedures:case",
    "procedures:documents",
    "procedures:finish",
    "procedures:start",
    "storage:take",
    "changes:act-on-passed",
    "changes:apply",
    "changes:discard",
    "disposal:carry-out",
    "disposal:make",
    "disposal:request",
    "reconciliation:apply",
    "reconciliation:discard",
    "storage:close-transfer",
    "storage:give-up-transfer",
    "storage:pack",
    "storage:receive",
    "storage:send",
    "storage:stock-close",
    "storage:stock-counted",
    "storage:stock-export",
    "printers:read",
    "storage:stock-give-up",
    "storage:stock-scan",
    "storage:undo-move",
    "storage:unpack",
    "takeover:sign-off",
}

DESCRIBE = """() => ({
    title: document.title,
    strip: document.querySelector('aside.strip')?.innerText ?? '',
    words: document.body.innerText,
    kept: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
    links: [...document.querySelectorAll('a[href]')].map(link => link.href),
    parts: [...new Set([...document.querySelectorAll('body, body *')].map(part =>
        [part.tagName, part.className, part.getAttribute('role'), part.hasAttribute('id')].join()))],
})"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Django's own words, which do not say which field they mean.
WORDS_OF_THE_FRAMEWORK = ("このフィールドは", "この値", "有効な値", "正しく選択")
EMPTY_FORMS = """() => [...document.querySelectorAll('main form[method=post]')].map((form, index) => {
    const asks = [...form.querySelectorAll('.field')].some(one => one.querySelector('.need-required')
        && one.querySelector('input[type=text], input[type=password], input[type=file], input[type=email], input:not([type]), textarea'));
    return asks ? index : -1 }).filter(index => index >= 0)"""
SEND_EMPTY = """index => { const form = document.querySelectorAll('main form[method=post]')[index];
    form.querySelectorAll('input[type=text], input[type=password], input[type=email], input:not([type]), textarea')
        .forEach(box => { box.value = '' });
    form.querySelectorAll('input[type=checkbox], input[type=radio]').forEach(box => { box.checked = false });
    form.submit() }"""


# Checks that also hold for pages of staff, who sit before a wide screen with a mouse.
FOR_STAFF = {"A1", "A9", "A10", "A15"}


@dataclass
class Tally:
    """How many public pages a check looked at, and how many faults it found."""

    looks: int = 0
    faults: int = 0


@dataclass
class Town:
    """What all rounds share: the running demo, who lives there, and what has been seen so far."""

    demo: RunningDemo
    names: frozenset[str]
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    sent_empty: set[tuple[str, str, int]] = field(default_factory=set)
    opened: set[tuple[str, str]] = field(default_factory=set)
    tally: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    examined: set[tuple[str, str]] = field(default_factory=set)
    parts: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def address(self, zone: Zone) -> str:
        """Return where the zone answers."""
        return {"booking": self.demo.booking, "delivery": self.demo.delivery}[zone]

    def staff_address(self, zone: Zone) -> str:
        """Return where the zone's staff begin."""
        return {"booking": self.demo.desk, "delivery": self.demo.delivery}[zone]


class Looker:
    """One browser, and every fault on the pages that it has seen."""

    def __init__(self, browser: Browser, town: Town, zone: Zone, *, public: bool = False) -> None:
        size = PHONE if public else DESKTOP
        self.context = browser.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo")  # type: ignore[arg-type]  # a size
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.town, self.zone, self.size, self.public = town, zone, size, public
        self.other_sizes = (NARROW,) if public else (SMALL_DESKTOP,)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: script error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._watch)
        self.page.on("response", self._weigh)

    def _hear(self, message: ConsoleMessage) -> None:
        own = (message.location.get("url") == self.page.url and SAID_NO.match(message.text)) or SILENT in message.text
        if message.type in {"error", "warning"} and not own:
            self.faults.append(f"{self.page.url}: console: {message.text}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.town.address(self.zone)).netloc:
            self.faults.append(f"{self.page.url}: asks another host: {request.url}")
        if request.is_navigation_request() and "%" in request.url:
            self.faults.append(f"more than plain signs in an address: {request.url}")

    def _weigh(self, response: Response) -> None:
        """Nothing that a page shows stays on the terminal (SF-13): the browser keeps no copy of it."""
        kept = "no-store" not in response.headers.get("cache-control", "")
        if kept and response.request.is_navigation_request() and response.ok and self.name_of(response.url) not in MAY_BE_KEPT:
            self.faults.append(f"{response.url}: may be kept by the browser")

    def name_of(self, url: str) -> str:
        """Return the name of the view behind `url`, or nothing."""
        if not url.startswith(self.town.address(self.zone)):
            return ""
        try:
            return resolve(urlsplit(url).path, urlconf=f"madoguchi.zones.{self.zone}.urls").view_name
        except Resolver404:
            return ""

    def look(self, state: str = "") -> list[str]:
        """Look at the page as it stands, keep its faults, and return the links on it."""
        name = self.name_of(self.page.url)
        self.town.opened.add((self.zone, name))
        seen = self.page.evaluate(DESCRIBE)
        faults = list(self._faults_of_words(seen))
        if self._is_built_anew(name, seen["parts"]):
            faults += self._examine()
            for size in self.other_sizes:
                self.page.set_viewport_size(size)  # type: ignore[arg-type]  # a size
                faults += [f"runs over the edge at {size['width']} by {over}" for over in [self.page.evaluate(OVERFLOW)] if over > 0]
            self.page.set_viewport_size(self.size)  # type: ignore[arg-type]  # a size
        self.faults += [f"{name} {state} {self.page.url}: {fault}" for fault in faults]
        links: list[str] = seen["links"]
        return links

    def _is_built_anew(self, name: str, parts: Sequence[str]) -> bool:
        """Tell whether axe has not seen this page yet, or on it a part (element, classes, role) that it has not met on this page.

        On pages of staff a part is known wherever in the zone it was met: their form fields, errors and tables all come from the same
        templates, so that a page that was sent back with errors needs no second look. Every state of a public page gets one.
        """
        public = self.page.locator("main.site-main").count() > 0
        known = self.town.parts[self.zone, name if public else ""]
        anew = (self.zone, name) not in self.town.examined or not known.issuperset(parts)
        known.update(parts)
        self.town.examined.add((self.zone, name))
        return anew

    def _examine(self) -> list[str]:
        """Run the checks of accessibility and keep the tally of public pages: the sign-in looks like the pages of staff."""
        found = []
        public = self.page.locator("main.site-main").count() > 0
        for code, check in CHECKS.items():
            if not public and code not in FOR_STAFF:
                continue
            faults = check(self.page)
            found += [f"{code}: {fault}" for fault in faults]
            if public:
                self.town.tally[code].looks += 1
                self.town.tally[code].faults += len(faults)
        return [*found, *wider_than_the_screen(self.page)]

    def _faults_of_words(self, seen: dict[str, Any]) -> Iterator[str]:
        title = seen["title"]
        if "｜" not in title.strip("｜"):
            yield f"title 「{title}」 does not say what page and what service this is"
        if "デモ" not in seen["strip"]:
            yield "does not say that it is a demo"
        if seen["kept"]:
            yield f"keeps something in the browser: {seen['kept']}"
        for person in self.town.names:
            if person in title:
                yield "a person's name in the title"
        for words in WORDS_OF_THE_FRAMEWORK:
            if words in seen["words"]:
                yield f"「{words}…」 does not say which field"

    def check_title(self, role: str) -> None:
        """Keep as a fault that two pages have one title: people with a row of tabs, or who listen, know a page by it."""
        name, title = self.name_of(self.page.url), self.page.title()
        if not role:
            name = SHOWN_BEFORE_SIGN_IN.get(name, name)
        first = self.town.titles.setdefault((self.zone, title), name)
        if first != name:
            self.faults.append(f"{name} {self.page.url}: title 「{title}」 is that of {first}")

    def open(self, url: str) -> int:
        """Open an address and return its status; 0 when it is no page but a file or a command."""
        try:
            answer = self.page.goto(url)
        except BrowserError as stopped:
            if "Download is starting" in str(stopped):
                return 0
            raise
        assert answer is not None
        if answer.status >= 500:
            self.faults.append(f"{url}: {answer.status}")
        is_page = answer.status != 405 and "html" in answer.headers.get("content-type", "")
        if is_page and self.public:
            markup = wrong_in_markup(answer.text())
            self.town.tally["A14"].looks += 1
            self.town.tally["A14"].faults += len(markup)
            self.faults += [f"{url}: {fault}" for fault in markup]
        return answer.status if is_page else 0

    def walk(self, role: str) -> None:
        """Open everything that `role` may open, from its addresses and the links on its pages; send what asks for something empty."""
        todo = deque((urljoin(self.town.address(self.zone), path.lstrip("/")), "") for path in paths_for(self.zone, role))
        taken: dict[str, int] = {}
        done: set[str] = set()
        while todo:
            url, seen_on = todo.popleft()
            name = self.name_of(url)
            if url in done or taken.get(self._part_of(url), 0) >= STATES.get(name, 1) or not self._is_for(role, name):
                continue
            done.add(url)
            status = self.open(url)
            if status == 403 and seen_on:
                self.faults.append(f"{seen_on} leads to {url}, where {role or 'nobody'} may not go")
            if not status:
                continue
            name, part = self.name_of(self.page.url), self._part_of(self.page.url)
            if taken.get(part, 0) >= STATES.get(name, 1):
                continue
            taken[part] = taken.get(part, 0) + 1
            if status == 200:
                self.check_title(role)
            todo.extend((link.partition("#")[0], name) for link in self.look())
            self._send_empty(name)

    def _part_of(self, url: str) -> str:
        """Return the name of the view behind `url` with the tab of it, where it has tabs: each is looked at as a page of its own."""
        return " ".join([self.name_of(url), *parse_qs(urlsplit(url).query).get("tab", [])])

    def _is_for(self, role: str, name: str) -> bool:
        """Whether a round of this role goes there: staff leave the citizens' pages to the citizens."""
        left_out = not name or name in FILES or name in COMMANDS or name.startswith(PATTERN_PAGES)
        return not left_out and not (role and (name.startswith("citizens:") or name in {"notices:mailbox", "notices:mail"}))

    def _send_empty(self, name: str) -> None:
        url, sent = self.page.url, False
        for index in self.page.evaluate(EMPTY_FORMS):
            key = (self.zone, name, index)
            if key in self.town.sent_empty:
                continue
            self.town.sent_empty.add(key)
            if sent:
                self.page.goto(url)
            sent = True
            with self.page.expect_navigation():
                self.page.evaluate(SEND_EMPTY, index)
            if not self.page.locator("[data-error-summary]").count():
                self.faults.append(f"{name} form {index}: sent empty, it does not say what is missing")
            self.look("sent empty")

    def close(self) -> list[str]:
        """Close the browser; return every fault found."""
        self.context.close()
        return self.faults


def paths_for(zone: Zone, role: str) -> list[str]:
    """Return the addresses without an object in them that `role` may open; for nobody (""), those open to everybody."""
    holders = roles_by_right()
    paths = []
    for one in addresses_of(zone):
        needs = one.requirement
        if one.parts or needs is None:
            continue
        if needs.everybody:
            may = not role
        else:
            may = bool(role) and (not needs.rights or any(role in holders.get(right.code, []) for right in needs.rights))
        if may and "sign-out" not in one.name:
            paths.append(one.path)
    return paths


@pytest.fixture(scope="module")
def town(demo: RunningDemo) -> Iterator[Town]:
    """The demo and the names of the people in it."""
    with (demo.data / "demo-papers" / "card-list.csv").open(encoding="cp932", errors="replace", newline="") as handle:
        names = {row["氏名"].replace("\u3000", "") for row in csv.DictReader(handle)}
    assert len(names) > 50
    town = Town(demo, frozenset(names))
    yield town
    if results := os.environ.get("MADOGUCHI_ACCESSIBILITY_RESULTS"):
        Path(results).write_text(json.dumps({code: asdict(one) for code, one in town.tally.items()}), encoding="utf-8")


@pytest.fixture(scope="module")
def morning(town: Town, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A morning's work that leaves something on every list; returns what was wrong on the pages on the way."""
    medium = tmp_path_factory.mktemp("medium")
    demo = town.demo
    desk = Looker(browser, town, "booking")
    sign_in(desk.page, demo.desk, demo.staff["chief"])
    book_for_a_caller(desk.page, demo.desk, demo.citizens[2]["id"], desk.look)
    phone = Looker(browser, town, "booking", public=True)
    phone.page.goto(f"{demo.booking}book/")
    identify(phone.page, {**demo.citizens[3], "birthday": "0101", "code": "76543214"})
    miss_last_month(demo.data)
    let_papers_grow_old(demo.data)
    hold_a_file_up(demo.data)
    number = apply_by_form(phone.page, demo.booking, phone.look)
    look_up_application(phone.page, demo.booking, number, phone.look)
    add_a_question(desk.page, demo.desk, desk.look)
    applications = carry_out(desk.page, f"{demo.booking}desk/exchange/export/", "申請予約", medium)
    bookings = carry_out(desk.page, f"{demo.booking}desk/exchange/export/", "予約一覧", medium)
    broken = medium / "broken.kfx"
    broken.write_bytes(bookings.read_bytes()[:-7])
    carry_in(desk.page, f"{demo.booking}desk/exchange/import/", broken)
    desk.look("half a file")
    core = Looker(browser, town, "delivery")
    sign_in(core.page, demo.delivery, demo.staff["clerk"])
    carry_in(core.page, f"{demo.delivery}exchange/import/", bookings)
    core.look("taken")
    carry_in(core.page, f"{demo.delivery}exchange/import/", applications)
    open_application(core.page, demo.delivery, number, core.look)
    open_pick_list(core.page, demo.delivery)
    core.look("somebody comes")
    good, faulty = card_lists(medium)
    for path in (good, faulty):
        take_in_list(core.page, demo.delivery, path, core.look)
    describe_the_list(core.page, demo.delivery, good, core.look)
    hand_in_the_stock(core.page, demo.delivery, core.look)
    find_a_person(core.page, demo.delivery, core.look)
    open_an_arrival(core.page, demo.delivery, core.look)
    scan_move_and_count(core.page, demo.delivery, demo.citizens[5]["id"], core.look)
    receive_a_person(core.page, demo.delivery, demo.citizens[2]["id"], core.look)
    serve_without_a_card(core.page, demo.delivery, core.look)
    print_a_letter(core, demo.citizens[2]["id"])
    send_the_letter(core)
    write_new_words(core)
    act_on_a_queue(core)
    office = Looker(browser, town, "booking")
    sign_in(office.page, demo.desk, demo.staff["administrator"])
    set_the_calendar(office.page, demo.desk, office.look)
    password = register_a_person(office.page, demo.desk, office.look)
    newcomer = Looker(browser, town, "booking")
    sign_in_for_the_first_time(newcomer.page, demo.desk, password, newcomer.look)
    begin_a_review_of_rights(desk.page, demo.desk, desk.look)
    leave_a_day_behind(desk, demo.citizens[4]["id"])
    return phone.close() + desk.close() + core.close() + office.close() + newcomer.close()


def leave_a_day_behind(desk: Looker, serial: str) -> None:
    """Somebody came this evening, somebody is to be called, and another place was stopped for a day and opened again."""
    page, address = desk.page, desk.town.demo.desk
    open_this_evening(page, address)
    number = book_for_this_evening(page, address, serial)
    follow(page.get_by_role("link", name="連絡要に入れる"))
    page.get_by_role("textbox", name="伝えること").fill("午後に折り返す")
    follow(page.get_by_role("button", name="連絡要に入れる"))
    page.goto(f"{address}bookings/")
    follow(page.get_by_role("link", name="これから30日"))
    page.get_by_role("checkbox", name="を選ぶ").first.check()
    page.get_by_text("まとめて変更・取消をする").click()
    page.get_by_role("radio", name="取り消す").check()
    page.get_by_role("textbox", name="理由").fill("停電")
    follow(page.get_by_role("button", name="下見をする"))
    desk.look("looked at many")
    page.goto(f"{address}phone/")
    follow(page.get_by_role("button", name="番号が分からない方の通話を始める"))
    page.get_by_role("textbox", name="伝えること").fill("折り返す")
    follow(page.get_by_role("button", name="折り返しを約束する"))
    follow(page.get_by_role("button", name="本人確認を記録する"))
    desk.look("a call")
    page.goto(f"{address}board/?place=main")
    follow(page.get_by_role("row", name=re.compile(number)).get_by_role("button", name=re.compile(r"^来庁\s*（")))
    desk.look("somebody is here")
    page.goto(f"{address}stops/new/")
    page.get_by_role("combobox", name="場所").select_option(index=2)
    page.get_by_role("textbox", name="理由").fill("停電")
    follow(page.get_by_role("button", name="影響を確かめる"))
    desk.look("whom a stop hits")
    page.get_by_role("textbox", name="件数の確認").fill("0")
    follow(page.get_by_role("button", name="停止する"))
    desk.look("stopped")
    follow(page.get_by_role("button", name="停止を取り下げる"))


def act_on_a_queue(core: Looker) -> None:
    """From a queue: one row ticked, looked at, done by a job."""
    page = core.page
    page.goto(f"{core.town.demo.delivery}queues/")
    page.get_by_role("checkbox").first.check()
    page.get_by_text("まとめて操作する").click()
    page.get_by_role("combobox", name="操作").select_option(label="廃棄の候補にする")
    page.get_by_role("textbox", name="理由").fill("1年経過")
    follow(page.get_by_role("button", name="下見をする"))
    core.look("looked at")
    follow(page.get_by_role("button", name="1件に行う"))


def print_a_letter(core: Looker, serial: str) -> None:
    """A work that takes its time: its page while it runs, and when it has ended."""
    core.page.goto(f"{core.town.demo.delivery}letters/")
    core.page.get_by_role("radio", name="番号で選ぶ").check()
    core.page.get_by_role("textbox", name="製造管理番号").fill(serial)
    core.page.get_by_role("textbox", name="刷り直す理由").fill("用紙の汚れ")
    follow(core.page.get_by_role("button", name="印刷を始める"))
    expect(core.page.get_by_role("link", name="処理の一覧に戻る")).to_be_visible()
    core.look("begun")
    # The page follows the work by itself.
    expect(core.page.get_by_role("button", name="中止する")).to_have_count(0)
    core.page.wait_for_load_state()
    core.look("ended")


def send_the_letter(core: Looker) -> None:
    """Scan the envelope of the newest batch out, send it, and look at what would be done if it came back."""
    page, address = core.page, core.town.demo.delivery
    page.goto(f"{address}letters/")
    follow(page.get_by_role("table").get_by_role("link").first)
    paper = core.page.request.get(page.get_by_role("link", name="PDFを開く").evaluate("link => link.href"))
    code = re.search(r"L\d{9}", text_of_pdf(paper.body()))
    assert code, "the letter shows its own number"
    page.get_by_role("textbox", name="用紙番号").fill(code.group())
    follow(page.get_by_role("button", name="読み取る"))
    core.look("scanned out")
    follow(page.get_by_role("button", name="発送済にする"))
    core.look("sent")
    page.goto(f"{address}letters/returns/")
    page.get_by_role("textbox", name="戻った封筒の番号").fill(code.group())
    follow(page.get_by_role("button", name="封筒を探す"))
    core.look("came back")


def write_new_words(core: Looker) -> None:
    """Write a version of the words of a reminder that awaits its approval."""
    page = core.page
    page.goto(f"{core.town.demo.delivery}letters/text/remind/")
    page.get_by_role("textbox", name="変える理由").fill("窓口の名前が変わったため")
    follow(page.get_by_role("button", name="新しい版を保存する"))
    core.look("awaits approval")


@pytest.fixture(scope="module")
def round_of(town: Town, morning: list[str], browser: Browser) -> Callable[[Zone, str], list[str]]:
    """Return a function that walks through everything a role may open in a zone, once, and returns the faults."""
    walked: dict[tuple[Zone, str], list[str]] = {}

    def walk(zone: Zone, role: str) -> list[str]:
        if (zone, role) not in walked:
            looker = Looker(browser, town, zone, public=not role and zone == "booking")
            if role:
                sign_in(looker.page, town.staff_address(zone), town.demo.staff[role])
            looker.walk(role)
            walked[zone, role] = looker.close()
        return walked[zone, role]

    return walk


def assert_none(faults: list[str]) -> None:
    """Fail with every fault on a line of its own."""
    assert not faults, "\n" + "\n".join(faults)


def test_the_pages_of_a_morning_have_no_fault(morning: list[str]) -> None:
    assert_none(morning)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_has_no_fault(round_of: Callable[[Zone, str], list[str]], zone: Zone, role: str) -> None:
    assert_none(round_of(zone, role))


@pytest.mark.parametrize("zone", ZONES)
def test_every_page_before_the_sign_in_has_no_fault(round_of: Callable[[Zone, str], list[str]], zone: Zone) -> None:
    assert_none(round_of(zone, ""))


def test_every_page_of_a_booking_has_no_fault_on_a_telephone(town: Town, browser: Browser) -> None:
    citizen = town.demo.citizens[1]
    phone = Looker(browser, town, "booking", public=True)
    page = phone.page
    page.goto(town.demo.booking)
    phone.look()
    follow(page.get_by_role("link", name="予約する"))
    identify(page, {**citizen, "birthday": "0101"})
    phone.look("wrong birthday")
    identify(page, citizen)
    phone.look()
    page.get_by_role("radio", name="市民窓口センター").check()
    follow(page.get_by_role("button", name=NEXT))
    phone.look()
    page.go_back()
    choose_first_time(page, "市民窓口センター")
    phone.look()
    page.get_by_role("textbox", name="メールアドレス").fill("wrong")
    follow(page.get_by_role("button", name=NEXT))
    phone.look("wrong mail")
    follow(page.get_by_role("link", name="時間を選び直す"))
    phone.look()
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name=NEXT))
    page.get_by_role("textbox", name="メールアドレス").fill("citizen@example.jp")
    follow(page.get_by_role("button", name=NEXT))
    phone.look()
    follow(page.get_by_role("button", name="この内容で予約する"))
    phone.look()
    follow(page.get_by_role("link", name="予約の確認・変更・取消"))
    phone.look()
    change_and_wait(page, town.demo.citizens[0], phone.look)
    press_the_buttons_of_the_mail(page, town.demo.booking, citizen, phone.look)
    page.goto(f"{town.demo.booking}manage/booking/")
    follow(page.get_by_role("link", name="予約を取り消す"))
    phone.look()
    follow(page.get_by_role("button", name="予約を取り消す"))
    phone.look()
    page.goto(f"{town.demo.booking}manage/booking/")
    phone.look("without a booking")
    for _ in range(30):
        page.goto(f"{town.demo.booking}mailbox/")
        if page.get_by_role("main").get_by_role("table").get_by_role("link").count() >= 2:
            break
        page.wait_for_timeout(1000)
    phone.look()
    follow(page.get_by_role("table").get_by_role("link").first)
    page.wait_for_url(re.compile("/mailbox/.+"))
    phone.look()
    ask_what_to_bring(page, town.demo.booking, phone.look)
    page.goto(f"{town.demo.booking}no-such-page/")
    phone.look("no such page")
    identify_for_the_card(page, town.demo.booking, citizen, phone.look)
    assert_none(phone.close())


def test_a_page_without_a_right_is_refused_in_words(town: Town, browser: Browser) -> None:
    looker = Looker(browser, town, "delivery")
    sign_in(looker.page, town.demo.delivery, town.demo.staff["auditor"])
    for path in ("cards/", "no-such-page/"):
        looker.page.goto(town.demo.delivery + path)
        looker.look("refused")
    assert_none(looker.close())


@pytest.mark.parametrize("zone", ZONES)
def test_the_page_of_the_confirmation_code_has_no_fault(town: Town, browser: Browser, zone: Zone) -> None:
    looker = Looker(browser, town, zone)
    account = town.demo.staff["operator"]
    looker.page.goto(town.staff_address(zone))
    looker.page.get_by_role("textbox", name="利用者ID").fill(account["user"])
    looker.page.get_by_role("textbox", name="パスワード").fill(account["password"])
    follow(looker.page.get_by_role("button", name="ログイン"))
    expect(looker.page.get_by_role("textbox", name="確認コード")).to_be_visible()
    looker.look()
    assert_none(looker.close())


def test_a_planted_fault_would_be_found(town: Town, browser: Browser) -> None:
    looker = Looker(browser, Town(town.demo, town.names), "booking", public=True)
    looker.page.goto(town.demo.booking)
    looker.page.evaluate(
        """() => { const main = document.querySelector('main');
        main.insertAdjacentHTML('beforeend', `<h1>x</h1><input><p>このフィールドは必須です。</p><p id="main">x</p>
            <div data-error-summary><a href="#nowhere">x</a></div><a class="btn" href="/" tabindex="0">x</a>`);
        const [box, link, wide] = ['input', 'a.btn:last-child', 'p:not([id])'].map(part => [...main.querySelectorAll(part)].at(-1));
        box.addEventListener('paste', event => event.preventDefault());
        Object.assign(link.style, {outline: 'none', boxShadow: 'none', minHeight: '10px', height: '10px', border: 'none'});
        wide.style.width = '900px'; document.querySelector('aside.strip').remove();
        document.title = '予約'; localStorage.setItem('name', 'x'); console.error('planted') }"""
    )
    looker.look()
    looker.page.route("http://example.invalid/", lambda route: route.abort())
    looker.page.evaluate("fetch('http://example.invalid/', {mode: 'no-cors'}).catch(() => 0)")
    found = " ".join(looker.close())
    for fault in (
        "label at",
        "2 headings",
        "runs over the edge at 320",
        "px wider",
        "a demo",
        "keeps something",
        "which field",
        "what service",
        "console: planted",
        "stands twice",
        "no focus to be seen",
        "leads to no field",
        "refuses pasted text",
        *(f"{code}: " for code in CHECKS),
    ):
        assert fault in found, fault
    assert wrong_in_markup("<!doctype html><title>x</title><p id=a id=b><table>x</table>")
    assert "another host" in found or "Content Security Policy" in found


def test_no_address_was_left_out(town: Town, round_of: Callable[[Zone, str], list[str]], browser: Browser) -> None:
    for zone in ZONES:
        for role in ("", *ROLES):
            round_of(zone, role)
    opened = {name for _zone, name in town.opened}
    there = {one.name for zone in ZONES for one in addresses_of(zone) if not one.name.startswith(PATTERN_PAGES)}
    left = there - opened - FILES - COMMANDS
    assert not left, "\n".join(sorted(left))
