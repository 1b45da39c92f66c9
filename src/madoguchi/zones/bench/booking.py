"""P-01: confirmed bookings a second over HTTP.

Every person goes the public way (identify, place, time, contact, check) up to the last button first; measured is that button alone, by 16
browsers at once over 500 times: CSRF, draft, hold, idempotency key, event, audit event, owed mail. Between the rounds the reference view is
measured on the same server.
"""

import argparse

from madoguchi.platform.verbs import Progress
from madoguchi.zones.bench.booking_clients import Generator, Measured
from madoguchi.zones.bench.booking_town import Town, settle, town
from madoguchi.zones.bench.measurement import Figure, Report, percentile

CLIENTS, ROUNDS, BOOKINGS_A_ROUND = 16, 5, 480
_PLACES = 200


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Run the rounds and return P-01 with its violations.

    `--clients` sets the browsers, `--rows` the bookings of a round.
    """
    clients, bookings = arguments.clients or CLIENTS, arguments.rows or BOOKINGS_A_ROUND
    steps = 2 * ROUNDS + 2
    progress.advance(0, steps, "測定用のデータベースを用意しています")
    with town(_PLACES) as made, made.served() as port:
        generator = Generator(port, clients)
        try:
            return _rounds(made, generator, bookings, progress, steps)
        finally:
            generator.stop()


def _rounds(made: Town, generator: Generator, bookings: int, progress: Progress, steps: int) -> Report:
    report = Report()
    acknowledged: list[str] = []
    measured: list[Measured] = []
    references: list[Measured] = []
    generator.prepare(made.send_letters(160))
    acknowledged += generator.confirm().acknowledged
    generator.book_the_reference(160)
    for number in range(ROUNDS):
        progress.advance(2 * number + 1, steps, f"{number + 1}回目: {bookings}人が最後のボタンの前まで進んでいます")
        generator.prepare(made.send_letters(bookings))
        progress.advance(2 * number + 2, steps, f"{number + 1}回目: 測っています")
        # The order changes, so that neither always finds the warmer machine.
        for ours in (True, False) if number % 2 else (False, True):
            settle()
            if ours:
                measured.append(generator.confirm())
                acknowledged += measured[-1].acknowledged
            else:
                references.append(generator.book_the_reference(bookings))
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
