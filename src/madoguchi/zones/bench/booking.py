"""P-01: confirmed bookings a second over HTTP.

Every person goes the public way (identify, place, time, contact, check) up to the last button first; measured is that button alone, by 16
browsers at once over 500 times: CSRF, draft, hold, idempotency key, event, audit event, owed mail. Between the rounds the reference view is
measured on the same server.
"""

import argparse

from madoguchi.platform.verbs import Progress
from madoguchi.zones.bench.booking_clients import Generator, Measured, joined
from madoguchi.zones.bench.booking_town import Town, settle, town
from madoguchi.zones.bench.measurement import Figure, Report, percentile

CLIENTS, ROUNDS, TURNS = 16, 5, 4
_BOOKINGS_EACH = 28
_PLACES = 200


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Run the rounds and return P-01 with its violations.

    `--clients` sets the browsers, `--rows` the bookings of a round.
    """
    clients = arguments.clients or CLIENTS
    # Every browser books equally often in every turn.
    each = max(TURNS, (arguments.rows or _BOOKINGS_EACH * clients) // clients // TURNS * TURNS)
    bookings = each * clients
    steps = 2 * ROUNDS + 2
    progress.advance(0, steps, "測定用のデータベースを用意しています")
    with town(_PLACES) as made, made.served() as port:
        generator = Generator(port, clients)
        try:
            return _rounds(made, generator, clients, bookings, progress, steps)
        finally:
            generator.stop()


def _rounds(made: Town, generator: Generator, clients: int, bookings: int, progress: Progress, steps: int) -> Report:
    report = Report()
    acknowledged: list[str] = []
    measured: list[Measured] = []
    references: list[Measured] = []
    warm_up = 10 * clients
    generator.prepare(made.send_letters(warm_up))
    acknowledged += generator.confirm(warm_up).acknowledged
    generator.book_the_reference(warm_up)
    for number in range(ROUNDS):
        progress.advance(2 * number + 1, steps, f"{number + 1}回目: {bookings}人が最後のボタンの前まで進んでいます")
        generator.prepare(made.send_letters(bookings))
        progress.advance(2 * number + 2, steps, f"{number + 1}回目: 測っています")
        settle()
        ours, others = [], []
        for turn in range(TURNS):
            # Short turns in changing order: what else the machine does in a round, it does to both.
            if turn % 2:
                others.append(generator.book_the_reference(bookings // TURNS))
            ours.append(generator.confirm(bookings // TURNS))
            if not turn % 2:
                others.append(generator.book_the_reference(bookings // TURNS))
        measured.append(joined(ours))
        references.append(joined(others))
        acknowledged += measured[-1].acknowledged
        report.violations += made.violations(acknowledged)
    for done, name in ((measured, "confirmation"), (references, "reference")):
        report.violations += [f"{name}: {error}" for part in done for error in part.server_errors]
        refused = sum(part.refused for part in done)
        if refused:
            report.violations.append(f"{name}: {refused} were not answered with a booking")
    report.figures = [
        Figure(
            "P-01",
            "確定した予約",
            "件/秒",
            [len(part.acknowledged) / part.seconds for part in measured],
            [len(part.acknowledged) / part.seconds for part in references],
        ),
        Figure("P-01-p99", "確定の応答 p99", "ms", [1000 * percentile(part.latencies, 0.99) for part in measured]),
    ]
    return report
