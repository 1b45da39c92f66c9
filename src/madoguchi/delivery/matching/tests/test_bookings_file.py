"""Bookings taken in: matched, put on the work list, refused when they are malformed or older than what is known (EX-02)."""

import datetime as dt
from collections.abc import Callable, Mapping

import pytest
from django.test import Client

from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.rules import HoldKind, Phase, phase
from madoguchi.delivery.cards.services import Conflict, set_hold
from madoguchi.delivery.matching.bookings_file import BookingsHandler
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.queries import work_list
from madoguchi.delivery.queues.rules import Marks, Queue, queues_of
from madoguchi.kernel.kfx_refusals import KfxError
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Source

pytestmark = pytest.mark.django_db
MakeCard = Callable[..., Card]
FILE = Source(type="bookings", seq=3, file_hash="0" * 64, mode="delta")


def booking(serial: str, **columns: object) -> Mapping[str, object]:
    row = {"no": "1234567897", "id": serial, "place": "01", "day": "2026-12-03", "start": "09:00", "end": "09:15", "state": "confirmed"}
    return {**row, "rev": 1, "requests": [], **columns}


def test_a_row_without_its_card_is_kept_for_the_work_list(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    applied = BookingsHandler().apply([booking(card.serial), booking("Z9Z999999", no="2234567896")], clerk, FILE)
    assert (applied.taken, applied.refused, applied.reasons) == (1, 1, {"unknown": 1})
    assert [visit.serial for visit in work_list(unmatched_only=True)] == ["Z9Z999999"]


@pytest.mark.parametrize(("state", "counts"), [("done", (1, 0, {})), ("confirmed", (0, 1, {"delivered": 1}))])
def test_a_booking_that_is_over_is_no_trouble_because_its_card_was_handed_over(
    make_card: MakeCard, clerk: Actor, state: str, counts: tuple[int, int, dict[str, int]]
) -> None:
    card = make_card(progress="delivered", place_kind="person")
    applied = BookingsHandler().apply([booking(card.serial, state=state)], clerk, FILE)
    assert (applied.taken, applied.refused, applied.reasons) == counts
    assert len(work_list(unmatched_only=True)) == counts[1]


def test_the_work_list_does_not_tell_where_a_protected_person_will_be(
    make_card: MakeCard, clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    operator = signed_in_client("operator")
    assert "<td>市民窓口センター</td>" in operator.get("/matching/").content.decode()
    card.refresh_from_db()
    set_hold(card.pk, HoldKind.PROTECTED, clerk, expected_version=card.version, reason="申出")
    page = operator.get("/matching/").content.decode()
    assert card.serial in page
    assert "<td>市民窓口センター</td>" not in page


def _site(_make_card: MakeCard) -> int:
    from madoguchi.delivery.cards.models import DeliveryPlace

    return DeliveryPlace.objects.get(code="01").pk


def test_the_same_rows_again_change_nothing(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    card.refresh_from_db()
    version = card.version
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    card.refresh_from_db()
    assert (card.version, card.visit, BookedVisit.objects.count()) == (version, "booked", 1)


def test_a_cancellation_frees_the_card(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    BookingsHandler().apply([booking(card.serial, state="cancelled", rev=2)], clerk, FILE)
    card.refresh_from_db()
    assert card.visit == "none"
    assert not work_list().exists()


def test_each_state_of_a_booking_that_a_file_brings_moves_the_visit(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    for rev, (state, act, visit) in enumerate(
        (("confirmed", "book_visit", "booked"), ("cancelled", "cancel_visit", "none"), ("confirmed", "book_visit", "booked")), start=1
    ):
        BookingsHandler().apply([booking(card.serial, state=state, rev=rev)], clerk, FILE)
        assert CardEvent.objects.filter(card=card).latest("pk").act == act
        card.refresh_from_db()
        assert card.visit == visit
    BookingsHandler().apply([booking(card.serial, state="no_show", rev=4)], clerk, FILE)
    card.refresh_from_db()
    assert (card.visit, CardEvent.objects.filter(card=card).latest("pk").act) == ("no_show", "no_show")


def test_what_the_desk_alone_ended_as_not_handed_over_waits_for_a_call(make_card: MakeCard, clerk: Actor) -> None:
    """A card that stayed 来庁予定 would be no one's: its day is over, and nothing says that the person has to come again."""
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card), notice="sent")
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    for _again in range(2):
        BookingsHandler().apply([booking(card.serial, state="refused", rev=2)], clerk, FILE)
    card.refresh_from_db()
    assert (card.visit, card.progress, phase(card.facts())) == ("refused", "preset", Phase.TO_BOOK)
    assert Queue.CALL in queues_of(card.facts(), Marks())
    event = CardEvent.objects.filter(card=card).latest("pk")
    assert (event.act, event.before, event.after) == ("refuse_handover", "booked", "refused")
    assert "1234567897" in event.reason
    assert not work_list().exists()
    # The desk takes its mark back: the booking stands again.
    coming = (clock.today() + dt.timedelta(days=1)).isoformat()
    BookingsHandler().apply([booking(card.serial, day=coming, rev=3)], clerk, FILE)
    card.refresh_from_db()
    assert card.visit == "booked"


def test_what_the_desk_calls_done_without_a_hand_over_is_looked_into(
    make_card: MakeCard, clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    BookingsHandler().apply([booking(card.serial)], clerk, FILE)
    BookingsHandler().apply([booking(card.serial, state="done", rev=2)], clerk, FILE)
    assert [visit.serial for visit in work_list(unmatched_only=True)] == [card.serial]
    assert not work_list().exists()
    assert "交付の記録がない" in signed_in_client("clerk").get("/matching/?show=unmatched").content.decode()
    Card.objects.filter(pk=card.pk).update(progress="delivered", visit="done", place_kind="person", custodian="本人")
    assert not work_list(unmatched_only=True).exists()


def test_an_earlier_booking_that_was_cancelled_does_not_free_a_card_booked_again(make_card: MakeCard, clerk: Actor) -> None:
    """The file lists both, in any order and each time anew."""
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    coming = (clock.today() + dt.timedelta(days=7)).isoformat()
    again, cancelled = booking(card.serial, day=coming), booking(card.serial, no="9234567891", day=coming, state="cancelled")
    BookingsHandler().apply([again, cancelled], clerk, FILE)
    card.refresh_from_db()
    version = card.version
    assert card.visit == "booked"
    BookingsHandler().apply([cancelled, again], clerk, FILE)
    card.refresh_from_db()
    assert (card.visit, card.version) == ("booked", version)


def test_a_column_with_a_password_is_read_past_and_kept_nowhere(make_card: MakeCard, clerk: Actor) -> None:
    """The seed's list of bookings has one (000 (3)ア(イ)ｄ); ours never sends it, and a file of others loses it here (EX-06)."""
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    row = booking(card.serial, password="0908-himitsu", md="0908")
    assert list(BookingsHandler().check([row])) == []
    BookingsHandler().apply([row], clerk, FILE)
    kept = BookedVisit.objects.values().get()
    assert (kept["match"], "himitsu" in str(kept), "0908" in str(kept.values())) == ("matched", False, False)
    assert "himitsu" not in str(list(CardEvent.objects.filter(card=card).values()))


def test_what_was_said_before_says_nothing_of_a_booking_on_a_day_gone_by(make_card: MakeCard, clerk: Actor) -> None:
    """Each file lists both again: the history of the card would grow by two events every day."""
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    gone = (clock.today() - dt.timedelta(days=3)).isoformat()
    cancelled, again = booking(card.serial, no="9234567891", day=gone, state="cancelled"), booking(card.serial, day=gone)
    BookingsHandler().apply([{**cancelled, "state": "confirmed"}], clerk, FILE)
    BookingsHandler().apply([{**cancelled, "rev": 2}, again], clerk, FILE)
    card.refresh_from_db()
    events = CardEvent.objects.filter(card=card).count()
    assert card.visit == "booked"
    BookingsHandler().apply([{**cancelled, "rev": 2}, again], clerk, FILE)
    assert CardEvent.objects.filter(card=card).count() == events
    # What is new is heard.
    BookingsHandler().apply([{**cancelled, "rev": 2}, {**again, "state": "no_show", "rev": 2}], clerk, FILE)
    card.refresh_from_db()
    assert card.visit == "no_show"


def test_a_card_changed_at_the_same_moment_has_the_import_tried_again(
    make_card: MakeCard, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object, **__: object) -> None:
        raise Conflict

    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    monkeypatch.setattr("madoguchi.delivery.matching.bookings_file.perform", overtaken)
    with pytest.raises(KfxError, match="E28"):
        BookingsHandler().apply([booking(card.serial)], clerk, FILE)


def test_faults_of_form_and_older_rows_are_named_by_line_and_field(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(progress="preset", place_kind="stored", site_id=_site(make_card))
    BookingsHandler().apply([booking(card.serial, rev=5)], clerk, FILE)
    refusals = list(BookingsHandler().check([booking(card.serial, rev=4), booking(card.serial, day="いつか")]))
    assert [(refusal.code, refusal.line, refusal.field) for refusal in refusals] == [("E23", 1, "rev"), ("E20", 2, "day")]
