"""What is proposed keeps up with what comes, and half of it would not."""

import datetime as dt
from dataclasses import replace

import pytest

from madoguchi.delivery.planning.proposing import MOST_COUNTERS, MOST_NOTICES, MOST_PLACES, proposed
from madoguchi.delivery.planning.simulation import World, simulate
from madoguchi.kernel.working_days import is_working_day

DAYS = [dt.date(2026, 6, 1) + dt.timedelta(days=number) for number in range(80)]
WORLD = World((60.0, 60.0, 60.0, 60.0, 60.0, 0.0, 0.0), 0.1, 0.9, 5.0, 2.0, 12.0, 0.4, stock=400, ready=200, told=100)


def test_the_proposed_times_and_counters_keep_up_and_half_of_the_times_would_not() -> None:
    rules = proposed(WORLD)
    assert rules is not None
    assert rules.notices_a_day == 65  # 60 that arrive, and 200 that wait in 40 days
    kept = simulate(WORLD, rules, DAYS, is_working_day, seed=1, runs=3)
    assert (kept.by_day["unbooked"][-1].mean or 0) < rules.capacity  # nobody waits longer than a day for a time to be free
    assert (kept.overall["wait_90"].mean or 0) < 30
    half = simulate(WORLD, replace(rules, places_a_slot=rules.places_a_slot // 2), DAYS, is_working_day, seed=1, runs=3)
    assert (half.overall["lead"].mean or 0) > 3 * (kept.overall["lead"].mean or 0)


@pytest.mark.parametrize(("name", "many"), [("no_show", 0.6), ("response", 1.0), ("told", 3000)])
def test_more_who_have_to_come_again_or_who_answer_need_more_times(name: str, many: float) -> None:
    usual, more = proposed(WORLD), proposed(replace(WORLD, **{name: many}))  # type: ignore[arg-type]  # fields by name
    assert usual is not None
    assert more is not None
    assert more.places_a_slot > usual.places_a_slot


def test_nothing_is_proposed_where_nothing_is_to_be_done_and_never_more_than_can_be_entered() -> None:
    nothing = replace(WORLD, arrivals_by_weekday=(0.0,) * 7, ready=0, told=0)
    assert proposed(nothing) is None
    flood = proposed(replace(WORLD, arrivals_by_weekday=(90_000.0,) * 7, service_minutes=60.0))
    assert flood is not None
    assert (flood.notices_a_day, flood.places_a_slot, flood.counters) == (MOST_NOTICES, MOST_PLACES, MOST_COUNTERS)
