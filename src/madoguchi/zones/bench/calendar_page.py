"""P-03: pages of the public calendar a second, and how old what they show may be.

64 browsers open the month of one place over and over, in short turns between turns of a view that sends a constant of the same size from
the same server. Meanwhile one day is given out and freed again every other second; the age of the calendar is how long after that change
somebody was still shown what had been before.
"""

import argparse
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi.platform.verbs import Progress
from madoguchi.zones.bench.booking_clients import Browser, Generator, Measured, joined
from madoguchi.zones.bench.booking_town import PLACE, Town, settle, town
from madoguchi.zones.bench.measurement import Figure, Report, percentile

CLIENTS, ROUNDS, TURNS = 64, 5, 4
# Some seconds of a round, also on a quick machine: the day must change in it, and be seen to have changed.
_PAGES_EACH = 240
_PLACES = 6
OLDEST = 1.0
_CHANGED_EVERY = 2.0


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Run the rounds and return P-03 with its violations. `--clients` sets the browsers, `--rows` the pages of a round."""
    clients = arguments.clients or CLIENTS
    pages = max(TURNS * clients, arguments.rows or _PAGES_EACH * clients)
    progress.advance(0, ROUNDS + 1, "測定用のデータベースを用意しています")
    with town(_PLACES) as made, made.served() as port:
        generator = Generator(port, clients)
        try:
            return _rounds(made, generator, port, pages, progress)
        finally:
            generator.stop()


def _rounds(made: Town, generator: Generator, port: int, pages: int, progress: Progress) -> Report:
    report = Report()
    day = made.slots[-1][0]
    path = f"/calendar/{PLACE}/?month={day[:7]}"
    browser = Browser(port)
    page = browser.get(path)
    browser.close()
    constant = f"/bench/constant/{len(page.body.encode())}/"
    full = rf"{int(day[5:7])}月{int(day[8:])}日[^<]* 満員"
    measured: list[Measured] = []
    references: list[Measured] = []
    changes: list[Turn] = []
    generator.read(path, pages // TURNS, full)
    generator.read(constant, pages // TURNS, full)
    for number in range(ROUNDS):
        progress.advance(number + 1, ROUNDS + 1, f"{number + 1}回目: 測っています")
        settle()
        ours, others = [], []
        with _Changing(made, day) as changing:
            for turn in range(TURNS):
                # Short turns in changing order: what else the machine does in a round, it does to both.
                if turn % 2:
                    others.append(generator.read(constant, pages // TURNS, full))
                ours.append(generator.read(path, pages // TURNS, full))
                if not turn % 2:
                    others.append(generator.read(constant, pages // TURNS, full))
        measured.append(joined(ours))
        references.append(joined(others))
        changes += changing.changes
    oldest = oldest_page(changes, [page for part in measured for page in part.seen])
    if oldest > OLDEST:
        report.violations.append(f"a page showed what had changed {oldest:.2f} s before")
    if not any(full for part in measured for _asked, _answered, full in part.seen):
        report.violations.append("no page ever showed the change")
    for done, name in ((measured, "calendar"), (references, "reference")):
        report.violations += [f"{name}: {error}" for part in done for error in part.server_errors]
        refused = sum(part.refused for part in done)
        if refused:
            report.violations.append(f"{name}: {refused} were not answered with a page")
    report.violations += made.violations([])
    report.figures = [
        Figure(
            "P-03",
            "公開カレンダー",
            "ページ/秒",
            [len(part.latencies) / part.seconds for part in measured],
            [len(part.latencies) / part.seconds for part in references],
        ),
        Figure("P-03-age", "表示の古さの最大", "秒", [oldest]),
        Figure("P-03-p99", "応答 p99", "ms", [1000 * percentile(part.latencies, 0.99) for part in measured]),
        Figure("P-03-bytes", "ページの大きさ", "バイト", [len(page.body.encode())]),
    ]
    return report


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of the day, to full or to free: when it was begun and when it was committed (CLOCK_MONOTONIC)."""

    begun: float
    done: float
    full: bool


class _Changing:
    """Gives one day out and frees it again, every other second, as long as it is entered; frees it at the end."""

    def __init__(self, made: Town, day: str) -> None:
        self._made, self._day = made, day
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.changes: list[Turn] = []

    def __enter__(self) -> "_Changing":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        from django.db import connections

        full = False
        while not self._over.wait(_CHANGED_EVERY):
            full = not full
            self._turn(full=full)
        if full:
            self._turn(full=False)
        connections.close_all()

    def _turn(self, *, full: bool) -> None:
        begun = time.monotonic()
        (self._made.fill if full else self._made.empty)(self._day)
        self.changes.append(Turn(begun, time.monotonic(), full))


def oldest_page(changes: Sequence[Turn], seen: Sequence[tuple[float, float, bool]]) -> float:
    """Return how many seconds after a change somebody asked for a page and was still shown what had been before.

    Args:
        changes: the turns of the day, in order, each from the state before to the other.
        seen: when a page was asked for, when it had come, and whether it showed the day as full.
    """
    oldest = 0.0
    for asked, answered, full in seen:
        before = [change for change in changes if change.done <= asked]
        meanwhile = any(change.full == full for change in changes if asked < change.done and change.begun <= answered)
        if before and before[-1].full != full and not meanwhile:
            oldest = max(oldest, asked - before[-1].done)
    return oldest
