"""From counts to figures: plain values in, plain values out."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from madoguchi.booking.figures.queries import BookingCount, PlaceCount, Wait

_DAYS_BY_DAY = 31
_DAYS_BY_WEEK = 120
# People were expected, and came or did not.
_OVER = ("arrived", "done", "refused", "no_show")


@dataclass(frozen=True, slots=True)
class Totals:
    """Bookings of one sort, added up."""

    bookings: int = 0
    people: int = 0
    cancelled: int = 0
    no_show: int = 0
    over: int = 0
    web: int = 0
    phone: int = 0
    staff: int = 0

    @property
    def standing(self) -> int:
        return self.bookings - self.cancelled


def totals(counts: Iterable[BookingCount]) -> Totals:
    """Add up. `over` are the visits that should have happened by now, the no-shows among them."""
    by: Counter[str] = Counter()
    for one in counts:
        by["bookings"] += one.bookings
        by[one.source] += one.bookings
        by["cancelled"] += one.bookings * (one.state == "cancelled")
        by["people"] += one.people * (one.state != "cancelled")
        by["no_show"] += one.bookings * (one.state == "no_show")
        by["over"] += one.bookings * (one.state in _OVER)
    return Totals(by["bookings"], by["people"], by["cancelled"], by["no_show"], by["over"], by["web"], by["phone"], by["staff"])


def grouped(counts: Iterable[BookingCount], key: Callable[[BookingCount], int]) -> dict[int, Totals]:
    """Add up by one notion, e.g. the place."""
    groups: dict[int, list[BookingCount]] = {}
    for one in counts:
        groups.setdefault(key(one), []).append(one)
    return {name: totals(group) for name, group in sorted(groups.items())}


def share(part: float, whole: float) -> float | None:
    """Return `part` of `whole` in percent; None where there is no whole."""
    return 100 * part / whole if whole else None


def occupancy(counts: Iterable[PlaceCount]) -> float | None:
    """Return how many percent of the places offered were taken."""
    listed = list(counts)
    return share(sum(one.taken for one in listed), sum(one.offered for one in listed))


def weighted(waits: Sequence[Wait], value: Callable[[Wait], float | None]) -> float | None:
    """Return the mean over all tickets of what is a mean by hour."""
    known = [(one.tickets, minutes) for one in waits if (minutes := value(one)) is not None]
    tickets = sum(number for number, _minutes in known)
    return sum(number * minutes for number, minutes in known) / tickets if tickets else None


def buckets(first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Divide a period into days, weeks from Monday, or months: never more than about thirty stretches."""
    length = (last - first).days + 1
    found: list[tuple[dt.date, dt.date]] = []
    begin = first
    while begin <= last:
        if length <= _DAYS_BY_DAY:
            end = begin
        elif length <= _DAYS_BY_WEEK:
            end = begin + dt.timedelta(days=6 - begin.weekday())
        else:
            end = (begin.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        found.append((begin, min(end, last)))
        begin = end + dt.timedelta(days=1)
    return found
