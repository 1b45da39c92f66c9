"""The counter in a real database: nothing is handed over before every step is done by two people for the right card."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
from django.db import IntegrityError, transaction

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import Conflict, NotAllowed, set_hold
from madoguchi.delivery.handover import services
from madoguchi.delivery.handover.models import Encounter, ReportedResult
from madoguchi.delivery.handover.results import records
from madoguchi.delivery.handover.rules import FeeKind, ScanAnswer
from madoguchi.delivery.matching.bookings_file import BookingsHandler
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.handlers import Source

MakeCard = Callable[..., Card]
pytestmark = pytest.mark.django_db
FILE = Source(type="bookings", seq=1, file_hash="0" * 64, mode="delta")


@pytest.fixture
def ready(make_card: MakeCard) -> Callable[..., Card]:
    """Return a maker of cards that wait in the safe to be handed over."""

    def make(number: int = 1, **columns: object) -> Card:
        place = {"place_kind": "stored", "site_id": _main_place(), "custodian": "clerk"}
        return make_card(number, progress="preset", notice="sent", sleeve_code=sleeve_code(number), **{**place, **columns})

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
    services.check_documents(
        visit, ["driving_licence"], clerk, face_compared=True, certificates_explained=True, expected_version=visit.version
    )
    services.settle_fee(visit, FeeKind.FREE, clerk, reason="first", expected_version=visit.version)
    return visit


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
    services.check_documents(
        visit, ["driving_licence"], clerk, face_compared=True, certificates_explained=True, expected_version=visit.version
    )
    assert "足りません" in services.what_is_missing(visit)
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
    services.refuse(visit, "本人確認書類の不足", clerk, expected_version=visit.version)
    card.refresh_from_db()
    assert (card.progress, card.visit, card.place_kind) == ("preset", "refused", "stored")
    again = serve(card, clerk)
    services.hand_over(again, clerk, second_person="chief", expected_version=again.version)
    assert [(row["result"], row["rev"]) for row in records()] == [("delivered", 2)]


def test_a_card_that_is_not_ready_is_not_received(make_card: MakeCard, clerk: Actor) -> None:
    with pytest.raises(NotAllowed, match="発行待ち"):
        services.receive(make_card(), clerk)


@pytest.mark.parametrize(
    ("fee", "yen", "reason"),
    [(FeeKind.FREE, 200, "first"), (FeeKind.CASH, 0, "lost"), (FeeKind.UNDECIDED, 0, "first"), (FeeKind.FREE, 0, " ")],
)
def test_a_fee_that_contradicts_itself_is_refused(ready: MakeCard, clerk: Actor, fee: FeeKind, yen: int, reason: str) -> None:
    visit = services.receive(ready(), clerk)
    with pytest.raises(NotAllowed):
        services.settle_fee(visit, fee, clerk, yen=yen, reason=reason, expected_version=visit.version)
