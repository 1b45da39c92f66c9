"""The month as a table: weeks from Sunday, each day with its sign and with a whole sentence for those who do not see the sign."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.booking.calendar.queries import Day
from madoguchi.booking.calendar.rules import DayState
from madoguchi.platform.ui.languages import day_in_words as day_in_words
from madoguchi.platform.ui.languages import month_in_words as month_in_words
from madoguchi.platform.ui.languages import time_in_words as time_in_words

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


def _sentence(day: Day) -> str:
    parts = [day_in_words(day.day), f"（{_holiday(day.holiday)}）" if day.holiday else "", " ", state_in_words(day.state)]
    return "".join(parts)


def _holiday(name: str) -> str:
    """Return the name of a holiday in the language of the page; 「春分の日 振替休日」 is two names."""
    return " ".join(_(part) for part in name.split(" "))


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
