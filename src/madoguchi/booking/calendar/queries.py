"""Reading the calendar: every page with a constant number of statements."""

# ruff: noqa: S608 fixed texts, every value is a parameter

import calendar as month_arithmetic
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from madoguchi.booking.calendar.generation import Conflict, conflicts_between
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.calendar.rules import (
    ANYBODY,
    FIRST_DAY,
    FREE_FOR_STAFF,
    FREE_FOR_THE_PUBLIC,
    LAST_DAY,
    OFFERED_TO_STAFF,
    QUOTA_LEFT,
    Admission,
    DayState,
    condition_values,
    day_state,
    offered_to_the_public,
    visit_length,
)
from madoguchi.platform import clock
from madoguchi.platform.database.prepared import prepared_cursor

_SLOTS = "calendar_slot s JOIN calendar_place p ON p.id = s.place_id"

# A quota of the day bounds what the times have together.
_MONTH = f"""
SELECT d.day::date, COALESCE(h.name, ''), COALESCE(o.capacity, 0), COALESCE(LEAST(o.free, o.quota), 0)
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d(day)
LEFT JOIN calendar_holiday h ON h.day = d.day::date
LEFT JOIN (
    SELECT s.day, sum(s.public_capacity) AS capacity, sum({FREE_FOR_THE_PUBLIC}) AS free, max({QUOTA_LEFT}) AS quota
    FROM {_SLOTS}
    WHERE s.place_id = %(place)s AND s.day BETWEEN %(first)s AND %(last)s AND {offered_to_the_public()}
    GROUP BY s.day) AS o ON o.day = d.day::date
ORDER BY d.day
"""

_TIMES = f"""
SELECT s.id, s.start, s.start + {visit_length()}, s.public_capacity, {FREE_FOR_THE_PUBLIC}
FROM {_SLOTS}
WHERE s.place_id = %(place)s AND s.day = %(day)s AND {offered_to_the_public()}
ORDER BY s.start
"""

_FIRST_FREE = f"""
SELECT s.place_id, min(s.day)
FROM {_SLOTS}
WHERE {offered_to_the_public()} AND {FREE_FOR_THE_PUBLIC} > 0
GROUP BY s.place_id
"""

_FIRST_FREE_TIMES = f"""
SELECT * FROM (
    SELECT DISTINCT ON (s.place_id) s.place_id, s.day, s.start, s.id
    FROM {_SLOTS}
    WHERE {offered_to_the_public()} AND {FREE_FOR_THE_PUBLIC} > 0
    ORDER BY s.place_id, s.day, s.start) AS earliest
ORDER BY day, start, place_id
"""

_STAFF_TIMES = f"""
SELECT s.id, s.start, s.start + {visit_length()}, s.capacity, {FREE_FOR_STAFF}
FROM {_SLOTS}
WHERE s.place_id = %(place)s AND s.day = %(day)s AND {OFFERED_TO_STAFF}
ORDER BY s.start
"""

_WINDOW = f"SELECT {FIRST_DAY}, {LAST_DAY}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month table. `holiday` is its name, empty on other days."""

    day: dt.date
    state: DayState
    free: int
    holiday: str = ""

    @property
    def bookable(self) -> bool:
        """Tell whether at least one time of the day can be taken."""
        return self.state in {DayState.FREE, DayState.FEW}


@dataclass(frozen=True, slots=True)
class Time:
    """One time of a day. `slot` is what a booking takes, `end` when a visit that begins then is over."""

    slot: int
    start: dt.time
    end: dt.time
    state: DayState
    free: int

    @property
    def bookable(self) -> bool:
        return self.free > 0


@dataclass(frozen=True, slots=True)
class FirstFree:
    """The earliest time that is free at one place."""

    place: Place
    day: dt.date
    start: dt.time
    slot: int


def _rows(statement: str, admission: Admission, kind: VisitKind | None, party: int, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 parameters
    with prepared_cursor() as cursor:
        cursor.execute(statement, {**condition_values(clock.now(), admission, kind=kind, party=party), **values})
        return list(cursor.fetchall())


def places(admission: Admission = ANYBODY) -> list[Place]:
    """Return the open places at which the holder of `admission` may come, in the municipality's order."""
    found = Place.objects.filter(is_open=True)
    return list(found.filter(code__in=admission.places) if admission.places else found)


def kinds() -> list[VisitKind]:
    """Return the kinds of visit that are open to citizens, with their texts, in the municipality's order. Two statements."""
    return list(VisitKind.objects.filter(is_open=True).prefetch_related("texts"))


def window(kind: VisitKind | None = None) -> tuple[dt.date, dt.date]:
    """Return the first and the last day on which a visit may be booked now. One statement."""
    first, last = _rows(_WINDOW, ANYBODY, kind, 1)[0]
    return first, last


def month(
    place: Place, year: int, month: int, admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1
) -> list[Day]:
    """Return every day of the month at `place` with its state for a citizen. One statement.

    Raises ValueError when there is no such month.
    """
    first = dt.date(year, month, 1)
    last = first.replace(day=month_arithmetic.monthrange(year, month)[1])
    return _days(place, first, last, admission, kind, party)


def days_list(
    place: Place, first: dt.date, last: dt.date, admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1
) -> list[Day]:
    """Return the days from `first` to `last` on which something is offered at `place`, full ones included: the list view. One statement."""
    return [day for day in _days(place, first, last, admission, kind, party) if day.state is not DayState.NONE]


def _days(place: Place, first: dt.date, last: dt.date, admission: Admission, kind: VisitKind | None, party: int) -> list[Day]:
    rows = _rows(_MONTH, admission, kind, party, place=place.pk, first=first, last=last)
    return [Day(day, day_state(int(capacity), int(free)), int(free), holiday) for day, holiday, capacity, free in rows]


def times(place: Place, day: dt.date, admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1) -> list[Time]:
    """Return the times of `day` at `place` that are offered to citizens, full ones included. One statement."""
    return _times(_TIMES, place, day, admission, kind, party)


def times_for_staff(place: Place, day: dt.date, *, kind: VisitKind | None = None, party: int = 1) -> list[Time]:
    """Return the times of `day` with the places that staff may give out: internal ones too, booking window left aside. One statement."""
    return _times(_STAFF_TIMES, place, day, ANYBODY, kind, party)


def _times(statement: str, place: Place, day: dt.date, admission: Admission, kind: VisitKind | None, party: int) -> list[Time]:
    rows = _rows(statement, admission, kind, party, place=place.pk, day=day)
    return [Time(slot, start, end, day_state(capacity, free), free) for slot, start, end, capacity, free in rows]


def first_free_days(admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1) -> dict[int, dt.date]:
    """Return the first day with a free time for each place (by primary key) that has one. One statement."""
    return dict(_rows(_FIRST_FREE, admission, kind, party))


def first_free_times(admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1) -> list[FirstFree]:
    """Return the earliest free time of each place that has one, the earliest place first: "earliest free place". Two statements."""
    rows = _rows(_FIRST_FREE_TIMES, admission, kind, party)
    known = Place.objects.in_bulk([place for place, *_time in rows])
    return [FirstFree(known[place], day, start, slot) for place, day, start, slot in rows]


def first_free_month(
    place: Place, admission: Admission = ANYBODY, *, kind: VisitKind | None = None, party: int = 1
) -> tuple[int, int] | None:
    """Return (year, month) of the first free time at `place`, None when there is none. One statement."""
    day = first_free_days(admission, kind=kind, party=party).get(place.pk)
    return (day.year, day.month) if day else None


def conflicts(day_from: dt.date, day_until: dt.date, *, places: Collection[str] | None = None) -> list[Conflict]:
    """Return the times with more bookings than rules, exceptions, holidays and closures now allow (`places` None: everywhere).

    `rebooking_wanted` marks those whose bookings are to be moved; the others stay above capacity by decision. One statement.
    """
    return [found for found in conflicts_between(day_from, day_until) if places is None or found.place in places]


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One day at one place, for staff."""

    place: str
    day: dt.date
    slots: int
    capacity: int
    public_capacity: int
    taken: int


def totals(
    day_from: dt.date, day_until: dt.date, place_codes: Sequence[str] | None = None, *, still_ahead: str | None = None
) -> list[DayTotals]:
    """Return capacity and places taken per place and day; `place_codes` None means every place. One statement.

    With `still_ahead`, the code of a schedule, only its times that have not ended count.
    """
    now = clock.now()
    values: dict[str, Any] = {
        "first": day_from,
        "last": day_until,
        "places": None if place_codes is None else list(place_codes),
        "schedule": still_ahead,
        "today": now.date(),
        "time": now.time().replace(tzinfo=None),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.code, s.day, count(*), sum(s.capacity), sum(s.public_capacity), sum(s.taken)
            FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
            WHERE s.day BETWEEN %(first)s AND %(last)s AND s.is_open
                AND (%(places)s::text[] IS NULL OR p.code = ANY(%(places)s::text[]))
                AND (%(schedule)s::text IS NULL OR (
                    s.schedule_id = (SELECT id FROM calendar_schedule WHERE code = %(schedule)s)
                    AND (s.day, s."end") > (%(today)s::date, %(time)s::time)))
            GROUP BY p.code, p.position, s.day ORDER BY s.day, p.position, p.code
            """,
            values,
        )
        return [DayTotals(*row) for row in cursor.fetchall()]
