"""Histograms of response times, availability, and what counts as missed: plain values in, plain values out."""

import datetime as dt
import enum
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

# Upper bounds of the classes in milliseconds; behind them stands everything slower.
BOUNDS_MS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
CLASSES = len(BOUNDS_MS) + 1
# So many minutes in a row without an answer are an incident.
MINUTES_OF_AN_INCIDENT = 3
MINUTE = dt.timedelta(minutes=1)


class Audience(enum.StrEnum):
    """Who is answered: citizens at the public pages, staff at the desk."""

    PUBLIC = "public"
    STAFF = "staff"


class Measure(enum.StrEnum):
    """What was agreed."""

    AVAILABILITY = "availability"
    P95 = "p95"
    ERRORS = "errors"


def audience_of(path: str) -> Audience | None:
    """Return whom a request at `path` serves; None for what is not counted (files, the status address itself)."""
    if path.startswith(("/static/", "/status/")):
        return None
    return Audience.STAFF if path.startswith("/desk/") else Audience.PUBLIC


def class_of(milliseconds: float) -> int:
    """Return the class of the histogram into which a response time falls."""
    return bisect_left(BOUNDS_MS, milliseconds)


def added(histograms: Iterable[Sequence[int]]) -> list[int]:
    """Return the sum of histograms, class by class."""
    total = [0] * CLASSES
    for histogram in histograms:
        for number, count in enumerate(histogram):
            total[number] += count
    return total


def percentile_ms(histogram: Sequence[int], share: float) -> float | None:
    """Return the response time under which `share` of all answers lie, straight within its class; None without answers.

    Answers slower than the last bound count as that bound: they are not called faster than they were by more than the class says.
    """
    wanted = share * sum(histogram)
    if not wanted:
        return None
    passed = 0
    for number, count in enumerate(histogram):
        if count and passed + count >= wanted:
            low = BOUNDS_MS[number - 1] if number else 0
            high = BOUNDS_MS[min(number, len(BOUNDS_MS) - 1)]
            return low + (high - low) * (wanted - passed) / count if high > low else float(high)
        passed += count
    return float(BOUNDS_MS[-1])


@dataclass(frozen=True, slots=True)
class AgreedValues:
    """What the municipality and the operator agreed."""

    availability_percent: Decimal
    p95_ms: int
    error_percent: Decimal


# Where nothing was agreed yet: these are shown as proposals.
STARTING_VALUES = AgreedValues(Decimal("99.50"), 1_000, Decimal("0.50"))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured over some days. None: nothing to measure."""

    minutes: int = 0
    minutes_answered: int = 0
    requests: int = 0
    errors: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None

    @property
    def availability_percent(self) -> Decimal | None:
        return percent(self.minutes_answered, self.minutes)

    @property
    def error_percent(self) -> Decimal | None:
        return percent(self.errors, self.requests)


def percent(part: int, whole: int) -> Decimal | None:
    """Return `part` of `whole` in percent with two digits, rounded down: a missed value is never rounded up to a kept one."""
    return (Decimal(part * 10_000 // whole) / 100).quantize(Decimal("0.01")) if whole else None


def missed(measured: Measured, agreed: AgreedValues) -> dict[Measure, tuple[Decimal, Decimal]]:
    """Return the agreed values that were not reached: what was agreed and what was measured. What could not be measured is not missed."""
    found: dict[Measure, tuple[Decimal, Decimal]] = {}
    availability = measured.availability_percent
    if availability is not None and availability < agreed.availability_percent:
        found[Measure.AVAILABILITY] = (agreed.availability_percent, availability)
    if measured.p95_ms is not None and measured.p95_ms > agreed.p95_ms:
        found[Measure.P95] = (Decimal(agreed.p95_ms), Decimal(round(measured.p95_ms)))
    # Compared as whole numbers, so that rounding hides no failure.
    if measured.errors * 10_000 > agreed.error_percent * 100 * measured.requests:
        exact = Decimal(measured.errors * 100) / measured.requests
        found[Measure.ERRORS] = (agreed.error_percent, exact.quantize(Decimal("0.01")))
    return found


def month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first day of the month of `day` and the first day of the next month."""
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1)
