"""The waiting list as the person uses it: register, take or decline what is offered, leave (BK-12)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import OFFER_DECLINED, OFFER_TAKEN, WISH_STOPPED, WISHED
from madoguchi.booking.reservations.identification import citizen, people_of
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Draft, Offer, Seat, State, Wish, WishMember
from madoguchi.booking.reservations.rules import LONGEST_WISH, BookingRefused, Why
from madoguchi.booking.reservations.services.changing import may_still_change, replace_holds_of
from madoguchi.booking.reservations.services.holding import expire_holds
from madoguchi.booking.reservations.services.transactions import (
    again_after_a_collision,
    check_contact,
    execute,
    first,
    lock_bookings,
    lock_slots,
    statement_values,
    take_a_place,
)
from madoguchi.booking.reservations.services.waiting import offer_freed_places, times_wished_for
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.services import record


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody waits for. Empty `places` and `weekdays` mean any; times begin from `first_time` on and before `last_time`."""

    first_day: dt.date
    last_day: dt.date
    places: Sequence[str] = ()
    weekdays: Sequence[int] = ()
    first_time: dt.time = dt.time(0)
    last_time: dt.time = dt.time(23, 59)


def wish_of(draft: Draft) -> Wish | None:
    """Return the wish with which the draft's person stands in the list. One statement."""
    return Wish.objects.filter(members__credential=draft.credential_id, members__live=True).first()


def open_offer_of(draft: Draft) -> Offer | None:
    """Return what is offered to the draft's person now. One statement."""
    offers = Offer.objects.select_related("wish", "booking__slot__place", "booking__kind")
    found = offers.filter(state=Offer.State.OPEN, wish__members__credential=draft.credential_id, wish__members__live=True)
    return found.filter(expires_at__gt=clock.now()).first()


@transaction.atomic
def wish(draft: Draft, wanted: Wanted, *, email: str, client: str) -> Wish:
    """Put the draft's people on the waiting list.

    Raises BookingRefused (`ALREADY_WAITING`) when one of them stands in it; ValidationError for a wrong mail address; ValueError for a
    wish that ends before it begins or is longer than half a year (the form of the page says so).
    """
    people = people_of(draft)
    made = _queue(draft.kind, wanted, people=len(people), email=email, language=draft.language)
    _stand_in_line(made, people)
    record(citizen(draft.credential_id, client), WISHED, subject=f"wish:{made.pk}", content={"people": made.people})
    return made


@transaction.atomic
def wish_without_number(kind: VisitKind, wanted: Wanted, *, email: str, language: str, client: str) -> Wish:
    """Put one person who has no booking number on the waiting list of a kind that is asked for by form; raises as `wish`.

    The caller of this function gives the person something to find the wish again by.
    """
    made = _queue(kind, wanted, people=1, email=email, language=language)
    record(_somebody(client), WISHED, subject=f"wish:{made.pk}", content={"people": 1})
    return made


@transaction.atomic
def wish_by_staff(actor: Actor, serials: Sequence[str], wanted: Wanted, *, email: str = "") -> Wish:
    """Put callers on the waiting list for the hand-over of their cards; the caller of this function has checked the right of `actor`.

    Raises BookingRefused: `NOT_FOUND` (no such number in the roster), `CLOSED`, `ALREADY_WAITING`; else as `wish`.
    """
    people = list(Credential.objects.filter(serial__in=serials))
    if not people or len(people) != len(set(serials)):
        raise BookingRefused(Why.NOT_FOUND)
    if any(person.status != Credential.Status.OPEN for person in people):
        raise BookingRefused(Why.CLOSED)
    made = _queue(VisitKind.default(), wanted, people=len(people), email=email, language="ja")
    _stand_in_line(made, people)
    record(actor, WISHED, subject=f"wish:{made.pk}", content={"people": made.people})
    return made


def _stand_in_line(made: Wish, people: Sequence[Credential]) -> None:
    try:
        with transaction.atomic():
            WishMember.objects.bulk_create(WishMember(wish=made, credential=person) for person in people)
    except IntegrityError:
        transaction.set_rollback(True)
        raise BookingRefused(Why.ALREADY_WAITING) from None


def _somebody(client: str) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, client=client)


def _queue(kind: VisitKind, wanted: Wanted, *, people: int, email: str, language: str) -> Wish:
    check_contact(email, [])
    if not dt.timedelta(0) <= wanted.last_day - wanted.first_day <= LONGEST_WISH or wanted.first_time >= wanted.last_time:
        raise ValueError("wanted")
    now = clock.now()
    return Wish.objects.create(
        kind=kind,
        people=people,
        places=sorted(wanted.places),
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        weekdays=sorted(wanted.weekdays),
        first_time=wanted.first_time,
        last_time=wanted.last_time,
        email=email,
        language=language,
        queued_at=now,
        created_at=now,
        changed_at=now,
    )


def open_offer_to(found: Wish) -> Offer | None:
    """Return what is offered to a wish now. One statement."""
    offers = Offer.objects.select_related("wish", "booking__slot__place", "booking__kind")
    return offers.filter(state=Offer.State.OPEN, wish=found, expires_at__gt=clock.now()).first()


def note_that_an_offer_was_taken(booking: uuid.UUID) -> bool:
    """End the wish whose offer the held `booking` was, in the transaction that makes it certain. Tells whether it was one."""
    offer = Offer.objects.filter(booking=booking, state=Offer.State.OPEN).first()
    if offer is None:
        return False
    _end_as_booked(offer)
    return True


def _end_as_booked(offer: Offer) -> None:
    now = clock.now()
    Offer.objects.filter(pk=offer.pk).update(state=Offer.State.TAKEN, closed_at=now)
    Wish.objects.filter(pk=offer.wish_id).update(state=Wish.State.BOOKED, email="", changed_at=now)
    WishMember.objects.filter(wish=offer.wish_id).update(live=False)


def take_offer(draft: Draft, *, client: str) -> Booking:
    """Take the offered place: it becomes the booking, or the booking that the people have moves to it, in one transaction.

    A second call gives the same booking. Raises BookingRefused: `HOLD_EXPIRED` (the offer is over), `ALREADY_BOOKED` (some of the people
    have another booking), `TOO_LATE` (their booking can be changed no more), `CLOSED`.
    """
    expire_holds()
    taken = Offer.objects.select_related("booking").filter(wish__members__credential=draft.credential_id).order_by("-offered_at").first()
    if taken is None:
        raise BookingRefused(Why.HOLD_EXPIRED)
    return _take_offer(taken.pk, citizen(draft.credential_id, client), draft.privacy_notice)


def take_offer_by_staff(actor: Actor, found: Wish) -> Booking:
    """Take what is offered to callers who stand in the list by their booking numbers; raises as `take_offer`.

    The caller of this function has checked the right of `actor`.
    """
    expire_holds()
    offer = open_offer_to(found)
    if offer is None or not found.members.exists():
        raise BookingRefused(Why.HOLD_EXPIRED)
    return _take_offer(offer.pk, actor, 0)


@again_after_a_collision
def _take_offer(pk: int, actor: Actor, privacy_notice: int) -> Booking:
    offer = Offer.objects.select_related("booking__kind").get(pk=pk)
    people = list(WishMember.objects.filter(wish=offer.wish_id).values_list("credential", flat=True))
    standing = list(Booking.objects.filter(attendees__credential__in=people, attendees__live=True).exclude(state=State.HELD).distinct())
    if offer.state == Offer.State.TAKEN and standing:
        return Booking.objects.select_related("slot__place", "kind").get(pk=standing[0].pk)
    lock_bookings([offer.booking_id, *(booking.pk for booking in standing)])
    # Only what stands now, under the lock, counts.
    held = Booking.objects.filter(pk=offer.booking_id, state=State.HELD, held_until__gt=clock.now()).exists()
    if not held or not Offer.objects.filter(pk=pk, state=Offer.State.OPEN).exists():
        raise BookingRefused(Why.HOLD_EXPIRED)
    replace_holds_of(people, actor, except_for=offer.booking_id)
    if standing:
        booking = _move_into(offer, standing, people, actor)
    else:
        values = statement_values(actor, OFFER_TAKEN, booking=offer.booking_id, credentials=people, privacy_notice=privacy_notice)
        take_a_place(statements.TAKE_OFFER, values)
        booking = offer.booking_id
    _end_as_booked(offer)
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking)


def _move_into(offer: Offer, standing: Sequence[Booking], people: Sequence[int], actor: Actor) -> uuid.UUID:
    """Let the booking that the people have take over the offer's seats; its own old places are given back."""
    mine = standing[0]
    come = set(Attendee.objects.filter(booking=mine, live=True).values_list("credential", flat=True))
    if len(standing) > 1 or mine.state != State.CONFIRMED or come != set(people):
        raise BookingRefused(Why.ALREADY_BOOKED)
    if not may_still_change(mine):
        raise BookingRefused(Why.TOO_LATE)
    offered = list(Seat.objects.filter(booking=offer.booking_id).values_list("slot", flat=True))
    lock_slots([*offered, *Seat.objects.filter(booking=mine).values_list("slot", flat=True)])
    values = statement_values(
        actor,
        OFFER_TAKEN,
        booking=mine.pk,
        again=offered,
        slot=offer.booking.slot_id,
        kind=offer.booking.kind_id,
        party=len(people),
        credentials=people,
        event=BookingEvent.Kind.MOVED,
        from_state=State.CONFIRMED,
        bookings=[offer.booking_id],
    )
    freed = first(statements.LEAVE, values)
    Seat.objects.filter(booking=offer.booking_id).update(booking=mine)
    first(statements.RELEASE, values)
    take_a_place(statements.CHANGE, values)
    Booking.objects.filter(pk=offer.booking_id).update(email="")
    offer_freed_places([slot for slot in (freed[0] if freed else []) if slot not in offered])
    return mine.pk


@again_after_a_collision
def decline_offer(draft: Draft, *, client: str) -> bool:
    """Leave the offered place to the next in the list; the own wish keeps its turn for other times. Tells whether anything was offered."""
    return _decline(open_offer_of(draft), citizen(draft.credential_id, client))


@again_after_a_collision
def decline_offer_to(found: Wish, *, client: str = "", by: Actor | None = None) -> bool:
    """Leave the place that is offered to a wish to the next in the list, for staff `by` or a person without number; see `decline_offer`."""
    return _decline(open_offer_to(found), by or _somebody(client))


def _decline(offer: Offer | None, actor: Actor) -> bool:
    if offer is None:
        return False
    freed = _close(offer, actor)
    Wish.objects.filter(pk=offer.wish_id).update(state=Wish.State.WAITING, changed_at=clock.now())
    record(actor, OFFER_DECLINED, subject=f"wish:{offer.wish_id}")
    offer_freed_places(freed)
    return True


def _close(offer: Offer, actor: Actor) -> list[int]:
    """Give the offer's places back and note that it was declined; return the times that became freer."""
    lock_bookings([offer.booking_id])
    freed = first(statements.RELEASE, statement_values(actor, OFFER_DECLINED, bookings=[offer.booking_id]))
    if freed is None or not freed[0]:
        raise BookingRefused(Why.HOLD_EXPIRED)
    Booking.objects.filter(pk=offer.booking_id).update(email="")
    Offer.objects.filter(pk=offer.pk).update(state=Offer.State.DECLINED, closed_at=clock.now())
    return list(freed[1])


@again_after_a_collision
def stop_wish(draft: Draft, *, client: str) -> bool:
    """Leave the waiting list; what is offered goes to the next. Tells whether the person stood in it."""
    return _stop(wish_of(draft), citizen(draft.credential_id, client))


@again_after_a_collision
def stop_waiting(found: Wish, *, client: str = "", by: Actor | None = None) -> bool:
    """End a wish, for staff `by` or a person without number; see `stop_wish`."""
    return _stop(found if found.state in {Wish.State.WAITING, Wish.State.OFFERED} else None, by or _somebody(client))


def _stop(found: Wish | None, actor: Actor) -> bool:
    if found is None:
        return False
    offer = Offer.objects.filter(wish=found, state=Offer.State.OPEN).first()
    freed = _close(offer, actor) if offer is not None else []
    Wish.objects.filter(pk=found.pk).update(state=Wish.State.STOPPED, email="", changed_at=clock.now())
    WishMember.objects.filter(wish=found).update(live=False)
    record(actor, WISH_STOPPED, subject=f"wish:{found.pk}")
    offer_freed_places(freed)
    return True


@again_after_a_collision
def offer_open_places() -> int:
    """Offer what rules or staff have opened to those who wait for it, and end wishes whose days are over. Run by the worker."""
    execute(statements.END_OLD_WISHES, {"now": clock.now(), "today": clock.today()})
    if first(statements.ANYBODY_WAITING, {}) is None:
        return 0
    return offer_freed_places(times_wished_for())
