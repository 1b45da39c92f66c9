"""The last place is wanted by many at once, on every road that takes or gives back a place (R-02).

Each race runs in threads with connections of their own on a database that really commits. `MADOGUCHI_RACE_ROUNDS` repeats every race that
often (short form: 8; the long form for a release: 10,000).
"""

import datetime as dt
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connection, transaction

from madoguchi.booking.calendar.models import Slot, VisitKind
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Draft, Offer, Seat, State
from madoguchi.booking.reservations.rules import BookingRefused, Why, booking_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(int(os.environ.get("MADOGUCHI_RACE_ROUNDS", "8")))
RUNNERS, CLIENT, CLERK = 8, "192.0.2.7", automatic("clerk")
Visitor = Callable[..., tuple[str, Draft]]
Person = Callable[..., Credential]


def race(*runs: Callable[[], object]) -> list[object]:
    """Start all `runs` at the same moment in threads of their own; return what each gave or which refusal it met."""
    start = threading.Barrier(len(runs))
    outcomes: list[object] = [None] * len(runs)

    def runner(place: int, run: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            outcomes[place] = run()
        except BookingRefused as refused:
            outcomes[place] = refused.why
        except BaseException as fault:  # noqa: BLE001 the test looks at it
            outcomes[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=runner, args=(place, run)) for place, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    return outcomes


def leave(slot: Slot, places: int) -> None:
    """Narrow the slot to `places` for citizens and none for staff."""
    Slot.objects.filter(pk=slot.pk).update(capacity=places, public_capacity=places)


def clear() -> None:
    """Empty the calendar for the next round: every booking is given back by its own service."""
    for attendee in Attendee.objects.filter(live=True).select_related("booking"):
        if attendee.booking.state == State.CONFIRMED:
            services.cancel_by_staff(CLERK, attendee.booking_id, "")
        else:
            Booking.objects.filter(pk=attendee.booking_id).update(held_until=clock.now())
    services.expire_holds()
    assert violations() == []


def booked(outcomes: Sequence[object]) -> list[Booking]:
    return [outcome for outcome in outcomes if isinstance(outcome, Booking)]


def holding(draft: Draft, slot: Slot) -> Callable[[], object]:
    return lambda: services.hold(draft, slot.pk, client=CLIENT)


def staff_booking(person: Credential, slot: Slot) -> Callable[[], object]:
    return lambda: services.book_by_staff(CLERK, person.serial, slot.pk, key=uuid.uuid4())


def test_citizens_want_the_last_place(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    drafts = [visitor()[1] for _ in range(RUNNERS)]
    for _ in ROUNDS:
        assert len(booked(race(*(holding(draft, slot) for draft in drafts)))) == 1
        assert violations() == []
        clear()


def test_citizens_and_staff_want_the_last_place(visitor: Visitor, person: Person, slot: Slot) -> None:
    leave(slot, 1)
    drafts = [visitor()[1] for _ in range(RUNNERS // 2)]
    callers = [person() for _ in range(RUNNERS // 2)]
    for _ in ROUNDS:
        runs = [*(holding(draft, slot) for draft in drafts), *(staff_booking(caller, slot) for caller in callers)]
        assert len(booked(race(*runs))) == 1
        assert violations() == []
        clear()


def test_staff_fill_the_internal_places_and_no_more(person: Person, slot: Slot) -> None:
    callers = [person() for _ in range(RUNNERS)]
    for _ in ROUNDS:
        taken = booked(race(*(staff_booking(caller, slot) for caller in callers)))
        assert (len(taken), sum(booking.seats.filter(is_public=True).count() for booking in taken)) == (4, 3)
        assert violations() == []
        clear()


def test_a_confirmation_meets_the_end_of_its_hold(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    key, draft = visitor()
    rival = visitor()[1]
    for turn in ROUNDS:
        held = services.hold(draft, slot.pk, client=CLIENT)
        Booking.objects.filter(pk=held.pk).update(held_until=clock.now() + dt.timedelta(milliseconds=3 * (turn % 8)))
        confirming = lambda held=held: services.confirm(key, held.idempotency_key, client=CLIENT)  # noqa: E731
        confirmed, taken, _ = race(confirming, holding(rival, slot), services.expire_holds)
        assert not (isinstance(confirmed, services.Confirmation) and isinstance(taken, Booking))
        assert violations() == []
        clear()


def test_a_cancelled_place_goes_to_one(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    key, owner = visitor()
    drafts = [visitor()[1] for _ in range(RUNNERS - 1)]
    for _ in ROUNDS:
        held = services.hold(owner, slot.pk, client=CLIENT)
        services.confirm(key, held.idempotency_key, client=CLIENT)
        outcomes = race(lambda: services.cancel(owner, client=CLIENT).number, *(holding(draft, slot) for draft in drafts))
        assert len(booked(outcomes)) <= 1
        assert violations() == []
        clear()


def test_a_double_click_makes_one_booking(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    for _ in ROUNDS:
        held = services.hold(draft, slot.pk, client=CLIENT)
        outcomes = race(*[lambda held=held: services.confirm(key, held.idempotency_key, client=CLIENT)] * RUNNERS)
        assert {outcome.number for outcome in outcomes if isinstance(outcome, services.Confirmation)} == {held.number}
        assert sum(isinstance(outcome, services.Confirmation) and not outcome.repeated for outcome in outcomes) == 1
        assert BookingEvent.objects.filter(booking=held.pk, kind="confirmed").count() == 1
        clear()


def test_a_retried_form_of_staff_makes_one_booking(person: Person, slot: Slot) -> None:
    caller = person()
    for _ in ROUNDS:
        key = uuid.uuid4()
        run = lambda key=key: services.book_by_staff(CLERK, caller.serial, slot.pk, key=key)  # noqa: E731
        assert len({booking.pk for booking in booked(race(*[run] * RUNNERS))}) == 1
        assert violations() == []
        clear()


def test_one_person_in_many_browsers_has_one_booking(visitor: Visitor, person: Person, slot: Slot) -> None:
    somebody = person()
    drafts = [visitor(somebody)[1] for _ in range(4)]
    slots = list(Slot.objects.filter(day=slot.day).order_by("start"))
    for _ in ROUNDS:
        outcomes = race(*(holding(draft, wanted) for draft, wanted in zip(drafts, slots, strict=True)))
        assert booked(outcomes)
        assert Attendee.objects.filter(credential=somebody, live=True).count() == 1
        assert violations() == []
        clear()


def test_a_booking_cancelled_by_many_is_given_back_once(visitor: Visitor, slot: Slot) -> None:
    key, draft = visitor()
    for _ in ROUNDS:
        held = services.hold(draft, slot.pk, client=CLIENT)
        services.confirm(key, held.idempotency_key, client=CLIENT)
        race(
            *[lambda: services.cancel(draft, client=CLIENT)] * (RUNNERS // 2),
            *[lambda held=held: services.cancel_by_staff(CLERK, held.pk, "")] * (RUNNERS // 2),
        )
        slot.refresh_from_db()
        assert slot.taken == 0
        assert violations() == []


def test_people_who_swap_their_times_do_not_block_each_other(visitor: Visitor, slot: Slot) -> None:
    later = Slot.objects.filter(day=slot.day).latest("start")
    drafts = [visitor()[1] for _ in range(6)]
    for _ in ROUNDS:
        for place, draft in enumerate(drafts):
            services.hold(draft, (slot if place % 2 else later).pk, client=CLIENT)
        outcomes = race(*(holding(draft, later if place % 2 else slot) for place, draft in enumerate(drafts)), services.expire_holds)
        assert len(outcomes) == len(drafts) + 1
        assert violations() == []
        clear()


def confirmed(key: str, draft: Draft, slot: Slot) -> Booking:
    held = services.hold(draft, slot.pk, client=CLIENT)
    services.confirm(key, held.idempotency_key, client=CLIENT)
    return Booking.objects.get(pk=held.pk)


def changing(draft: Draft, slot: int, people: Sequence[int]) -> Callable[[], object]:
    return lambda: services.change(draft, slot, people, client=CLIENT)


def test_people_who_move_and_people_who_book_want_the_last_place(visitor: Visitor, person: Person, slot: Slot) -> None:
    leave(slot, 1)
    later = Slot.objects.filter(day=slot.day).latest("start")
    movers = [visitor() for _ in range(3)]
    newcomers = [visitor()[1] for _ in range(3)]
    caller = person()
    for _ in ROUNDS:
        for key, draft in movers:
            confirmed(key, draft, later)
        runs = [
            *(changing(draft, slot.pk, [draft.credential_id]) for _key, draft in movers),
            *(holding(draft, slot) for draft in newcomers),
            staff_booking(caller, slot),
        ]
        assert sum(booking.slot_id == slot.pk for booking in booked(race(*runs))) == 1
        assert violations() == []
        assert Booking.objects.filter(state=State.CONFIRMED, attendees__credential__in=[d.credential_id for _k, d in movers]).count() == 3
        clear()


def test_parties_that_grow_and_newcomers_want_the_last_places(visitor: Visitor, person: Person, slot: Slot) -> None:
    leave(slot, 4)
    growing = [(visitor(), person()) for _ in range(2)]
    drafts = [visitor()[1] for _ in range(4)]
    for _ in ROUNDS:
        for (key, draft), _other in growing:
            confirmed(key, draft, slot)
        race(
            *(changing(draft, slot.pk, [draft.credential_id, other.pk]) for (_key, draft), other in growing),
            *(holding(draft, slot) for draft in drafts),
        )
        slot.refresh_from_db()
        assert slot.taken == 4
        assert violations() == []
        clear()


def acts_of_staff(booking: uuid.UUID, slot: int, serials: Sequence[str]) -> list[Callable[[], object]]:
    return [
        lambda: services.move_by_staff(CLERK, booking, slot, reason=""),
        lambda: services.change_party_by_staff(CLERK, booking, serials, reason=""),
        lambda: services.mark_arrived(CLERK, booking),
    ]


def test_staff_and_the_person_change_one_booking(visitor: Visitor, person: Person, slot: Slot) -> None:
    """Move, party, cancellation and marks of one booking at the same moment: one after the other, and every one whole."""
    key, draft = visitor()
    other = person()
    slots = list(Slot.objects.filter(day=slot.day).order_by("start"))
    for _ in ROUNDS:
        booking = confirmed(key, draft, slot)
        race(
            changing(draft, slots[1].pk, [draft.credential_id]),
            changing(draft, slots[2].pk, [draft.credential_id, other.pk]),
            *acts_of_staff(booking.pk, slots[3].pk, [draft.credential.serial, other.serial]),
            lambda: services.cancel(draft, client=CLIENT),
        )
        assert violations() == []
        if Booking.objects.get(pk=booking.pk).state == State.ARRIVED:
            services.correct_mark(CLERK, booking.pk)
        clear()


def test_a_cancellation_is_taken_back_while_others_want_the_place(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    drafts = [visitor()[1] for _ in range(4)]
    somebody = visitor()[1].credential
    for _ in ROUNDS:
        key, owner = visitor(somebody)
        booking = confirmed(key, owner, slot)
        services.cancel(owner, client=CLIENT)
        undo = lambda owner=owner: services.undo_cancel(owner, client=CLIENT)  # noqa: E731
        outcomes = race(undo, undo, *(holding(draft, slot) for draft in drafts))
        assert len({found.pk for found in booked(outcomes)}) == 1
        assert booking.pk in {found.pk for found in booked(outcomes)} or outcomes[0] is Why.FULL
        assert violations() == []
        clear()


def test_the_waiting_list_gets_the_place_before_anybody_else(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    key, owner = visitor()
    rivals = [visitor()[1] for _ in range(4)]
    for _ in ROUNDS:
        # Others in each round: nobody is offered a time that they had or declined before.
        waiting = [visitor()[1] for _ in range(2)]
        confirmed(key, owner, slot)
        for draft in waiting:
            services.wish(draft, services.Wanted(slot.day, slot.day), email="", client=CLIENT)
        outcomes = race(lambda: services.cancel(owner, client=CLIENT).number, *(holding(draft, slot) for draft in rivals))
        assert booked(outcomes) == []
        assert Offer.objects.filter(state="open").count() == 1
        takers = [lambda draft=draft: services.take_offer(draft, client=CLIENT) for draft in [*waiting, waiting[0]]]
        taken = booked(
            race(*takers, partial(services.decline_offer, waiting[0], client=CLIENT), *(holding(draft, slot) for draft in rivals))
        )
        assert len({booking.pk for booking in taken}) <= 1
        assert violations() == []
        for draft in waiting:
            services.stop_wish(draft, client=CLIENT)
        clear()


def test_an_offer_runs_out_while_it_is_taken(visitor: Visitor, slot: Slot) -> None:
    leave(slot, 1)
    key, owner = visitor()
    rival = visitor()[1]
    for turn in ROUNDS:
        waiting = visitor()[1]
        confirmed(key, owner, slot)
        services.wish(waiting, services.Wanted(slot.day, slot.day), email="", client=CLIENT)
        services.cancel(owner, client=CLIENT)
        until = clock.now() + dt.timedelta(milliseconds=3 * (turn % 8))
        Offer.objects.update(expires_at=until)
        Booking.objects.filter(state=State.HELD).update(held_until=until)
        outcomes = race(partial(services.take_offer, waiting, client=CLIENT), holding(rival, slot), services.expire_holds)
        assert len(booked(outcomes)) <= 1
        assert violations() == []
        services.stop_wish(waiting, client=CLIENT)
        clear()


def test_whoever_waits_too_long_is_told_that_it_is_busy(visitor: Visitor, slot: Slot) -> None:
    """A row that stays locked ends in a sentence, not in a server error."""
    draft = visitor()[1]
    locked, done = threading.Event(), threading.Event()

    def sit_on_the_slot() -> None:
        with transaction.atomic():
            Slot.objects.select_for_update().get(pk=slot.pk)
            locked.set()
            done.wait(timeout=30)

    def try_to_hold() -> object:
        locked.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            return services.hold(draft, slot.pk, client=CLIENT)
        finally:
            done.set()

    assert race(sit_on_the_slot, try_to_hold)[1] is Why.BUSY
    assert violations() == []


def test_looking_first_and_writing_later_oversells(person: Person, slot: Slot) -> None:
    """Negative control: without the guard in the UPDATE the same race breaks the invariant, and the checker sees it."""
    leave(slot, 1)
    people = [person() for _ in range(RUNNERS)]
    all_have_looked = threading.Barrier(RUNNERS)

    def look_then_write(somebody: Credential) -> None:
        with transaction.atomic():
            room = Slot.objects.get(pk=slot.pk).capacity > Booking.objects.filter(slot=slot).count()
            all_have_looked.wait(timeout=10)
            if room:
                booking = Booking.objects.create(
                    number=booking_number(),
                    state=State.CONFIRMED,
                    kind=VisitKind.default(),
                    slot=slot,
                    source=Booking.Source.WEB,
                    idempotency_key=uuid.uuid4(),
                    created_at=clock.now(),
                    changed_at=clock.now(),
                )
                Attendee.objects.create(booking=booking, credential=somebody)
                Seat.objects.create(booking=booking, slot=slot, places=1, is_public=True, channel="web")

    race(*(lambda somebody=somebody: look_then_write(somebody) for somebody in people))
    assert Booking.objects.filter(slot=slot).count() == RUNNERS
    assert "no slot is over its capacity: 1" in violations()
