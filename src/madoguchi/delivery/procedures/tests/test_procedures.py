"""Visits without stock: what has to be shown, how they end, what they cost, how long they take."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.fees import services as fees
from madoguchi.delivery.fees.models import DrawerDay, Entry
from madoguchi.delivery.handover.cases import Case, Shown
from madoguchi.delivery.handover.rules import FeeKind
from madoguchi.delivery.procedures import queries, services
from madoguchi.delivery.procedures.models import ProcedureVisit
from madoguchi.delivery.procedures.rules import ProcedureKind, VisitState, case_refusal, wanted
from madoguchi.delivery.procedures.services import Finished
from madoguchi.kernel.required_documents import COUNTER_PROCEDURES
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 21)
GUARDIAN = Case("ward", "guardianship", "representative")
DONE = Finished(VisitState.DONE)


def application(number: str = "1234567897", **columns: object) -> Application:
    values: dict[str, Any] = {
        "number": number,
        "kind": "renew-certificate",
        "kind_name": "電子証明書更新",
        "place": "01",
        "day": clock.today(),
        "start": "09:00",
        "end": "09:30",
        "state": "confirmed",
        "rev": 1,
        "recorded_at": clock.now(),
        "reading": "unreadable",
        "file_seq": 1,
        "received_at": clock.now(),
    }
    return Application.objects.create(**{**values, **columns})


def serving(city: DeliveryPlace, clerk: Actor, kind: ProcedureKind = ProcedureKind.RENEW, **more: Any) -> ProcedureVisit:
    """Return a visit whose papers were checked."""
    visit = services.receive(kind, city, clerk, **more)
    services.start(visit, clerk, expected_version=visit.version)
    shown = Shown(own=["passport"], ticks=["own-card"])
    assert services.check_documents(visit, Case(), shown, clerk, expected_version=visit.version) == []
    return visit


def test_the_kinds_are_those_of_the_rules() -> None:
    assert {kind.value for kind in ProcedureKind} == set(COUNTER_PROCEDURES)


@pytest.mark.parametrize(
    ("kind", "case", "own", "escort", "ticks"),
    [
        (ProcedureKind.RENEW, Case(), (), (), {"own-card"}),
        (ProcedureKind.RESET, Case(), ("A", "BB"), (), {"own-card"}),
        (ProcedureKind.RELEASE, Case(), ("A", "BB"), (), {"own-card"}),
        (ProcedureKind.RETURN, Case(), ("A", "BB"), (), {"own-card"}),
        (ProcedureKind.RENEW, Case(visitor="agent"), (), ("A", "BB"), {"own-card", "inquiry-by-post"}),
        (ProcedureKind.RESET, Case(visitor="agent"), (), ("AA", "AB"), {"own-card", "inquiry-by-post"}),
        (ProcedureKind.RELEASE, Case(visitor="agent"), (), ("A", "BB"), {"own-card", "inquiry-by-post"}),
        (ProcedureKind.RETURN, Case("child", visitor="representative"), (), ("A", "BB"), {"own-card"}),
        (
            ProcedureKind.UPDATE,
            Case("ward", "guardianship", "representative"),
            (),
            ("A", "BB"),
            {"own-card", "registration-of-guardianship"},
        ),
    ],
)
def test_what_has_to_be_shown(kind: ProcedureKind, case: Case, own: tuple[str, ...], escort: tuple[str, ...], ticks: set[str]) -> None:
    needed = wanted(kind, case, DAY)
    assert (needed.own, needed.escort, {tick.code for tick in needed.ticks}) == (own, escort, ticks)


def test_who_may_come() -> None:
    assert case_refusal(ProcedureKind.RENEW, Case()) is None
    assert "選び直して" in (case_refusal(ProcedureKind.RENEW, Case("child", visitor="self")) or "")
    assert "種類" in (case_refusal(ProcedureKind.RENEW, Case("ward", visitor="together")) or "")


def test_reception_numbers_begin_with_one_at_every_place_every_day(city: DeliveryPlace, clerk: Actor) -> None:
    other = DeliveryPlace.objects.get(code="02")
    made = [services.receive(ProcedureKind.RESET, place, clerk).number for place in (city, city, other)]
    assert made == [1, 2, 1]
    ProcedureVisit.objects.update(day=clock.today() - dt.timedelta(days=1))
    assert services.receive(ProcedureKind.RESET, city, clerk).number == 1


def test_a_booked_person_is_received_once_and_the_form_follows(city: DeliveryPlace, clerk: Actor) -> None:
    form = application()
    visit = serving(city, clerk, application=form)
    form.refresh_from_db()
    assert form.stage == "working"
    with pytest.raises(NotAllowed, match="すでに"):
        services.receive(ProcedureKind.RENEW, city, clerk, application=form)
    visit.refresh_from_db()
    services.finish(visit, Finished(VisitState.DONE, certificates_issued=True), clerk, expected_version=visit.version)
    form.refresh_from_db()
    assert (form.stage, visit.certificates_issued, visit.fee) == ("done", True, "free")
    with pytest.raises(NotAllowed, match="取り消されて"):
        services.receive(ProcedureKind.RENEW, city, clerk, application=application("2234567895", state="cancelled"))


def test_nothing_is_done_before_the_papers_are_there(city: DeliveryPlace, clerk: Actor) -> None:
    visit = services.receive(ProcedureKind.RESET, city, clerk)
    with pytest.raises(NotAllowed, match="対応を始めて"):
        services.finish(visit, Finished(VisitState.FAILED, "x"), clerk, expected_version=visit.version)
    services.start(visit, clerk, expected_version=visit.version)
    sentences = services.check_documents(visit, Case(), Shown(own=["pension"]), clerk, expected_version=visit.version)
    assert len(sentences) == 2
    with pytest.raises(NotAllowed, match="点検"):
        services.finish(visit, DONE, clerk, expected_version=visit.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProcedureVisit.objects.filter(pk=visit.pk).update(state="done", ended_at=clock.now())
    with pytest.raises(NotAllowed, match="理由"):
        services.finish(visit, Finished(VisitState.FAILED), clerk, expected_version=visit.version)
    services.finish(visit, Finished(VisitState.FAILED, "書類の不足"), clerk, expected_version=visit.version)
    with pytest.raises(Conflict):
        services.finish(visit, Finished(VisitState.LEFT, "x"), clerk, expected_version=visit.version)


@pytest.mark.parametrize(
    ("kind", "finished", "word"),
    [
        (ProcedureKind.RESET, Finished(VisitState.DONE, certificates_issued=True), "電子証明書を発行しません"),
        (ProcedureKind.RETURN, Finished(VisitState.DONE, pins_set=True), "暗証番号を設定しません"),
        (ProcedureKind.RENEW, Finished(VisitState.DONE, fee=FeeKind.CASH), "0円"),
        (ProcedureKind.RENEW, Finished(VisitState.DONE, fee_reason="certificates-again"), "200円"),
        (ProcedureKind.RENEW, Finished(VisitState.DONE, fee=FeeKind.CASH, fee_reason="certificates-again"), "つり銭箱"),
        (ProcedureKind.RENEW, Finished(VisitState.DONE, fee_reason="lost"), "理由"),
        (ProcedureKind.RENEW, Finished(VisitState.DONE, fee_reason="exempt"), "減免"),
        (ProcedureKind.RENEW, Finished(VisitState.SERVING), "結果"),
    ],
)
def test_a_result_that_contradicts_itself_is_refused(
    city: DeliveryPlace, clerk: Actor, kind: ProcedureKind, finished: Finished, word: str
) -> None:
    visit = serving(city, clerk, kind)
    with pytest.raises(NotAllowed, match=word):
        services.finish(visit, finished, clerk, expected_version=visit.version)
    visit.refresh_from_db()
    assert visit.state == "serving"


def test_a_fee_goes_into_the_drawer(city: DeliveryPlace, clerk: Actor) -> None:
    day = fees.open_drawer(fees.save_drawer("A", "1番窓口", city, clerk), 0, clerk)
    visit = serving(city, clerk)
    paid = Finished(VisitState.DONE, certificates_issued=True, fee=FeeKind.CASHLESS, fee_reason="certificates-again", drawer_day=day.pk)
    services.finish(visit, paid, clerk, expected_version=visit.version)
    entry = Entry.objects.get()
    assert (entry.subject, entry.yen, entry.method) == (f"procedure:{visit.pk}", 200, "cashless")
    assert (visit.fee_yen, visit.fee_on) == (200, clock.today())
    figure = next(one for one in queries.figures(clock.today(), clock.today()) if one.kind.value == visit.kind)
    assert figure.yen == 200
    fees.take_back(entry, clerk, reason="押し間違い", second_person="chief", drawer_day=day.pk)
    assert next(one for one in queries.figures(clock.today(), clock.today()) if one.kind.value == visit.kind).yen == 0


@pytest.mark.parametrize("progress", ["delivered", "lapsed_after"])
def test_a_returned_card_of_our_register_is_taken_back(
    progress: str, city: DeliveryPlace, clerk: Actor, make_card: Callable[..., Card]
) -> None:
    waiting = make_card(1, progress="preset", place_kind="stored", site=city)
    with_person = make_card(2, progress=progress, place_kind="person", custodian="本人")
    visit = serving(city, clerk, ProcedureKind.RETURN)
    with pytest.raises(NotAllowed, match="交付済"):
        services.finish(visit, Finished(VisitState.DONE, card=waiting), clerk, expected_version=visit.version)
    services.finish(visit, Finished(VisitState.DONE, card=with_person), clerk, expected_version=visit.version)
    with_person.refresh_from_db()
    assert (with_person.progress, with_person.place_kind, visit.card_id) == ("returned", "counter", with_person.pk)


def test_the_figures_say_how_many_and_how_long(city: DeliveryPlace, clerk: Actor) -> None:
    now = clock.now()
    for minutes in (10, 20):
        visit = serving(city, clerk)
        services.finish(visit, DONE, clerk, expected_version=visit.version)
        ProcedureVisit.objects.filter(pk=visit.pk).update(
            received_at=now - dt.timedelta(minutes=minutes + 6), started_at=now - dt.timedelta(minutes=minutes), ended_at=now
        )
    gone = services.receive(ProcedureKind.RENEW, city, clerk)
    services.finish(gone, Finished(VisitState.LEFT, "時間がない"), clerk, expected_version=gone.version)
    found = {figure.kind: figure for figure in queries.figures(clock.today(), clock.today())}
    renewals = found[ProcedureKind.RENEW]
    assert (renewals.visits, renewals.done, renewals.left, renewals.waited, renewals.served) == (3, 2, 1, 6.0, 15.0)
    assert (found[ProcedureKind.RESET].visits, found[ProcedureKind.RESET].served) == (0, None)
    assert not any(figure.visits for figure in queries.figures(clock.today() + dt.timedelta(days=1), clock.today() + dt.timedelta(days=9)))


def post(client: Client, visit: ProcedureVisit, step: str, **values: object) -> int:
    visit.refresh_from_db()
    return client.post(f"/procedures/{visit.pk}/{step}/", {"version": visit.version, **values}).status_code


def test_a_clerk_serves_a_visit_on_pages(city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    day = fees.open_drawer(fees.save_drawer("A", "1番窓口", city, clerk), 0, clerk)
    form = application()
    assert client.post("/procedures/", {"kind": "", "place": ""}).status_code == 422
    assert client.post("/procedures/", {"kind": "renew-certificate", "place": "01", "number": "999"}).status_code == 422
    assert client.post("/procedures/", {"kind": "renew-certificate", "place": "01", "number": f"Y{form.number}"}).status_code == 302
    visit = ProcedureVisit.objects.get()
    assert "申請予約の内容を開く" in client.get(f"/procedures/{visit.pk}/").content.decode()
    assert post(client, visit, "left", reason="") == 422
    assert post(client, visit, "start") == 302
    assert client.post(f"/procedures/{visit.pk}/start/", {"version": "1"}).status_code == 409
    assert post(client, visit, "case", owner="child", visitor="self") == 422
    assert post(client, visit, "case", owner="adult", visitor="agent") == 302
    page = client.get(f"/procedures/{visit.pk}/").content.decode()
    assert "照会書兼回答書" in page
    assert post(client, visit, "documents", escort_kinds=["passport"], proofs=["own-card"]) == 422
    assert post(client, visit, "documents", escort_kinds=["passport"], proofs=["own-card", "inquiry-by-post"]) == 302
    result = {"result": "done", "fee": "cash", "fee_reason": "certificates-again", "certificates_issued": "on"}
    assert post(client, visit, "finish", **result) == 422
    assert post(client, visit, "finish", **result, drawer_day=day.pk) == 302
    page = client.get(f"/procedures/{visit.pk}/").content.decode()
    assert "200円" in page
    assert "領収書" in page
    assert isinstance(day, DrawerDay)


def test_a_returned_card_is_found_by_its_number(city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    visit = serving(city, clerk, ProcedureKind.RETURN)
    assert post(client, visit, "finish", result="done", fee="free", fee_reason="procedure", code="A1B-999999") == 422
    assert post(client, visit, "finish", result="done", fee="free", fee_reason="procedure", code="") == 302


@pytest.mark.parametrize(
    ("role", "board", "figures"), [("clerk", 200, 200), ("chief", 200, 200), ("auditor", 403, 200), ("operator", 403, 403)]
)
def test_who_may_open_what(city: DeliveryPlace, signed_in_client: Callable[..., Client], role: str, board: int, figures: int) -> None:
    client = signed_in_client(role)
    assert (client.get("/procedures/").status_code, client.get("/procedures/figures/").status_code) == (board, figures)


def test_the_figures_are_a_workbook_too(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("auditor")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/procedures/figures/2026-11.xlsx").content)).worksheets[0]
    assert len(list(book.iter_rows())) == 1 + len(ProcedureKind)
    assert client.get("/procedures/figures/2026-13.xlsx").status_code == 404
    assert client.get("/procedures/figures/?month=x").status_code == 404
    for month in ("0001-01", "9999-12"):
        assert client.get(f"/procedures/figures/?month={month}").status_code == 200


def test_the_board_asks_the_database_no_more_for_more_visits(
    city: DeliveryPlace, clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk")
    counts = []
    for _round in range(3):
        services.receive(ProcedureKind.RESET, city, clerk)
        with CaptureQueriesContext(connection) as captured:
            client.get("/procedures/")
        counts.append(len(captured))
    assert len(set(counts)) == 1, counts
