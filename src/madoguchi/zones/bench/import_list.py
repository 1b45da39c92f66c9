"""P-05: a card list of 300,000 rows in the 28-column layout, with all checks, history and codes, against a bare load of its rows.

The reference copies the very rows that the checks let through to the same staging table and inserts them with one statement into the
same tables, indexes and events. Rounds of both take turns, each in a process of its own on emptied tables behind a checkpoint.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from madoguchi.platform.database.cluster import Cluster
from madoguchi.platform.verbs import Progress, Refusal
from madoguchi.zones.bench.import_run import LAYOUT
from madoguchi.zones.bench.measurement import Figure, Report
from madoguchi.zones.bench.temporary_zone import MUNICIPALITY, temporary_zone
from madoguchi.zones.command import enter_zone

ROWS, ROUNDS = 300_000, 3
MEMORY_LIMIT = 150
_EMPTIED = "cards_card, cards_cardevent, cards_bookingcode, cards_hold, intake_importbatch, intake_importproblem, intake_stagedrow"


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Measure rows a second and peak memory; a run that loses, doubles or leaves a row is a violation."""
    rows = arguments.rows or ROWS
    with temporary_zone("delivery") as (data, cluster):
        enter_zone(data, "delivery", "service")
        card_list, prepared = data / "list.csv", data / "list.rows"
        progress.advance(0, 2 * ROUNDS + 1, "一覧を作っています")
        _furnish(card_list, prepared, rows)
        own, reference, memory, violations = [], [], [], []
        for number in range(ROUNDS):
            progress.advance(2 * number + 1, 2 * ROUNDS + 1, f"{number + 1} 回目")
            _empty(cluster)
            reference.append(rows / _round(data, card_list, prepared)["seconds"])
            violations += _look(cluster, rows, "reference", staged=rows)
            progress.advance(2 * number + 2, 2 * ROUNDS + 1, f"{number + 1} 回目")
            _empty(cluster)
            taken = _round(data, card_list, None)
            own.append(rows / taken["seconds"])
            memory.append(taken["megabytes"])
            violations += _look(cluster, rows, "import", staged=0)
    if max(memory) > MEMORY_LIMIT:
        violations.append(f"peak memory {max(memory):.0f} MB, more than {MEMORY_LIMIT} MB")
    figures = [
        Figure("P-05", "カード発行一覧の取り込み", "行/秒", own, reference),
        Figure("P-05-memory", "取り込みの最大メモリー", "MB", memory),
    ]
    return Report(figures, violations)


def _furnish(card_list: Path, prepared: Path, rows: int) -> None:
    """Write the list, and the rows that its checks make of it, for the reference."""
    from django.db import connections

    from madoguchi.delivery.cards.queries import own_municipality
    from madoguchi.delivery.cards.services import save_place, set_up_municipality
    from madoguchi.delivery.intake.checking import Checker
    from madoguchi.delivery.intake.services import layout_named
    from madoguchi.kernel import invented
    from madoguchi.kernel.tables import open_table
    from madoguchi.platform import clock
    from madoguchi.platform.audit.actors import automatic

    actor = automatic("bench")
    set_up_municipality(MUNICIPALITY, actor)
    save_place("main", "本庁舎", actor)
    town, layout = own_municipality(), layout_named(LAYOUT)
    lines, _planted = invented.card_list("kobe", town, rows, seed=5, offices=["本庁舎"])
    with card_list.open("wb") as target:
        target.writelines(lines)
    checker = Checker(layout, town, clock.today(), 1)
    table = open_table(card_list, encoding=layout.encoding, separator=layout.separator, header=layout.header, columns=len(layout.columns))
    with prepared.open("w", encoding="utf-8", newline="") as target:
        target.writelines(f"{line}\n" for line in checker.lines(table))
    prepared.with_suffix(".columns").write_text(json.dumps(checker.copy_columns), encoding="utf-8")
    connections.close_all()


def _empty(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn("madoguchi_delivery"), autocommit=True) as server:
        server.execute(f"TRUNCATE {_EMPTIED} RESTART IDENTITY CASCADE")  # a constant list
        server.execute("CHECKPOINT")


def _round(data: Path, card_list: Path, prepared: Path | None) -> dict[str, float]:
    words = [str(data), str(card_list), *([str(prepared)] if prepared else [])]
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi.zones.bench.import_run", *words], env=os.environ, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refusal(f"測定の回が失敗しました: {done.stderr.strip()[-2000:]}")
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def _look(cluster: Cluster, rows: int, what: str, *, staged: int) -> list[str]:
    with psycopg.connect(cluster.dsn("madoguchi_delivery"), autocommit=True) as server:
        return wrong(server, rows, what, staged=staged)


def wrong(server: psycopg.Connection[tuple[object, ...]], rows: int, what: str, *, staged: int) -> list[str]:
    """Return what is not as it should be after a round: every card once, with one event and one code."""
    wanted = {
        "SELECT count(*) FROM cards_card": rows,
        "SELECT count(DISTINCT card_id) FROM cards_cardevent": rows,
        "SELECT count(*) FROM cards_cardevent": rows,
        "SELECT count(*) FROM cards_bookingcode": rows,
        "SELECT count(*) FROM intake_stagedrow": staged,
    }
    found = {query: server.execute(query.encode()).fetchone() for query in wanted}
    return [f"{what}: {query} is {found[query]}, not {count}" for query, count in wanted.items() if found[query] != (count,)]
