"""Slots and notice waves that keep up with what is to be expected: where a trial begins (DL-18). Plain values in and out.

What arrives is told on the day on which it is ready, and what waits today within eight weeks. The times are as many as those who answer
need, with a tenth to spare, since a line that is exactly as fast as what comes never gets shorter. The counters work four fifths of the
time: the nearer to all of it, the longer people wait. The trial itself then says what that comes to, and how many counters it takes.
"""

import math

from madoguchi.delivery.planning.simulation import REBOOK, Rules, World

_WORKING_WEEK = frozenset(range(5))
_DAYS_FOR_WHAT_WAITS = 40
_SPARE = 1.1
_BUSY = 0.8
_OPEN_MINUTES, _SLOT_MINUTES = 390, 30
MOST_NOTICES, MOST_PLACES, MOST_COUNTERS = 5000, 200, 40


def proposed(world: World) -> Rules | None:
    """Return rules on the usual hours that keep up with `world`; None when nothing arrives and nobody waits."""
    arrivals = sum(world.arrivals_by_weekday) / len(_WORKING_WEEK)
    notices = math.ceil(arrivals + world.ready / _DAYS_FOR_WHAT_WAITS)
    if not notices and not world.told:
        return None
    wishes = (notices + world.told / _DAYS_FOR_WHAT_WAITS) * world.response
    bookings = wishes / (1 - REBOOK * world.no_show)
    places = math.ceil(bookings * _SPARE / (_OPEN_MINUTES // _SLOT_MINUTES))
    people = bookings * (1 - world.no_show) + world.walk_ins_per_hour * _OPEN_MINUTES / 60
    counters = math.ceil(people * world.service_minutes / _OPEN_MINUTES / _BUSY)
    return Rules(
        weekdays=_WORKING_WEEK,
        open_minutes=_OPEN_MINUTES,
        slot_minutes=_SLOT_MINUTES,
        places_a_slot=min(MOST_PLACES, max(1, places)),
        counters=min(MOST_COUNTERS, max(1, counters)),
        notices_a_day=min(MOST_NOTICES, notices),
    )
