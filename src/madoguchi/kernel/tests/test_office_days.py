"""Counting in days on which offices are open."""

import datetime as dt

import pytest

from madoguchi.kernel.office_days import is_office_day, office_days_after, office_days_before


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-23", False),
        ("2026-12-28", True),
        ("2026-12-29", False),
        ("2027-01-04", True),
        ("2026-05-06", False),
    ],
)
def test_weekends_holidays_and_the_year_end_are_closed(day: str, is_open: bool) -> None:
    assert is_office_day(dt.date.fromisoformat(day)) is is_open


def test_counting_leaps_over_closed_days_both_ways() -> None:
    friday = dt.date(2026, 11, 20)
    assert office_days_after(friday, 0) == friday
    assert office_days_after(friday, 1) == dt.date(2026, 11, 24)
    assert office_days_before(dt.date(2026, 11, 24), 1) == friday
    assert office_days_after(dt.date(2026, 12, 28), 1) == dt.date(2027, 1, 4)
