"""Reading the calendar: every page with a constant number of statements."""

# ruff: noqa: S608 fixed texts, every value is a parameter

import calendar as month_arithmetic
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.rules import (
    ANYBODY,
    FREE_FOR_THE_PUBLIC,
    OFFERED_TO_STAFF,
    Admission,
    DayState,
    condition_values,
    day_state,
    offered_to_the_public,
)
from madoguchi.platform import clock

_SLOTS = "calendar_slot s JOIN calendar_place p ON p.id = s.place_id CROSS JOIN municipality_municipality m"

_MONTH = f"""
SELECT s.day, sum(s.public_capacity), sum({FREE_FOR_THE_PUBLIC})
FROM {_SLOTS}
WHERE s.place_id = %(place)s AND s.day BETWEEN %(first)s AND %(last)s AND {offered_to_the_public()}
GROUP BY s.day
"""

_TIMES = f"""
SELECT s.id, s.start, s."end", s.public_capacity, {FREE_FOR_THE_PUBLIC}
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

_STAFF_TIMES = f"""
SELECT s.id, s.start, s."end", s.capacity, GREATEST(s.capacity - s.taken, 0)
FROM {_SLOTS}
WHERE s.place_id = %(place)s AND s.day = %(day)s AND {OFFERED_TO_STAFF}
ORDER BY s.start
"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month table."""

    day: dt.date
    state: DayState
    free: int

    @property
    def bookable(self) -> bool:
        """Tell whether at least one time of the day can be taken."""
        return self.state in {DayState.FREE, DayState.FEW}


@dataclass(frozen=True, slots=True)
class Time:
    """One time of a day. `slot` is what a booking takes."""

    slot: int
    start: dt.time
    end: dt.time
    state: DayState
    free: int

    @property
    def bookable(self) -> bool:
        return self.free > 0


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def places(admission: Admission = ANYBODY) -> list[Place]:
    """Return the open places at which the holder of `admission` may come, in the municipality's order."""
    found = Place.objects.filter(is_open=True)
    return list(found.filter(code__in=admission.places) if admission.places else found)


def month(place: Place, year: int, month: int, admission: Admission = ANYBODY) -> list[Day]:
    """Return every day of the month at `place` with its state for a citizen. One statement.

    Raises ValueError when there is no such month.
    """
    first = dt.date(year, month, 1)
    last = first.replace(day=month_arithmetic.monthrange(year, month)[1])
    values = {**condition_values(clock.now(), admission), "place": place.pk, "first": first, "last": last}
    offered = {day: (int(capacity), int(free)) for day, capacity, free in _rows(_MONTH, values)}
    days = (first + dt.timedelta(days=number) for number in range(last.day))
    return [Day(day, day_state(*offered.get(day, (0, 0))), offered.get(day, (0, 0))[1]) for day in days]


def times(place: Place, day: dt.date, admission: Admission = ANYBODY) -> list[Time]:
    """Return the times of `day` at `place` that are offered to citizens, full ones included. One statement."""
    return _times(_TIMES, place, day, admission)


def times_for_staff(place: Place, day: dt.date) -> list[Time]:
    """Return the times of `day` with the places that staff may give out: internal ones too, booking window left aside. One statement."""
    return _times(_STAFF_TIMES, place, day, ANYBODY)


def _times(statement: str, place: Place, day: dt.date, admission: Admission) -> list[Time]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**condition_values(clock.now(), admission), "place": place.pk, "day": day})
        return [Time(slot, start, end, day_state(capacity, free), free) for slot, start, end, capacity, free in cursor.fetchall()]


def first_free_days(admission: Admission = ANYBODY) -> dict[int, dt.date]:
    """Return the first day with a free time for each place (by primary key) that has one: "earliest free place". One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_FREE, condition_values(clock.now(), admission))
        return dict(cursor.fetchall())


def first_free_month(place: Place, admission: Admission = ANYBODY) -> tuple[int, int] | None:
    """Return (year, month) of the first free time at `place`, None when there is none. One statement."""
    day = first_free_days(admission).get(place.pk)
    return (day.year, day.month) if day else None


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One day at one place, for staff."""

    place: str
    day: dt.date
    slots: int
    capacity: int
    public_capacity: int
    taken: int


def totals(day_from: dt.date, day_until: dt.date, place_codes: Sequence[str] | None = None) -> list[DayTotals]:
    """Return capacity and places taken per place and day; `place_codes` None means every place. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.code, s.day, count(*), sum(s.capacity), sum(s.public_capacity), sum(s.taken)
            FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
            WHERE s.day BETWEEN %(first)s AND %(last)s AND s.is_open
                AND (%(places)s::text[] IS NULL OR p.code = ANY(%(places)s::text[]))
            GROUP BY p.code, p.position, s.day ORDER BY s.day, p.position, p.code
            """,
            {"first": day_from, "last": day_until, "places": None if place_codes is None else list(place_codes)},
        )
        return [DayTotals(*row) for row in cursor.fetchall()]
