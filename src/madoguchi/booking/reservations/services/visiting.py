"""消し込み: what became of a booking on its day (BS-04), and what the office tells the person (BK-16)."""

import uuid
from collections.abc import Mapping

from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import ADDRESS_SET, MARKED, MESSAGE_WRITTEN
from madoguchi.booking.reservations.models import LIVE_STATES, Booking, BookingEvent, State
from madoguchi.booking.reservations.rules import MARKS, MESSAGE_LENGTH, OWN_ADDRESSES, BookingRefused, Why
from madoguchi.booking.reservations.services.transactions import (
    again_after_a_collision,
    check_contact,
    lock_bookings,
    statement_values,
    take_a_place,
)
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind

Kind = BookingEvent.Kind


def mark_arrived(actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "") -> Booking:
    """Note that the people are here. The caller has checked the right of `actor`; a second call gives the same booking.

    Raises BookingRefused: `NOT_FOUND` (the booking is in no state for this mark), `CHANGED` (somebody marked it meanwhile).
    """
    return _mark(actor, booking, Kind.ARRIVED, version, reason, {})


def mark_late(actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "") -> Booking:
    """Note that the people called, or were seen to be late; the booking stands. Raises as `mark_arrived`."""
    return _mark(actor, booking, Kind.LATE, version, reason, {})


def mark_no_show(actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "") -> Booking:
    """Note that nobody came. Raises as `mark_arrived`, and `NOT_YET` before the time has begun."""
    found = Booking.objects.select_related("slot").filter(pk=booking).first()
    now = clock.now()
    if found is not None and (found.slot.day, found.slot.start) > (now.date(), now.time().replace(tzinfo=None)):
        raise BookingRefused(Why.NOT_YET)
    return _mark(actor, booking, Kind.NO_SHOW, version, reason, {})


def mark_done(
    actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "", results: Mapping[int, str] | None = None
) -> Booking:
    """Note that the visit is over. `results` names people (primary key of Attendee) who end otherwise than with the card in their hands:
    `refused` or `no_show`. Raises as `mark_arrived`.
    """
    return _mark(actor, booking, Kind.DONE, version, reason, results or {})


def mark_refused(actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "") -> Booking:
    """Note that the card could not be handed over. Raises as `mark_arrived`."""
    return _mark(actor, booking, Kind.REFUSED, version, reason, {})


def correct_mark(actor: Actor, booking: uuid.UUID, *, version: int | None = None, reason: str = "") -> Booking:
    """Take a mark back: the booking stands as confirmed again. Raises as `mark_arrived`, and `ALREADY_BOOKED`."""
    return _mark(actor, booking, Kind.CORRECTED, version, reason, {})


@again_after_a_collision
def _mark(actor: Actor, booking: uuid.UUID, kind: Kind, version: int | None, reason: str, results: Mapping[int, str]) -> Booking:
    mark = MARKS[kind.value]
    found = Booking.objects.select_related("slot__place", "kind").filter(pk__in=[row[0] for row in lock_bookings([booking])]).first()
    if found is None:
        raise BookingRefused(Why.NOT_FOUND)
    if found.state == mark.to_state and found.late == mark.late:
        return found
    if version is not None and found.version != version:
        raise BookingRefused(Why.CHANGED)
    if found.state not in mark.from_states:
        raise BookingRefused(Why.NOT_FOUND)
    credentials = list(found.attendees.filter(left=False).values_list("credential", flat=True))
    values = statement_values(
        actor,
        MARKED,
        reason=reason,
        booking=booking,
        event=kind.value,
        from_state=found.state,
        to_state=mark.to_state,
        late=mark.late,
        live=mark.to_state in LIVE_STATES,
        result=mark.result,
        marked=list(results),
        results=list(results.values()),
        credentials=credentials,
    )
    take_a_place(statements.MARK, values)
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking)


@again_after_a_collision
def set_message(actor: Actor, booking: uuid.UUID, message: str, *, version: int | None = None) -> Booking:
    """Write what the office tells the person (メッセージ, BK-16); the page of the booking shows it.

    Raises BookingRefused: `NOT_FOUND`, `CHANGED`; ValueError for a text that is too long (the form of the page limits it).
    """
    if len(message) > MESSAGE_LENGTH:
        raise ValueError("message")
    found = lock_bookings([booking])
    if not found or found[0][1] in {State.HELD, State.EXPIRED}:
        raise BookingRefused(Why.NOT_FOUND)
    if version is not None and found[0][5] != version:
        raise BookingRefused(Why.CHANGED)
    take_a_place(statements.SET_MESSAGE, statement_values(actor, MESSAGE_WRITTEN, booking=booking, message=message, credentials=[]))
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking)


@again_after_a_collision
def set_own_address(actor: Actor, booking: uuid.UUID, email: str) -> Booking:
    """Let the person of a booking register or correct its mail address, a few times; see `set_address`.

    Raises BookingRefused besides: `TOO_MANY_ADDRESSES`.
    """
    _lock_for_address(booking, email)
    changed = BookingEvent.objects.filter(booking=booking, kind=Kind.ADDRESS, by_kind=ActorKind.CITIZEN.value).count()
    if changed >= OWN_ADDRESSES:
        raise BookingRefused(Why.TOO_MANY_ADDRESSES)
    return _write_address(actor, booking, email)


@again_after_a_collision
def set_address(actor: Actor, booking: uuid.UUID, email: str, *, version: int | None = None) -> Booking:
    """Register or correct the mail address of a booking that stands; its mail goes there with the link that proves the address (BK-07).

    The same address again changes nothing. Raises BookingRefused: `NOT_FOUND` (no such booking, or over), `CHANGED`; ValidationError for
    what is no address.
    """
    if _lock_for_address(booking, email) != version and version is not None:
        raise BookingRefused(Why.CHANGED)
    return _write_address(actor, booking, email)


def _lock_for_address(booking: uuid.UUID, email: str) -> int:
    """Lock the booking that is to get this address and return its version."""
    if not email:
        raise ValueError("email")
    check_contact(email, [])
    found = lock_bookings([booking])
    if not found or found[0][1] != State.CONFIRMED:
        raise BookingRefused(Why.NOT_FOUND)
    return int(found[0][5])


def _write_address(actor: Actor, booking: uuid.UUID, email: str) -> Booking:
    if not Booking.objects.filter(pk=booking, email=email).exists():
        take_a_place(statements.SET_ADDRESS, statement_values(actor, ADDRESS_SET, booking=booking, email=email, credentials=[]))
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking)
