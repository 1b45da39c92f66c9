import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations import services, tasks
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential, Draft, MailIntent, State
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic

pytestmark = pytest.mark.django_db
Visitor = Callable[..., tuple[str, Draft]]
CLIENT = "192.0.2.7"
CLERK = Actor(kind=ActorKind.STAFF, user_id="tanaka", user_name="田中", section="市民課", staff_pk=1)


def next_time(slot: Slot) -> Slot:
    return Slot.objects.filter(place=slot.place, day=slot.day, start__gt=slot.start).earliest("start")


def refusal(call: Callable[[], object]) -> Why:
    with pytest.raises(BookingRefused) as refused:
        call()
    return refused.value.why


def test_hold_and_confirm_make_one_certain_booking(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    assert held.state == State.HELD
    assert held.held_until is not None
    services.choose_contact(draft, email="someone@example.jp", requests=["wheelchair"])

    done = services.confirm(key, held.idempotency_key, client=CLIENT)

    booking = Booking.objects.get(pk=done.booking)
    slot.refresh_from_db()
    assert (booking.state, booking.number, booking.email, booking.requests) == (
        "confirmed",
        held.number,
        "someone@example.jp",
        ["wheelchair"],
    )
    assert (slot.taken, slot.taken_public) == (1, 1)
    assert list(BookingEvent.objects.values_list("kind", "version")) == [("held", 1), ("confirmed", 2)]
    assert MailIntent.objects.get().kind == "confirmed"
    assert violations() == []


def test_without_address_no_mail_is_owed(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    services.confirm(key, services.hold(draft, slot.pk, client=CLIENT).idempotency_key, client=CLIENT)
    assert not MailIntent.objects.exists()


def test_every_act_has_one_audit_event(visitor: Visitor, slot: Slot, as_auditor: Callable[[], AbstractContextManager[None]]) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    services.extend(draft, client=CLIENT)
    services.confirm(key, held.idempotency_key, client=CLIENT)
    services.cancel(draft, client=CLIENT)
    with as_auditor(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT process_code, actor_kind, user_id, client FROM audit_auditevent WHERE subject = %s ORDER BY id", [f"booking:{held.pk}"]
        )
        events = cursor.fetchall()
    who = ("citizen", f"credential:{draft.credential_id}", CLIENT)
    assert events == [(f"reservations.{act}", *who) for act in ("hold", "extend", "confirm", "cancel")]


def test_the_confirming_request_needs_one_statement(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        services.confirm(key, held.idempotency_key, client=CLIENT)
    assert len(statements) == 1


def test_a_repeated_confirmation_gives_the_same_booking(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    first = services.confirm(key, held.idempotency_key, client=CLIENT)
    again = services.confirm(key, held.idempotency_key, client=CLIENT)
    assert (again.booking, again.number, again.repeated) == (first.booking, first.number, True)
    assert Booking.objects.count() == 1
    assert violations() == []


def test_a_form_of_an_earlier_choice_confirms_nothing(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    earlier = services.hold(draft, slot.pk, client=CLIENT)
    later = services.hold(draft, next_time(slot).pk, client=CLIENT)
    assert refusal(lambda: services.confirm(key, earlier.idempotency_key, client=CLIENT)) is Why.HOLD_EXPIRED
    assert services.confirm(key, later.idempotency_key, client=CLIENT).number == later.number
    assert violations() == []


def test_another_choice_gives_the_first_place_back(visitor: Visitor, slot: Slot) -> None:
    _key, draft = visitor()
    services.hold(draft, slot.pk, client=CLIENT)
    services.hold(draft, slot.pk, client=CLIENT)
    other = next_time(slot)
    services.hold(draft, other.pk, client=CLIENT)
    slot.refresh_from_db()
    other.refresh_from_db()
    assert (slot.taken, other.taken) == (0, 1)
    assert violations() == []


def test_a_refused_choice_keeps_what_was_held(visitor: Visitor, slot: Slot) -> None:
    _key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    full = next_time(slot)
    for _ in range(3):
        services.hold(visitor()[1], full.pk, client=CLIENT)
    assert refusal(lambda: services.hold(draft, full.pk, client=CLIENT)) is Why.FULL
    held.refresh_from_db()
    assert held.state == State.HELD
    assert violations() == []


def test_public_quota_ends_before_capacity(visitor: Visitor, slot: Slot, person: Callable[..., Credential]) -> None:
    for _ in range(3):
        services.hold(visitor()[1], slot.pk, client=CLIENT)
    assert refusal(lambda: services.hold(visitor()[1], slot.pk, client=CLIENT)) is Why.FULL
    by_staff = services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    assert not by_staff.seats.get().is_public
    assert refusal(lambda: services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())) is Why.FULL
    assert violations() == []


def test_an_expired_hold_frees_its_place_at_once(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    for _ in range(2):
        services.hold(visitor()[1], slot.pk, client=CLIENT)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        late = visitor()[1]
        assert services.hold(late, slot.pk, client=CLIENT).state == State.HELD
        assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.HOLD_EXPIRED
        assert violations() == []


def test_the_worker_gives_ended_holds_back_and_forgets_old_drafts(visitor: Visitor, slot: Slot) -> None:
    services.hold(visitor()[1], slot.pk, client=CLIENT)
    tasks.expire_holds(0)
    assert Booking.objects.get().state == State.HELD
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        tasks.expire_holds(0)
    assert Booking.objects.get().state == State.EXPIRED
    tasks.forget_old_drafts(0)
    assert Draft.objects.exists()
    with time_machine.travel(clock.now() + dt.timedelta(hours=3)):
        tasks.forget_old_drafts(0)
    assert not Draft.objects.exists()
    assert violations() == []


def test_a_released_hold_frees_its_place(visitor: Visitor, slot: Slot) -> None:
    _key, draft = visitor()
    services.hold(draft, slot.pk, client=CLIENT)
    assert services.release(draft, client=CLIENT)
    assert not services.release(draft, client=CLIENT)
    slot.refresh_from_db()
    assert slot.taken == 0
    assert violations() == []


def test_a_hold_is_extended_as_often_as_the_municipality_allows(visitor: Visitor, slot: Slot) -> None:
    _key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    for _ in range(3):
        assert held.held_until is not None
        assert services.extend(draft, client=CLIENT) >= held.held_until
    assert refusal(lambda: services.extend(draft, client=CLIENT)) is Why.NO_MORE_EXTENSION
    services.release(draft, client=CLIENT)
    assert refusal(lambda: services.extend(draft, client=CLIENT)) is Why.HOLD_EXPIRED
    assert violations() == []


def test_one_live_booking_for_each_number(visitor: Visitor, slot: Slot, person: Callable[..., Credential]) -> None:
    somebody = person()
    key, draft = visitor(somebody)
    services.confirm(key, services.hold(draft, slot.pk, client=CLIENT).idempotency_key, client=CLIENT)
    assert refusal(lambda: services.hold(visitor(somebody)[1], slot.pk, client=CLIENT)) is Why.ALREADY_BOOKED
    assert refusal(lambda: services.book_by_staff(CLERK, somebody.serial, slot.pk, key=uuid.uuid4())) is Why.ALREADY_BOOKED
    assert violations() == []


def test_a_second_browser_takes_over_the_hold(visitor: Visitor, slot: Slot, person: Callable[..., Credential]) -> None:
    somebody = person()
    key, desktop = visitor(somebody)
    held = services.hold(desktop, slot.pk, client=CLIENT)
    other_key, telephone = visitor(somebody)
    taken_over = services.hold(telephone, slot.pk, client=CLIENT)
    assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.HOLD_EXPIRED
    assert services.confirm(other_key, taken_over.idempotency_key, client=CLIENT).booking == taken_over.pk
    assert violations() == []


def test_cancel_frees_the_place_and_owes_a_mail(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    services.choose_contact(draft, email="someone@example.jp", requests=[])
    services.confirm(key, held.idempotency_key, client=CLIENT)
    first = services.cancel(draft, client=CLIENT)
    again = services.cancel(draft, client=CLIENT)
    slot.refresh_from_db()
    assert (first.state, first.sequence, again.pk, slot.taken) == ("cancelled", 1, first.pk, 0)
    assert list(MailIntent.objects.order_by("pk").values_list("kind", flat=True)) == ["confirmed", "cancelled"]
    assert violations() == []


def test_cancel_without_a_booking_says_so(visitor: Visitor) -> None:
    assert refusal(lambda: services.cancel(visitor()[1], client=CLIENT)) is Why.NOT_FOUND


def test_cancel_too_late_is_refused(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    services.confirm(key, services.hold(draft, slot.pk, client=CLIENT).idempotency_key, client=CLIENT)
    change(automatic("test"), cancel_days_before=6)
    assert refusal(lambda: services.cancel(draft, client=CLIENT)) is Why.TOO_LATE
    assert Booking.objects.get().state == State.CONFIRMED


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"not_before": dt.date(2999, 1, 1)}, Why.NOT_OFFERED),
        ({"deadline": dt.date(2020, 1, 1)}, Why.NOT_OFFERED),
        ({"places": ["elsewhere"]}, Why.NOT_OFFERED),
    ],
)
def test_the_commit_asks_what_the_calendar_asks(visitor: Visitor, slot: Slot, values: dict[str, object], why: Why) -> None:
    assert refusal(lambda: services.hold(visitor(**values)[1], slot.pk, client=CLIENT)) is why
    assert violations() == []


def test_a_number_closed_after_sign_in_books_nothing(visitor: Visitor, slot: Slot, person: Callable[..., Credential]) -> None:
    somebody = person()
    key, draft = visitor(somebody)
    held = services.hold(draft, slot.pk, client=CLIENT)
    Credential.objects.update(status="closed")
    assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.CLOSED
    services.release(draft, client=CLIENT)
    assert refusal(lambda: services.hold(draft, slot.pk, client=CLIENT)) is Why.CLOSED


def test_a_place_closed_after_the_hold_is_not_confirmed(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    Place.objects.update(is_open=False)
    assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.NOT_OFFERED


def test_an_ended_draft_confirms_nothing(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client=CLIENT)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
        assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.DRAFT_EXPIRED


def test_staff_book_outside_the_window_and_after_the_deadline(person: Callable[..., Credential], town: Place) -> None:
    today = clock.today() + dt.timedelta(days=1)
    change(automatic("test"), earliest_days_ahead=3)
    slot = Slot.objects.filter(day=today).earliest("start")
    late = person(deadline=dt.date(2020, 1, 1))
    key = uuid.uuid4()
    booking = services.book_by_staff(CLERK, late.serial, slot.pk, key=key)
    assert services.book_by_staff(CLERK, late.serial, slot.pk, key=key).pk == booking.pk
    assert (booking.state, booking.source) == ("confirmed", "phone")
    cancelled = services.cancel_by_staff(CLERK, booking.pk, "本人から電話")
    assert services.cancel_by_staff(CLERK, booking.pk, "本人から電話").pk == cancelled.pk
    assert BookingEvent.objects.get(kind="cancelled").reason == "本人から電話"
    assert violations() == []


def test_staff_book_for_a_caller_who_holds_a_time_on_the_public_pages(
    visitor: Visitor, slot: Slot, person: Callable[..., Credential]
) -> None:
    somebody = person()
    key, draft = visitor(somebody)
    held = services.hold(draft, slot.pk, client=CLIENT)
    booking = services.book_by_staff(CLERK, somebody.serial, next_time(slot).pk, key=uuid.uuid4())
    slot.refresh_from_db()
    assert (booking.state, slot.taken) == ("confirmed", 0)
    assert refusal(lambda: services.confirm(key, held.idempotency_key, client=CLIENT)) is Why.HOLD_EXPIRED
    assert violations() == []


def test_staff_are_told_of_an_unknown_number(slot: Slot) -> None:
    assert refusal(lambda: services.book_by_staff(CLERK, "Z9Z999999", slot.pk, key=uuid.uuid4())) is Why.NOT_FOUND


def test_the_checker_sees_a_counter_that_is_wrong(visitor: Visitor, slot: Slot) -> None:
    services.hold(visitor()[1], slot.pk, client=CLIENT)
    Slot.objects.filter(pk=slot.pk).update(taken=2)
    assert violations() == ["a slot's counters equal its seats: 1"]
