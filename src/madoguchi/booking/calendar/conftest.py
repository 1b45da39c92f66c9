"""A place whose calendar tests write themselves, on a day that stands still."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine

from madoguchi.booking.calendar.models import OpeningException, OpeningRule, Place, Schedule
from madoguchi.booking.municipality.services import set_up
from madoguchi.platform.clock import TOKYO

MONDAY = dt.date(2026, 12, 7)


@pytest.fixture
def friday_before() -> Iterator[None]:
    """Time stands on Friday, 4 December 2026, at noon."""
    with time_machine.travel(dt.datetime(2026, 12, 4, 12, tzinfo=TOKYO), tick=False):
        yield


@pytest.fixture
def place(friday_before: None) -> Place:
    set_up("142051")
    return Place.objects.create(code="main", name="本庁舎")


@pytest.fixture
def rule(place: Place) -> Callable[..., OpeningRule]:
    """Make (not store) a rule for Mondays from 9 to 10 with two counters for citizens and one more for staff."""

    def make(**values: object) -> OpeningRule:
        usual: dict[str, object] = {
            "place": place,
            "schedule": Schedule.default(),
            "weekday": 0,
            "opens": dt.time(9),
            "closes": dt.time(10),
            "slot_minutes": 15,
            "counters_public": 2,
            "counters_internal": 1,
            "valid_from": dt.date(2026, 1, 1),
        }
        return OpeningRule(**{**usual, **values})

    return make


@pytest.fixture
def exception(place: Place) -> Callable[..., OpeningException]:
    """Make (not store) other hours of Monday: from 13 to 14, one counter for citizens."""

    def make(**values: object) -> OpeningException:
        usual: dict[str, object] = {
            "place": place,
            "schedule": Schedule.default(),
            "day": MONDAY,
            "opens": dt.time(13),
            "closes": dt.time(14),
            "slot_minutes": 30,
            "counters_public": 1,
            "reason": "成人式の準備",
        }
        return OpeningException(**{**usual, **values})

    return make
