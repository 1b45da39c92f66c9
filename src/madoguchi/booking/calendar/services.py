"""Changing places, rules and closures, and keeping the stored slots in step with them."""

# ruff: noqa: S608 fixed texts, every value is a parameter

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import jpholiday
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.audited import CLOSURE_REMOVED, CLOSURE_SAVED, PLACE_SAVED, RULE_REMOVED, RULE_SAVED, SLOTS_GENERATED
from madoguchi.booking.calendar.models import Closure, OpeningRule, Place, Slot
from madoguchi.booking.municipality import queries as municipality
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

# One generation at a time: two would only do the same work twice.
_GENERATION_LOCK = 0x6D61646F_0001
_LONGEST_SPAN = dt.timedelta(days=800)

# The slots that the rules ask for between two days. Where rules overlap, the newer one decides.
_WANTED = """
WITH wanted AS (
    SELECT DISTINCT ON (r.place_id, r.schedule_id, d.day, t.start)
        r.place_id, r.schedule_id, d.day::date AS day, t.start, (t.start + make_interval(mins => r.slot_minutes)) AS "end",
        r.counters_public + r.counters_internal AS capacity, r.counters_public AS public_capacity
    FROM calendar_openingrule r
    CROSS JOIN LATERAL generate_series(
        GREATEST(%(first)s::date, r.valid_from)::timestamp, LEAST(%(last)s::date, COALESCE(r.valid_until, %(last)s::date))::timestamp,
        interval '1 day') AS d(day)
    CROSS JOIN LATERAL (
        SELECT r.opens + make_interval(mins => number * r.slot_minutes) AS start
        FROM generate_series(0, floor(extract(epoch FROM r.closes - r.opens) / 60 / r.slot_minutes)::int - 1) AS number) AS t
    WHERE extract(isodow FROM d.day) - 1 = r.weekday
        AND (r.open_on_holidays OR d.day::date <> ALL(%(holidays)s::date[]))
        AND NOT EXISTS (
            SELECT FROM calendar_closure c
            WHERE (c.place_id IS NULL OR c.place_id = r.place_id) AND d.day::date BETWEEN c.day_from AND c.day_until)
    ORDER BY r.place_id, r.schedule_id, d.day, t.start, r.id DESC
)
"""

_ADD = f"""{_WANTED}
INSERT INTO calendar_slot (place_id, schedule_id, day, start, "end", capacity, public_capacity)
SELECT place_id, schedule_id, day, start, "end", capacity, public_capacity FROM wanted
ON CONFLICT (place_id, schedule_id, day, start) DO NOTHING
"""

# A place already given is never taken back: capacity stays at least what is taken, and the difference is reported.
_CHANGE = f"""{_WANTED}
UPDATE calendar_slot s
SET "end" = w."end", is_open = true,
    public_capacity = GREATEST(w.public_capacity, s.taken_public),
    capacity = GREATEST(w.capacity, s.taken, GREATEST(w.public_capacity, s.taken_public))
FROM wanted w
WHERE s.place_id = w.place_id AND s.schedule_id = w.schedule_id AND s.day = w.day AND s.start = w.start
    AND (s."end", s.is_open, s.public_capacity, s.capacity)
        IS DISTINCT FROM (w."end", true, GREATEST(w.public_capacity, s.taken_public),
                          GREATEST(w.capacity, s.taken, GREATEST(w.public_capacity, s.taken_public)))
"""

_CLOSE = f"""{_WANTED}
UPDATE calendar_slot s SET is_open = false
WHERE s.is_open AND s.day BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (
        SELECT FROM wanted w
        WHERE w.place_id = s.place_id AND w.schedule_id = s.schedule_id AND w.day = s.day AND w.start = s.start)
"""

_CONFLICTS = f"""{_WANTED}
SELECT p.code, s.day, s.start, s.taken, COALESCE(w.capacity, 0)
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
LEFT JOIN wanted w ON w.place_id = s.place_id AND w.schedule_id = s.schedule_id AND w.day = s.day AND w.start = s.start
WHERE s.day BETWEEN %(first)s AND %(last)s AND s.taken > 0
    AND (s.taken > COALESCE(w.capacity, 0) OR s.taken_public > COALESCE(w.public_capacity, 0))
ORDER BY s.day, s.start, p.code
"""

_OFFERED_DAYS = """
SELECT p.code, s.day, count(*), sum(s.capacity), sum(s.public_capacity)
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
WHERE s.day BETWEEN %(first)s AND %(last)s AND s.is_open
GROUP BY p.code, s.day ORDER BY s.day, p.code
"""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A slot with more bookings than the rules now allow: the bookings stand, people decide."""

    place: str
    day: dt.date
    start: dt.time
    taken: int
    allowed: int


@dataclass(frozen=True, slots=True)
class GeneratedDay:
    """The open slots of one day at one place after generation."""

    place: str
    day: dt.date
    slots: int
    capacity: int
    public_capacity: int


@dataclass(frozen=True)
class Generated:
    """What a generation did."""

    added: int
    changed: int
    closed: int
    days: list[GeneratedDay] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def holidays_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the national holidays (国民の祝日に関する法律) from `first` to `last`."""
    return [day for day, _name in jpholiday.between(first, last)]


@transaction.atomic
def generate_slots(day_from: dt.date, day_until: dt.date, *, actor: Actor) -> Generated:
    """Bring the stored slots of a span of days in step with rules, closures and national holidays.

    A handful of statements whatever the number of slots. Slots that no rule supports any more are closed, never deleted under a booking,
    and capacity never falls below what is taken; both are returned as conflicts.

    Raises ValidationError when the span is empty or longer than two years and some.
    """
    if not dt.timedelta(0) <= day_until - day_from <= _LONGEST_SPAN:
        raise ValidationError(_("期間は開始日から終了日まで、800日以内で指定してください。"))
    values: dict[str, Any] = {"first": day_from, "last": day_until, "holidays": holidays_between(day_from, day_until)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_GENERATION_LOCK])
        counts = []
        for statement in (_ADD, _CHANGE, _CLOSE):
            cursor.execute(statement, values)
            counts.append(cursor.rowcount)
        cursor.execute(_CONFLICTS, values)
        conflicts = [Conflict(*row) for row in cursor.fetchall()]
        cursor.execute(_OFFERED_DAYS, values)
        days = [GeneratedDay(*row) for row in cursor.fetchall()]
    generated = Generated(added=counts[0], changed=counts[1], closed=counts[2], days=days, conflicts=conflicts)
    if any(counts):
        record(
            actor,
            SLOTS_GENERATED,
            content={
                "from": day_from.isoformat(),
                "until": day_until.isoformat(),
                "added": generated.added,
                "changed": generated.changed,
                "closed": generated.closed,
                "conflicts": len(conflicts),
            },
        )
    return generated


def generate_horizon(actor: Actor) -> Generated:
    """Generate from today to the last day that may be booked, and a week more so that a missed night shows nobody an empty calendar.

    Where slots were generated further ahead, they follow the rules as well.
    """
    today = clock.today()
    horizon = today + dt.timedelta(days=municipality.fresh().latest_days_ahead + 7)
    furthest = Slot.objects.aggregate(day=Max("day"))["day"] or horizon
    return generate_slots(today, min(max(horizon, furthest), today + _LONGEST_SPAN), actor=actor)


@transaction.atomic
def save_place(actor: Actor, place: Place) -> Place:
    """Store a new or changed place. Raises ValidationError when a value is wrong or the code is taken."""
    place.full_clean()
    place.save()
    record(actor, PLACE_SAVED, subject=f"place:{place.code}", content={"is_open": place.is_open})
    return place


@transaction.atomic
def save_rule(actor: Actor, rule: OpeningRule) -> Generated:
    """Store a new or changed opening rule and bring the slots in step; the result names the conflicts with existing bookings.

    Raises ValidationError when a value is wrong or the hours overlap those of another rule of the same place and weekday.
    """
    rule.full_clean()
    # Rules of one place change one after the other, so that two people cannot store overlapping hours at the same moment.
    Place.objects.select_for_update().get(pk=rule.place_id)
    others = OpeningRule.objects.filter(
        place_id=rule.place_id, schedule_id=rule.schedule_id, weekday=rule.weekday, opens__lt=rule.closes, closes__gt=rule.opens
    ).exclude(pk=rule.pk)
    if rule.valid_until is not None:
        others = others.filter(valid_from__lte=rule.valid_until)
    if others.exclude(valid_until__lt=rule.valid_from).exists():
        raise ValidationError(_("同じ曜日・同じ時間帯の規則がすでにあります。時間帯か適用期間を変えてください。"))
    rule.save()
    record(actor, RULE_SAVED, subject=f"rule:{rule.pk}", content={"place": rule.place.code, "weekday": rule.weekday})
    return generate_horizon(actor)


@transaction.atomic
def remove_rule(actor: Actor, rule: OpeningRule) -> Generated:
    """Delete a rule; its slots are closed, bookings in them stand and are named as conflicts."""
    record(actor, RULE_REMOVED, subject=f"rule:{rule.pk}", content={"place": rule.place.code, "weekday": rule.weekday})
    rule.delete()
    return generate_horizon(actor)


@transaction.atomic
def save_closure(actor: Actor, closure: Closure) -> Generated:
    """Store closed days and close their slots; bookings in them stand and are named as conflicts. Raises ValidationError."""
    closure.full_clean()
    closure.save()
    record(actor, CLOSURE_SAVED, subject=f"closure:{closure.pk}", content=_span(closure))
    return generate_horizon(actor)


@transaction.atomic
def remove_closure(actor: Actor, closure: Closure) -> Generated:
    """Take a closure back; its slots open again."""
    record(actor, CLOSURE_REMOVED, subject=f"closure:{closure.pk}", content=_span(closure))
    closure.delete()
    return generate_horizon(actor)


def _span(closure: Closure) -> dict[str, object]:
    return {
        "place": closure.place.code if closure.place else "",
        "from": closure.day_from.isoformat(),
        "until": closure.day_until.isoformat(),
    }
