"""The databases follow the sessions' played clocks while a month is played, and know nothing of it afterwards."""

import datetime as dt
import os
from collections.abc import Iterator

import psycopg
import pytest

from madoguchi.platform import clock
from madoguchi.platform.database.cluster import Cluster
from madoguchi.platform.verbs import Refusal
from madoguchi.zones.month import played_time

# The workers of a run share one cluster.
NAME = f"madoguchi_played_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture
def dsn(cluster: Cluster) -> Iterator[str]:
    """A database with one table that fills its time by itself."""
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.execute(f"CREATE DATABASE {NAME}")
    with psycopg.connect(cluster.dsn(NAME)) as server:
        server.execute("CREATE TABLE happening (id int, at timestamptz DEFAULT statement_timestamp(), day date DEFAULT '2026-01-01')")
    yield cluster.dsn(NAME)
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {NAME}")


def defaults(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as server:
        return server.execute("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY adnum").fetchall()


def test_time_follows_the_session_and_is_itself_again_afterwards(dsn: str) -> None:
    before = defaults(dsn)
    assert played_time.begin(dsn) == 1
    assert played_time.begin(dsn) == 0
    with psycopg.connect(dsn, options=f"-c {played_time.SETTING}=-86400s") as session:
        session.execute("INSERT INTO happening (id) VALUES (1)")
        (age,) = session.execute("SELECT statement_timestamp() - at FROM happening").fetchone() or (None,)
    assert age is not None
    assert dt.timedelta(hours=23, minutes=59) < age < dt.timedelta(days=1, minutes=1)
    assert played_time.end(dsn) == 1
    assert defaults(dsn) == before
    with psycopg.connect(dsn) as server:
        assert server.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'played'").fetchone() is None


def test_a_session_that_plays_no_clock_writes_nothing(dsn: str) -> None:
    played_time.begin(dsn)
    with psycopg.connect(dsn) as server, pytest.raises(psycopg.errors.UndefinedObject):
        server.execute("INSERT INTO happening (id) VALUES (1)")


def test_the_clock_of_a_municipality_is_never_moved(settings: object) -> None:
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": False}  # type: ignore[attr-defined]  # pytest-django's settings
    with pytest.raises(Refusal, match="見本の市でないところ"):
        played_time.start_at(clock.now() - dt.timedelta(days=30))
    assert abs(clock.now() - dt.datetime.now(clock.TOKYO)) < dt.timedelta(seconds=5)  # noqa: TID251 the real time
