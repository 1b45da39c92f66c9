"""R-01: web worker, web master and PostgreSQL killed with -9 at random moments under booking load; no acknowledged booking is ever lost.

People book and cancel over HTTP and note every answer in a history; afterwards the database must agree with every one of them. The control
runs the same on a server that acknowledges before it writes (`synchronous_commit=off`): the checker must find what that loses.

`make test` kills 20 times; MADOGUCHI_SOAK_KILLS=1000 is the long form.
"""

import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from madoguchi.booking.reservations.invariants import CHECKS
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.zones.serving import Supervisor, supervised, web_server, zone_environment
from tests.command_line import initialise
from tests.conftest import free_ports

HERE = Path(__file__).resolve().parent
KILLS = int(os.environ.get("MADOGUCHI_SOAK_KILLS", "20"))
PEOPLE, TIMES, CLIENT_PROCESSES = 80, 24, 2
PATIENCE_SECONDS = 60
VICTIMS = ("web worker", "postmaster", "web master", "postmaster")
# Acknowledges at once and writes ten seconds later: what a crash then takes away is what the control must find.
CARELESS = ("synchronous_commit=off", "wal_writer_delay=10s")

pytestmark = [pytest.mark.slow, pytest.mark.database]


@dataclass
class BookingSite:
    """A booking zone on its own cluster, with what is needed to kill each part of it and bring it back."""

    data: Path
    cluster: Cluster
    supervisor: Supervisor
    port: int = field(default_factory=free_ports)
    killed: Counter[str] = field(default_factory=Counter)

    def start_web(self) -> None:
        """Start the web server as `serve` does, with two workers so that one can be killed beside the other."""
        log = self.data / "web.log"
        self.supervisor.start("web", web_server("booking", "127.0.0.1", self.port, workers=2), zone_environment(self.data, "booking"), log)

    @property
    def master(self) -> int:
        return self.supervisor.children["web"].pid

    def kill(self, victim: str, chance: random.Random) -> None:
        """Kill -9 the victim and bring back what does not come back by itself, as the service manager would."""
        if victim == "web worker":
            workers = [int(pid) for pid in Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()]
            os.kill(chance.choice(workers), signal.SIGKILL)
        elif victim == "web master":
            os.kill(self.master, signal.SIGKILL)
            time.sleep(chance.random() / 4)
            # A service manager clears the rest of the service before it starts it anew.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.master, signal.SIGKILL)
            self.supervisor.children["web"].wait()
            self.bring_back_web()
        else:
            os.kill(int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            self.cluster.ensure_running()
        self.killed[victim] += 1

    def bring_back_web(self) -> None:
        """Start the web server when it has ended: it gives up by itself when workers end soon after their start, and a service manager
        starts it anew."""
        if self.supervisor.ended() is not None:
            self.start_web()


@contextlib.contextmanager
def booking_site(folder: Path, settings: Sequence[str] = ()) -> Iterator[BookingSite]:
    """An initialised installation whose booking zone serves; cluster and web server end with the block."""
    data = folder / "data"
    initialise(data)
    cluster = Cluster(data / "database", embedded_binaries(), settings=tuple(settings))
    cluster.ensure_running()
    try:
        with supervised() as supervisor:
            site = BookingSite(data, cluster, supervisor)
            site.start_web()
            yield site
    finally:
        cluster.stop()


@dataclass
class Load:
    """The people who book: their history file and their processes."""

    site: BookingSite
    history: Path
    processes: list[subprocess.Popen[bytes]]

    def events(self) -> list[dict[str, str]]:
        text = self.history.read_text(encoding="utf-8") if self.history.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def acknowledged(self) -> int:
        return sum(event["event"] in {"confirmed", "cancelled"} for event in self.events())

    def wait_for(self, more: int) -> None:
        """Wait until `more` bookings and cancellations have been acknowledged since now: the site serves again."""
        aim, deadline = self.acknowledged() + more, time.monotonic() + PATIENCE_SECONDS
        while self.acknowledged() < aim:
            assert all(process.poll() is None for process in self.processes), "a client process has ended"
            assert time.monotonic() < deadline, f"nothing is booked any more: {self.events()[-3:]}"
            self.site.bring_back_web()
            time.sleep(0.05)


@contextlib.contextmanager
def load_on(site: BookingSite, folder: Path) -> Iterator[Load]:
    """People book and cancel until the block ends."""
    environment = {**os.environ, **zone_environment(site.data, "booking")}
    town = subprocess.run(
        [sys.executable, HERE / "booking_load" / "town.py", str(PEOPLE), str(TIMES)], env=environment, check=True, stdout=subprocess.PIPE
    )
    (folder / "town.json").write_bytes(town.stdout)
    # The town itself must outlive the careless control's first kill.
    with psycopg.connect(site.cluster.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    history, stop = folder / "history.jsonl", folder / "stop"
    words = [sys.executable, *map(str, (HERE / "booking_load" / "browsers.py", folder / "town.json", site.port, history, stop))]
    load = Load(site, history, [subprocess.Popen([*words, str(number), str(CLIENT_PROCESSES)]) for number in range(CLIENT_PROCESSES)])
    try:
        yield load
    finally:
        stop.touch()
        for process in load.processes:
            process.wait(timeout=PATIENCE_SECONDS)


def disagreements(events: Sequence[dict[str, str]], cluster: Cluster) -> Counter[str]:
    """Compare what was acknowledged with what the database holds, and ask the invariants; empty when all is well."""
    found: Counter[str] = Counter()
    confirmed = {event["key"] for event in events if event["event"] == "confirmed"}
    asked_to_cancel = {event["key"] for event in events if event["event"] == "asked to cancel"}
    cancelled = {event["key"] for event in events if event["event"] == "cancelled"}
    with psycopg.connect(cluster.dsn("madoguchi_booking")) as connection:
        stored = {
            str(key): (state, number)
            for key, state, number in connection.execute("SELECT idempotency_key, state, number FROM reservations_booking")
        }
        for name, statement in CHECKS.items():
            found[f"invariant: {name}"] = len(connection.execute(statement.encode()).fetchall())
    for key in confirmed:
        state = stored.get(key, ("gone", ""))[0]
        found["lost booking"] += state != "confirmed" and (key not in asked_to_cancel or state != "cancelled")
        found["lost cancellation"] += key in cancelled and state != "cancelled"
    for event in events:
        if event["event"] == "number":
            found["number of another booking"] += stored.get(event["key"], ("gone", event["number"]))[1] != event["number"]
        found[f"client broke: {event.get('fault')}"] += event["event"] == "broken"
    return +found


def troubles(events: Sequence[dict[str, str]]) -> Counter[str]:
    return Counter(f"{event['status']}" for event in events if event["event"] == "trouble")


def test_no_acknowledged_booking_is_lost_over_or_doubled_by_kills(tmp_path: Path) -> None:
    chance = random.Random()
    seconds: dict[str, list[float]] = {victim: [] for victim in VICTIMS}
    with booking_site(tmp_path) as site:
        with load_on(site, tmp_path) as load:
            load.wait_for(20)
            for number in range(KILLS):
                victim, began = VICTIMS[number % len(VICTIMS)], time.monotonic()
                site.kill(victim, chance)
                load.wait_for(3)
                seconds[victim].append(time.monotonic() - began)
                time.sleep(chance.random() / 2)
        events = load.events()
        back = {victim: round(statistics.median(taken), 1) for victim, taken in seconds.items()}
        print(f"kills {dict(site.killed)}, acknowledged {load.acknowledged()}, serving again after {back} s, {dict(troubles(events))}")
        assert disagreements(events, site.cluster) == {}
        assert site.killed.total() == KILLS
        assert {event["event"] for event in events} >= {"confirmed", "cancelled", "number", "not held"}


def test_the_checker_finds_what_a_careless_database_loses(tmp_path: Path) -> None:
    chance = random.Random()
    with booking_site(tmp_path, settings=CARELESS) as site:
        with load_on(site, tmp_path) as load:
            load.wait_for(20)
            for _kill in range(10):
                site.kill("postmaster", chance)
                if disagreements(load.events(), site.cluster)["lost booking"]:
                    break
                load.wait_for(10)
        assert disagreements(load.events(), site.cluster)["lost booking"] > 0
