"""P-07: letters a second in a batch of 5,000, every sheet read back, against the bare compiler on the same layout, data and chunks.

What is measured is the whole work on a batch: fixing it, composing, setting, reading back, merging, and its release with history, log and
発送管理. The reference lets the same compiler set the same sheets in the same chunks and throws them away. Rounds of both take turns, each
in a process of its own.
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
from madoguchi.zones.bench.import_run import LAYOUT, take_in
from madoguchi.zones.bench.measurement import Figure, Report
from madoguchi.zones.bench.temporary_zone import MUNICIPALITY, temporary_zone
from madoguchi.zones.command import enter_zone

LETTERS, ROUNDS = 5_000, 3
MEMORY_LIMIT = 400


def measure(arguments: argparse.Namespace, progress: Progress) -> Report:
    """Measure letters a second and peak memory; a sheet that is lost, doubled or unread is a violation. `--rows` sets the letters."""
    letters = arguments.rows or LETTERS
    with temporary_zone("delivery") as (data, cluster):
        enter_zone(data, "delivery", "service")
        progress.advance(0, 2 * ROUNDS + 1, "カードを作っています")
        _furnish(data, letters)
        own, reference, memory, violations = [], [], [], []
        for number in range(ROUNDS):
            progress.advance(2 * number + 1, 2 * ROUNDS + 1, f"{number + 1} 回目")
            reference.append(letters / _round(data, "reference")["seconds"])
            progress.advance(2 * number + 2, 2 * ROUNDS + 1, f"{number + 1} 回目")
            taken = _round(data, "batch")
            own.append(letters / taken["seconds"])
            memory.append(taken["megabytes"])
            with psycopg.connect(cluster.dsn("madoguchi_delivery"), autocommit=True) as server:
                violations += wrong(server, letters, taken)
            _empty(cluster)
    if max(memory) > MEMORY_LIMIT:
        violations.append(f"peak memory {max(memory):.0f} MB, more than {MEMORY_LIMIT} MB")
    figures = [
        Figure("P-07", "交付案内の印刷", "通/秒", own, reference),
        Figure("P-07-memory", "印刷の最大メモリー（組版を含む）", "MB", memory),
    ]
    return Report(figures, violations)


def _furnish(data: Path, letters: int) -> None:
    """Take in a list of as many invented people; their cards await a notice."""
    from django.db import connections

    from madoguchi.delivery.cards.queries import own_municipality
    from madoguchi.delivery.cards.services import save_place, set_up_municipality
    from madoguchi.kernel import invented
    from madoguchi.platform.audit.actors import automatic

    actor = automatic("bench")
    set_up_municipality(MUNICIPALITY, actor)
    save_place("main", "本庁舎", actor, address="藤沢市朝日町1番地の1", telephone="0466-00-0000")
    lines, _planted = invented.card_list("kobe", own_municipality(), letters, seed=7, offices=["本庁舎"])
    card_list = data / f"{LAYOUT}.csv"
    with card_list.open("wb") as target:
        target.writelines(lines)
    take_in(card_list)
    connections.close_all()


def _round(data: Path, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "madoguchi.zones.bench.letters_run", str(data), what]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refusal(f"測定の回が失敗しました: {done.stderr.strip()[-2000:]}")
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def _empty(cluster: Cluster) -> None:
    with psycopg.connect(cluster.dsn("madoguchi_delivery"), autocommit=True) as server:
        server.execute("TRUNCATE dispatch_dispatch, dispatch_sheet, dispatch_batch CASCADE")
        server.execute("UPDATE cards_card SET notice = 'none', notice_deadline = NULL")
        server.execute("CHECKPOINT")


def wrong(server: psycopg.Connection[tuple[object, ...]], letters: int, taken: dict[str, float]) -> list[str]:
    """Return what is not as it should be after a batch: every card one sheet, one page of its own, one dispatch, one notice."""
    wanted = {
        "SELECT count(*) FROM dispatch_batch WHERE state = 'checked'": 1,
        "SELECT count(DISTINCT card_id) FROM dispatch_sheet WHERE NOT void": letters,
        "SELECT count(DISTINCT page_digest) FROM dispatch_sheet WHERE page_digest <> ''": letters,
        "SELECT count(DISTINCT card_id) FROM dispatch_dispatch": letters,
        "SELECT count(*) FROM cards_card WHERE notice = 'made'": letters,
    }
    found = {query: server.execute(query.encode()).fetchone() for query in wanted}
    faults = [f"{query} is {found[query]}, not {count}" for query, count in wanted.items() if found[query] != (count,)]
    if taken.get("pages") != letters:
        faults.append(f"{taken.get('pages')} pages in the file, not {letters}")
    return faults
