"""Deadlines against the timetable of the medium, by values (EX-08)."""

import datetime as dt

import pytest

from madoguchi.kernel.working_days import is_working_day
from madoguchi.platform.clock import TOKYO
from madoguchi.platform.exchange.timetable import Timetable

DAILY = Timetable(frozenset(range(5)), dt.time(16, 30), dt.timedelta(minutes=60), dt.timedelta(minutes=120))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("visit", "trip"),
    [
        (at(19, 9), at(18, 16, 30)),
        (at(19, 19, 30), at(19, 16, 30)),  # 16:30 and one hour on the way and two hours of fetching
        (at(19, 19, 29), at(18, 16, 30)),
        (at(24, 9), at(20, 16, 30)),  # over a weekend and a holiday
        (at(22, 9), at(20, 16, 30)),  # a Sunday
    ],
)
def test_the_last_trip_is_the_one_after_which_cards_can_still_be_fetched(visit: dt.datetime, trip: dt.datetime) -> None:
    assert DAILY.last_trip(visit, is_working_day) == trip


def test_a_deadline_after_the_last_trip_cannot_be_kept() -> None:
    assert DAILY.can_keep(at(18, 16, 30), at(19, 9), is_working_day)
    assert not DAILY.can_keep(at(18, 16, 31), at(19, 9), is_working_day)
    weekly = Timetable(frozenset({0}), dt.time(9), dt.timedelta(0), dt.timedelta(0))
    assert not weekly.can_keep(at(18, 17), at(19, 9), is_working_day)
    assert weekly.last_trip(at(24, 9), is_working_day) == at(16, 9)  # Monday the 23rd is a holiday


def test_without_a_trip_no_deadline_can_be_kept() -> None:
    never = Timetable(frozenset(), dt.time(9), dt.timedelta(0), dt.timedelta(0))
    assert never.last_trip(at(19, 9), is_working_day) is None
    assert not never.can_keep(at(1, 9, month=1), at(19, 9), is_working_day)
