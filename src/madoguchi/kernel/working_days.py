"""Days on which offices work (行政機関の休日に関する法律第1条; 地方自治法第4条の2): no weekend, no national holiday, no year's end."""

import datetime as dt

import jpholiday

_SATURDAY = 5
_YEAR_END = {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}


def is_working_day(day: dt.date) -> bool:
    """Tell whether offices are open."""
    return day.weekday() < _SATURDAY and not jpholiday.is_holiday(day) and (day.month, day.day) not in _YEAR_END


def next_working_day(day: dt.date) -> dt.date:
    """Return the first working day after `day`."""
    found = day + dt.timedelta(days=1)
    while not is_working_day(found):
        found += dt.timedelta(days=1)
    return found


def after_working_days(start: dt.datetime, days: int) -> dt.datetime:
    """Return the same time of day `days` working days later: a long weekend does not count."""
    day = start.date()
    for _number in range(days):
        day = next_working_day(day)
    return dt.datetime.combine(day, start.timetz())
