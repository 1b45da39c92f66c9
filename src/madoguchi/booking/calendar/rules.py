"""What may be booked: one condition for the calendar, the times and the booking itself, so that the calendar never lies (BK-03)."""

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Admission:
    """Where and when the holder of one booking number may come; the empty one admits everywhere, always."""

    places: Sequence[str] = ()
    not_before: dt.date | None = None
    deadline: dt.date | None = None


ANYBODY = Admission()


def offered_to_the_public(
    *, places: str = "%(places)s::text[]", not_before: str = "%(not_before)s::date", deadline: str = "%(deadline)s::date"
) -> str:
    """Return the SQL condition under which a citizen may be offered slot `s` at place `p` under settings `m`, full or not.

    It needs the parameters of `condition_values`, or, for a statement that joins the roster, the names of the columns that hold the
    places, the first and the last day of the booking number.
    """
    return f"""(
        s.is_open AND p.is_open
        AND s.day >= %(today)s::date + m.earliest_days_ahead AND s.day <= %(today)s::date + m.latest_days_ahead
        AND (s.day > %(today)s::date OR s.start > %(time)s::time)
        AND (cardinality({places}) = 0 OR p.code = ANY({places}))
        AND s.day >= COALESCE({not_before}, s.day) AND s.day <= COALESCE({deadline}, s.day)
        AND s.public_capacity > 0
    )"""


# Both are needed: a place beyond the public quota is never a citizen's, and staff may have given out public places as well.
ROOM_FOR_THE_PUBLIC = "(s.taken_public < s.public_capacity AND s.taken < s.capacity)"

# Staff are bound by capacity and by closed places, not by the booking window, nor by the dates of the notice: late pick-up stays possible
# until disposal is approved.
OFFERED_TO_STAFF = '(s.is_open AND p.is_open AND (s.day > %(today)s::date OR (s.day = %(today)s::date AND s."end" > %(time)s::time)))'
ROOM_FOR_STAFF = "(s.taken < s.capacity)"

# What a citizen could still take of slot `s`.
FREE_FOR_THE_PUBLIC = "GREATEST(LEAST(s.public_capacity - s.taken_public, s.capacity - s.taken), 0)"


def condition_values(now: dt.datetime, admission: Admission = ANYBODY) -> dict[str, Any]:
    """Return the parameters of the conditions above at the moment `now` (local time of the municipality)."""
    return {
        "today": now.date(),
        "time": now.time().replace(tzinfo=None),
        "places": list(admission.places),
        "not_before": admission.not_before,
        "deadline": admission.deadline,
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
