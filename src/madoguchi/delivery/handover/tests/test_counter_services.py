"""The counter in a real database: nothing is handed over before every step is done by two people for the right card."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind, Phase, phase
from madoguchi.delivery.cards.services import Conflict, Expected, NotAllowed, change_settings, perform, perform_on_many, set_hold
from madoguchi.delivery.fees import services as fees
from madoguchi.delivery.fees.queries import live_payment, owed_back
from madoguchi.delivery.fees.queries import report as fee_report
from madoguchi.delivery.handover import sealed, services
from madoguchi.delivery.handover.cases import Case
from madoguchi.delivery.handover.models import Encounter, ReportedResult, SealedPaper
from madoguchi.delivery.handover.queries import facts_of
from madoguchi.delivery.handover.results import records
from madoguchi.delivery.handover.rules import (
    Certificates,
    FeeKind,
    OldCard,
    PinWay,
    RefusalKind,
    ScanAnswer,
    SealedKind,
    Step,
    next_step,
)
from madoguchi.delivery.handover.services import Checked, Setting
from madoguchi.delivery.matching.bookings_file import BookingsHandler
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.handlers import Source

MakeCard = Callable[..., Card]
pytestmark = pytest.mark.django_db
SET_BY_PERSON = Setting(PinWay.BY_PERSON, Certificates.BOTH)
FILE = Source(type="bookings", seq=1, file_hash="0" * 64, mode="delta")


@pytest.fixture
def ready(make_card: MakeCard) -> Callable[..., Card]:
    """Return a maker of cards that wait in the safe to be handed over."""

    def make(number: int = 1, **columns: object) -> Card:
        place = {"place_kind": "stored", "site_id": _main_place(), "custodian": "clerk"}
        standing = {"progress": "preset", "notice": "sent", "sleeve_code": sleeve_code(number)}
        return make_card(number, **{**standing, **place, **columns})

    return make


def _main_place() -> int:
    from madoguchi.delivery.cards.models import DeliveryPlace

    return DeliveryPlace.objects.get(code="01").pk


def booking(serial: str, **columns: object) -> Mapping[str, object]:
    return {
        "no": "1234567897",
        "id": serial,
        "place": "01",
        "day": clock.today().isoformat(),
        "start": "09:00",
        "end": "09:15",
        "state": "confirmed",
        "rev": 1,
        "requests": [],
        **columns,
    }


def serve(card: Card, clerk: Actor) -> Encounter:
    """Bring a visit to the point where two people may hand over."""
    visit = services.receive(card, clerk)
    assert services.scan_sleeve(visit, card.sleeve_code or "", clerk, expected_version=visit.version) is ScanAnswer.MATCH
    assert services.scan_notice(visit, card.serial, clerk, expected_version=visit.version) is ScanAnswer.MATCH
    services.check_documents(visit, seen("driving_licence"), clerk, expected_version=visit.version)
    services.set_up_and_settle(visit, SET_BY_PERSON, FeeKind.FREE, clerk, reason="first", expected_version=visit.version)
    return visit


def seen(*kinds: str, **more: object) -> Checked:
    """Return what a clerk ticks who saw these papers of the person."""
    return Checked(documents=kinds, face_compared=True, certificates_explained=True, **more)  # type: ignore[arg-type]  # names of fields


def test_a_booked_person_is_served_and_goes_home_with_the_card(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    assert BookingsHandler().apply([booking(card.serial)], clerk, FILE).taken == 1
    card.refresh_from_db()
    assert card.visit == "booked"
    visit = serve(card, clerk)
    assert visit.booking is not None
    handed = services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    handed.refresh_from_db()
    assert (handed.progress, handed.place_kind, handed.visit, handed.custodian) == ("delivered", "person", "done", "本人")
    assert list(records()) == [{"id": card.serial, "no": "1234567897", "result": "delivered", "rev": 1}]


def test_the_sleeve_of_another_card_matches_nothing(
    ready: MakeCard, clerk: Actor, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    card, other = ready(1), ready(2)
    visit = services.receive(card, clerk)
    assert services.scan_sleeve(visit, other.sleeve_code or "", clerk, expected_version=visit.version) is ScanAnswer.NO_MATCH
    assert services.scan_notice(visit, other.serial, clerk, expected_version=visit.version) is ScanAnswer.NO_MATCH
    visit.refresh_from_db()
    assert (visit.sleeve_matched, visit.notice_matched) == (False, False)
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="handover.sleeve", result="refused", subject=f"card:{card.pk}").count() == 1


def test_one_person_alone_cannot_hand_over(ready: MakeCard, clerk: Actor) -> None:
    visit = serve(ready(), clerk)
    for second in ("", clerk.user_id):
        with pytest.raises(NotAllowed):
            services.hand_over(visit, clerk, second_person=second, expected_version=visit.version)
    assert not ReportedResult.objects.exists()


def test_no_step_can_be_left_out(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(), clerk)
    with pytest.raises(NotAllowed, match="スリーブの読み取り"):
        services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)


def test_a_hold_set_while_the_person_waits_stops_the_hand_over(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    visit = serve(card, clerk)
    card.refresh_from_db()
    set_hold(card.pk, HoldKind.MOVED_OUT, clerk, expected_version=card.version, reason="転出届")
    with pytest.raises(NotAllowed, match="転出"):
        services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    visit.refresh_from_db()
    assert visit.state == "open"


def test_an_expired_card_is_not_handed_over(ready: MakeCard, clerk: Actor) -> None:
    visit = serve(ready(expires=clock.today() - dt.timedelta(days=1)), clerk)
    with pytest.raises(NotAllowed, match="有効期限"):
        services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)


def test_without_the_notice_more_papers_are_wanted(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    visit = services.receive(card, clerk)
    services.scan_sleeve(visit, card.sleeve_code or "", clerk, expected_version=visit.version)
    services.go_on_without_notice(visit, clerk, expected_version=visit.version)
    services.check_documents(visit, seen("driving_licence"), clerk, expected_version=visit.version)
    assert "足りません" in services.what_is_missing(visit)[0]
    with pytest.raises(NotAllowed, match="本人確認書類"):
        services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)


def test_a_visit_is_resumed_not_opened_twice(ready: MakeCard, clerk: Actor, chief: Actor) -> None:
    card = ready()
    first = services.receive(card, clerk)
    card.refresh_from_db()
    assert services.receive(card, chief).pk == first.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Encounter.objects.create(card=card, opened_by="x")


def test_the_second_of_two_clerks_sees_the_conflict(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(), clerk)
    stale = visit.version
    services.go_on_without_notice(visit, clerk, expected_version=stale)
    with pytest.raises(Conflict):
        services.go_on_without_notice(visit, clerk, expected_version=stale)


def test_a_refused_person_may_come_again(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    visit = services.receive(card, clerk)
    services.refuse(visit, "旅券の期限が切れている", clerk, kind=RefusalKind.PAPERS, expected_version=visit.version)
    card.refresh_from_db()
    assert (card.progress, card.visit, card.place_kind) == ("preset", "refused", "stored")
    again = serve(card, clerk)
    services.hand_over(again, clerk, second_person="chief", expected_version=again.version)
    assert [(row["result"], row["rev"]) for row in records()] == [("delivered", 2)]


def test_a_card_that_is_not_ready_is_not_received(make_card: MakeCard, clerk: Actor) -> None:
    with pytest.raises(NotAllowed, match="発行待ち"):
        services.receive(make_card(), clerk)


@pytest.mark.parametrize(
    ("fee", "reason", "word"),
    [
        (FeeKind.FREE, "lost", "1,000円"),
        (FeeKind.CASH, "first", "かかりません"),
        (FeeKind.UNDECIDED, "first", "徴収区分"),
        (FeeKind.FREE, "no such reason", "理由"),
    ],
)
def test_a_fee_that_contradicts_itself_is_refused(ready: MakeCard, clerk: Actor, fee: FeeKind, reason: str, word: str) -> None:
    visit = services.receive(ready(), clerk)
    services.record_setting(visit, SET_BY_PERSON, clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match=word):
        services.settle_fee(visit, fee, clerk, reason=reason, expected_version=visit.version)


def test_whoever_lost_the_card_before_pays_or_is_exempted(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(), clerk)
    lost = Setting(PinWay.BY_PERSON, Certificates.NONE, OldCard.LOST)
    services.record_setting(visit, lost, clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match="なくした"):
        services.settle_fee(visit, FeeKind.FREE, clerk, reason="renewal", expected_version=visit.version)
    with pytest.raises(NotAllowed, match="減免の理由"):
        services.settle_fee(visit, FeeKind.FREE, clerk, reason="exempt", expected_version=visit.version)
    services.settle_fee(visit, FeeKind.FREE, clerk, reason="exempt", expected_version=visit.version, exemption="条例5条2号 (生活保護)")
    assert visit.exemption == "条例5条2号 (生活保護)"
    assert (visit.fee, visit.fee_yen) == ("free", 0)


def test_a_child_is_asked_for_who_came_along_and_gets_no_signing_certificate(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(born=f"{clock.today().year - 9}-01-01"), clerk)
    assert (visit.owner, visit.case_decided) == ("child", False)
    services.scan_sleeve(visit, visit.card.sleeve_code or "", clerk, expected_version=visit.version)
    services.scan_notice(visit, visit.card.serial, clerk, expected_version=visit.version)
    services.decide_case(visit, Case("child", visitor="together"), clerk, expected_version=visit.version)
    services.check_documents(visit, seen("insurance", "mother_child"), clerk, expected_version=visit.version)
    assert [sentence[:4] for sentence in services.what_is_missing(visit)] == ["来た人の"]
    papers = seen("insurance", "mother_child", escort_documents=["driving_licence"])
    services.check_documents(visit, papers, clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match="15歳未満"):
        services.record_setting(visit, SET_BY_PERSON, clerk, expected_version=visit.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Encounter.objects.filter(pk=visit.pk).update(certificates="both")
    setting = Setting(PinWay.BY_PERSON, Certificates.AUTH, returned=["juki-card"])
    services.set_up_and_settle(visit, setting, FeeKind.FREE, clerk, reason="first", expected_version=visit.version)
    services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    assert (visit.state, visit.returned) == ("delivered", ["juki-card"])


def agent_with_all_papers(card: Card, clerk: Actor) -> Encounter:
    """Bring an agent for somebody in hospital past the check of papers."""
    visit = services.receive(card, clerk)
    services.scan_sleeve(visit, card.sleeve_code or "", clerk, expected_version=visit.version)
    services.scan_notice(visit, card.serial, clerk, expected_version=visit.version)
    services.decide_case(visit, Case(visitor="agent", reason="hospital"), clerk, expected_version=visit.version)
    papers = seen("photo_certificate", escort_documents=["driving_licence", "pension"], proofs=["notice-filled-in", "proof-hospital"])
    services.check_documents(visit, papers, clerk, expected_version=visit.version)
    assert services.what_is_missing(visit) == []
    return visit


def test_the_pins_of_somebody_in_hospital_come_on_a_sealed_paper_that_two_destroy(ready: MakeCard, clerk: Actor) -> None:
    visit = agent_with_all_papers(ready(), clerk)
    paper = sealed.open_paper(visit.card_id)
    assert paper is not None
    assert (paper.kind, paper.used_at) == ("notice", None)
    with pytest.raises(NotAllowed, match="任意代理人"):
        services.record_setting(visit, SET_BY_PERSON, clerk, expected_version=visit.version)
    by_paper = Setting(PinWay.SEALED, Certificates.BOTH)
    services.set_up_and_settle(visit, by_paper, FeeKind.FREE, clerk, reason="first", expected_version=visit.version)
    services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    paper.refresh_from_db()
    assert paper.used_by == "clerk"
    assert not sealed.is_overdue(paper, clock.today())
    assert sealed.is_overdue(paper, clock.today() + dt.timedelta(days=1))
    for second in ("", "clerk"):
        with pytest.raises(NotAllowed, match="二人"):
            sealed.destroy(paper, clerk, second_person=second)
    sealed.destroy(paper, clerk, second_person="chief")
    with pytest.raises(Conflict):
        sealed.destroy(paper, clerk, second_person="chief")
    assert sealed.open_paper(visit.card_id) is None


def test_a_sealed_paper_is_never_destroyed_by_one_not_even_by_the_database(ready: MakeCard, clerk: Actor) -> None:
    paper = sealed.receive(ready(), SealedKind.REQUEST, clerk)
    with pytest.raises(NotAllowed, match="すでに"):
        sealed.receive(paper.card, SealedKind.REQUEST, clerk)
    with pytest.raises(NotAllowed, match="使わずに"):
        sealed.destroy(paper, clerk, second_person="chief")
    with pytest.raises(IntegrityError), transaction.atomic():
        SealedPaper.objects.filter(pk=paper.pk).update(
            destroyed_at=clock.now(), destroyed_by="clerk", destroyed_with="clerk", unused_reason="x"
        )
    sealed.destroy(paper, clerk, second_person="chief", unused_reason="本人が来て入力した")


def test_another_case_means_other_papers(ready: MakeCard, clerk: Actor) -> None:
    visit = agent_with_all_papers(ready(), clerk)
    services.decide_case(visit, Case(), clerk, expected_version=visit.version)
    assert (visit.documents, visit.proofs, visit.face_compared) == ([], [], False)
    with pytest.raises(NotAllowed, match="15歳未満"):
        services.decide_case(visit, Case("child", visitor="together"), clerk, expected_version=visit.version)


def test_after_a_move_the_card_is_written_on_before_it_is_handed_over(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(), clerk)
    services.check_documents(visit, seen("passport", changed=True), clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match="追記欄"):
        services.record_setting(visit, SET_BY_PERSON, clerk, expected_version=visit.version)
    services.record_setting(visit, replace(SET_BY_PERSON, endorsed=True), clerk, expected_version=visit.version)
    assert visit.endorsed


@pytest.mark.parametrize(("copy", "masked", "word"), [("medical", True, "写しは取れません"), ("pension", False, "基礎年金番号")])
def test_a_copy_that_may_not_be_kept_is_refused(ready: MakeCard, clerk: Actor, copy: str, masked: bool, word: str) -> None:
    visit = services.receive(ready(), clerk)
    papers = seen("medical", "pension", copies=[copy], copies_masked=masked)
    with pytest.raises(NotAllowed, match=word):
        services.check_documents(visit, papers, clerk, expected_version=visit.version)
    services.check_documents(
        visit, seen("medical", "pension", copies=["pension"], copies_masked=True), clerk, expected_version=visit.version
    )
    assert visit.copies == ["pension"]


def test_a_card_with_the_number_on_it_is_in_the_log_of_number_accesses(
    ready: MakeCard, clerk: Actor, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    visit = services.receive(ready(), clerk)
    services.check_documents(visit, seen("passport"), clerk, expected_version=visit.version)
    services.check_documents(visit, seen("former_card"), clerk, expected_version=visit.version)
    with as_auditor():
        flags = (
            AuditEvent.objects.filter(process_code="handover.documents").order_by("pk").values_list("individual_number_access", flat=True)
        )
        assert list(flags) == [False, True]


def test_another_clerk_goes_on_at_the_same_step(ready: MakeCard, clerk: Actor, chief: Actor) -> None:
    visit = services.receive(ready(), clerk)
    services.scan_sleeve(visit, visit.card.sleeve_code or "", clerk, expected_version=visit.version)
    step = next_step(visit.facts(), clock.today())
    with pytest.raises(NotAllowed, match="理由"):
        services.interrupt(visit, " ", clerk, expected_version=visit.version)
    services.interrupt(visit, "本人が書類を取りに行った", clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match="中断しています"):
        services.go_on_without_notice(visit, clerk, expected_version=visit.version)
    stale = visit.version
    services.resume(visit, chief, expected_version=stale)
    with pytest.raises(Conflict):
        services.resume(visit, clerk, expected_version=stale)
    assert (next_step(visit.facts(), clock.today()), visit.served_by) == (step, "chief")


def test_what_was_checked_on_another_day_is_checked_again(ready: MakeCard, clerk: Actor) -> None:
    visit = serve(ready(), clerk)
    services.interrupt(visit, "閉庁", clerk, expected_version=visit.version)
    Encounter.objects.filter(pk=visit.pk).update(served_on=clock.today() - dt.timedelta(days=1))
    visit.refresh_from_db()
    services.resume(visit, clerk, expected_version=visit.version)
    assert next_step(visit.facts(), clock.today()) is Step.SLEEVE
    assert (visit.documents, visit.pin_way) == ([], "person")


def test_a_card_is_kept_while_the_terminal_stands_still_and_handed_over_later(ready: MakeCard, clerk: Actor) -> None:
    card = ready(safe="A", box="01", slot="7")
    visit = serve(card, clerk)
    services.keep(visit, "統合端末の障害", clerk, expected_version=visit.version)
    card.refresh_from_db()
    assert (card.progress, card.place_kind, card.slot) == ("preset", "stored", "7")
    assert card.place_note.startswith("預り")
    with pytest.raises(NotAllowed, match="終了"):
        services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    card = perform(card.pk, "take_to_counter", clerk, expected_version=card.version)
    assert card.place_note.startswith("預り"), "the note goes with the card inside the house"
    again = services.receive(card, clerk)
    assert again.pk == visit.pk
    services.hand_over(again, clerk, second_person="chief", expected_version=again.version)
    card.refresh_from_db()
    assert (card.progress, card.place_note) == ("delivered", "")


def test_one_person_is_enough_where_the_municipality_set_it_so(ready: MakeCard, clerk: Actor) -> None:
    change_settings({"second_person_at_handover": False}, clerk)
    visit = serve(ready(), clerk)
    services.hand_over(visit, clerk, second_person="", expected_version=visit.version)
    assert (visit.state, visit.second_person) == ("delivered", "")


def test_the_old_card_of_our_own_register_comes_back_with_the_new_one(ready: MakeCard, clerk: Actor) -> None:
    old = ready(2, progress="delivered", place_kind="person", custodian="本人")
    visit = services.receive(ready(1, replaces=old), clerk)
    Encounter.objects.filter(pk=visit.pk).update(
        sleeve_matched=True,
        notice_matched=True,
        documents=["former_card"],
        face_compared=True,
        certificates_explained=True,
    )
    visit.refresh_from_db()
    setting = Setting(PinWay.FACE, Certificates.AUTH, OldCard.RETURNED)
    services.set_up_and_settle(visit, setting, FeeKind.FREE, clerk, reason="renewal", expected_version=visit.version)
    services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    old.refresh_from_db()
    assert (old.progress, old.place_kind) == ("returned", "counter")


def test_a_handed_over_card_is_unconfirmed_until_the_terminal_says_so(ready: MakeCard, clerk: Actor) -> None:
    visit = serve(ready(), clerk)
    card = services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    assert phase(card.facts()) is Phase.UNCONFIRMED


def test_a_correction_slip_takes_the_hand_over_back_and_tells_the_booking_zone(ready: MakeCard, clerk: Actor) -> None:
    visit = serve(ready(), clerk)
    card = services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    detail = {"approved_by": "chief", "terminal_checked": True, "site": "01"}
    perform(card.pk, "correct_delivery", clerk, expected_version=card.version, reason="別の人のカードを渡した", detail=detail)
    visit.refresh_from_db()
    assert (visit.state, visit.reason) == ("corrected", "別の人のカードを渡した")
    assert [(row["result"], row["rev"]) for row in records()] == [("refused", 2)]
    card.refresh_from_db()
    again = serve(card, clerk)
    assert again.pk != visit.pk
    services.hand_over(again, clerk, second_person="chief", expected_version=again.version)
    assert [(row["result"], row["rev"]) for row in records()] == [("delivered", 3)]


def test_a_card_whose_end_is_taken_back_can_be_booked_again(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    card = perform(
        card.pk,
        "withdraw",
        clerk,
        expected_version=card.version,
        reason="期限",
        detail={"document": "みなし取りやめ", "second_person": "chief"},
    )
    assert [(row["result"], row["rev"]) for row in records()] == [("withdrawn", 1)]
    detail = {"approved_by": "chief", "terminal_checked": True}
    perform(card.pk, "take_up_again", clerk, expected_version=card.version, reason="本人が来た", detail=detail)
    assert [(row["result"], row["rev"], row["no"]) for row in records()] == [("refused", 2, None)]


def test_a_corrected_hand_over_owes_its_fee_back_until_two_people_return_it_on_any_day(
    ready: MakeCard, clerk: Actor, city: DeliveryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawer = fees.save_drawer("A", "1番窓口", city, clerk)
    day = fees.open_drawer(drawer, 10_000, clerk)
    visit = serve(ready(), clerk)
    services.settle_fee(visit, FeeKind.CASH, clerk, reason="lost", expected_version=visit.version, drawer_day=day.pk)
    card = services.hand_over(visit, clerk, second_person="chief", expected_version=visit.version)
    fees.close_drawer(day.pk, fees.Counted(11_000, 0), clerk, second_person="chief")
    assert list(owed_back()) == []
    next_day = clock.today() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: next_day)
    detail = {"approved_by": "chief", "terminal_checked": True, "site": "01"}
    perform(card.pk, "correct_delivery", clerk, expected_version=card.version, reason="別の人のカードを渡した", detail=detail)
    paid = live_payment(f"encounter:{visit.pk}")
    assert paid is not None
    assert [(owed.entry_id, owed.reason, owed.by) for owed in owed_back()] == [(paid.pk, "別の人のカードを渡した", "clerk")]
    assert [owed.entry_id for owed in fee_report(next_day).owed_back] == [paid.pk]
    again = fees.open_drawer(drawer, 10_000, clerk)
    fees.take_back(paid, clerk, reason="訂正", second_person="chief", drawer_day=again.pk)
    assert list(owed_back()) == []
    fees.close_drawer(again.pk, fees.Counted(9_000, 0), clerk, second_person="chief")
    report = fee_report(next_day)
    assert (report.balance, report.all_closed, list(report.owed_back)) == (0, True, [])


def test_cards_that_end_together_close_their_numbers_and_bookings_in_the_booking_zone(
    ready: MakeCard, clerk: Actor, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    cards = [ready(number) for number in (1, 2, 3)]
    BookingsHandler().apply([booking(cards[0].serial)], clerk, FILE)
    nameless = ready(4, serial="", progress="ordered", place_kind="not_arrived")
    expected = [Expected(card.pk, Card.objects.get(pk=card.pk).version, "届出") for card in (*cards, nameless)]
    perform_on_many("withdraw", clerk, expected[:1], detail={"document": "取りやめ届", "second_person": "chief"})
    with django_assert_num_queries(11):
        perform_on_many("withdraw", clerk, expected[1:], detail={"document": "取りやめ届", "second_person": "chief"})
    assert [(row["id"], row["no"], row["result"], row["rev"]) for row in records()] == [
        (cards[0].serial, "1234567897", "withdrawn", 1),
        (cards[1].serial, None, "withdrawn", 1),
        (cards[2].serial, None, "withdrawn", 1),
    ]


def test_a_visit_that_the_counter_serves_is_ended_there_and_nowhere_else(ready: MakeCard, clerk: Actor) -> None:
    visit = services.receive(ready(), clerk)
    card = Card.objects.get(pk=visit.card_id)
    with pytest.raises(NotAllowed, match="窓口対応が続いています"), transaction.atomic():
        perform(card.pk, "finish_visit", clerk, expected_version=card.version)
    services.refuse(visit, "書類を取りに帰った", clerk, kind=RefusalKind.PAPERS, expected_version=visit.version)
    card.refresh_from_db()
    assert (card.visit, Encounter.objects.get().state) == ("refused", "refused")


def test_a_card_that_lapsed_alone_is_told_of_like_one_of_many(ready: MakeCard, clerk: Actor) -> None:
    card = ready()
    perform(card.pk, "lapse", clerk, expected_version=card.version, reason="転出", detail={"second_person": "chief"})
    assert [(row["result"], row["rev"]) for row in records()] == [("withdrawn", 1)]


def test_a_fee_goes_into_a_drawer_and_has_to_be_returned_before_the_visit_can_end_without_the_card(
    ready: MakeCard, clerk: Actor, city: DeliveryPlace
) -> None:
    day = fees.open_drawer(fees.save_drawer("A", "1番窓口", city, clerk), 10_000, clerk)
    visit = services.receive(ready(), clerk)
    services.record_setting(visit, SET_BY_PERSON, clerk, expected_version=visit.version)
    with pytest.raises(NotAllowed, match="つり銭箱"):
        services.settle_fee(visit, FeeKind.CASH, clerk, reason="lost", expected_version=visit.version)
    services.settle_fee(visit, FeeKind.CASH, clerk, reason="lost", expected_version=visit.version, drawer_day=day.pk)
    paid = live_payment(f"encounter:{visit.pk}")
    assert paid is not None
    assert (visit.fee_yen, visit.fee_on, paid.yen, paid.card_id) == (1000, clock.today(), 1000, visit.card_id)
    with pytest.raises(NotAllowed, match="返していません"):
        services.refuse(visit, "顔が違う", clerk, kind=RefusalKind.IDENTITY, expected_version=visit.version)
    assert facts_of(visit).fee is FeeKind.CASH
    fees.take_back(paid, clerk, reason="渡せなかった", second_person="chief", drawer_day=day.pk)
    assert facts_of(visit).fee is FeeKind.UNDECIDED
    services.refuse(visit, "顔が違う", clerk, kind=RefusalKind.IDENTITY, expected_version=visit.version)
