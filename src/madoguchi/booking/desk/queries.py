"""Reads for the pages of the desk, each with a constant number of statements."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, Schedule, Slot, VisitKind
from madoguchi.booking.calendar.rules import Admission
from madoguchi.booking.municipality.models import Municipality, MunicipalityChange
from madoguchi.platform import clock


@dataclass(frozen=True, slots=True)
class PlaceDay:
    """One place on one day: how many places there are and how many are given out."""

    code: str
    name: str
    day: dt.date
    capacity: int
    taken: int

    @property
    def free(self) -> int:
        return self.capacity - self.taken


def visible_places(codes: frozenset[str] | None) -> list[Place]:
    """Return the places of a person's data range (None: all), closed ones included. One statement."""
    found = Place.objects.all()
    return list(found if codes is None else found.filter(code__in=codes))


def days_ahead(places: Collection[Place], first: dt.date, number: int, *, schedule: str = Schedule.DEFAULT) -> list[PlaceDay]:
    """Return what staff could still give out at `places` on `number` days from `first`, by the code of a schedule. One statement.

    Without a code: the schedule of card hand-overs.
    """
    return _days(places, first, number, still_ahead=schedule)


def _days(places: Collection[Place], first: dt.date, number: int, *, still_ahead: str | None) -> list[PlaceDay]:
    names = {place.code: place.name for place in places}
    totals = calendar.totals(first, first + dt.timedelta(days=number - 1), sorted(names), still_ahead=still_ahead)
    return [PlaceDay(total.place, names[total.place], total.day, total.capacity, total.taken) for total in totals]


def kinds_by_number() -> list[VisitKind]:
    """Return what callers with a booking number can come for, the hand-over of a card first. One statement."""
    found = VisitKind.objects.select_related("schedule").filter(identification=VisitKind.Identification.NUMBER)
    offered = [kind for kind in found if kind.is_open or kind.code == VisitKind.DEFAULT]
    return sorted(offered, key=lambda kind: kind.code != VisitKind.DEFAULT)


def soonest_times(places: Collection[Place], admission: Admission, number: int, *, schedule: str = Schedule.DEFAULT) -> list[Slot]:
    """Return the first times with room at `places` that suit a booking number, of a schedule by its code. One statement.

    For the caller who asks for the earliest: the internal places of staff count, the dates of the notice are kept.
    """
    now = clock.now()
    first = max(now.date(), admission.not_before or now.date())
    found = Slot.objects.filter(place__in=places, schedule__code=schedule, is_open=True, taken__lt=F("capacity"), day__gte=first)
    found = found.exclude(day=now.date(), start__lte=now.time().replace(tzinfo=None))
    if admission.deadline:
        found = found.filter(day__lte=admission.deadline)
    return list(found.select_related("place").order_by("day", "start", "place__position")[:number])


def today(places: Collection[Place]) -> list[PlaceDay]:
    """Return today's places. One statement."""
    return _days(places, clock.today(), 1, still_ahead=None)


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One line of the settings' history, in words."""

    at: dt.datetime
    by: str
    label: str
    before: str
    after: str


def settings_history(number: int) -> list[SettingChange]:
    """Return the newest changes of the municipality's settings with their authors. One statement."""
    labels = {field.name: str(field.verbose_name) for field in Municipality._meta.fields}  # noqa: SLF001 Django's public-by-use name
    return [
        SettingChange(change.at, change.by, labels.get(change.setting, change.setting), _in_words(change.before), _in_words(change.after))
        for change in MunicipalityChange.objects.order_by("-id")[:number]
    ]


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    return "" if value is None else str(value)
