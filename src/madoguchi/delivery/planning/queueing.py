"""A day at the counters: people come, wait in one line, and are served by the first counter that is free.

Plain numbers in, plain numbers out; minutes since the doors opened. Checked against the formulas of M/M/c by a test.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """One person: when they came, how long they waited, when they were done."""

    came: float
    waited: float
    done: float


def serve(visitors: Sequence[tuple[float, float]], counters: int) -> list[Served]:
    """Serve `visitors` (when they come, how long they take) in the order of their coming at `counters` counters."""
    free = [0.0] * counters
    heapq.heapify(free)
    served = []
    for came, takes in sorted(visitors):
        begins = max(came, free[0])
        heapq.heapreplace(free, begins + takes)
        served.append(Served(came, begins - came, begins + takes))
    return served


def share_below(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of `values` do not exceed; 0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
