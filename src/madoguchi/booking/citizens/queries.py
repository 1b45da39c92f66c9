"""Reads of the public pages that nobody else needs."""

from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.platform.ui.languages import current as current_language

_SECONDS = 5


@dataclass(frozen=True, slots=True)
class NamedKind:
    """A kind of visit beside the hand-over of a card, as the first page names it."""

    code: str
    name: str
    by_number: bool


def form_kinds() -> list[NamedKind]:
    """Return the form kinds that are open, in the language of the page."""
    return [kind for kind in _other_kinds() if not kind.by_number]


def number_kinds() -> list[NamedKind]:
    """Return the open kinds for which people show a booking number, in the language of the page."""
    return [kind for kind in _other_kinds() if kind.by_number]


def _other_kinds() -> list[NamedKind]:
    """Return the open kinds besides the hand-over of a card: kept for five seconds, since every visit begins there."""
    language = current_language()
    key = f"citizens.kinds.{language}"
    found: list[NamedKind] | None = cache.get(key)
    if found is None:
        found = [
            NamedKind(kind.code, _name(kind, language), kind.identification == VisitKind.Identification.NUMBER)
            for kind in calendar.kinds()
            if kind.code != VisitKind.DEFAULT
        ]
        cache.set(key, found, _SECONDS)
    return found


def _name(kind: VisitKind, language: str) -> str:
    return next((text.name for text in kind.texts.all() if text.language == language and text.name), _(kind.name))
