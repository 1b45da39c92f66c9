"""A small month is played in both zones of an installation and ends with books that balance (issue: a month of a city)."""

import dataclasses
import datetime as dt
from pathlib import Path

import psycopg
import pytest

from madoguchi.platform import clock
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.platform.verbs import Silent
from madoguchi.zones.configuration import ZONES, ZoneFolder
from madoguchi.zones.month.plan import SMALLEST, Plan
from madoguchi.zones.month.playing import play_month
from tests.command_line import installation, madoguchi


def make_it_a_demo(data: Path) -> None:
    """Say that an installation is a demo, and that its keys are as old as the month (a demo enrols them on its played clock)."""
    for zone in ZONES:
        folder = ZoneFolder(data, zone)
        folder.write(dataclasses.replace(folder.read(), demo=True))
        with psycopg.connect(Cluster(data / "database", embedded_binaries()).dsn(f"madoguchi_{zone}")) as server:
            server.execute("UPDATE exchange_peerkey SET valid_from = valid_from - interval '60 days'")


@pytest.mark.slow
def test_a_small_month_is_played_and_every_book_balances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_FSYNC", "off")
    with installation(tmp_path) as data:
        make_it_a_demo(data)
        books, counted = play_month(data, Plan(1, SMALLEST, clock.today()), Silent())
        assert [str(book.name) for book in books if not book.balances] == []
        assert len(books) > 50
        for what in ("visit_delivered", "booked", "booked_by_phone", "planted_disposed", "planted_lost", "planted_terminal_differences"):
            assert counted.get(what), what
        midnight = dt.datetime.combine(clock.today(), dt.time(), clock.TOKYO)
        # What was played lies in the past of the real clock, and the databases' own clock is the real one again.
        shown = madoguchi("delivery", "cards", "list", "--state", "delivered", "--json", "--data", data)
        assert len(shown.json["rows"]) == counted["visit_delivered"] - counted["planted_corrected"]  # type: ignore[operator]  # numbers
        with psycopg.connect(Cluster(data / "database", embedded_binaries()).dsn("madoguchi_delivery")) as server:
            late = server.execute("SELECT count(*) FROM cards_cardevent WHERE at >= %s", [midnight]).fetchone()
            days = server.execute("SELECT count(DISTINCT at::date) FROM audit_auditevent").fetchone()
    assert late == (0,)
    assert days is not None
    assert days[0] > 15
