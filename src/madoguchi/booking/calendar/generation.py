"""Keeping the stored slots in step with rules, exceptions, holidays and closures: one statement for all slots of a span of days."""

# ruff: noqa: S608 fixed texts, every value is a parameter

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.audited import SLOTS_GENERATED
from madoguchi.booking.calendar.holidays import provide_holidays
from madoguchi.booking.calendar.rules import LAST_DAY_OF_ANY_KIND, condition_values
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

# One generation at a time: two would only do the same work twice.
_GENERATION_LOCK = 0x6D61646F_0001
LONGEST_SPAN = dt.timedelta(days=800)
# Beyond the last day that may be booked, so that a missed night shows nobody an empty calendar.
_SPARE_DAYS = 7

# The slots that rules and exceptions ask for between two days. The hours of an exception stand in the place of every weekly rule of that
# day; a closure and a day on which the national system stands still are stronger than both. The last slot ends by the end of the hours.
WANTED = """
WITH hours AS (
    SELECT r.place_id, r.schedule_id, d.day::date AS day, r.opens, r.closes, r.slot_minutes, r.counters_public, r.counters_internal,
        r.phone_limit, r.id
    FROM calendar_openingrule r
    CROSS JOIN LATERAL generate_series(
        GREATEST(%(first)s::date, r.valid_from)::timestamp, LEAST(%(last)s::date, COALESCE(r.valid_until, %(last)s::date))::timestamp,
        interval '1 day') AS d(day)
    LEFT JOIN calendar_holiday h ON h.day = d.day::date AND h.is_closed
    WHERE (%(place)s::bigint IS NULL OR r.place_id = %(place)s)
        AND extract(isodow FROM d.day) - 1 = r.weekday
        AND (cardinality(r.weeks) = 0 OR (extract(day FROM d.day)::int + 6) / 7 = ANY(r.weeks))
        AND (h.day IS NULL OR (h.kind IN ('national', 'own') AND r.open_on_holidays) OR (h.kind = 'year_end' AND r.open_at_year_end))
        AND NOT EXISTS (
            SELECT FROM calendar_openingexception x
            WHERE x.place_id = r.place_id AND x.schedule_id = r.schedule_id AND x.day = d.day::date)
    UNION ALL
    SELECT x.place_id, x.schedule_id, x.day, x.opens, x.closes, x.slot_minutes, x.counters_public, x.counters_internal, x.phone_limit, x.id
    FROM calendar_openingexception x
    WHERE x.day BETWEEN %(first)s AND %(last)s AND (%(place)s::bigint IS NULL OR x.place_id = %(place)s)
), wanted AS MATERIALIZED (
    SELECT DISTINCT ON (o.place_id, o.schedule_id, o.day, t.start)
        o.place_id, o.schedule_id, o.day, t.start, (t.start + make_interval(mins => o.slot_minutes)) AS "end",
        o.counters_public + o.counters_internal AS capacity, o.counters_public AS public_capacity, o.phone_limit AS phone_capacity
    FROM hours o
    CROSS JOIN LATERAL (
        SELECT o.opens + make_interval(mins => number * o.slot_minutes) AS start
        FROM generate_series(0, floor(extract(epoch FROM o.closes - o.opens) / 60 / o.slot_minutes)::int - 1) AS number) AS t
    WHERE NOT EXISTS (
            SELECT FROM calendar_closure c
            WHERE (c.place_id IS NULL OR c.place_id = o.place_id) AND o.day BETWEEN c.day_from AND c.day_until)
        AND NOT EXISTS (SELECT FROM calendar_holiday h WHERE h.day = o.day AND h.kind = 'maintenance' AND h.is_closed)
    ORDER BY o.place_id, o.schedule_id, o.day, t.start, o.id DESC
)"""

_IN_SPAN = "s.day BETWEEN %(first)s AND %(last)s AND (%(place)s::bigint IS NULL OR s.place_id = %(place)s)"
_SAME_SLOT = "w.place_id = s.place_id AND w.schedule_id = s.schedule_id AND w.day = s.day AND w.start = s.start"

# A place already given is never taken back: capacity stays at least what is taken, and the difference is reported.
_KEPT = """GREATEST(w.capacity, s.taken, w.public_capacity, s.taken_public), GREATEST(w.public_capacity, s.taken_public),
        CASE WHEN w.phone_capacity IS NOT NULL THEN GREATEST(w.phone_capacity, s.taken_phone) END"""

_STEP = f"""{WANTED}, added AS (
    INSERT INTO calendar_slot (place_id, schedule_id, day, start, "end", capacity, public_capacity, phone_capacity)
    SELECT place_id, schedule_id, day, start, "end", capacity, public_capacity, phone_capacity FROM wanted
    ON CONFLICT (place_id, schedule_id, day, start) DO NOTHING RETURNING 1
), changed AS (
    UPDATE calendar_slot s
    SET "end" = w."end", is_open = true, (capacity, public_capacity, phone_capacity) = ROW({_KEPT})
    FROM wanted w
    WHERE {_SAME_SLOT} AND (s."end", s.is_open, s.capacity, s.public_capacity, s.phone_capacity) IS DISTINCT FROM (w."end", true, {_KEPT})
    RETURNING 1
), closed AS (
    UPDATE calendar_slot s SET is_open = false
    WHERE s.is_open AND {_IN_SPAN} AND NOT EXISTS (SELECT FROM wanted w WHERE {_SAME_SLOT})
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM changed), (SELECT count(*) FROM closed)
"""

CONFLICTS = f"""{WANTED}
SELECT s.id, p.code, p.name, x.code, s.day, s.start, s.taken, COALESCE(w.capacity, 0), s.rebooking_wanted
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id JOIN calendar_schedule x ON x.id = s.schedule_id
LEFT JOIN wanted w ON {_SAME_SLOT}
WHERE {_IN_SPAN} AND s.taken > COALESCE(w.capacity, 0)
ORDER BY s.day, s.start, p.code, x.code
"""

_LOAD = f"""
SELECT p.code, x.code, s.day, count(*) FILTER (WHERE s.is_open), COALESCE(sum(s.capacity) FILTER (WHERE s.is_open), 0),
    COALESCE(sum(s.public_capacity) FILTER (WHERE s.is_open), 0), sum(s.taken)
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id JOIN calendar_schedule x ON x.id = s.schedule_id
WHERE {_IN_SPAN}
GROUP BY p.code, x.code, s.day ORDER BY s.day, p.code, x.code
"""

_HORIZON = f"SELECT GREATEST({LAST_DAY_OF_ANY_KIND} + {_SPARE_DAYS}, (SELECT max(day) FROM calendar_slot))"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A slot with more bookings than the rules now allow: the bookings stand, people decide. `rebooking_wanted`: they are to be moved."""

    slot: int
    place: str
    place_name: str
    schedule: str
    day: dt.date
    start: dt.time
    taken: int
    allowed: int
    rebooking_wanted: bool = False

    @property
    def over(self) -> int:
        """How many of its bookings have no place under the rules."""
        return max(self.taken - self.allowed, 0)


@dataclass(frozen=True, slots=True)
class GeneratedDay:
    """The open slots of one day at one place after generation; `taken` counts the places given out in closed ones too."""

    place: str
    schedule: str
    day: dt.date
    slots: int
    capacity: int
    public_capacity: int
    taken: int


@dataclass(frozen=True)
class Generated:
    """What a generation did."""

    added: int
    changed: int
    closed: int
    days: list[GeneratedDay] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def _span(first: dt.date, last: dt.date, place: int | None) -> dict[str, Any]:
    return {"first": first, "last": last, "place": place}


def conflicts_between(first: dt.date, last: dt.date, place: int | None = None) -> list[Conflict]:
    """Return the slots whose bookings the rules do not support, as rules and bookings stand now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(CONFLICTS, _span(first, last, place))
        return [Conflict(*row) for row in cursor.fetchall()]


def load_between(first: dt.date, last: dt.date, place: int | None = None) -> list[GeneratedDay]:
    """Return slots, capacity and places given out by day, place and schedule. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, _span(first, last, place))
        return [GeneratedDay(*row) for row in cursor.fetchall()]


def horizon() -> dt.date:
    """Return the last day that slots are kept for: the last that may be booked, and a week; further where slots were made further ahead."""
    today = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON, condition_values(clock.now()))
        found: dt.date = cursor.fetchone()[0] or today
    return min(found, today + LONGEST_SPAN)


def lock_generation() -> None:
    """Let nobody else change rules or slots by rules until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_GENERATION_LOCK])


@transaction.atomic
def generate_slots(day_from: dt.date, day_until: dt.date, *, actor: Actor, place: int | None = None) -> Generated:
    """Bring the stored slots of a span of days in step with rules, exceptions, closures and holidays; of one place, or of all.

    A handful of statements whatever the number of slots. Slots that no rule supports any more are closed, never deleted under a booking,
    and capacity never falls below what is taken; both are returned as conflicts.

    Raises ValidationError when the span is empty or longer than two years and some.
    """
    if not dt.timedelta(0) <= day_until - day_from <= LONGEST_SPAN:
        raise ValidationError(_("期間は開始日から終了日まで、800日以内で指定してください。"))
    provide_holidays(day_from.year, day_until.year)
    lock_generation()
    with connection.cursor() as cursor:
        cursor.execute(_STEP, _span(day_from, day_until, place))
        added, changed, closed = cursor.fetchone()
    conflicts = conflicts_between(day_from, day_until, place)
    days = load_between(day_from, day_until, place)
    if added or changed or closed:
        record(
            actor,
            SLOTS_GENERATED,
            content={
                "from": day_from.isoformat(),
                "until": day_until.isoformat(),
                "added": added,
                "changed": changed,
                "closed": closed,
                "conflicts": len(conflicts),
            },
        )
    return Generated(added, changed, closed, days, conflicts)


def generate_horizon(actor: Actor, place: int | None = None) -> Generated:
    """Generate from today to the horizon."""
    return generate_slots(clock.today(), horizon(), actor=actor, place=place)
