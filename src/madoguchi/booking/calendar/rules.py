"""What may be booked: one condition for the calendar, the times and the booking itself, so that the calendar never lies (BK-03).

The condition knows the kind of visit, the size of the party, the booking window in calendar or business days, the hour at which a new day
opens, the way a card has to go to its place, and the quota of the kind. It is SQL over slot `s` at place `p`; everything that does not
depend on the slot is a scalar subquery, which PostgreSQL works out once a statement, and only when it is needed.
"""

# ruff: noqa: S608 fixed texts, every value is a parameter

import datetime as dt
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from madoguchi.booking.calendar.models import VisitKind

# The longest booking window in business days, holidays and year's end included, is shorter than this many days.
_BUSINESS_DAYS_WITHIN = 640


@dataclass(frozen=True, slots=True)
class Admission:
    """Where and when the holder of one booking number may come; the empty one admits everywhere, always."""

    places: Sequence[str] = ()
    not_before: dt.date | None = None
    deadline: dt.date | None = None


ANYBODY = Admission()

KIND = "COALESCE(%(kind)s::bigint, (SELECT id FROM calendar_visitkind WHERE code = 'receive'))"


def of_the_kind(expression: str) -> str:
    """Return a scalar subquery over the kind of visit `k` and the settings `m`."""
    return f"(SELECT {expression} FROM calendar_visitkind k, municipality_municipality m WHERE k.id = {KIND})"


def _business_days_after(day: str) -> str:
    """Return an array of the business days behind `day`: no Saturday, no Sunday, no holiday."""
    return f"""ARRAY(
            SELECT d::date FROM generate_series({day} + 1, {day} + {_BUSINESS_DAYS_WITHIN}, interval '1 day') AS d
            WHERE extract(isodow FROM d) < 6 AND NOT EXISTS (SELECT FROM calendar_holiday h WHERE h.day = d::date AND h.is_closed)
            ORDER BY d)"""


def _days_after(day: str, number: str) -> str:
    """Return the day that is `number` days behind `day`, in business days where the kind, or else the municipality, counts so."""
    return f"""CASE WHEN {number} > 0 AND COALESCE(NULLIF(k.counts, ''), m.window_counts) = 'business'
        THEN COALESCE(({_business_days_after(day)})[{number}], '9999-12-31'::date) ELSE {day} + {number} END"""


def _first_day(today: str) -> str:
    return of_the_kind(_days_after(today, "COALESCE(k.earliest_days_ahead, m.earliest_days_ahead)"))


FIRST_DAY = _first_day("%(today)s::date")

# A new day opens at the release time of its first day in the window, not at midnight: until then the window still is yesterday's.
_LAST_DAY = _days_after(
    "(%(today)s::date - CASE WHEN %(time)s::time < m.release_time THEN 1 ELSE 0 END)",
    "COALESCE(k.latest_days_ahead, m.latest_days_ahead)",
)
LAST_DAY = of_the_kind(_LAST_DAY)
LAST_DAY_OF_ANY_KIND = f"(SELECT max({_LAST_DAY}) FROM calendar_visitkind k, municipality_municipality m)"

# A card that has to be brought to the place is there so many business days from today. Only visits by booking number need the card.
_NEEDS_THE_CARD = of_the_kind("k.identification = 'number'")


def _card_is_there(today: str) -> str:
    return f"""(p.lead_days = 0 OR NOT {_NEEDS_THE_CARD}
            OR s.day >= COALESCE(({_business_days_after(today)})[p.lead_days], '9999-12-31'::date))"""


_CARD_IS_THERE = _card_is_there("%(today)s::date")

# The last day on which slot `s` at place `p` can still be booked: what is taken later does not reach the counter in time (EX-08).
LAST_DAY_TO_BOOK = f"""(SELECT max(b.day)::date FROM generate_series(%(today)s::date, s.day, interval '1 day') AS b(day)
    WHERE s.day >= {_first_day("b.day::date")} AND {_card_is_there("b.day::date")})"""

# How many places of one time a party takes, and how many times one after another.
SEATS = of_the_kind("CASE WHEN k.party_rule = 'places' THEN %(party)s ELSE 1 END")
_REPEATED = of_the_kind("CASE WHEN k.party_rule = 'time' THEN %(party)s ELSE 1 END")
_MINUTES = of_the_kind("make_interval(mins => k.minutes)")


def visit_length(first: str = "s") -> str:
    """Return how long a visit takes that begins with slot `first`: the kind's minutes, or one time, for everybody who comes."""
    return f'(COALESCE({_MINUTES}, {first}."end" - {first}.start) * {_REPEATED})'


_SCHEDULE_IF_OPEN = of_the_kind("CASE WHEN k.is_open AND %(party)s <= k.party_limit THEN k.schedule_id END")


def offered_to_the_public(
    *, places: str = "%(places)s::text[]", not_before: str = "%(not_before)s::date", deadline: str = "%(deadline)s::date"
) -> str:
    """Return the SQL condition under which a citizen may be offered slot `s` at place `p`, full or not.

    It needs the parameters of `condition_values`, or, for a statement that joins the roster, the names of the columns that hold the
    places, the first and the last day of the booking number.
    """
    return f"""(
        s.is_open AND p.is_open AND s.schedule_id = {_SCHEDULE_IF_OPEN}
        AND s.day >= {FIRST_DAY} AND s.day <= {LAST_DAY}
        AND (s.day > %(today)s::date OR s.start > %(time)s::time)
        AND {_CARD_IS_THERE}
        AND (cardinality({places}) = 0 OR p.code = ANY({places}))
        AND s.day >= COALESCE({not_before}, s.day) AND s.day <= COALESCE({deadline}, s.day)
        AND s.public_capacity > 0
    )"""


# Staff are bound by capacity and by closed places, not by the booking window, nor by the dates of the notice: late pick-up stays possible
# until disposal is approved.
OFFERED_TO_STAFF = f"""(s.is_open AND p.is_open AND s.schedule_id = {of_the_kind("k.schedule_id")}
        AND (s.day > %(today)s::date OR (s.day = %(today)s::date AND s."end" > %(time)s::time)))"""


def free_for_the_public(slot: str = "s") -> str:
    """Return how many places of `slot` citizens could still take: a place beyond the public quota is never theirs, and staff may have
    given out public places as well.
    """
    return f"GREATEST(LEAST({slot}.public_capacity - {slot}.taken_public, {slot}.capacity - {slot}.taken), 0)"


def free_for_staff(slot: str = "s") -> str:
    """Return how many places of `slot` staff could still give out."""
    return f"GREATEST({slot}.capacity - {slot}.taken, 0)"


# Whether the party fits into slot `s`; asked of every slot of the visit (`visit_slots`).
ROOM_FOR_THE_PUBLIC = f"({free_for_the_public()} >= {SEATS})"
ROOM_FOR_STAFF = f"({free_for_staff()} >= {SEATS})"
ROOM_FOR_PHONE = f"({ROOM_FOR_STAFF} AND (s.phone_capacity IS NULL OR s.taken_phone + {SEATS} <= s.phone_capacity))"


def _follow(first: str, next_: str) -> str:
    """Return the condition under which slot `next_` belongs to a visit that begins with slot `first`."""
    return f"""{next_}.place_id = {first}.place_id AND {next_}.schedule_id = {first}.schedule_id AND {next_}.day = {first}.day
            AND {next_}.is_open AND {next_}.start >= {first}.start AND {next_}.start - {first}.start < {visit_length(first)}"""


def _covered(first: str, next_: str) -> str:
    """Return the aggregate that tells whether the slots `next_` cover the visit from `first` without a gap."""
    return f"""sum(LEAST({next_}."end" - {first}.start, {visit_length(first)}) - ({next_}.start - {first}.start)) = {visit_length(first)}"""


def visit_slots(slot: str = "%(slot)s") -> str:
    """Return a SELECT of the ids of all slots that a visit beginning with `slot` takes; no row when they do not follow without a gap."""
    return f"""
    SELECT unnest(ids) AS id FROM (
        SELECT array_agg(n.id) AS ids, {_covered("f", "n")} AS covered
        FROM calendar_slot f JOIN calendar_slot n ON {_follow("f", "n")}
        WHERE f.id = {slot} GROUP BY f.start, f."end") AS visit
    WHERE covered"""


# The quota that holds for the kind on the day of slot `s` at its place: that of the place before that of every place, that of a part of
# the week before that of every day. NULL: none; a quota that has ended counts, but bounds nothing.
_NO_BOUND = 2**31 - 1
_HAS_QUOTAS = f"(SELECT count(*) > 0 FROM calendar_kindquota q WHERE q.kind_id = {KIND})"
QUOTA = f"""(CASE WHEN {_HAS_QUOTAS} THEN (
            SELECT CASE WHEN s.day > %(today)s::date + COALESCE(q.free_days_before, -1) THEN q.allowed ELSE {_NO_BOUND} END
            FROM calendar_kindquota q
            WHERE q.kind_id = {KIND} AND COALESCE(q.place_id, s.place_id) = s.place_id
                AND (q.days = 'all' OR (q.days = 'weekends') = (extract(isodow FROM s.day) > 5
                    OR EXISTS (SELECT FROM calendar_holiday h WHERE h.day = s.day)))
            ORDER BY q.place_id IS NULL, q.days = 'all' LIMIT 1) END)"""

# How many more places the kind may take on the day of slot `s`; NULL: no limit.
QUOTA_LEFT = f"""(CASE WHEN {_HAS_QUOTAS} THEN (
            SELECT GREATEST(bound.allowed - COALESCE(d.taken, 0), 0)
            FROM (SELECT {QUOTA} AS allowed) AS bound
            LEFT JOIN calendar_kindday d ON d.kind_id = {KIND} AND d.place_id = s.place_id AND d.day = s.day
            WHERE bound.allowed IS NOT NULL) END)"""


def counted_against_the_quota(room: str, *, bound: bool = True) -> str:
    """Return the CTE `quota` that counts a visit in the slots (`id`) of the CTE `room` against the quota of its kind and day.

    It has a row when the visit was counted; none when no quota holds that day, or when it is used up. What takes the slots behind it asks
    `WITHIN_THE_QUOTA`. With `bound` false the visit is counted whatever the quota says: staff are not bound by it.
    """
    places = f"count(*) * {SEATS}"
    allowed = "EXCLUDED.allowed" if bound else "GREATEST(EXCLUDED.allowed, d.taken + EXCLUDED.taken)"
    return f"""quota AS (
    INSERT INTO calendar_kindday AS d (kind_id, place_id, day, taken, allowed)
    SELECT {KIND}, wish.place_id, wish.day, wish.places, {"wish.allowed" if bound else "GREATEST(wish.allowed, wish.places)"}
    FROM (
        SELECT s.place_id, s.day, {places} AS places, max({QUOTA}) AS allowed
        FROM {room} JOIN calendar_slot s ON s.id = {room}.id GROUP BY s.place_id, s.day) AS wish
    WHERE wish.allowed IS NOT NULL {"AND wish.places <= wish.allowed" if bound else ""}
    ON CONFLICT (kind_id, place_id, day) DO UPDATE SET taken = d.taken + EXCLUDED.taken, allowed = {allowed}
    {"WHERE d.taken + EXCLUDED.taken <= EXCLUDED.allowed" if bound else ""}
    RETURNING d.day
)"""


WITHIN_THE_QUOTA = f"({QUOTA} IS NULL OR EXISTS (SELECT FROM quota))"


def given_back_to_the_quota(gone: str) -> str:
    """Return the CTE `quota_back` that counts places out again: `gone` has `kind_id`, `slot_id` and `places`."""
    return f"""quota_back AS (
    UPDATE calendar_kindday d SET taken = GREATEST(d.taken - back.places, 0)
    FROM (
        SELECT {gone}.kind_id, s.place_id, s.day, sum({gone}.places) AS places
        FROM {gone} JOIN calendar_slot s ON s.id = {gone}.slot_id GROUP BY {gone}.kind_id, s.place_id, s.day) AS back
    WHERE d.kind_id = back.kind_id AND d.place_id = back.place_id AND d.day = back.day
)"""


def _visits_free(room: Callable[[str], str], *, quota: bool) -> str:
    within = f"/ {SEATS}"
    one, several = room("s"), f"min({room('n')})"
    if quota:
        one, several = f"LEAST({one}, {QUOTA_LEFT})", f"LEAST({several}, {QUOTA_LEFT} / count(*))"
    return f"""(CASE WHEN {visit_length()} <= s."end" - s.start THEN {one} ELSE COALESCE((
            SELECT CASE WHEN {_covered("s", "n")} THEN {several} END FROM calendar_slot n WHERE {_follow("s", "n")}), 0) END
        {within})"""


# How many parties like this one could still begin a visit with slot `s`.
FREE_FOR_THE_PUBLIC = _visits_free(free_for_the_public, quota=True)
FREE_FOR_STAFF = _visits_free(free_for_staff, quota=False)


def condition_values(
    now: dt.datetime, admission: Admission = ANYBODY, *, kind: "VisitKind | int | None" = None, party: int = 1
) -> dict[str, Any]:
    """Return the parameters of the conditions above at the moment `now` (local time of the municipality).

    `kind` None is the kind of card hand-overs; `party` is how many people come.
    """
    return {
        "today": now.date(),
        "time": now.time().replace(tzinfo=None),
        "places": list(admission.places),
        "not_before": admission.not_before,
        "deadline": admission.deadline,
        "kind": kind if kind is None or isinstance(kind, int) else kind.pk,
        "party": party,
    }


class DayState(enum.StrEnum):
    """What the calendar shows for a day: ◯ 空きあり, △ 残りわずか, × 満員, － 受付なし."""

    FREE = "free"
    FEW = "few"
    FULL = "full"
    NONE = "none"


def day_state(capacity: int, free: int) -> DayState:
    """Return the state of a day (or of one time) with `capacity` places for citizens of which `free` are left: △ from a fifth downwards."""
    if capacity <= 0:
        return DayState.NONE
    if free <= 0:
        return DayState.FULL
    return DayState.FEW if free * 5 <= capacity else DayState.FREE
