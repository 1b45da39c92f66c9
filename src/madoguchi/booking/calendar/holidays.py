"""Holidays as dated data: filled ahead from the law, corrected and completed by people (BS-02)."""

import datetime as dt
from functools import lru_cache

import jpholiday
from django.utils.translation import gettext_noop

from madoguchi.booking.calendar.models import Holiday

# Days on which offices of the state and of municipalities are closed besides Sundays, Saturdays and national holidays: 29 December to
# 3 January (行政機関の休日に関する法律第1条; 地方自治法第4条の2). 1 January is a national holiday already.
YEAR_END = ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3))


@lru_cache(maxsize=64)
def _of_law(year: int) -> tuple[tuple[dt.date, str, str], ...]:
    """Return the national holidays (国民の祝日に関する法律) and the days of the year's end with their names."""
    national = [(day, name, Holiday.Kind.NATIONAL.value) for day, name in jpholiday.year_holidays(year)]
    year_end = [(dt.date(year, month, day), gettext_noop("年末年始"), Holiday.Kind.YEAR_END.value) for month, day in YEAR_END]
    return tuple(sorted(national + year_end))


def provide_holidays(first: int, last: int) -> int:
    """Fill in the holidays of the years `first` to `last` that are not known yet and return how many days were added.

    A year that has its national holidays is left as it is: what people corrected stays corrected. One statement, two when a year is new.
    """
    years = Holiday.objects.filter(kind=Holiday.Kind.NATIONAL, day__year__gte=first, day__year__lte=last)
    known = {day.year for day in years.values_list("day", flat=True)}
    new = [
        Holiday(day=day, name=name, kind=kind) for year in range(first, last + 1) if year not in known for day, name, kind in _of_law(year)
    ]
    if new:
        Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
