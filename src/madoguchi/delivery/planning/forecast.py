"""What the past says of the days to come: arrivals by weekday, no-shows, answers to notices, times at the counter. Plain values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the bounds between which it lies with a probability of 95 %, and from how many cases; without cases an assumption."""

    value: float
    low: float
    high: float
    cases: int

    @property
    def is_assumed(self) -> bool:
        return self.cases == 0


def share(part: int, whole: int, assumed: float) -> Estimate:
    """Estimate a share by Wilson's interval, which stays within 0 and 1 and is honest about few cases."""
    if whole == 0:
        return Estimate(assumed, 0.0, 1.0, 0)
    p, z = part / whole, _Z
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half), whole)


def mean(values: Sequence[float], assumed: float) -> Estimate:
    """Estimate a mean by the normal law."""
    if not values:
        return Estimate(assumed, assumed, assumed, 0)
    middle = sum(values) / len(values)
    if len(values) == 1:
        return Estimate(middle, middle, middle, 1)
    error = math.sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1) / len(values))
    return Estimate(middle, max(0.0, middle - _Z * error), middle + _Z * error, len(values))


def by_weekday(counts: Mapping[int, Sequence[int]], assumed: float = 0.0) -> tuple[Estimate, ...]:
    """Estimate the number of a day for each weekday from what was counted on the same weekdays before."""
    return tuple(mean([float(value) for value in counts.get(weekday, ())], assumed) for weekday in range(7))
