"""Staff book for a caller or for somebody who stands at the counter (代理予約, BS-01; walk-in, BS-04)."""

import uuid
from collections.abc import Sequence

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import BOOKED_BY_STAFF
from madoguchi.booking.reservations.models import Booking, Credential
from madoguchi.booking.reservations.rules import BookingRefused, Why, booking_number
from madoguchi.booking.reservations.services.changing import overbook
from madoguchi.booking.reservations.services.holding import expire_holds, give_back_what_was_held
from madoguchi.booking.reservations.services.transactions import (
    again_after_a_collision,
    check_contact,
    first,
    statement_values,
    take_a_place,
)
from madoguchi.booking.reservations.services.visiting import mark_arrived
from madoguchi.platform.audit.actors import Actor


def book_by_staff(
    actor: Actor,
    serial: str,
    slot: int,
    *,
    key: uuid.UUID,
    source: Booking.Source = Booking.Source.PHONE,
    email: str = "",
    requests: Sequence[str] = (),
    reason: str = "",
    members: Sequence[str] = (),
    overbook_reason: str = "",
    kind: VisitKind | None = None,
) -> Booking:
    """Book for a caller or at the counter (代理予約, BS-01); the caller of this function has checked the right of `actor`.

    Staff are bound by capacity (the internal places included), not by the booking window. A time that the people hold on a public page at
    that moment is given back.

    Args:
        actor: who books.
        serial: 予約用ID of the caller.
        slot: the time.
        key: from the form; the same key always gives the same booking.
        source: at the counter or by telephone.
        email: optional mail address.
        requests: coded requests (BK-17).
        reason: what was asked to know the caller.
        members: 予約用ID of those who come along.
        overbook_reason: not empty: the time is raised by what is missing when it is full, and the reason is in the log; the caller of this
            function has checked that right too.
        kind: what they come for; the hand-over of a card unless something else is said.

    Raises BookingRefused: `NOT_FOUND` (no such number in the roster), `CLOSED`, `ALREADY_BOOKED`, `FULL`, `NOT_OFFERED`; ValidationError
    for a wrong mail address or an unknown request.
    """
    check_contact(email, requests)
    expire_holds()
    return _book_by_staff(
        kind or VisitKind.default(),
        actor,
        [serial, *members],
        slot,
        key,
        source,
        email,
        sorted(set(requests)),
        reason,
        overbook_reason,
        walk_in=False,
    )


def book_without_number_by_staff(
    actor: Actor,
    kind: VisitKind,
    slot: int,
    *,
    key: uuid.UUID,
    source: Booking.Source = Booking.Source.PHONE,
    email: str = "",
    overbook_reason: str = "",
    privacy_notice: int = 0,
) -> tuple[Booking, bool]:
    """Book for a caller whose answers a form takes instead of a booking number; see `book_by_staff`.

    The caller of this function stores the sealed answers in its transaction. Returns the booking, and whether this key had made it before.

    Raises BookingRefused: `FULL`, `NOT_OFFERED`; ValidationError for a wrong mail address.
    """
    check_contact(email, [])
    expire_holds()
    repeated = Booking.objects.filter(idempotency_key=key).exists()
    booking = _book_by_staff(kind, actor, [], slot, key, source, email, [], "", overbook_reason, walk_in=False)
    Booking.objects.filter(pk=booking.pk).update(privacy_notice=privacy_notice)
    return booking, repeated


def walk_in(
    actor: Actor,
    serial: str,
    slot: int,
    *,
    key: uuid.UUID,
    members: Sequence[str] = (),
    requests: Sequence[str] = (),
    reason: str = "",
    overbook_reason: str = "",
) -> Booking:
    """Give somebody who came without a booking a place at the counter and mark them as arrived (BS-04); see `book_by_staff`."""
    check_contact("", requests)
    expire_holds()
    source = Booking.Source.STAFF
    people = [serial, *members]
    kind = VisitKind.default()
    booking = _book_by_staff(kind, actor, people, slot, key, source, "", sorted(set(requests)), reason, overbook_reason, walk_in=True)
    return mark_arrived(actor, booking.pk, reason=reason)


@again_after_a_collision
def _book_by_staff(
    kind: VisitKind,
    actor: Actor,
    serials: Sequence[str],
    slot: int,
    key: uuid.UUID,
    source: Booking.Source,
    email: str,
    requests: Sequence[str],
    reason: str,
    overbook_reason: str,
    *,
    walk_in: bool,
) -> Booking:
    same = Booking.objects.select_related("slot__place", "kind").filter(idempotency_key=key).first()
    if same is not None:
        return same
    found = list(Credential.objects.filter(serial__in=serials))
    if len(found) != len(set(serials)):
        raise BookingRefused(Why.NOT_FOUND)
    if any(person.status != Credential.Status.OPEN for person in found):
        raise BookingRefused(Why.CLOSED)
    values = statement_values(
        actor,
        BOOKED_BY_STAFF,
        reason=reason,
        kind=kind.pk,
        slot=slot,
        # A form is one person's.
        party=len(found) or 1,
        credentials=[person.pk for person in found],
        channel=source.value,
        key=key,
        booking=uuid.uuid4(),
        number=booking_number(),
        email=email,
        language="ja",
        requests=list(requests),
        walk_in=walk_in,
    )
    give_back_what_was_held(values, actor)
    if overbook_reason:
        overbook(values, overbook_reason)
    done = take_a_place(statements.BOOK_BY_STAFF, values)
    if done is None:
        raise BookingRefused(Why.FULL if first(statements.OFFERED_TO_STAFF_AT_ALL, values) else Why.NOT_OFFERED)
    return Booking.objects.select_related("slot__place", "kind").get(pk=done[0])
