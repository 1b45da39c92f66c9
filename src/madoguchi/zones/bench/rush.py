"""P-02: the last seats. 500 times of 6 places, 20,000 people who all want the popular ones (Zipf), 16 browsers at once.

Whoever gets the wanted time goes on to the end; whoever does not leaves. Every request is timed. What counts: nobody over capacity, no
acknowledged booking lost, none doubled, no server error.
"""

import argparse
import random
from collections import Counter

from madoguchi.platform.verbs import Progress
from madoguchi.zones.bench.booking_clients import Generator
from madoguchi.zones.bench.booking_town import SLOTS, town
from madoguchi.zones.bench.measurement import Figure, Report, percentile

CLIENTS, PLACES, ATTEMPTS = 16, 6, 20_000
_SEED = 20261121


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Run the rush and return P-02 with its violations. `--clients` sets the browsers, `--rows` the attempts."""
    clients, attempts = arguments.clients or CLIENTS, arguments.rows or ATTEMPTS
    progress.advance(0, 3, "測定用のデータベースを用意しています")
    with town(PLACES) as made, made.served() as port:
        chance = random.Random(_SEED)
        popular = list(made.slots)
        chance.shuffle(popular)
        wishes = chance.choices(popular, weights=[1 / rank for rank in range(1, len(popular) + 1)], k=attempts)
        progress.advance(1, 3, f"{attempts}人を受付まで進めています")
        arrived = made.let_in(made.send_letters(attempts), wishes)
        generator = Generator(port, clients)
        try:
            progress.advance(2, 3, f"{attempts}人が予約を試みています")
            done = generator.rush(arrived)
        finally:
            generator.stop()
        violations = made.violations(done.acknowledged) + done.server_errors
        possible = sum(min(PLACES, count) for count in Counter(wishes).values())
        if len(done.acknowledged) != possible:
            violations.append(f"places that could be given: {possible}, acknowledged: {len(done.acknowledged)}")
        if len(done.acknowledged) + done.refused != attempts:
            violations.append(f"attempts without an answer: {attempts - len(done.acknowledged) - done.refused}")
    return Report(
        figures=[
            Figure("P-02", "応答 p99", "ms", [1000 * percentile(done.latencies, 0.99)]),
            Figure("P-02-p50", "応答 p50", "ms", [1000 * percentile(done.latencies, 0.5)]),
            Figure("P-02-max", "応答 最大", "ms", [1000 * max(done.latencies)]),
            Figure("P-02-booked", "成立した予約", "件", [len(done.acknowledged)]),
            Figure("P-02-full", "満員の返事", "件", [done.refused]),
            Figure("P-02-rate", "試み", "件/秒", [attempts / done.seconds]),
            Figure("P-02-slots", "枠", "枠", [SLOTS]),
        ],
        violations=violations,
    )
