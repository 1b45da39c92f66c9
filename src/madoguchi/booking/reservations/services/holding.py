"""From a chosen time to a booking: hold, extend, release, confirm, and the end of holds whose time is up."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import CONFIRMED, EXPIRED, EXTENDED, HELD, PLACES_RETURNED, RELEASED
from madoguchi.booking.reservations.identification import citizen, digest_of, draft_of, people_of
from madoguchi.booking.reservations.models import Booking, Credential, Draft, State
from madoguchi.booking.reservations.rules import BookingRefused, Why, booking_number
from madoguchi.booking.reservations.services.occupying import times_of
from madoguchi.booking.reservations.services.transactions import (
    again_after_a_collision,
    check_contact,
    first,
    lock_bookings,
    lock_slots,
    rows,
    statement_values,
    take_a_place,
)
from madoguchi.booking.reservations.services.waiting import offer_freed_places, settle_ended_offers
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.database.written_query import WrittenQuery

_EXPIRY = automatic("expire-holds")
_BOOKING = WrittenQuery(Booking, "slot__place", "kind", where="found.id = %(booking)s")


def choose_place(draft: Draft, place: Place) -> None:
    """Remember the place that the citizen chose. Raises BookingRefused (`NOT_OFFERED`) when it is closed or not one of the number's."""
    if not place.is_open or (draft.credential.places and place.code not in draft.credential.places):
        raise BookingRefused(Why.NOT_OFFERED)
    Draft.objects.filter(pk=draft.pk).update(place=place)
    draft.place = place


def choose_contact(draft: Draft, *, email: str, requests: Sequence[str]) -> None:
    """Remember the optional mail address and the coded requests. Raises ValidationError when one of them cannot be."""
    check_contact(email, requests)
    draft.email, draft.requests = email, sorted(set(requests))
    Draft.objects.filter(pk=draft.pk).update(email=draft.email, requests=draft.requests)


def speak(draft: Draft, language: str) -> None:
    """Remember in which language the person reads, so that the mails of the booking follow it (BK-14)."""
    draft.language = language
    Draft.objects.filter(pk=draft.pk).update(language=language)


def hold(draft: Draft, slot: int, *, client: str) -> Booking:
    """Hold places of `slot` for the draft's people until `held_until`. What they held before is given back in the same transaction.

    Raises BookingRefused: `FULL` (taken by others; ended holds have been counted out), `NOT_OFFERED`, `ALREADY_BOOKED` (somebody has a
    confirmed booking), `CLOSED` (a number may not book any more), `LIMITED` (after a no-show or too many cancellations), `DRAFT_EXPIRED`.
    """
    people = [person.pk for person in people_of(draft)]
    done = _held(draft, people, slot, client)
    if done is Why.FULL:
        # What fills the time may be a hold that has just run out, or a place that these very people gave back a moment ago.
        done = _held(draft, people, slot, client, freed=expire_holds())
    if isinstance(done, Why):
        raise BookingRefused(done)
    draft.booking = done
    return done


def _held(draft: Draft, people: Sequence[int], slot: int, client: str, *, freed: int | None = None) -> Booking | Why:
    try:
        return _hold(draft, people, slot, client, freed=freed)
    except BookingRefused as refused:
        return refused.why


@again_after_a_collision
def _hold(draft: Draft, people: Sequence[int], slot: int, client: str, *, freed: int | None = None) -> Booking | Why:
    """Hold; `freed` is, on a second try, how much has come free since the first: with nothing to gain it is not tried.

    Why not is raised where something has to be undone, and returned where nothing was written: the transaction then ends without a
    rollback, after which a connection would have to plan all its statements anew, in the rush when most are told that a time is full.
    """
    actor = citizen(draft.credential_id, client)
    values = statement_values(
        actor,
        HELD,
        kind=draft.kind_id,
        slot=slot,
        party=len(people),
        credentials=list(people),
        draft=draft.pk,
        language=draft.language,
        channel=Booking.Source.WEB.value,
        booking=uuid.uuid4(),
        number=booking_number(),
        key=uuid.uuid4(),
    )
    written = give_back_what_was_held(values, actor)
    if freed is not None:
        kept_back = first(statements.TAKE_BACK, {**values, "again": times_of(values)})
        written = written or bool(kept_back and kept_back[0])
        if not freed and not written:
            return Why.FULL
    done = take_a_place(statements.HOLD, values)
    if done is None:
        why = _why_not_held(values)
        if written:
            raise BookingRefused(why)
        return why
    return _BOOKING.one(booking=done[0])


def give_back_what_was_held(values: Mapping[str, Any], actor: Actor) -> bool:
    """Give back what the people of `values` hold, ahead of the statement that takes another time for them in this transaction.

    Tells whether they held anything.
    """
    earlier = rows(statements.HELD_BY, values)
    if not earlier:
        return False
    # Bookings first, then all times in the order of their ids: see statements.
    lock_bookings([booking for booking, _slot in earlier])
    wanted = times_of(dict(values))
    lock_slots([*wanted, *(slot for _booking, slot in earlier)])
    first(statements.RELEASE, statement_values(actor, RELEASED, bookings=[booking for booking, _slot in earlier]))
    if any(slot in wanted for _booking, slot in earlier):
        first(statements.TAKE_BACK, {**values, "again": wanted})
    return True


def _why_not_held(values: Mapping[str, Any]) -> Why:
    known = first(statements.WHY_NOT_HELD, values)
    if known is None:
        return Why.NOT_OFFERED
    may_book, within_limits, offered = known
    if not may_book:
        return Why.CLOSED
    if not within_limits:
        return Why.LIMITED
    return Why.FULL if offered else Why.NOT_OFFERED


def extend(draft: Draft, *, client: str) -> dt.datetime:
    """Begin the hold's time anew and return when it ends now.

    Raises BookingRefused: `NO_MORE_EXTENSION` when it was extended as often as the municipality allows, `HOLD_EXPIRED`.
    """
    actor = citizen(draft.credential_id, client)
    done = first(statements.EXTEND, statement_values(actor, EXTENDED, booking=draft.booking_id))
    if done is not None:
        until: dt.datetime = done[0]
        return until
    alive = Booking.objects.filter(drafts=draft, state=State.HELD, held_until__gt=clock.now()).exists()
    raise BookingRefused(Why.NO_MORE_EXTENSION if alive else Why.HOLD_EXPIRED)


def release(draft: Draft, *, client: str) -> bool:
    """Give the held places back. Tells whether any were held."""
    if draft.booking_id is None:
        return False
    return _release(draft.booking_id, citizen(draft.credential_id, client))


@again_after_a_collision
def _release(booking: uuid.UUID, actor: Actor) -> bool:
    done = first(statements.RELEASE, statement_values(actor, RELEASED, bookings=[booking]))
    if done is None or not done[0]:
        return False
    offer_freed_places(done[1])
    return True


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A booking that stands. `repeated` tells that this key had confirmed it before: a double click, or a retry after a lost answer."""

    booking: uuid.UUID
    number: str
    repeated: bool = False


def confirm(draft_key: str, key: uuid.UUID, *, client: str) -> Confirmation:
    """Make the held booking certain: one statement with its event, audit event and mail.

    Args:
        draft_key: the key from the browser's cookie.
        key: the hold's idempotency key from the form; the same key always gives the same booking.
        client: address of the client.

    Raises BookingRefused: `DRAFT_EXPIRED`, `HOLD_EXPIRED` (also when another choice has replaced this hold in another tab), `NOT_OFFERED`
    (the place was closed meanwhile), `CLOSED`.
    """
    actor = Actor(kind=ActorKind.CITIZEN, client=client)
    done = first(statements.CONFIRM, statement_values(actor, CONFIRMED, draft=digest_of(draft_key), key=key))
    if done is not None:
        return Confirmation(done[0], done[1])
    draft = draft_of(draft_key)
    booking = draft.booking
    if booking is not None and booking.idempotency_key == key:
        if booking.state == State.CONFIRMED:
            return Confirmation(booking.pk, booking.number, repeated=True)
        if booking.state == State.HELD and booking.held_until is not None and booking.held_until > clock.now():
            admitted = all(person.status == Credential.Status.OPEN for person in people_of(draft))
            raise BookingRefused(Why.NOT_OFFERED if admitted else Why.CLOSED)
    raise BookingRefused(Why.HOLD_EXPIRED)


def hold_without_number(kind: VisitKind, slot: int, *, key: uuid.UUID, people: int = 1, language: str = "ja", client: str = "") -> Booking:
    """Hold places for people who are known by a form and not by booking numbers (BK-10, BK-11).

    `key` comes from the form; the same key always gives the same booking. Raises BookingRefused: `FULL`, `NOT_OFFERED`.
    """
    try:
        return _hold_without_number(kind, slot, key, people, language, client)
    except BookingRefused as refused:
        if refused.why is not Why.FULL or not expire_holds():
            raise
        return _hold_without_number(kind, slot, key, people, language, client)


@again_after_a_collision
def _hold_without_number(kind: VisitKind, slot: int, key: uuid.UUID, people: int, language: str, client: str) -> Booking:
    same = Booking.objects.select_related("slot__place", "kind").filter(idempotency_key=key).first()
    if same is not None:
        return same
    values = statement_values(
        Actor(kind=ActorKind.CITIZEN, client=client),
        HELD,
        kind=kind.pk,
        slot=slot,
        party=people,
        credentials=[],
        draft=None,
        language=language,
        channel=Booking.Source.WEB.value,
        booking=uuid.uuid4(),
        number=booking_number(),
        key=key,
    )
    done = take_a_place(statements.HOLD, values)
    if done is None:
        raise BookingRefused(_why_not_held(values))
    return Booking.objects.select_related("slot__place", "kind").get(pk=done[0])


def confirm_without_number(
    key: uuid.UUID, *, email: str = "", requests: Sequence[str] = (), privacy_notice: int = 0, client: str = ""
) -> Confirmation:
    """Make the booking certain that `hold_without_number` holds under `key`; the caller stores the sealed answers in its transaction.

    Raises BookingRefused: `HOLD_EXPIRED`, `NOT_OFFERED`; ValidationError for a wrong mail address or an unknown request.
    """
    check_contact(email, requests)
    actor = Actor(kind=ActorKind.CITIZEN, client=client)
    values = statement_values(actor, CONFIRMED, key=key, email=email, requests=sorted(set(requests)), privacy_notice=privacy_notice)
    done = first(statements.CONFIRM_FORM, values)
    if done is not None:
        return Confirmation(done[0], done[1])
    booking = Booking.objects.filter(idempotency_key=key).first()
    if booking is not None and booking.state == State.CONFIRMED:
        return Confirmation(booking.pk, booking.number, repeated=True)
    if booking is not None and booking.held_until is not None and booking.held_until > clock.now():
        raise BookingRefused(Why.NOT_OFFERED)
    raise BookingRefused(Why.HOLD_EXPIRED)


def extend_without_number(key: uuid.UUID, *, client: str) -> dt.datetime:
    """Begin the time of a hold without booking numbers anew; see `extend`."""
    found = Booking.objects.filter(idempotency_key=key, attendees=None).first()
    if found is None:
        raise BookingRefused(Why.HOLD_EXPIRED)
    done = first(statements.EXTEND, statement_values(Actor(kind=ActorKind.CITIZEN, client=client), EXTENDED, booking=found.pk))
    if done is not None:
        until: dt.datetime = done[0]
        return until
    alive = found.state == State.HELD and found.held_until is not None and found.held_until > clock.now()
    raise BookingRefused(Why.NO_MORE_EXTENSION if alive else Why.HOLD_EXPIRED)


def release_without_number(key: uuid.UUID, *, client: str) -> bool:
    """Give back what is held under `key` without booking numbers. Tells whether anything was."""
    found = Booking.objects.filter(idempotency_key=key, attendees=None, state=State.HELD).first()
    return found is not None and _release(found.pk, Actor(kind=ActorKind.CITIZEN, client=client))


def expire_holds() -> int:
    """Give back every hold whose time is up, and every place that was kept back until now; return how many bookings and places.

    Set-based; runs every minute, on every look at the calendar, and before a time counts as full.
    """
    # Asked on every page of the calendar: a bare statement, which costs a tenth of what the ORM spends on building it.
    if first(statements.ANYTHING_DUE, {"now": clock.now()}) is None:
        return 0
    return _expire()


@again_after_a_collision
def _expire() -> int:
    ended = first(statements.EXPIRE, statement_values(_EXPIRY, EXPIRED)) or (0, [])
    if ended[0]:
        settle_ended_offers()
    returned = first(statements.FREE_DUE, {"now": clock.now()}) or (0, [])
    if returned[0]:
        record(_EXPIRY, PLACES_RETURNED, content={"places": int(returned[0])})
    offer_freed_places([*ended[1], *returned[1]])
    return int(ended[0]) + int(returned[0])
