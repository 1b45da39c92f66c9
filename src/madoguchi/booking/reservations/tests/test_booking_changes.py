"""Parties, changes of time and party, undo, marks: what is taken and given back, and what stands after a refusal."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest import mock

import pytest

from madoguchi.booking.calendar.models import KindQuota, Slot, VisitKind
from madoguchi.booking.municipality.services import change as set_up_office
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.bookings_file import records
from madoguchi.booking.reservations.identification import Refused, identify_member, remove_member
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Draft, MailIntent, Seat, State
from madoguchi.booking.reservations.results import ResultsHandler
from madoguchi.booking.reservations.rules import BookingRefused, Why, is_late, last_day_to_cancel
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.exchange.handlers import Source

pytestmark = pytest.mark.django_db
CLIENT, CLERK, CODE, MMDD = "192.0.2.7", automatic("clerk"), "12345674", "0908"
Visitor = Callable[..., tuple[str, Draft]]
Person = Callable[..., Credential]
Auditor = Callable[[], AbstractContextManager[None]]


def refusal(act: Callable[[], object]) -> Why:
    with pytest.raises(BookingRefused) as refused:
        act()
    assert violations() == []
    return refused.value.why


def add(draft: Draft, person: Credential) -> None:
    assert isinstance(identify_member(draft, person.serial, CODE, MMDD, client=CLIENT), Credential)


def confirmed(key: str, draft: Draft, slot: Slot) -> Booking:
    held = services.hold(draft, slot.pk, client=CLIENT)
    services.confirm(key, held.idempotency_key, client=CLIENT)
    return Booking.objects.get(pk=held.pk)


def taken(slot: Slot) -> int:
    slot.refresh_from_db()
    return slot.taken


def later_than(slot: Slot) -> Slot:
    return Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 30))


def minutes_later(minutes: int) -> AbstractContextManager[object]:
    return mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=minutes))


@pytest.fixture
def family(visitor: Visitor, person: Person) -> tuple[str, Draft, Credential]:
    """A visitor and one more person, each proved by an own number."""
    key, draft = visitor()
    other = person()
    add(draft, other)
    return key, draft, other


def test_two_people_take_two_places_and_each_has_an_own_result(family: tuple[str, Draft, Credential], slot: Slot) -> None:
    key, draft, other = family
    booking = confirmed(key, draft, slot)
    assert (taken(slot), booking.people, booking.seats.get().places) == (2, 2, 2)
    assert set(booking.attendees.values_list("credential", flat=True)) == {draft.credential_id, other.pk}
    assert violations() == []
    told = [{"id": other.serial, "no": booking.number, "result": "withdrawn", "rev": 2}]
    ResultsHandler().apply(told, CLERK, Source("results", 1, "0" * 64, "delta"))
    booking.refresh_from_db()
    assert (booking.state, booking.attendees.get(credential=other).result) == (State.CONFIRMED, "withdrawn")
    assert violations() == []
    # Who is left of the party moves without those whose card was withdrawn.
    moved = services.change(draft, later_than(slot).pk, [draft.credential_id], client=CLIENT)
    assert (moved.people, moved.attendees.get(credential=other).left, violations()) == (1, True, [])


def test_a_party_that_finds_too_few_places_takes_none(family: tuple[str, Draft, Credential], slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    assert refusal(lambda: services.hold(family[1], slot.pk, client=CLIENT)) is Why.FULL
    assert taken(slot) == 0


def test_a_party_may_be_served_one_after_another(family: tuple[str, Draft, Credential], slot: Slot) -> None:
    VisitKind.objects.filter(code="receive").update(party_rule="time")
    key, draft, _other = family
    booking = confirmed(key, draft, slot)
    starts = [seat.slot.start for seat in booking.seats.select_related("slot").order_by("slot__start")]
    assert starts == [dt.time(9), dt.time(9, 15)]
    assert [seat.places for seat in booking.seats.all()] == [1, 1]
    services.cancel(draft, client=CLIENT)
    assert not Seat.objects.exists()
    last = Slot.objects.filter(day=slot.day).latest("start")
    assert refusal(lambda: services.hold(draft, last.pk, client=CLIENT)) is Why.FULL, "the second time would be behind the closing time"


def test_everybody_proves_an_own_number_and_the_party_has_a_limit(visitor: Visitor, person: Person) -> None:
    draft = visitor()[1]
    stranger = person()
    assert isinstance(identify_member(draft, stranger.serial, CODE, "0101", client=CLIENT), Refused)
    for _ in range(3):
        add(draft, person())
    assert refusal(lambda: identify_member(draft, stranger.serial, CODE, MMDD, client=CLIENT)) is Why.TOO_MANY_PEOPLE
    assert remove_member(draft, draft.members.all()[0].credential_id)
    add(draft, stranger)
    assert draft.members.count() == 3


def test_who_has_a_booking_cannot_come_along_with_another(visitor: Visitor, person: Person, slot: Slot) -> None:
    key, busy = visitor()
    confirmed(key, busy, slot)
    draft = visitor()[1]
    serial = busy.credential.serial
    assert refusal(lambda: identify_member(draft, serial, CODE, MMDD, client=CLIENT)) is Why.ALREADY_BOOKED


def test_a_place_that_one_card_cannot_reach_is_not_offered_to_the_party(visitor: Visitor, person: Person, slot: Slot) -> None:
    draft = visitor()[1]
    add(draft, person(places=["elsewhere"]))
    assert refusal(lambda: services.hold(draft, slot.pk, client=CLIENT)) is Why.NOT_OFFERED


def test_moving_keeps_number_and_people_and_gives_the_old_place_back(visitor: Visitor, slot: Slot, as_auditor: Auditor) -> None:
    key, draft = visitor()
    services.choose_contact(draft, email="someone@example.jp", requests=[])
    booking = confirmed(key, draft, slot)
    later = later_than(slot)
    moved = services.change(draft, later.pk, [draft.credential_id], client=CLIENT, version=booking.version)
    assert (moved.pk, moved.number, moved.slot_id, moved.sequence) == (booking.pk, booking.number, later.pk, 1)
    assert (taken(slot), taken(later)) == (0, 1)
    assert MailIntent.objects.filter(booking=booking, kind="changed", version=moved.version).exists()
    assert list(BookingEvent.objects.filter(booking=booking).values_list("kind", flat=True))[-1] == "moved"
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="reservations.move", subject=f"booking:{booking.pk}").exists()
    again = services.change(draft, later.pk, [draft.credential_id], client=CLIENT, version=booking.version)
    assert again.version == moved.version, "the same form sent twice changes nothing"
    assert violations() == []


def test_the_old_place_stays_when_the_new_one_is_gone(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    booking = confirmed(key, draft, slot)
    later = later_than(slot)
    Slot.objects.filter(pk=later.pk).update(capacity=0, public_capacity=0)
    assert refusal(lambda: services.change(draft, later.pk, [draft.credential_id], client=CLIENT)) is Why.NOT_OFFERED
    booking.refresh_from_db()
    assert (booking.slot_id, booking.version, taken(slot)) == (slot.pk, 2, 1)


def test_a_change_of_what_somebody_else_changed_first_is_refused(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    booking = confirmed(key, draft, slot)
    services.move_by_staff(CLERK, booking.pk, later_than(slot).pk, reason="電話", version=booking.version)
    act = lambda: services.change(draft, slot.pk, [draft.credential_id], client=CLIENT, version=booking.version)  # noqa: E731
    assert refusal(act) is Why.CHANGED


def test_a_party_grows_and_shrinks_in_its_own_time(visitor: Visitor, person: Person, slot: Slot) -> None:
    key, draft = visitor()
    booking = confirmed(key, draft, slot)
    other = person()
    add(draft, other)
    grown = services.change(draft, slot.pk, [draft.credential_id, other.pk], client=CLIENT)
    assert (grown.people, taken(slot), violations()) == (2, 2, [])
    shrunk = services.change(draft, slot.pk, [draft.credential_id], client=CLIENT)
    assert (shrunk.people, taken(slot), violations()) == (1, 1, [])
    states = {row["id"]: row["state"] for row in records()}
    assert states == {draft.credential.serial: "confirmed", other.serial: "cancelled"}, "the other zone hears who comes no more"
    kinds = list(BookingEvent.objects.filter(booking=booking).values_list("kind", "people"))
    assert kinds == [("held", 1), ("confirmed", 1), ("party", 2), ("party", 1)]


def test_a_party_that_cannot_grow_where_it_is_can_move_as_a_whole(visitor: Visitor, person: Person, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    key, draft = visitor()
    confirmed(key, draft, slot)
    people = [draft.credential_id, person().pk]
    assert refusal(lambda: services.change(draft, slot.pk, people, client=CLIENT)) is Why.FULL
    moved = services.change(draft, later_than(slot).pk, people, client=CLIENT)
    assert (moved.people, taken(slot), violations()) == (2, 0, [])


def test_nothing_is_changed_after_the_last_day(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    confirmed(key, draft, slot)
    VisitKind.objects.filter(code="receive").update(cancel_days_before=6)
    assert refusal(lambda: services.change(draft, later_than(slot).pk, [draft.credential_id], client=CLIENT)) is Why.TOO_LATE
    assert refusal(lambda: services.cancel(draft, client=CLIENT)) is Why.TOO_LATE


@pytest.mark.parametrize(
    ("day", "before", "closed", "last"),
    [
        (dt.date(2026, 11, 27), 3, None, dt.date(2026, 11, 24)),
        (dt.date(2026, 11, 27), 3, [], dt.date(2026, 11, 24)),
        (dt.date(2026, 11, 27), 4, [dt.date(2026, 11, 23)], dt.date(2026, 11, 20)),
        (dt.date(2026, 11, 30), 1, [], dt.date(2026, 11, 27)),
        (dt.date(2026, 11, 30), 0, [], dt.date(2026, 11, 30)),
    ],
)
def test_deadlines_count_calendar_or_business_days(day: dt.date, before: int, closed: list[dt.date] | None, last: dt.date) -> None:
    assert last_day_to_cancel(day, before, closed) == last


def test_a_cancellation_can_be_taken_back_while_the_time_is_free(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    booking = confirmed(key, draft, slot)
    gone = services.cancel(draft, client=CLIENT)
    assert taken(slot) == 0
    assert services.undo_until(gone) is not None
    back = services.undo_cancel(draft, client=CLIENT)
    assert (back.pk, back.state, taken(slot), violations()) == (booking.pk, State.CONFIRMED, 1, [])
    assert services.undo_cancel(draft, client=CLIENT).version == back.version


def test_a_cancellation_cannot_be_taken_back_when_others_were_quicker_or_it_is_late(visitor: Visitor, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    key, draft = visitor()
    confirmed(key, draft, slot)
    services.cancel(draft, client=CLIENT)
    rival_key, rival = visitor()
    confirmed(rival_key, rival, slot)
    assert refusal(lambda: services.undo_cancel(draft, client=CLIENT)) is Why.FULL
    with minutes_later(31):
        assert refusal(lambda: services.undo_cancel(draft, client=CLIENT)) is Why.TOO_LATE


def test_the_place_waits_for_the_undo_where_the_municipality_says_so(visitor: Visitor, slot: Slot) -> None:
    set_up_office(CLERK, undo_keeps_place=True)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    key, draft = visitor()
    confirmed(key, draft, slot)
    services.cancel(draft, client=CLIENT)
    rival = visitor()[1]
    assert refusal(lambda: services.hold(rival, slot.pk, client=CLIENT)) is Why.FULL
    services.undo_cancel(draft, client=CLIENT)
    services.cancel(draft, client=CLIENT)
    with minutes_later(31):
        assert services.hold(rival, slot.pk, client=CLIENT).state == State.HELD
        assert violations() == []


def test_a_released_place_comes_back_at_random_against_resale(visitor: Visitor, slot: Slot) -> None:
    set_up_office(CLERK, release_delay_minutes=20)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    draft, friend = visitor()[1], visitor()[1]
    services.hold(draft, slot.pk, client=CLIENT)
    services.release(draft, client=CLIENT)
    assert refusal(lambda: services.hold(friend, slot.pk, client=CLIENT)) is Why.FULL
    assert services.hold(draft, slot.pk, client=CLIENT).state == State.HELD, "who gave it up may have it again"
    services.release(draft, client=CLIENT)
    assert violations() == []
    with minutes_later(21):
        assert services.hold(friend, slot.pk, client=CLIENT).state == State.HELD
        assert violations() == []


def test_the_quota_of_a_kind_is_given_back_and_taken_again(visitor: Visitor, slot: Slot) -> None:
    kind = VisitKind.default()
    quota = {field.name for field in KindQuota._meta.fields} & {"people", "allowed"}
    KindQuota.objects.create(kind=kind, **{quota.pop(): 1})
    key, draft = visitor()
    confirmed(key, draft, slot)
    rival = visitor()[1]
    assert refusal(lambda: services.hold(rival, later_than(slot).pk, client=CLIENT)) is Why.FULL
    services.change(draft, later_than(slot).pk, [draft.credential_id], client=CLIENT)
    services.cancel(draft, client=CLIENT)
    assert services.hold(rival, slot.pk, client=CLIENT).state == State.HELD


def test_after_a_no_show_and_after_many_cancellations_people_wait(visitor: Visitor, person: Person, slot: Slot) -> None:
    set_up_office(CLERK, no_show_wait_days=3, cancellation_limit=1)
    key, draft = visitor()
    booking = confirmed(key, draft, slot)
    with mock.patch.object(clock, "now", return_value=dt.datetime.combine(slot.day, dt.time(9, 30), clock.TOKYO)):
        services.mark_no_show(CLERK, booking.pk)
        next_day = Slot.objects.get(place=slot.place, day=slot.day + dt.timedelta(days=2), start=slot.start)
        assert refusal(lambda: services.hold(visitor(draft.credential)[1], next_day.pk, client=CLIENT)) is Why.LIMITED
    with mock.patch.object(clock, "now", return_value=dt.datetime.combine(slot.day + dt.timedelta(days=3), dt.time(9), clock.TOKYO)):
        later = Slot.objects.get(place=slot.place, day=slot.day + dt.timedelta(days=5), start=slot.start)
        assert services.hold(visitor(draft.credential)[1], later.pk, client=CLIENT).state == State.HELD
    key, draft = visitor()
    confirmed(key, draft, slot)
    services.cancel(draft, client=CLIENT)
    assert refusal(lambda: services.hold(draft, slot.pk, client=CLIENT)) is Why.LIMITED
    assert services.book_by_staff(CLERK, draft.credential.serial, slot.pk, key=uuid.uuid4()).state == State.CONFIRMED


def test_staff_overbook_with_a_reason_in_the_log_and_not_without(person: Person, slot: Slot, as_auditor: Auditor) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    another = person()
    assert refusal(lambda: services.book_by_staff(CLERK, another.serial, slot.pk, key=uuid.uuid4())) is Why.FULL
    booking = services.book_by_staff(CLERK, another.serial, slot.pk, key=uuid.uuid4(), overbook_reason="来庁中の方の家族")
    assert (taken(slot), slot.capacity, booking.state) == (2, 2, State.CONFIRMED)
    assert violations() == []
    with as_auditor():
        assert AuditEvent.objects.get(process_code="reservations.overbook").reason == "来庁中の方の家族"


def test_staff_book_move_and_change_a_party(person: Person, slot: Slot) -> None:
    first, second, third = person(), person(), person()
    booking = services.book_by_staff(CLERK, first.serial, slot.pk, key=uuid.uuid4(), members=[second.serial])
    assert (booking.people, taken(slot)) == (2, 2)
    moved = services.move_by_staff(CLERK, booking.pk, later_than(slot).pk, reason="電話")
    assert (moved.people, taken(slot), taken(later_than(slot))) == (2, 0, 2)
    services.change_party_by_staff(CLERK, booking.pk, [first.serial, third.serial], reason="電話")
    come = Attendee.objects.filter(booking=booking, live=True).values_list("credential__serial", flat=True)
    assert (sorted(come), violations()) == ([first.serial, third.serial], [])
    services.cancel_by_staff(CLERK, booking.pk, "電話")
    restored = services.undo_cancel_by_staff(CLERK, booking.pk, reason="まちがい")
    assert (restored.state, restored.people, violations()) == (State.CONFIRMED, 2, [])


def test_marks_of_the_day_go_forward_and_can_be_corrected(person: Person, slot: Slot) -> None:
    first, second = person(), person()
    booking = services.book_by_staff(CLERK, first.serial, slot.pk, key=uuid.uuid4(), members=[second.serial])
    assert refusal(lambda: services.mark_no_show(CLERK, booking.pk)) is Why.NOT_YET
    assert services.mark_late(CLERK, booking.pk).late
    arrived = services.mark_arrived(CLERK, booking.pk)
    assert (arrived.state, arrived.late) == (State.ARRIVED, False)
    assert refusal(lambda: services.mark_done(CLERK, booking.pk, version=arrived.version - 1)) is Why.CHANGED
    other = booking.attendees.get(credential=second)
    done = services.mark_done(CLERK, booking.pk, results={other.pk: "refused"})
    assert sorted(done.attendees.values_list("result", flat=True)) == ["delivered", "refused"]
    assert (done.state, violations()) == (State.DONE, [])
    assert refusal(lambda: services.mark_arrived(CLERK, booking.pk)) is Why.NOT_FOUND
    back = services.correct_mark(CLERK, booking.pk, reason="押しまちがい")
    assert (back.state, set(back.attendees.values_list("live", "result")), violations()) == (State.CONFIRMED, {(True, "")}, [])


def test_somebody_who_walks_in_is_there_already(person: Person, slot: Slot) -> None:
    key = uuid.uuid4()
    booking = services.walk_in(CLERK, person().serial, slot.pk, key=key)
    assert (booking.state, booking.walk_in, booking.source) == (State.ARRIVED, True, "staff")
    assert services.walk_in(CLERK, person().serial, slot.pk, key=key).pk == booking.pk
    assert violations() == []


def test_the_office_writes_to_the_person_and_records_are_numbered(person: Person, slot: Slot) -> None:
    one = services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    other = services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    assert one.record_no < other.record_no
    assert services.set_message(CLERK, one.pk, "3番窓口へお越しください。").message == "3番窓口へお越しください。"
    assert violations() == []


def test_a_form_holds_confirms_moves_and_cancels_without_a_number(visitor: Visitor, slot: Slot) -> None:
    kind = VisitKind.objects.get(code="renew-certificate")
    key = uuid.uuid4()
    assert refusal(lambda: services.hold_without_number(kind, slot.pk, key=key)) is Why.NOT_OFFERED, "the kind is not open"
    VisitKind.objects.filter(pk=kind.pk).update(is_open=True)
    held = services.hold_without_number(kind, slot.pk, key=key)
    assert services.hold_without_number(kind, slot.pk, key=key).pk == held.pk
    done = services.confirm_without_number(key, email="someone@example.jp", requests=["wheelchair"])
    assert services.confirm_without_number(key).repeated
    booking = Booking.objects.get(pk=done.booking)
    assert (booking.state, booking.kind_id, booking.email, taken(slot)) == (State.CONFIRMED, kind.pk, "someone@example.jp", 1)
    assert services.move_without_number(booking.pk, later_than(slot).pk, client=CLIENT).slot_id == later_than(slot).pk
    assert services.cancel_without_number(booking.pk, client=CLIENT).state == State.CANCELLED
    assert violations() == []


@pytest.mark.parametrize(("minutes", "late"), [(-1, False), (4, False), (5, True), (60, True)])
def test_who_is_late_lets_the_next_go_first(minutes: int, late: bool) -> None:
    starts = dt.datetime(2026, 12, 3, 9, tzinfo=clock.TOKYO)
    assert is_late(starts, starts + dt.timedelta(minutes=minutes), 5) is late
