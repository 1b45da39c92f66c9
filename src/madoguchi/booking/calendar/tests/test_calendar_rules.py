import datetime as dt

import pytest

from madoguchi.booking.calendar.rules import Admission, DayState, condition_values, day_state
from madoguchi.platform.clock import TOKYO


@pytest.mark.parametrize(
    ("capacity", "free", "state"),
    [
        (0, 0, DayState.NONE),
        (10, 0, DayState.FULL),
        (10, 1, DayState.FEW),
        (10, 2, DayState.FEW),
        (10, 3, DayState.FREE),
        (3, 1, DayState.FREE),
        (6, 1, DayState.FEW),
    ],
)
def test_day_state(capacity: int, free: int, state: DayState) -> None:
    assert day_state(capacity, free) is state


def test_condition_values_are_local_day_and_wall_time() -> None:
    moment = dt.datetime(2026, 11, 21, 0, 30, tzinfo=TOKYO)
    values = condition_values(moment, Admission(("main",), None, dt.date(2026, 12, 1)))
    assert values == {
        "today": dt.date(2026, 11, 21),
        "time": dt.time(0, 30),
        "places": ["main"],
        "not_before": None,
        "deadline": dt.date(2026, 12, 1),
        "kind": None,
        "party": 1,
    }
