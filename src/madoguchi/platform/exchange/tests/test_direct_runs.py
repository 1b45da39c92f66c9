"""Runs of the direct transport: both zones' services over real TLS; nothing lost, nothing taken twice, all in the ledger (EX-05)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.db.models import QuerySet
from django.test import Client
from pytest_django import Settings

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Section, Staff
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange import queries
from madoguchi.platform.exchange.direct import certificates, runs
from madoguchi.platform.exchange.direct.desk import BookingDesk
from madoguchi.platform.exchange.direct.line import Answer, LineError, Offered, TlsLine
from madoguchi.platform.exchange.direct.listener import Listener
from madoguchi.platform.exchange.models import DirectState, ExchangeRules, IncomingFile, LedgerEntry, OutgoingFile, SealedCopy
from madoguchi.platform.exchange.services import receiving
from madoguchi.platform.exchange.tests.conftest import Domain, TwoZones
from madoguchi.platform.verbs import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.exchange.tests.exchange_urls")]
CALLER = automatic("direct")
BOOKINGS = [{"no": f"R{number}", "id": f"A0A00000{number}", "rev": 1, "state": "confirmed", "status": "booked"} for number in (1, 2)]


class Joined:
    """Both zones in one process and one database: a line that enters the other zone for as long as that one works."""

    def __init__(self, zones: TwoZones, settings: Settings) -> None:
        self.zones, self.settings = zones, settings
        self.busy = threading.RLock()
        self.shared = connections["default"]
        self.cut: Callable[[str], bool] = lambda _what: False
        self.enter("delivery")

    def enter(self, zone: str) -> None:
        self.zones.enter(zone)
        sends, receives = ("targets", "bookings") if zone == "delivery" else ("bookings", "targets")
        self.settings.MADOGUCHI_EXCHANGE_SENDS = {sends: f"exchange_test_domain.{sends}"}
        self.settings.MADOGUCHI_EXCHANGE_RECEIVES = {receives: "exchange_test_domain.TargetsHandler"}

    @contextmanager
    def in_booking(self) -> Iterator[None]:
        with self.busy:
            connections["default"] = self.shared
            self.enter("booking")
            try:
                yield
            finally:
                self.enter("delivery")

    @contextmanager
    def line(self) -> Iterator["Joined"]:
        rules = ExchangeRules.objects.get()
        with TlsLine(
            rules.direct_host, rules.direct_port, place=certificates.folder(), peer_name=certificates.name_of("booking"), seconds=5
        ) as opened:
            self.opened = opened
            yield self

    def put(self, name: str, content: bytes) -> Answer:
        if self.cut(f"before {name}"):
            raise LineError("cut")
        answer = self.opened.put(name, content)
        with self.busy:
            if self.cut(f"after {name}"):
                raise LineError("cut")
            return answer

    def offered(self) -> list[Offered]:
        return list(self.opened.offered())

    def fetch(self, offered: Offered) -> bytes:
        if self.cut(f"before {offered.name}"):
            raise LineError("cut")
        content = self.opened.fetch(offered)
        with self.busy:
            return content

    def run(self) -> runs.Report:
        return runs.run(CALLER, self.line)


class ZoneDesk:
    """The booking zone's desk, entered for each call."""

    def __init__(self, joined: Joined) -> None:
        self._joined, self._desk = joined, BookingDesk(let_go=lambda: None)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            with self._joined.in_booking():
                return getattr(self._desk, name)(*arguments)

        return call

    @contextmanager
    def handing_out(self, name: str) -> Iterator[bytes | None]:
        with self._joined.in_booking(), self._desk.handing_out(name) as content:
            yield content


@pytest.fixture
def joined(zones: TwoZones, domain: Domain, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Joined]:
    """Zones with certificates, a listener and the setting on; the process is in the delivery zone."""
    vars(domain).update(targets=lambda _state="": domain.to_send, bookings=lambda _state="": domain.to_return)
    domain.to_return = list(BOOKINGS)  # type: ignore[attr-defined]  # a module
    both = Joined(zones, settings)

    # One database holds both zones' files here; each zone sees its own alone.
    def waiting(*, released_only: bool) -> QuerySet[OutgoingFile]:
        own = "_C2B_" if settings.MADOGUCHI_ZONE == "delivery" else "_B2C_"
        return true_waiting(released_only=released_only).filter(file_name__contains=own)

    true_waiting = queries.waiting_for_direct
    monkeypatch.setattr(queries, "waiting_for_direct", waiting)
    both.enter("booking")
    asked = certificates.request(CALLER)
    both.enter("delivery")
    answered = certificates.answer(asked, CALLER)
    both.enter("booking")
    certificates.install(answered, CALLER)
    place = certificates.folder()
    both.enter("delivery")
    connections["default"].inc_thread_sharing()
    with Listener("127.0.0.1", 0, ZoneDesk(both), place=place, peer_name=certificates.name_of("delivery"), seconds=5) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        ExchangeRules.objects.create(direct_on=True, direct_host="127.0.0.1", direct_port=made.server_address[1], changed_at=clock.now())
        try:
            yield both
        finally:
            made.shutdown()
            thread.join()
            connections["default"].dec_thread_sharing()


def movements() -> list[tuple[str, str, str, str]]:
    return [(entry.transport, entry.movement, entry.type, entry.state) for entry in LedgerEntry.objects.order_by("pk")]


def test_a_run_brings_both_zones_up_to_date_and_the_ledger_and_the_log_say_so(joined: Joined, as_auditor: Callable[[], Any]) -> None:
    report = joined.run()
    assert (report.fault, report.refused) == ("", [])
    assert Section.objects.count() == 3
    taken = sorted(IncomingFile.objects.values_list("type", "seq", "taken"))
    assert taken == [("bookings", 1, 2), ("receipt", 1, 1), ("receipt", 2, 1), ("targets", 1, 3)]
    assert not OutgoingFile.objects.exclude(type="receipt").filter(answered_at=None).exists()
    assert not SealedCopy.objects.exclude(file__type="receipt").exists()
    assert movements() == [
        ("direct", "write", "targets", "done"),
        ("direct", "read", "targets", "done"),
        ("direct", "write", "receipt", "done"),
        ("direct", "read", "receipt", "done"),
        ("direct", "write", "bookings", "done"),
        ("direct", "read", "bookings", "done"),
        ("direct", "write", "receipt", "done"),
        ("direct", "read", "receipt", "done"),
    ]
    with as_auditor():
        events = list(AuditEvent.objects.filter(process_code__startswith="exchange.").values_list("process_code", "content__transport"))
    assert events.count(("exchange.file.write", "direct")) == 4
    assert events.count(("exchange.file.import", "direct")) == 4
    assert events.count(("exchange.direct.run", None)) == 1
    assert DirectState.objects.get().done_at is not None


def test_a_second_run_moves_nothing_until_something_changed(joined: Joined, domain: Domain) -> None:
    joined.run()
    before = len(movements())
    assert (joined.run().sent, len(movements())) == (0, before)
    domain.to_send.append({"id": "A0A000009", "rev": 1, "status": "open"})
    report = joined.run()
    assert (report.sent, report.fault) == (1, "")
    assert IncomingFile.objects.filter(type="targets").count() == 2


def _cut_once(joined: Joined, where: str) -> None:
    left = [1]

    def cut(what: str) -> bool:
        return where in what and bool(left) and left.pop() == 1

    joined.cut = cut


@pytest.mark.parametrize(
    "where",
    [
        "before KFX_142051_C2B_targets",
        "after KFX_142051_C2B_targets",
        "before KFX_142051_B2C_bookings",
        "before KFX_142051_C2B_receipt",
    ],
)
def test_a_line_that_breaks_loses_nothing_and_doubles_nothing(joined: Joined, where: str) -> None:
    _cut_once(joined, where)
    report = joined.run()
    assert report.fault == "cut"
    state = DirectState.objects.get()
    assert (state.failures, state.fault, state.claimed_at) == (1, "cut", None)
    assert "failed" in {row[3] for row in movements()}
    again = joined.run()
    assert again.fault == ""
    assert sorted(IncomingFile.objects.exclude(type="receipt").values_list("type", "seq")) == [("bookings", 1), ("targets", 1)]
    assert not OutgoingFile.objects.exclude(type="receipt").filter(answered_at=None).exists()
    assert DirectState.objects.get().failures == 0


def test_runs_wait_longer_after_each_fault_and_never_longer_than_an_hour(joined: Joined) -> None:
    joined.cut = lambda _what: True
    waits = []
    for _ in range(8):
        joined.run()
        state = DirectState.objects.get()
        assert state.next_at is not None
        waits.append(round((state.next_at - clock.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert not runs.is_due()
    runs.call_soon()
    assert runs.is_due()


def test_a_refused_file_is_answered_and_replaced_by_the_next(joined: Joined, domain: Domain) -> None:
    domain.to_send[0] = {"id": "A0A000001", "rev": 1, "status": "open", "code": "E20"}
    assert joined.run().fault == "E20"
    assert not Section.objects.filter(name="open").exists()
    domain.to_send[0] = {"id": "A0A000001", "rev": 1, "status": "open"}
    assert joined.run().fault == ""
    assert list(IncomingFile.objects.filter(type="targets").values_list("seq", "taken")) == [(1, 3)]


def test_a_file_that_changes_too_much_waits_for_two_people_and_then_goes_through(joined: Joined, domain: Domain) -> None:
    domain.to_send[0] = {"id": "A0A000001", "rev": 1, "status": "closed", "code": "E24"}
    assert joined.run().fault == "E24"
    assert not Section.objects.filter(name="closed").exists()
    boss = Staff(user_id="boss")
    receiving.let_in(queries.held_up().get(), CALLER, second=boss, reason="年度末")
    assert joined.run().fault == ""
    assert Section.objects.filter(name="closed").count() == 1


def test_a_file_that_expired_on_its_way_is_replaced_without_anybody(joined: Joined) -> None:
    joined.cut = lambda what: "targets" in what
    joined.run()
    joined.cut = lambda _what: False
    with time_machine.travel(clock.now() + timedelta(days=12), tick=True):
        assert joined.run().fault == "E10"
        assert joined.run().fault == ""
    assert list(IncomingFile.objects.filter(type="targets").values_list("seq", "taken")) == [(1, 3)]


def test_what_a_second_person_must_release_waits_for_it(joined: Joined) -> None:
    ExchangeRules.objects.update(release_required=True)
    assert (joined.run().sent, IncomingFile.objects.count()) == (0, 0)
    OutgoingFile.objects.filter(type="targets").update(released_at=clock.now(), released_by="chief")
    assert joined.run().fault == ""
    assert list(IncomingFile.objects.exclude(type="receipt").values_list("type", flat=True)) == ["targets"]


def test_only_one_run_at_a_time_only_when_on_and_only_in_the_core_zone(joined: Joined) -> None:
    DirectState.objects.create(claimed_at=clock.now())
    with pytest.raises(Refusal):
        joined.run()
    DirectState.objects.update(claimed_at=clock.now() - timedelta(hours=1))
    ExchangeRules.objects.update(direct_on=False)
    with pytest.raises(Refusal):
        joined.run()
    assert not runs.is_due()
    ExchangeRules.objects.update(direct_on=True)
    assert runs.is_due()
    joined.enter("booking")
    assert not runs.is_due()
    with pytest.raises(Refusal):
        joined.run()
    assert movements() == []


def test_refused_callers_are_recorded_once_a_minute_for_each_reason(as_auditor: Callable[[], Any]) -> None:
    desk = BookingDesk(let_go=lambda: None)
    for _ in range(3):
        desk.note_refused("certificate", "10.0.0.9")
    desk.note_refused("stranger", "10.0.0.9")
    with as_auditor():
        found = AuditEvent.objects.filter(process_code="exchange.direct.refuse", result="refused")
        noted = sorted(found.values_list("content__why", "client"))
    assert noted == [("certificate", "10.0.0.9"), ("stranger", "10.0.0.9")]


def test_the_page_says_how_the_transport_stands(joined: Joined, signed_in_client: Callable[..., Client], settings: Settings) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    client = signed_in_client("clerk")
    joined.cut = lambda _what: True
    joined.run()
    words = client.get("/exchange/direct/").content.decode()
    assert "途中で切れました" in words
    assert "今すぐつなぐ" in words
    assert "直接連携" in client.get("/exchange/ledger/").content.decode()
    assert client.post("/exchange/direct/call/").status_code == 302
    assert runs.is_due()
    ExchangeRules.objects.update(direct_on=False)
    assert "この区画からは直接つなぎません" in client.post("/exchange/direct/call/", follow=True).content.decode()
    assert "今すぐつなぐ" not in client.get("/exchange/direct/").content.decode()
    assert signed_in_client("operator").get("/exchange/direct/").status_code == 403


def test_the_line_is_switched_on_by_two_and_only_with_a_certificate(
    joined: Joined, signed_in_client: Callable[..., Client], settings: Settings
) -> None:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    signed_in_client("chief", user_id="boss")
    ExchangeRules.objects.update(direct_on=False)
    client = signed_in_client("administrator", user_id="head")
    entered = {
        "days_out": "3",
        "transfer_minutes": "0",
        "picking_minutes": "0",
        "direct_on": "on",
        "direct_port": "8443",
        "direct_minutes": "5",
        "reason": "回線の開通",
        "witness_user_id": "boss",
        "witness_password": "kawa-no-hotori-7",
    }
    assert "アドレスを入力" in client.post("/exchange/rules/", entered).content.decode()
    own = certificates.folder() / "own.pem"
    kept = own.read_bytes()
    own.unlink()
    assert "使える証明書がありません" in client.post("/exchange/rules/", {**entered, "direct_host": "booking.lg.jp"}).content.decode()
    assert not ExchangeRules.objects.get().direct_on
    own.write_bytes(kept)
    assert client.post("/exchange/rules/", {**entered, "direct_host": "booking.lg.jp"}).status_code == 302
    assert ExchangeRules.objects.get().direct_on
