import calendar
import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.booking.calendar.queries import Day
from madoguchi.booking.calendar.rules import DayState
from madoguchi.booking.citizens.month_table import day_in_words, month_of, month_table, neighbours, time_in_words

MONTHS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2199, 12, 1)).map(lambda day: day.replace(day=1))


def month(first: dt.date, state: DayState = DayState.FREE, holidays: Mapping[int, str] = MappingProxyType({})) -> list[Day]:
    last = calendar.monthrange(first.year, first.month)[1]
    return [Day(first.replace(day=number), state, 3, holidays.get(number, "")) for number in range(1, last + 1)]


def test_december_2026_as_a_clerk_would_write_it() -> None:
    table = month_table(month(dt.date(2026, 12, 1)))
    assert table.caption == "2026年（令和8年）12月の空き状況"
    thursday = table.weeks[0][4]
    assert thursday is not None
    assert thursday.sentence == "12月3日木曜日 空きあり"
    assert table.weeks[0][1] is None, "1 December 2026 is a Tuesday"


def test_a_holiday_is_named() -> None:
    table = month_table(month(dt.date(2026, 11, 1), DayState.NONE, {23: "勤労感謝の日"}))
    sentences = [cell.sentence for week in table.weeks for cell in week if cell]
    assert "11月23日月曜日（勤労感謝の日） 受付なし" in sentences
    assert not table.has_free_day


@given(first=MONTHS)
@settings(deadline=None)
def test_every_day_stands_once_under_its_weekday(first: dt.date) -> None:
    table = month_table(month(first))
    assert all(len(week) == 7 for week in table.weeks)
    found = [(column, cell.day) for week in table.weeks for column, cell in enumerate(week) if cell]
    assert [day.day for _column, day in found] == list(range(1, calendar.monthrange(first.year, first.month)[1] + 1))
    assert all(column == (day.weekday() + 1) % 7 for column, day in found)
    assert any(table.weeks[0]), "no empty week on top"
    assert any(table.weeks[-1]), "no empty week below"


@given(first=MONTHS)
def test_the_neighbours_are_the_months_beside(first: dt.date) -> None:
    before, after = neighbours(first)
    assert neighbours(before)[1] == first
    assert neighbours(after)[0] == first


@given(text=st.text(max_size=9))
def test_any_text_is_a_month_or_none(text: str) -> None:
    found = month_of(text)
    assert found is None or f"{found:%Y-%m}" == text


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "12-2026", "２０２６-12", "2026-12-03", "", "9999-12", "0000-01"])
def test_what_is_no_month(text: str) -> None:
    assert month_of(text) is None


def test_words_for_day_and_time() -> None:
    assert day_in_words(dt.date(2026, 12, 3)) == "12月3日木曜日"
    assert time_in_words(dt.time(13, 5)) == "13時05分"
