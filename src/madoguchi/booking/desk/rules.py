"""Decisions of the desk that need no database: the steps of a call number, and times proposed for bookings that must move."""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.calendar.rules import Admission
from madoguchi.booking.desk.models import CallTicket

_State = CallTicket.State


class Act(enum.StrEnum):
    """What a window does with a call number."""

    CALL = "call"
    RECALL = "recall"
    SERVE = "serve"
    MISS = "miss"
    PARK = "park"
    RETURN = "return"
    FORWARD = "forward"
    CLOSE = "close"
    VOID = "void"


ACT_NAMES: Mapping[Act, str | Promise] = MappingProxyType(
    {
        Act.CALL: _("呼び出す"),
        Act.RECALL: _("もう一度呼ぶ"),
        Act.SERVE: _("対応を始める"),
        Act.MISS: _("不在にする"),
        Act.PARK: _("保留にする"),
        Act.RETURN: _("待ちに戻す"),
        Act.FORWARD: _("別の窓口へ回す"),
        Act.CLOSE: _("終わる"),
        Act.VOID: _("番号を取り消す"),
    }
)

# From which states an act is possible, and where it leads.
STEPS: Mapping[Act, tuple[frozenset[str], str]] = MappingProxyType(
    {
        Act.CALL: (frozenset({_State.WAITING, _State.MISSED, _State.PARKED}), _State.CALLED),
        Act.RECALL: (frozenset({_State.CALLED}), _State.CALLED),
        Act.SERVE: (frozenset({_State.CALLED}), _State.SERVED),
        Act.MISS: (frozenset({_State.CALLED}), _State.MISSED),
        Act.PARK: (frozenset({_State.WAITING, _State.CALLED, _State.SERVED}), _State.PARKED),
        Act.RETURN: (frozenset({_State.MISSED, _State.PARKED}), _State.WAITING),
        Act.FORWARD: (frozenset({_State.WAITING, _State.CALLED, _State.SERVED, _State.PARKED}), _State.WAITING),
        Act.CLOSE: (frozenset({_State.CALLED, _State.SERVED}), _State.CLOSED),
        Act.VOID: (frozenset({_State.WAITING, _State.MISSED, _State.PARKED}), _State.VOID),
    }
)

# What a row offers first; the rest stands behind 「ほかの操作」.
NEXT_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        _State.WAITING: Act.CALL,
        _State.CALLED: Act.SERVE,
        _State.SERVED: Act.CLOSE,
        _State.MISSED: Act.CALL,
        _State.PARKED: Act.CALL,
    }
)

WAITING_STATES = (_State.WAITING, _State.CALLED, _State.SERVED, _State.MISSED, _State.PARKED)


def acts_for(state: str) -> tuple[Act, ...]:
    """Return what may be done with a call number in `state`, in the order of the buttons."""
    return tuple(act for act, (sources, _target) in STEPS.items() if state in sources)


def minutes_late(start: dt.time, now: dt.datetime, day: dt.date) -> int:
    """Return how many minutes after its start a booking of `day` is now; 0 before it, and on every other day."""
    if now.date() != day:
        return 0
    begins = dt.datetime.combine(day, start, tzinfo=now.tzinfo)
    return max(0, int((now - begins).total_seconds() // 60))


@dataclass(frozen=True, slots=True)
class ToMove:
    """A booking that needs another time: how many places it takes, where and when it stands, when its people may come."""

    booking: object
    place: str
    day: dt.date
    start: dt.time
    seats: int = 1
    admissions: Sequence[Admission] = ()


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time with room."""

    slot: int
    place: str
    day: dt.date
    start: dt.time
    free: int


def _admitted(one: ToMove, time: FreeTime) -> bool:
    return all(
        (not admission.places or time.place in admission.places)
        and (admission.not_before is None or admission.not_before <= time.day)
        and (admission.deadline is None or time.day <= admission.deadline)
        for admission in one.admissions
    )


def _distance(one: ToMove, time: FreeTime) -> tuple[bool, int, int]:
    """Order times by how near they are to the old one: the same place first, then the day, then the time of day."""
    minutes = abs((time.start.hour - one.start.hour) * 60 + time.start.minute - one.start.minute)
    return (time.place != one.place, abs((time.day - one.day).days), minutes)


def propose_times(affected: Iterable[ToMove], free: Iterable[FreeTime], *, other_places: bool) -> dict[object, int | None]:
    """Propose a time for each booking: the nearest that still has room, each place given out once.

    Whoever came first in the old order chooses first; bookings that take more places choose before the others, since fewer times fit them.
    None where nothing fits: people call. Without `other_places` nobody is sent to another office.
    """
    room = {time.slot: time.free for time in free}
    times = list(free)
    proposed: dict[object, int | None] = {}
    for one in sorted(affected, key=lambda one: (-one.seats, one.day, one.start)):
        fitting = [
            time for time in times if room[time.slot] >= one.seats and (other_places or time.place == one.place) and _admitted(one, time)
        ]
        best = min(fitting, key=lambda time: _distance(one, time), default=None)
        proposed[one.booking] = best.slot if best else None
        if best:
            room[best.slot] -= one.seats
    return proposed
