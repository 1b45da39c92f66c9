"""What every bench reports: figures with their references, broken invariants, and the machine."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.platform.verbs import Outcome


@dataclass(frozen=True)
class Figure:
    """One figure: the median of its rounds, and that of the reference measured between them."""

    id: str
    name: str
    unit: str
    rounds: Sequence[float]
    reference_rounds: Sequence[float] = ()

    @property
    def value(self) -> float:
        return statistics.median(self.rounds)

    @property
    def reference(self) -> float | None:
        return statistics.median(self.reference_rounds) if self.reference_rounds else None

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    def as_json(self) -> dict[str, object]:
        """Return the figure with every round, so that a reader sees how far they lie apart."""
        shown: dict[str, object] = {"id": self.id, "name": self.name, "value": _short(self.value), "unit": self.unit}
        if self.reference is not None and self.ratio is not None:
            shown |= {"reference": _short(self.reference), "ratio": round(self.ratio, 3)}
            shown |= {"reference_rounds": [_short(value) for value in self.reference_rounds]}
        return shown | {"rounds": [_short(value) for value in self.rounds]}


@dataclass
class Report:
    """The figures of one bench. The first figure is the one that the bench is named for."""

    figures: list[Figure] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """Return what the command prints: JSON keys as in the contract, or one line a figure."""
        first = self.figures[0]
        ratios = [figure.ratio for figure in self.figures if figure.ratio is not None]
        lines = [_line(figure) for figure in self.figures]
        return Outcome(
            {
                "measured": _short(first.value),
                "reference": _short(first.reference) if first.reference is not None else None,
                "ratio": round(min(ratios), 3) if ratios else None,
                "figures": [figure.as_json() for figure in self.figures],
                "violations": self.violations,
                "machine": machine(),
            },
            [*lines, *(f"違反: {violation}" for violation in self.violations)] if self.violations else [*lines, "違反なし"],
        )


def _line(figure: Figure) -> str:
    measured = f"{figure.id} {figure.name}: {_short(figure.value)} {figure.unit}"
    if figure.reference is None or figure.ratio is None:
        return measured
    return f"{measured} (基準 {_short(figure.reference)} {figure.unit}、比 {figure.ratio:.2f})"


def _short(value: float) -> float:
    return round(value, 1) if abs(value) >= 100 else round(value, 3)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of `values` that at least `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1)] if ordered else 0.0


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "model": _processor(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
