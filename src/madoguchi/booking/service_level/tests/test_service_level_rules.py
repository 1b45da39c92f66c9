import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.service_level.rules import (
    BOUNDS_MS,
    CLASSES,
    STARTING_VALUES,
    Audience,
    Measure,
    Measured,
    added,
    audience_of,
    class_of,
    missed,
    month_of,
    percent,
    percentile_ms,
)


@given(st.lists(st.floats(0, 9_999), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_of_the_histogram_lies_in_the_class_of_the_true_one(times: list[float], share: float) -> None:
    histogram = [0] * CLASSES
    for time in times:
        histogram[class_of(time)] += 1
    wanted = share * len(times)
    true = next(value for number, value in enumerate(sorted(times), start=1) if number >= wanted)
    found = percentile_ms(histogram, share)
    assert found is not None
    low = BOUNDS_MS[class_of(true) - 1] if class_of(true) else 0
    assert low <= found <= BOUNDS_MS[class_of(true)]


def test_percentiles_at_the_ends() -> None:
    assert percentile_ms([0] * CLASSES, 0.95) is None
    assert percentile_ms([], 0.95) is None
    assert percentile_ms([0] * (CLASSES - 1) + [7], 0.5) == 10_000
    assert percentile_ms([10] + [0] * (CLASSES - 1), 0.5) == 0.5


@pytest.mark.parametrize(("milliseconds", "number"), [(0, 0), (1, 0), (1.01, 1), (10_000, CLASSES - 2), (10_001, CLASSES - 1)])
def test_classes(milliseconds: float, number: int) -> None:
    assert class_of(milliseconds) == number


def test_histograms_add_up() -> None:
    assert added([[1] * CLASSES, [2] * CLASSES]) == [3] * CLASSES
    assert added([]) == [0] * CLASSES


@pytest.mark.parametrize(
    ("path", "audience"),
    [("/", Audience.PUBLIC), ("/book/", Audience.PUBLIC), ("/desk/", Audience.STAFF), ("/static/x.css", None), ("/status/", None)],
)
def test_whom_an_address_serves(path: str, audience: Audience | None) -> None:
    assert audience_of(path) is audience


def test_a_missed_value_is_never_rounded_to_a_kept_one() -> None:
    assert percent(99_999, 100_000) == Decimal("99.99")
    assert percent(0, 0) is None
    just = Measured(minutes=10_000, minutes_answered=9_949, requests=1_000, errors=5, p95_ms=1_000.4)
    found = missed(just, STARTING_VALUES)
    assert found == {Measure.AVAILABILITY: (Decimal("99.50"), Decimal("99.49")), Measure.P95: (Decimal(1_000), Decimal(1_000))}
    assert set(missed(Measured(requests=1_000, errors=6), STARTING_VALUES)) == {Measure.ERRORS}


def test_what_was_kept_or_not_measured_is_not_missed() -> None:
    assert missed(Measured(10_000, 9_950, 1_000, 5, p95_ms=1_000), STARTING_VALUES) == {}
    assert missed(Measured(), STARTING_VALUES) == {}


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [(dt.date(2026, 12, 31), dt.date(2026, 12, 1), dt.date(2027, 1, 1)), (dt.date(2028, 2, 29), dt.date(2028, 2, 1), dt.date(2028, 3, 1))],
)
def test_months(day: dt.date, first: dt.date, after: dt.date) -> None:
    assert month_of(day) == (first, after)
