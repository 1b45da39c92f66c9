"""What stands around a page: site, office, person, menu. Plain values; the zones say where they come from.

Settings read here (each optional):

* ``MADOGUCHI_SITE``: a dictionary with the keys of :class:`Site`;
* ``MADOGUCHI_SHELL``: dotted path of ``(request) -> Shell``;
* ``MADOGUCHI_MENU``: dotted path of ``(request) -> Sequence[MenuSection]``.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

Words = str | Promise
"""A text that may be translated when it is shown."""

Zone = Literal["booking", "delivery"]
Mode = Literal["production", "verification", "training", "demo"]
VOLUME_COOKIE = "madoguchi_volume"
SHORTCUTS_COOKIE = "madoguchi_shortcuts"
SHORTCUTS_OFF = "off"
DEFAULT_VOLUME = 50
_VOLUMES = range(101)
_YEAR = 365 * 24 * 60 * 60


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """What a process knows about itself without asking a database; enough to say that something went wrong."""

    zone: Zone = "booking"
    demo: bool = False
    mode: Mode = "production"
    municipality: str = ""
    phone: str = ""

    @property
    def environment(self) -> Mode:
        """The environment that the strip names; a demo is a demo whatever the mode."""
        return "demo" if self.demo else self.mode

    @property
    def mark(self) -> str:
        """The word that stands across every printed sheet of an installation that is not for the work itself."""
        return {"training": _("研修"), "verification": _("検証")}.get(self.environment, "")


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A link with its words."""

    label: Words
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Language:
    """One language of the site, named in that language."""

    code: str
    name: str
    url: str
    current: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class StaffMember:
    """Who is signed in, as the bar shows it."""

    name: str
    section: str = ""
    window: str = ""
    sign_out_url: str = ""
    duty_url: str = ""
    """Where the person says as what and where they work today."""
    lock_url: str = ""
    open_url: str = ""
    """Where the password goes that opens a locked screen."""
    still_there_url: str = ""
    reveals: int = 0
    """How many masked values of people this person has opened today."""
    last_sign_in: dt.datetime | None = None
    """When somebody signed in with this account before this session (S01)."""
    dense: bool = False
    """Whether this person wants low rows in tables."""
    lock_minutes: int = 0
    """After how many minutes without input the screen locks; 0: never by itself."""
    kept_path: str = ""
    """The page on which this person had typed something when the screen was locked and taken over; empty when nothing is kept."""
    kept_url: str = ""
    """Where what was typed is asked for and given up."""
    kept_at: dt.datetime | None = None
    kept_here: bool = False
    """Whether this is that page."""


@dataclasses.dataclass(frozen=True, slots=True)
class ScanBox:
    """Where the search and scan box of the bar sends what is typed or scanned into it."""

    url: str
    label: Words
    field: str = "code"
    post: bool = True
    """True sends the code in the body: no personal value in an address."""


@dataclasses.dataclass(frozen=True, slots=True)
class BellEntry:
    """One piece of long work that the bell tells of."""

    title: str
    url: str
    state: str
    active: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Bell:
    """The signed-in person's own long work: what waits or runs, and what has ended and was not opened since (S21)."""

    entries: Sequence[BellEntry]
    list_url: str
    part_url: str
    """Where the bell alone is asked for again while something runs."""

    @property
    def active(self) -> int:
        """How many wait or run."""
        return sum(entry.active for entry in self.entries)

    @property
    def ended(self) -> int:
        """How many have ended and were not opened since."""
        return len(self.entries) - self.active


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """A sentence above every public page; `language` where it is not that of the page."""

    text: str
    is_urgent: bool = False
    language: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Shell:
    """The municipality's words around every page, and the person who is signed in."""

    municipality: str = ""
    service: Words = ""
    home_url: str = "/"
    phone: str = ""
    phone_hours: Words = ""
    office: Words = ""
    footer: Sequence[Link] = ()
    languages: Sequence[Language] = ()
    notices: Sequence[Notice] = ()
    staff: StaffMember | None = None
    scan: ScanBox | None = None
    bell: Bell | None = None
    volume: int = DEFAULT_VOLUME
    """How loud the tones of scans are on this terminal, from 0 to 100."""
    own_characters_url: str = ""
    """Where the style sheet with the municipality's own font is; empty where there is none."""
    terminal_url: str = ""
    """Where sound, keys and the scanner of this terminal are tried and set; empty where there is no such page for the person."""
    privacy_url: str = ""
    """Where the pages of this session are hidden from whoever looks over the counter; empty where no page names a person."""
    is_private: bool = False
    """Whether they are."""
    shortcuts: bool = False
    """Whether single keys act on this terminal: "/" for the box of numbers, "?" for the list of keys."""


@dataclasses.dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the staff menu; ``count`` shows how much waits there."""

    label: Words
    url: str
    count: int | None = None
    key: str = ""
    """The letter that leads there after `g`, where single keys act."""


@dataclasses.dataclass(frozen=True, slots=True)
class MenuSection:
    """Entries under one heading."""

    title: Words
    items: Sequence[MenuItem]


def current_item(menu: Sequence[MenuSection], path: str) -> MenuItem | None:
    """Return the entry to which a page at ``path`` belongs: the one with the longest address that ``path`` begins with."""
    fitting = [item for section in menu for item in section.items if path.startswith(item.url)]
    return max(fitting, key=lambda item: len(item.url), default=None)


def volume_of(request: HttpRequest) -> int:
    """Return how loud this terminal's tones are; what the cookie says that is no volume counts as none said."""
    said = request.COOKIES.get(VOLUME_COOKIE, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 3 and int(said) in _VOLUMES else DEFAULT_VOLUME


def shortcuts_of(request: HttpRequest) -> bool:
    """Return whether single keys act on this terminal; they do unless somebody switched them off there."""
    return request.COOKIES.get(SHORTCUTS_COOKIE) != SHORTCUTS_OFF


def keep_shortcuts(response: HttpResponse, *, on: bool) -> HttpResponse:
    """Let the browser of this terminal remember whether single keys act."""
    said = "on" if on else SHORTCUTS_OFF
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(SHORTCUTS_COOKIE, said, max_age=_YEAR, secure=secure, httponly=True, samesite="Strict")
    return response


def site() -> Site:
    """Return what this process knows about itself from ``settings.MADOGUCHI_SITE``."""
    return Site(**getattr(settings, "MADOGUCHI_SITE", {}))


def shell_of(request: HttpRequest) -> Shell:
    """Return the municipality's words for this request; without the setting only what the process knows."""
    path: str = getattr(settings, "MADOGUCHI_SHELL", "")
    if path:
        shell: Shell = import_string(path)(request)
        return shell
    own = site()
    return Shell(municipality=own.municipality, phone=own.phone)


def menu_of(request: HttpRequest) -> Sequence[MenuSection]:
    """Return the menu of the signed-in person, without sections in which nothing is left."""
    path: str = getattr(settings, "MADOGUCHI_MENU", "")
    if not path:
        return ()
    sections: Sequence[MenuSection] = import_string(path)(request)
    return tuple(section for section in sections if section.items)
