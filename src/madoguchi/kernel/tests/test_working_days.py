"""Working days, by the calendar of 2026."""

import datetime as dt

from madoguchi.kernel.working_days import after_working_days, is_working_day, next_working_day


def test_the_next_working_day_skips_weekends_holidays_and_the_years_end() -> None:
    assert next_working_day(dt.date(2026, 11, 19)) == dt.date(2026, 11, 20)
    assert next_working_day(dt.date(2026, 11, 20)) == dt.date(2026, 11, 24)  # Monday is 勤労感謝の日
    assert next_working_day(dt.date(2026, 12, 28)) == dt.date(2027, 1, 4)
    assert not is_working_day(dt.date(2026, 11, 21))


def test_a_long_weekend_does_not_count() -> None:
    friday = dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC)
    assert after_working_days(friday, 3) == dt.datetime(2026, 11, 26, 16, 30, tzinfo=dt.UTC)
    assert after_working_days(friday, 0) == friday
