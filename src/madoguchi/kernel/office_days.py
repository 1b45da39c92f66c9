"""Days on which offices are open, and counting in them.

Closed are Saturdays, Sundays, national holidays and 29 December to 3 January (行政機関の休日に関する法律 1条; municipalities follow it by
their own ordinances, 地方自治法 4条の2).
"""

import datetime as dt

import jpholiday

_SATURDAY = 5
_YEAR_END = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})


def is_office_day(day: dt.date) -> bool:
    """Tell whether offices are open on `day`."""
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _YEAR_END and not jpholiday.is_holiday(day)


def office_days_after(day: dt.date, days: int) -> dt.date:
    """Return the day that is `days` office days after `day`; 0 is `day` itself."""
    return _step(day, days, dt.timedelta(days=1))


def office_days_before(day: dt.date, days: int) -> dt.date:
    """Return the last office day that leaves `days` office days until `day`; 0 is `day` itself."""
    return _step(day, days, dt.timedelta(days=-1))


def _step(day: dt.date, days: int, one: dt.timedelta) -> dt.date:
    left = days
    while left > 0:
        day += one
        left -= is_office_day(day)
    return day
