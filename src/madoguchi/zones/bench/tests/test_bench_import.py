"""The import bench itself, small: both rounds leave the same cards, and what is missing is called a violation."""

import argparse

import psycopg
import pytest

from madoguchi.platform.database.cluster import Cluster
from madoguchi.zones.bench import import_list


def test_a_round_that_lost_a_card_is_a_violation(cluster: Cluster, django_db_setup: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"cards_card": 9, "DISTINCT": 10, "cards_cardevent": 10, "cards_bookingcode": 10, "intake_stagedrow": 0}

    class Server:
        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None: ...

        def execute(self, query: bytes) -> "Server":
            self.query = query.decode()
            return self

        def fetchone(self) -> tuple[int]:
            return (next(count for word, count in answers.items() if word in self.query),)

    monkeypatch.setattr(psycopg, "connect", lambda *_arguments, **_words: Server())
    assert import_list._wrong(cluster, 10, "import", staged=0) == ["import: SELECT count(*) FROM cards_card is (9,), not 10"]
    answers["cards_card"] = 10
    assert import_list._wrong(cluster, 10, "import", staged=0) == []


def test_the_command_knows_the_bench() -> None:
    from madoguchi.zones.command import build_parser

    arguments = build_parser().parse_args(["bench", "import", "--rows", "500", "--json"])
    assert isinstance(arguments, argparse.Namespace)
    assert (arguments.name, arguments.rows) == ("import", 500)
