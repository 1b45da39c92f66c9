"""Where each output of a zone is made, what is kept of it, and who approved it; the zone names its places in MADOGUCHI_OUTPUTS."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from madoguchi.platform.audit.processes import Process

Subjects = Collection[str]


def _nobody(_subjects: Subjects) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Place:
    """The page on which an output is made: `home`, or one of `pages` by the kind of the event's subject (`letters:…` → its batch).

    `keeps` tells which of some subjects' files the zone still has; without it nothing is kept, the file was handed out once. `until` tells
    on which day those go by themselves, `approved` who let them go where that is not in the event itself. `asks_why`: whoever prints again
    gives a reason there.
    """

    process: Process
    home: str
    pages: Mapping[str, str] = field(default_factory=dict)
    keeps: Callable[[Subjects], frozenset[str]] | None = None
    until: Callable[[Subjects], Mapping[str, dt.date]] | None = None
    approved: Callable[[Subjects], Mapping[str, str]] = _nobody
    asks_why: bool = False

    def address(self, subject: str) -> str:
        """Return the address of the page for the subject of an event."""
        kind, _, key = subject.partition(":")
        return reverse(self.pages[kind], args=[key]) if key and kind in self.pages else reverse(self.home)


def places() -> Mapping[str, Place]:
    """Return the places of this zone by process code."""
    path: str = getattr(settings, "MADOGUCHI_OUTPUTS", "")
    found: Sequence[Place] = import_string(path) if path else ()
    return {place.process.code: place for place in found}
