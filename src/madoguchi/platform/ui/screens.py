"""Screen codes: a sign of a letter and a number for each page of staff, which the help desk can ask for by telephone (S34).

The setting ``MADOGUCHI_SCREENS`` is the dotted path of the table; without it no page has a code.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, get_urlconf, resolve
from django.utils.module_loading import import_string

from madoguchi.platform.ui.shell import Words

CODE = re.compile(r"[A-Z][1-9][0-9]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Screen:
    """One page of staff: its code, the name of its address and its own name.

    `is_chosen` where the page shows what was chosen on another, though its address names nothing.
    """

    code: str
    address: str
    name: Words
    is_chosen: bool = False

    def opens_at(self, door: "Door") -> bool:
        """Tell whether the address alone opens it."""
        return door.is_single and not self.is_chosen


@dataclass(frozen=True, slots=True)
class Room:
    """The pages whose codes begin with one letter."""

    letter: str
    name: Words
    screens: tuple[Screen, ...]


@dataclass(frozen=True, slots=True)
class Door:
    """Where a zone has a page: its path as the addresses write it, whether it is one page only, and its view."""

    path: str
    is_single: bool
    view: Callable[..., object]


def rooms() -> Sequence[Room]:
    """Return the table of all zones."""
    path: str = getattr(settings, "MADOGUCHI_SCREENS", "")
    found: Sequence[Room] = import_string(path) if path else ()
    return found


def normalised(text: str) -> str:
    """Return how a code is written, from what somebody typed: wide letters, small letters and spaces mean the same."""
    return unicodedata.normalize("NFKC", text).upper().replace(" ", "")


def by_code(text: str) -> Screen | None:
    """Return the page whose code somebody typed; None when there is none."""
    code = normalised(text)
    return next((one for room in rooms() for one in room.screens if one.code == code), None)


def screen_of(request: HttpRequest) -> Screen | None:
    """Return the page that is shown: the one asked for, or after a command the one on which it was given."""
    known = {one.address: one for room in rooms() for one in room.screens}
    match = request.resolver_match
    if match is None or not known:
        return None
    own = known.get(match.view_name)
    if own is not None or request.method in ("GET", "HEAD"):
        return own
    try:
        return known.get(resolve(urlsplit(request.headers.get("Referer", "")).path).view_name)
    except (Resolver404, ValueError):
        return None


def doors() -> dict[str, Door]:
    """Return for each name of an address of this zone where it leads."""
    return _doors(get_urlconf() or settings.ROOT_URLCONF)


@functools.cache
def _doors(urlconf: str) -> dict[str, Door]:
    return dict(_walk(get_resolver(urlconf).url_patterns, "/", "", single=True))


def _walk(patterns: Sequence[URLPattern | URLResolver], path: str, namespace: str, *, single: bool) -> Iterator[tuple[str, Door]]:
    for one in patterns:
        here, own = path + str(one.pattern), single and not one.pattern.converters
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, here, f"{namespace}{one.namespace}:" if one.namespace else namespace, single=own)
        else:
            yield f"{namespace}{one.name}", Door(here, own, one.callback)
