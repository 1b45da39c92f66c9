"""What is counted, and how counts become figures: plain values in, plain values out (DL-16, DL-04)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_DAYS_BY_DAY = 31
_DAYS_BY_WEEK = 120
WAIT_BUCKETS: Sequence[tuple[int, int | None]] = ((0, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, None))
LEAD_BUCKETS: Sequence[tuple[int, int | None]] = ((0, 7), (8, 14), (15, 30), (31, 60), (61, None))


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is counted: events that bring `axis` to one of `values`; with `acts` only those of these acts.

    `also` are acts that count as well, each by its one event on the given axis.
    """

    code: str
    name: str
    axis: str
    values: tuple[str, ...]
    acts: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()

    def counts(self, axis: str, after: str, act: str) -> bool:
        """Tell whether an event counts."""
        if (axis, act) in self.also:
            return True
        return axis == self.axis and after in self.values and (not self.acts or act in self.acts)


MEASURES: Sequence[Measure] = (
    Measure("listed", "登録", "entry", ("",)),
    Measure("applied", "申請受付", "progress", ("applied",), ("register", "reissue")),
    # A card whose application ended on the way comes in the box all the same: the box's note counts it.
    Measure("arrived", "到着", "progress", ("arrived",), also=(("place_kind", "arrive_ended"),)),
    Measure("inspected", "検品", "progress", ("inspected",), ("inspect",)),
    Measure("preset", "交付前設定", "progress", ("preset",), ("preset",)),
    Measure("sent", "通知発送", "notice", ("sent",)),
    Measure("came_back", "返戻", "notice", ("came_back",)),
    Measure("reminded", "督促", "notice", ("reminded", "urged", "warned")),
    Measure("booked", "予約", "visit", ("booked",)),
    Measure("visited", "来庁", "visit", ("arrived",)),
    Measure("delivered", "交付", "progress", ("delivered",)),
    Measure("refused", "交付不可", "visit", ("refused",)),
    Measure("no_show", "来庁なし", "visit", ("no_show",)),
    Measure("corrected", "交付の訂正", "progress", ("preset",), ("correct_delivery",)),
    Measure("withdrawn", "取りやめ", "progress", ("withdrawn",)),
    Measure("lapsed", "失効", "progress", ("lapsed", "lapsed_after")),
    Measure("returned", "返納", "progress", ("returned",)),
    Measure("disposed", "廃棄", "progress", ("disposed",)),
)
ALSO: Sequence[str] = tuple(act for measure in MEASURES for _axis, act in measure.also)
MEASURE_BY_CODE: Mapping[str, Measure] = {measure.code: measure for measure in MEASURES}


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often one measure happened on one day."""

    day: dt.date
    measure: str
    number: int


def buckets(first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Divide a period into days, weeks (from Monday) or months, so that a table of it can be read."""
    length = (last - first).days + 1
    parts, start = [], first
    while start <= last:
        end = start
        if length > _DAYS_BY_WEEK:
            end = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        elif length > _DAYS_BY_DAY:
            end = start + dt.timedelta(days=6 - start.weekday())
        parts.append((start, min(end, last)))
        start = parts[-1][1] + dt.timedelta(days=1)
    return parts


def totals(counts: Iterable[DayCount], first: dt.date, last: dt.date) -> dict[str, int]:
    """Add up every measure over a period, zeros included."""
    found: Counter[str] = Counter()
    for one in counts:
        if first <= one.day <= last:
            found[one.measure] += one.number
    return {measure.code: found[measure.code] for measure in MEASURES}


def share(part: float, whole: float) -> float | None:
    """Return `part` of `whole` in percent; None where there is no whole."""
    return 100 * part / whole if whole else None


def stock_by_day(now: int, changes: Mapping[dt.date, int], days: Sequence[dt.date]) -> list[int]:
    """Return the stock at the end of each of `days`, reckoned backwards from the stock `now` by what came and went after it."""
    return [now - sum(change for day, change in changes.items() if day > wanted) for wanted in days]


def bucket_of(days: int, among: Sequence[tuple[int, int | None]]) -> int:
    """Return which of `among` (from, to; the last one open) a number of days belongs to."""
    return next(number for number, (_first, last) in enumerate(among) if last is None or days <= last)


def bucket_name(first: int, last: int | None) -> str:
    """Name a bucket of days."""
    return f"{first}日以上" if last is None else f"{first}～{last}日"


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
