"""How counts become figures, by values."""

import datetime as dt

import pytest

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.reports.rules import (
    LEAD_BUCKETS,
    MEASURE_BY_CODE,
    MEASURES,
    DayCount,
    bucket_of,
    buckets,
    month_of,
    share,
    stock_by_day,
    totals,
)

DAY = dt.date(2026, 11, 2)  # a Monday


def test_a_day_is_one_bucket_a_month_its_days_a_quarter_its_weeks_a_year_its_months() -> None:
    assert buckets(DAY, DAY) == [(DAY, DAY)]
    assert len(buckets(dt.date(2026, 10, 1), dt.date(2026, 10, 31))) == 31
    weeks = buckets(dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert weeks[0] == (dt.date(2026, 10, 1), dt.date(2026, 10, 4))
    assert all(first.weekday() == 0 for first, _last in weeks[1:])
    months = buckets(dt.date(2026, 4, 10), dt.date(2027, 3, 31))
    assert (len(months), months[0], months[-1][1]) == (12, (dt.date(2026, 4, 10), dt.date(2026, 4, 30)), dt.date(2027, 3, 31))


@pytest.mark.parametrize("length", [1, 31, 32, 120, 121, 366])
def test_the_buckets_of_a_period_are_all_of_it_once(length: int) -> None:
    last = DAY + dt.timedelta(days=length - 1)
    parts = buckets(DAY, last)
    assert sum((end - start).days + 1 for start, end in parts) == length
    assert (parts[0][0], parts[-1][1]) == (DAY, last)


def test_totals_count_only_the_days_asked_for() -> None:
    found = totals([DayCount(DAY, "arrived", 3), DayCount(DAY + dt.timedelta(days=1), "arrived", 4)], DAY, DAY)
    assert (found["arrived"], found["delivered"]) == (3, 0)


def test_the_stock_of_a_day_is_what_is_left_without_what_came_later() -> None:
    changes = {DAY: 5, DAY + dt.timedelta(days=1): -2}
    days = [DAY - dt.timedelta(days=1), DAY, DAY + dt.timedelta(days=1)]
    assert stock_by_day(10, changes, days) == [7, 12, 10]


def test_no_whole_has_no_share_and_the_last_bucket_is_open() -> None:
    assert share(1, 0) is None
    assert share(1, 4) == 25
    assert [bucket_of(days, LEAD_BUCKETS) for days in (0, 7, 8, 60, 61, 4000)] == [0, 0, 1, 3, 4, 4]


def test_a_month_ends_on_its_last_day() -> None:
    assert month_of(dt.date(2028, 2, 9)) == (dt.date(2028, 2, 1), dt.date(2028, 2, 29))


def test_every_measure_counts_values_that_some_act_reaches() -> None:
    reached = {(change.axis, change.target.value, act.code) for act in card_rules.ACTS for change in act.changes}
    reached |= {("progress", target.value, code) for code, _name, target in card_rules.ENTRIES}
    for measure in MEASURES[1:]:
        assert any(measure.counts(axis, value, act) for axis, value, act in reached), measure.code


def test_only_an_application_that_was_taken_counts_as_one() -> None:
    applied = MEASURE_BY_CODE["applied"]
    assert applied.counts("progress", "applied", "register")
    assert applied.counts("progress", "applied", "reissue")
    assert not applied.counts("progress", "applied", "take_end_back"), "one that was taken back and goes on is no new one"
    assert not applied.counts("progress", "ordered", "register")
