"""When what was booked arrives on the other side: the timetable of the medium, the way, and the time to fetch the cards (EX-08).

Plain values in, plain values out. A deadline that lies after the last trip before the visit is one that nobody can keep.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

_LONGEST_LOOK_BACK = 60


@dataclass(frozen=True, slots=True)
class Timetable:
    """On which weekdays (0 is Monday) and at what time a medium leaves, how long it travels, and how long the cards take to fetch.

    With an `interval` the zones are joined by a line (EX-05) that calls every so often, day and night.
    """

    weekdays: frozenset[int]
    leaves: dt.time
    transfer: dt.timedelta
    picking: dt.timedelta
    interval: dt.timedelta | None = None

    def last_trip(self, visit: dt.datetime, is_working_day: Callable[[dt.date], bool]) -> dt.datetime | None:
        """Return when the last medium leaves whose bookings are ready at `visit`; None when none did for two months."""
        if self.interval is not None:
            return visit - self.picking - self.interval
        ready = visit - self.transfer - self.picking
        for back in range(_LONGEST_LOOK_BACK):
            day = ready.date() - dt.timedelta(days=back)
            leaves = dt.datetime.combine(day, self.leaves, visit.tzinfo)
            if day.weekday() in self.weekdays and is_working_day(day) and leaves <= ready:
                return leaves
        return None

    def can_keep(self, deadline: dt.datetime, visit: dt.datetime, is_working_day: Callable[[dt.date], bool]) -> bool:
        """Tell whether what is booked at the very `deadline` is known on the other side, and its card fetched, by `visit`."""
        trip = self.last_trip(visit, is_working_day)
        return trip is not None and deadline <= trip
