"""The days: repeatable, and in balance with what goes in."""

import datetime as dt
import math
from dataclasses import replace

import pytest

from madoguchi.delivery.planning.forecast import by_weekday, mean, share
from madoguchi.delivery.planning.simulation import Rules, World, mean_of, simulate
from madoguchi.kernel.working_days import is_working_day

DAYS = [dt.date(2026, 6, 1) + dt.timedelta(days=number) for number in range(60)]
WORLD = World((20.0, 20.0, 20.0, 20.0, 20.0, 0.0, 0.0), 0.1, 0.9, 5.0, 0.0, 15.0, 0.4, stock=100, ready=40, told=30)
RULES = Rules(frozenset(range(5)), 390, 30, 3, 3, 40)


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    first, again = (simulate(WORLD, RULES, DAYS, is_working_day, seed=1, runs=3) for _time in range(2))
    assert first == again
    assert first != simulate(WORLD, RULES, DAYS, is_working_day, seed=2, runs=3)


def test_what_comes_in_goes_out_or_is_left() -> None:
    answer = simulate(WORLD, RULES, DAYS, is_working_day, seed=1, runs=20)
    working = sum(is_working_day(day) for day in DAYS)
    handed_over = sum(one.mean or 0.0 for one in answer.by_day["handed_over"])
    left = answer.by_day["stock"][-1]
    assert left.mean is not None
    assert left.error is not None
    spread = 4 * math.hypot(left.error, math.sqrt(20.0 * working / 20))
    assert abs(100 + 20 * working - handed_over - left.mean) < spread


def test_nobody_comes_where_it_is_closed() -> None:
    answer = simulate(WORLD, replace(RULES, weekdays=frozenset({2})), DAYS, is_working_day, seed=1, runs=2)
    for day, visits in zip(DAYS, answer.by_day["visits"], strict=True):
        assert visits.mean == 0 or day.weekday() == 2


def test_more_counters_shorten_waits_and_too_few_times_leave_people_without_one() -> None:
    crowded = replace(RULES, places_a_slot=6)
    few = simulate(WORLD, replace(crowded, counters=2), DAYS, is_working_day, seed=1, runs=10).overall["wait"].mean
    many = simulate(WORLD, replace(crowded, counters=6), DAYS, is_working_day, seed=1, runs=10).overall["wait"].mean
    assert few is not None
    assert many is not None
    assert few > many
    busy = replace(WORLD, told=2000)
    tight = simulate(busy, replace(RULES, places_a_slot=1), DAYS, is_working_day, seed=1, runs=2)
    assert max(one.mean or 0 for one in tight.by_day["unbooked"]) > 100


def test_no_shows_leave_the_card_in_the_safe() -> None:
    nobody = replace(WORLD, no_show=1.0)
    answer = simulate(nobody, RULES, DAYS, is_working_day, seed=1, runs=2)
    assert all(one.mean == 0 for one in answer.by_day["handed_over"])
    assert answer.by_day["wait"][10].mean is None


def test_those_who_have_a_time_already_come_on_their_day() -> None:
    quiet = replace(WORLD, told=0, ready=0, arrivals_by_weekday=(0.0,) * 7, no_show=0.0, booked={DAYS[2]: 7})
    answer = simulate(quiet, RULES, DAYS, is_working_day, seed=1, runs=2)
    assert [one.mean for one in answer.by_day["visits"]] == [7 if day == DAYS[2] else 0 for day in DAYS]


def test_a_share_of_few_cases_has_wide_bounds_and_of_none_is_said_to_be_assumed() -> None:
    few, many = share(1, 10, 0.5), share(100, 1000, 0.5)
    assert few.value == many.value == 0.1
    assert few.high - few.low > 4 * (many.high - many.low)
    assert 0 <= share(0, 10, 0.5).low <= share(10, 10, 0.5).high <= 1
    assert (share(0, 0, 0.5).value, share(0, 0, 0.5).is_assumed) == (0.5, True)


@pytest.mark.parametrize(("values", "expected", "error"), [([], None, None), ([4.0], 4.0, None), ([2.0, 4.0, None], 3.0, 1.0)])
def test_a_mean_knows_its_error(values: list[float | None], expected: float | None, error: float | None) -> None:
    found = mean_of(values)
    assert (found.mean, found.error) == (expected, error)


def test_weekdays_are_estimated_apart() -> None:
    found = by_weekday({0: [10, 20], 1: [5, 5]})
    assert [one.value for one in found] == [15, 5, 0, 0, 0, 0, 0]
    assert found[0].high > 15 > found[0].low
    assert mean([5.0, 5.0], 0.0).low == mean([5.0, 5.0], 0.0).high == 5
