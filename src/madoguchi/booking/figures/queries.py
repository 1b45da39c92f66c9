"""Counting bookings, places, waits and lead times of a period; one statement each, whatever the number of rows."""

# ruff: noqa: S608 fixed texts, every value is a parameter

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from madoguchi.booking.calendar.models import Place, VisitKind


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: from, until (both within), at which places, of which kind (None: all kinds).

    `leads_to_lists` when whoever reads the figures may open the bookings behind them.
    """

    day_from: dt.date
    day_until: dt.date
    places: Sequence[Place]
    kind: VisitKind | None = None
    leads_to_lists: bool = True

    @property
    def values(self) -> dict[str, Any]:
        return {
            "first": self.day_from,
            "last": self.day_until,
            "places": [place.pk for place in self.places],
            "kind": self.kind.pk if self.kind else None,
            "schedule": self.kind.schedule_id if self.kind else None,
        }


@dataclass(frozen=True, slots=True)
class BookingCount:
    """How many bookings of one sort there are. `weekday` counts from Monday as 0, `hour` is the hour at which they begin."""

    place: int
    kind: int
    weekday: int
    hour: int
    source: str
    walk_in: bool
    state: str
    bookings: int
    people: int


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many places were offered and taken at one hour of one day of the week, over the whole period."""

    place: int
    weekday: int
    hour: int
    offered: int
    taken: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Bookings that stand for one day, by way of booking."""

    day: dt.date
    source: str
    bookings: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Call numbers issued in one hour: how many, how long they waited to be called, and how long they were served, in minutes."""

    place: int
    hour: int
    tickets: int
    waited: float | None
    served: float | None


@dataclass(frozen=True, slots=True)
class Lead:
    """How many days before the first free place, of the kind for which it was longest; None: there was no free place."""

    day: dt.date
    place: int
    days: int | None


def _rows(statement: str, scope: Scope) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values)
        return list(cursor.fetchall())


_OF_THE_PERIOD = """
FROM reservations_booking b JOIN calendar_slot s ON s.id = b.slot_id
WHERE s.day BETWEEN %(first)s AND %(last)s AND s.place_id = ANY(%(places)s) AND (%(kind)s::bigint IS NULL OR b.kind_id = %(kind)s)
"""


def bookings(scope: Scope) -> list[BookingCount]:
    """Count the bookings for days of the period; mere and ended holds are nobody's booking. One statement."""
    statement = f"""
    SELECT s.place_id, b.kind_id, extract(isodow FROM s.day)::int - 1, extract(hour FROM s.start)::int, b.source, b.walk_in, b.state,
        count(*), sum(b.people)::int
    {_OF_THE_PERIOD} AND b.state NOT IN ('held', 'expired')
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
    """
    return [BookingCount(*row) for row in _rows(statement, scope)]


def by_day(scope: Scope) -> list[DayCount]:
    """Count the bookings that stand, by day and way of booking. One statement."""
    statement = f"""
    SELECT s.day, b.source, count(*)
    {_OF_THE_PERIOD} AND b.state NOT IN ('held', 'expired', 'cancelled') GROUP BY 1, 2 ORDER BY 1, 2
    """
    return [DayCount(*row) for row in _rows(statement, scope)]


def places_taken(scope: Scope) -> list[PlaceCount]:
    """Count places offered and taken, of the schedule of the kind where one is chosen. One statement.

    Of a closed time only what was taken counts.
    """
    statement = """
    SELECT s.place_id, extract(isodow FROM s.day)::int - 1, extract(hour FROM s.start)::int,
        sum(CASE WHEN s.is_open THEN s.capacity ELSE s.taken END)::int, sum(s.taken)::int
    FROM calendar_slot s
    WHERE s.day BETWEEN %(first)s AND %(last)s AND s.place_id = ANY(%(places)s)
        AND (%(schedule)s::bigint IS NULL OR s.schedule_id = %(schedule)s)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """
    return [PlaceCount(*row) for row in _rows(statement, scope)]


def waits(scope: Scope) -> list[Wait]:
    """Return how long people with a call number waited and were served, by place and hour. One statement.

    Waiting ends with the first call; serving lasts from its beginning (or the last call) to the end. Numbers that were never called
    count as tickets only.
    """
    statement = """
    WITH ticket AS (
        SELECT t.id, t.place_id, t.issued_at, t.state,
            min(e.at) FILTER (WHERE e.to_state = 'called') AS called, max(e.at) FILTER (WHERE e.to_state IN ('called', 'served')) AS begun,
            max(e.at) FILTER (WHERE e.to_state = 'closed') AS closed
        FROM desk_callticket t JOIN desk_ticketevent e ON e.ticket_id = t.id LEFT JOIN reservations_booking b ON b.id = t.booking_id
        WHERE t.day BETWEEN %(first)s AND %(last)s AND t.place_id = ANY(%(places)s) AND t.state <> 'void'
            AND (%(kind)s::bigint IS NULL OR b.kind_id = %(kind)s)
        GROUP BY t.id
    )
    SELECT place_id, extract(hour FROM issued_at AT TIME ZONE 'Asia/Tokyo')::int, count(*),
        (avg(extract(epoch FROM called - issued_at)) / 60)::float8,
        (avg(extract(epoch FROM closed - begun)) FILTER (WHERE state = 'closed') / 60)::float8
    FROM ticket GROUP BY 1, 2 ORDER BY 1, 2
    """
    return [Wait(*row) for row in _rows(statement, scope)]


@dataclass(frozen=True, slots=True)
class CallResult:
    """How many telephone calls ended with a result, and how long they lasted on average."""

    name: str
    calls: int
    minutes: float


def call_results(scope: Scope) -> list[CallResult]:
    """Return the calls of the period by their result, most frequent first; a call has no place and no kind. One statement."""
    statement = """
    SELECT w.name, count(*), (avg(extract(epoch FROM c.ended_at - c.begun_at)) / 60)::float8
    FROM desk_phonecall c JOIN desk_wrapup w ON w.id = c.wrap_up_id
    WHERE (c.ended_at AT TIME ZONE 'Asia/Tokyo')::date BETWEEN %(first)s AND %(last)s
    GROUP BY w.id ORDER BY 2 DESC, w.position, w.id
    """
    return [CallResult(*row) for row in _rows(statement, scope)]


def leads(scope: Scope) -> list[Lead]:
    """Return the lead times noted in the period, by day and place. One statement."""
    statement = """
    SELECT day, place_id, CASE WHEN bool_or(days IS NULL) THEN NULL ELSE max(days) END FROM figures_leadtime
    WHERE day BETWEEN %(first)s AND %(last)s AND place_id = ANY(%(places)s) AND (%(kind)s::bigint IS NULL OR kind_id = %(kind)s)
    GROUP BY 1, 2 ORDER BY 1, 2
    """
    return [Lead(*row) for row in _rows(statement, scope)]
