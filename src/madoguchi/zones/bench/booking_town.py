"""A town for the booking benches: an own cluster in a temporary folder, the booking zone in it, its server, and people with letters."""

import contextlib
import datetime as dt
import http.client
import os
import socket
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from madoguchi.kernel.numbers import luhn_check_digit
from madoguchi.platform.database.roles import role_name
from madoguchi.platform.verbs import Refusal
from madoguchi.zones.bench.booking_clients import Arrived, Visit
from madoguchi.zones.bench.temporary_zone import MUNICIPALITY, temporary_zone
from madoguchi.zones.command import enter_zone
from madoguchi.zones.serving import supervised, web_server, zone_environment

PLACE = "main"
DAYS, SLOTS_A_DAY = 20, 25
SLOTS = DAYS * SLOTS_A_DAY
WORKERS = 2
_SERVER_STARTS_WITHIN = 120.0

# What the reference view works on.
_REFERENCE_TABLES = """
CREATE TABLE bench_slot (id bigint PRIMARY KEY, capacity int NOT NULL, taken int NOT NULL DEFAULT 0, CHECK (taken <= capacity));
CREATE TABLE bench_booking (
    id uuid PRIMARY KEY, number varchar(10) NOT NULL UNIQUE, slot_id bigint NOT NULL REFERENCES bench_slot,
    email varchar(254) NOT NULL, created_at timestamptz NOT NULL
);
CREATE INDEX ON bench_booking (slot_id);
INSERT INTO bench_slot (id, capacity) SELECT number, 1000000 FROM generate_series(1, 500) AS number;
"""


@contextlib.contextmanager
def town(public_places: int) -> Iterator["Town"]:
    """Set up the town with 500 times of `public_places` places each; yield it while its database runs, remove everything behind.

    This process becomes one of the booking zone: a bench runs in a process of its own.
    """
    with temporary_zone("booking") as (data, cluster):
        with psycopg.connect(cluster.dsn("madoguchi_booking"), autocommit=True) as server:
            server.execute(_REFERENCE_TABLES)
            service = sql.Identifier(role_name("booking", "service"))
            server.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON bench_slot, bench_booking TO {}").format(service))
        enter_zone(data, "booking", "service")
        made = _furnish(data, public_places)
        with psycopg.connect(cluster.dsn("madoguchi_booking"), autocommit=True) as server:
            # What the database does by itself a minute after the times were made.
            server.execute("ANALYZE")
        yield made
        from django.db import connections

        connections.close_all()


def _furnish(data: Path, public_places: int) -> "Town":
    from madoguchi.booking.calendar.generation import generate_slots
    from madoguchi.booking.calendar.models import OpeningRule, Place, Schedule, Slot
    from madoguchi.booking.municipality.services import set_up
    from madoguchi.platform import clock
    from madoguchi.platform.audit.actors import automatic

    set_up(MUNICIPALITY)
    place = Place.objects.create(code=PLACE, name="本庁舎")
    first = clock.today() + dt.timedelta(days=2)
    opens = dt.time(9)
    closes = (dt.datetime.combine(first, opens) + dt.timedelta(minutes=15 * SLOTS_A_DAY)).time()
    OpeningRule.objects.bulk_create(
        OpeningRule(
            place=place,
            schedule=Schedule.default(),
            weekday=weekday,
            opens=opens,
            closes=closes,
            slot_minutes=15,
            counters_public=public_places,
            open_on_holidays=True,
            open_at_year_end=True,
            valid_from=first,
        )
        for weekday in range(7)
    )
    generate_slots(first, first + dt.timedelta(days=DAYS - 1), actor=automatic("bench"))
    return Town(data, [(day.isoformat(), slot) for day, slot in Slot.objects.order_by("day", "start").values_list("day", "pk")])


@dataclass
class Town:
    """The town, and its people as far as they were asked for."""

    data: Path
    slots: Sequence[tuple[str, int]]
    people: int = 0

    def send_letters(self, count: int) -> list[Visit]:
        """Put `count` more people on the roster by the same road as a file from the delivery zone; they want the times one by one."""
        from django.db import transaction

        from madoguchi.booking.reservations.roster import TargetsHandler
        from madoguchi.platform.audit.actors import automatic
        from madoguchi.platform.exchange.handlers import Source

        visits = []
        for number in range(self.people, self.people + count):
            day, slot = self.slots[number % len(self.slots)]
            visits.append(Visit(f"B{number // 10**6:02d}{number % 10**6:06d}", _code(number), "0908", PLACE, day, slot))
        self.people += count
        rows = [
            {
                "id": visit.serial,
                "code": visit.code,
                "md": visit.birthday,
                "dispatch": None,
                "places": [PLACE],
                "from": None,
                "until": None,
                "status": "open",
                "rev": 1,
            }
            for visit in visits
        ]
        with transaction.atomic():
            TargetsHandler().apply(rows, automatic("bench"), Source("targets", 1, "0" * 64, "delta"))
        return visits

    def let_in(self, visits: Sequence[Visit], wishes: Sequence[tuple[str, int]]) -> list[Arrived]:
        """Make the drafts that identification makes, place chosen, without the pages in front: the rush begins at the calendar."""
        from madoguchi.booking.calendar.models import Place, VisitKind
        from madoguchi.booking.citizens.visit import signed
        from madoguchi.booking.reservations.identification import digest_of
        from madoguchi.booking.reservations.models import Credential, Draft
        from madoguchi.booking.reservations.rules import DRAFT_LIFETIME
        from madoguchi.platform import clock

        known = dict(Credential.objects.filter(serial__in=[visit.serial for visit in visits]).values_list("serial", "pk"))
        place, kind, now = Place.objects.get(code=PLACE), VisitKind.default(), clock.now()
        keys = [uuid.uuid4().hex for _ in visits]
        Draft.objects.bulk_create(
            (
                Draft(
                    key_digest=digest_of(key),
                    credential_id=known[visit.serial],
                    kind=kind,
                    place=place,
                    email="someone@example.jp",
                    created_at=now,
                    expires_at=now + DRAFT_LIFETIME,
                )
                for key, visit in zip(keys, visits, strict=True)
            ),
            batch_size=2_000,
        )
        return [Arrived(signed(key), day, slot) for key, (day, slot) in zip(keys, wishes, strict=True)]

    @contextlib.contextmanager
    def served(self) -> Iterator[int]:
        """Serve the zone as in production, 2 workers with 4 threads, with the reference view beside it; yields the port on loopback."""
        port = _free_port()
        words = web_server("booking", "127.0.0.1", port, WORKERS)
        words[-1] = "madoguchi.zones.bench.booking_wsgi:application"
        environment = {**zone_environment(self.data, "booking"), "DJANGO_SETTINGS_MODULE": "madoguchi.zones.bench.booking_settings"}
        log = self.data / "server.log"
        with supervised() as supervisor:
            supervisor.start("web", words, environment, log)
            deadline = time.monotonic() + _SERVER_STARTS_WITHIN
            while not _answers(port):
                if supervisor.ended() or time.monotonic() > deadline:
                    raise Refusal(f"測定用のサーバーが起動しません: {log.read_text(encoding='utf-8')[-2000:]}")
                time.sleep(0.1)
            yield port

    def fill(self, day: str) -> None:
        """Let every time of `day` be given out."""
        from django.db.models import F

        from madoguchi.booking.calendar.models import Slot

        Slot.objects.filter(day=day).update(taken=F("capacity"), taken_public=F("public_capacity"))

    def empty(self, day: str) -> None:
        """Let every time of `day` be free again."""
        from madoguchi.booking.calendar.models import Slot

        Slot.objects.filter(day=day).update(taken=0, taken_public=0)

    def violations(self, acknowledged: Sequence[str]) -> list[str]:
        """Return what is wrong with the stored bookings, given the holds whose confirmation was acknowledged: over, lost, doubled."""
        from madoguchi.booking.reservations.invariants import violations
        from madoguchi.booking.reservations.models import Booking, State

        confirmed = {str(key) for key in Booking.objects.filter(state=State.CONFIRMED).values_list("idempotency_key", flat=True)}
        lost = len(set(acknowledged) - confirmed)
        found = violations()
        if lost:
            found.append(f"acknowledged bookings that are not stored: {lost}")
        if len(acknowledged) != len(set(acknowledged)):
            found.append(f"holds acknowledged twice: {len(acknowledged) - len(set(acknowledged))}")
        return found


def _code(number: int) -> str:
    body = f"{number * 7919 % 10**7:07d}"
    return f"{body}{luhn_check_digit(body)}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/book/")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def settle() -> None:
    """Let the machine come to rest between rounds."""
    os.sync()
    time.sleep(0.5)
