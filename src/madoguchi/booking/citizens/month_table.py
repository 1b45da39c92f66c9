"""The month as a table: weeks from Sunday, each day with its sign and with a whole sentence for those who do not see the sign."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import jpholiday
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.queries import Day
from madoguchi.booking.calendar.rules import DayState
from madoguchi.kernel.wareki import era_of

WEEKDAYS = ("月", "火", "水", "木", "金", "土", "日")

# The drawings of the look, by state (madoguchi.platform.ui, tag availability_mark).
MARKS = {DayState.FREE: "free", DayState.FEW: "few", DayState.FULL: "full", DayState.NONE: "closed"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the table. `sentence` is all that a screen reader says of it;."""

    day: dt.date
    mark: str
    sentence: str
    bookable: bool


@dataclass(frozen=True, slots=True)
class MonthTable:
    """One month: caption and weeks; None stands for a cell outside the month."""

    caption: str
    weeks: Sequence[Sequence[Cell | None]]
    has_free_day: bool


def state_in_words(state: DayState) -> str:
    """Return what the sign ◯ △ × － says."""
    return {
        DayState.FREE: _("空きあり"),
        DayState.FEW: _("残りわずか"),
        DayState.FULL: _("満員"),
        DayState.NONE: _("受付なし"),
    }[state]


def day_in_words(day: dt.date) -> str:
    """Return 12月3日木曜日."""
    return _("%(month)d月%(day)d日%(weekday)s曜日") % {"month": day.month, "day": day.day, "weekday": WEEKDAYS[day.weekday()]}


def month_in_words(first: dt.date) -> str:
    """Return 2026年（令和8年）12月."""
    era = era_of(first)
    year = _("%(year)d年") % {"year": first.year}
    if era is not None:
        count = first.year - era.first_year + 1
        year += f"（{era.name}{'元' if count == 1 else count}年）"
    return _("%(year)s%(month)d月") % {"year": year, "month": first.month}


def time_in_words(time: dt.time) -> str:
    """Return 9時00分, in 24 hours."""
    return _("%(hour)d時%(minute)s分") % {"hour": time.hour, "minute": f"{time:%M}"}


def _sentence(day: Day) -> str:
    holiday = jpholiday.is_holiday_name(day.day)
    parts = [day_in_words(day.day), f"（{holiday}）" if holiday else "", " ", state_in_words(day.state)]
    return "".join(parts)


def month_table(days: Sequence[Day]) -> MonthTable:
    """Lay the days of one month (from its first, without a gap) out in weeks from Sunday."""
    first = days[0].day
    cells: list[Cell | None] = [None] * ((first.weekday() + 1) % 7)
    cells += [Cell(day.day, MARKS[day.state], _sentence(day), day.bookable) for day in days]
    cells += [None] * (-len(cells) % 7)
    return MonthTable(
        caption=_("%(month)sの空き状況") % {"month": month_in_words(first)},
        weeks=[cells[start : start + 7] for start in range(0, len(cells), 7)],
        has_free_day=any(day.bookable for day in days),
    )


def month_of(text: str) -> dt.date | None:
    """Read "2026-12" as the first day of that month; None for what is no month between 2000 and 2999."""
    year, separator, month = text.partition("-")
    if separator and len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit():
        try:
            return dt.date(int(year), int(month), 1) if year.startswith("2") else None
        except ValueError:
            return None
    return None


def neighbours(first: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first days of the month before and of the month after."""
    before = (first - dt.timedelta(days=1)).replace(day=1)
    after = (first + dt.timedelta(days=31)).replace(day=1)
    return before, after
