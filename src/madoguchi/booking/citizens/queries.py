"""Reads of the public pages that nobody else needs."""

from dataclasses import dataclass

from django.core.cache import cache

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.platform.ui.languages import current as current_language

_SECONDS = 5


@dataclass(frozen=True, slots=True)
class FormKind:
    """A kind of visit that is asked for by form, as the first page names it."""

    code: str
    name: str


def form_kinds() -> list[FormKind]:
    """Return the form kinds that are open, in the language of the page: kept for five seconds, since every visit begins there."""
    language = current_language()
    key = f"citizens.form-kinds.{language}"
    found: list[FormKind] | None = cache.get(key)
    if found is None:
        names = [
            (kind, next((text.name for text in kind.texts.all() if text.language == language and text.name), kind.name))
            for kind in calendar.kinds()
            if kind.identification == VisitKind.Identification.FORM
        ]
        found = [FormKind(kind.code, name) for kind, name in names]
        cache.set(key, found, _SECONDS)
    return found
