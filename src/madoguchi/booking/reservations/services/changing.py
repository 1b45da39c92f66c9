"""A booking that stands is changed: another time or place, another party, cancelled, and taken again. Each is one transaction."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from madoguchi.booking.calendar.models import Holiday, VisitKind
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import (
    CANCELLED,
    CANCELLED_BY_STAFF,
    CHANGED_BY_STAFF,
    MOVED,
    OVERBOOKED,
    PARTY_CHANGED,
    RELEASED,
    RESTORED,
    RESTORED_BY_STAFF,
)
from madoguchi.booking.reservations.identification import citizen
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Draft, Seat, State
from madoguchi.booking.reservations.rules import BookingRefused, Why, last_day_to_cancel
from madoguchi.booking.reservations.services.holding import expire_holds
from madoguchi.booking.reservations.services.occupying import times_of
from madoguchi.booking.reservations.services.transactions import (
    again_after_a_collision,
    first,
    lock_bookings,
    lock_slots,
    rows,
    statement_values,
    take_a_place,
)
from madoguchi.booking.reservations.services.waiting import offer_freed_places
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record

# More than 60 business days with every holiday of a year among them.
_DAYS_LOOKED_BACK = 130


def live_booking_of(draft: Draft) -> Booking | None:
    """Return the booking that the draft's person has (not a mere hold), for look-up, change and cancellation. One statement."""
    return (
        Booking.objects.select_related("slot__place", "kind")
        .filter(attendees__credential=draft.credential_id, attendees__live=True)
        .exclude(state=State.HELD)
        .first()
    )


def last_day_to_change(booking: Booking) -> dt.date:
    """Return the last day on which a citizen may change or cancel `booking`, as its kind and the municipality set it (BK-06)."""
    kind, office = booking.kind, fresh()
    days = office.cancel_days_before if kind.cancel_days_before is None else kind.cancel_days_before
    if days and (kind.counts or office.window_counts) == VisitKind.Counts.BUSINESS:
        first = booking.slot.day - dt.timedelta(days=_DAYS_LOOKED_BACK)
        closed = Holiday.objects.filter(is_closed=True, day__range=(first, booking.slot.day)).values_list("day", flat=True)
        return last_day_to_cancel(booking.slot.day, days, frozenset(closed))
    return last_day_to_cancel(booking.slot.day, days)


def may_still_change(booking: Booking) -> bool:
    """Tell whether a citizen may change or cancel `booking` now: confirmed, not begun, and not past the last day for it."""
    now = clock.now()
    begun = (booking.slot.day, booking.slot.start) <= (now.date(), now.time().replace(tzinfo=None))
    return booking.state == State.CONFIRMED and not begun and now.date() <= last_day_to_change(booking)


def change(draft: Draft, slot: int, people: Sequence[int], *, client: str, version: int | None = None) -> Booking:
    """Move the own booking to `slot`, change its party to `people`, or both, in one transaction (BK-06).

    The old place is kept until the new one is certain; a refusal leaves everything as it was. The same change asked for twice gives the
    same booking.

    Args:
        draft: of the person, who is one of the party.
        slot: the time; that of the booking itself when only the party changes.
        people: primary keys of the booking numbers that come; each was proved in this visit or belongs to the booking already.
        client: address of the client.
        version: of the booking that the person saw.

    Raises BookingRefused: `NOT_FOUND`, `TOO_LATE`, `CHANGED`, `FULL`, `NOT_OFFERED`, `ALREADY_BOOKED`, `CLOSED`.
    """
    booking = live_booking_of(draft)
    if booking is None:
        raise BookingRefused(Why.NOT_FOUND)
    if not may_still_change(booking):
        raise BookingRefused(Why.TOO_LATE)
    expire_holds()
    process = PARTY_CHANGED if slot == booking.slot_id else MOVED
    return _change(booking.pk, slot, people, citizen(draft.credential_id, client), process, version=version)


def move_without_number(booking: uuid.UUID, slot: int, *, client: str, version: int | None = None) -> Booking:
    """Move a booking that was made by form; the caller has proved the person. Raises BookingRefused as `change`."""
    found = Booking.objects.select_related("slot__place", "kind").filter(pk=booking).first()
    if found is None:
        raise BookingRefused(Why.NOT_FOUND)
    if not may_still_change(found):
        raise BookingRefused(Why.TOO_LATE)
    expire_holds()
    return _change(booking, slot, [], Actor(kind=ActorKind.CITIZEN, client=client), MOVED, version=version)


def move_by_staff(
    actor: Actor, booking: uuid.UUID, slot: int, *, reason: str, version: int | None = None, overbook_reason: str = ""
) -> Booking:
    """Move any confirmed booking to another time or place; the caller of this function has checked the right of `actor`.

    `overbook_reason` not empty: the time is raised by what is missing when it is full, and the reason is in the log; the caller has
    checked that right too. Raises BookingRefused: `NOT_FOUND`, `CHANGED`, `FULL`, `NOT_OFFERED`.
    """
    expire_holds()
    people = list(Attendee.objects.filter(booking=booking, live=True).values_list("credential", flat=True))
    return _change(booking, slot, people, actor, CHANGED_BY_STAFF, version=version, reason=reason, overbook_reason=overbook_reason)


def change_party_by_staff(
    actor: Actor,
    booking: uuid.UUID,
    serials: Sequence[str],
    *,
    reason: str,
    version: int | None = None,
    overbook_reason: str = "",
) -> Booking:
    """Change who comes with a confirmed booking to `serials`; see `move_by_staff`.

    Raises BookingRefused besides: `NOT_FOUND` also for a number that is not on the roster, `ALREADY_BOOKED`, `CLOSED`.
    """
    found = dict(Credential.objects.filter(serial__in=serials).values_list("serial", "pk"))
    standing = Booking.objects.filter(pk=booking).values_list("slot_id", flat=True).first()
    if standing is None or not serials or set(found) != set(serials):
        raise BookingRefused(Why.NOT_FOUND)
    expire_holds()
    return _change(
        booking, standing, list(found.values()), actor, CHANGED_BY_STAFF, version=version, reason=reason, overbook_reason=overbook_reason
    )


@again_after_a_collision
def _change(
    booking: uuid.UUID,
    slot: int,
    people: Sequence[int],
    actor: Actor,
    process: Process,
    *,
    version: int | None,
    reason: str = "",
    overbook_reason: str = "",
) -> Booking:
    standing = _locked(booking, version, State.CONFIRMED, wanted=(slot, set(people)))
    if standing is None:
        return _whole(booking)
    number = len(people) or standing["people"]
    replace_holds_of(people, actor, except_for=booking)
    values = statement_values(
        actor,
        process,
        reason=reason,
        kind=standing["kind"],
        slot=slot,
        party=number,
        booking=booking,
        credentials=list(people),
        event=BookingEvent.Kind.PARTY if slot == standing["slot"] else BookingEvent.Kind.MOVED,
        from_state=State.CONFIRMED,
        channel=standing["source"],
    )
    by_staff = process is CHANGED_BY_STAFF
    statement = statements.TAKE_AS_STAFF if by_staff else statements.TAKE_AGAIN if slot == standing["slot"] else statements.TAKE_AS_CITIZEN
    freed = _leave_and_take(values, statement, overbook_reason=overbook_reason)
    take_a_place(statements.CHANGE, values)
    offer_freed_places([left for left in freed if left not in values["again"]])
    return _whole(booking)


def _locked(booking: uuid.UUID, version: int | None, state: State, *, wanted: tuple[int, set[int]] | None = None) -> dict[str, Any] | None:
    """Lock a booking and return what stands; None when it already is as `wanted` (time, people): the same form sent twice."""
    found = lock_bookings([booking])
    if not found:
        raise BookingRefused(Why.NOT_FOUND)
    standing = dict(zip(("booking", "state", "kind", "slot", "people", "version", "source"), found[0], strict=True))
    if wanted is not None and standing["state"] == state and standing["slot"] == wanted[0]:
        come = set(Attendee.objects.filter(booking=booking, live=True).values_list("credential", flat=True))
        if come == wanted[1]:
            return None
    if standing["state"] != state:
        raise BookingRefused(Why.NOT_FOUND)
    if version is not None and standing["version"] != version:
        raise BookingRefused(Why.CHANGED)
    return standing


def replace_holds_of(people: Sequence[int], actor: Actor, *, except_for: uuid.UUID) -> None:
    """Give back what the people hold on a public page, ahead of another booking of theirs in this transaction."""
    held = [found for found, _slot in rows(statements.HELD_BY, {"credentials": list(people)}) if found != except_for]
    if held:
        lock_bookings(held)
        first(statements.RELEASE, statement_values(actor, RELEASED, bookings=held))


def _leave_and_take(values: dict[str, Any], statement: str, *, overbook_reason: str = "") -> list[int]:
    """Give the booking's old places back and take its new ones; return the times that became freer. Undone as a whole when refused."""
    again = values["again"] = times_of(values)
    old = list(Seat.objects.filter(booking=values["booking"]).values_list("slot", flat=True))
    lock_slots([*again, *old])
    freed = first(statements.LEAVE, values)
    if overbook_reason:
        overbook(values, overbook_reason)
    if take_a_place(statement, values) is None:
        raise BookingRefused(_why_not_taken(values, statement))
    return list(freed[0]) if freed else []


def overbook(values: dict[str, Any], reason: str) -> None:
    """Raise the capacity of the times of a visit by what is missing, with the reason in the operation log (BS-01)."""
    raised = rows(statements.OVERBOOK, values)
    if raised:
        actor = Actor(
            kind=ActorKind(values["actor_kind"]),
            user_id=values["by"],
            staff_pk=values["staff_pk"],
            user_name=values["user_name"],
            section=values["section"],
            client=values["client"],
            session_ref=values["session_ref"],
        )
        record(
            actor,
            OVERBOOKED,
            subject=f"booking:{values['booking']}",
            content={"slots": [row[0] for row in raised], "people": values["party"]},
            reason=reason,
        )


def _why_not_taken(values: dict[str, Any], statement: str) -> Why:
    closed = Credential.objects.filter(pk__in=values["credentials"]).exclude(status=Credential.Status.OPEN)
    if closed.exists():
        return Why.CLOSED
    if statement == statements.TAKE_AS_STAFF:
        return Why.FULL if first(statements.OFFERED_TO_STAFF_AT_ALL, values) else Why.NOT_OFFERED
    if statement == statements.TAKE_AGAIN:
        return Why.FULL
    known = first(statements.WHY_NOT_HELD, values)
    return Why.FULL if known is not None and known[2] else Why.NOT_OFFERED


def _whole(booking: uuid.UUID) -> Booking:
    return Booking.objects.select_related("slot__place", "kind").get(pk=booking)


def cancel(draft: Draft, *, client: str) -> Booking:
    """Cancel the own booking, for everybody in it: the mail is owed, the places go back when the municipality's settings say.

    A second call gives the same cancelled booking. Raises BookingRefused: `NOT_FOUND`, `TOO_LATE`.
    """
    booking = live_booking_of(draft)
    if booking is None:
        last = cancelled_since(draft)
        if last is None:
            raise BookingRefused(Why.NOT_FOUND)
        return last
    if not may_still_change(booking):
        raise BookingRefused(Why.TOO_LATE)
    return _cancel(booking.pk, citizen(draft.credential_id, client), CANCELLED, "", None)


def cancelled_since(draft: Draft) -> Booking | None:
    """Return the booking that the person of `draft` lost since identifying, the newest. One statement."""
    gone = Booking.objects.select_related("slot__place", "kind").filter(attendees__credential=draft.credential_id, state=State.CANCELLED)
    return gone.filter(changed_at__gte=draft.created_at).order_by("-changed_at").first()


def cancel_without_number(booking: uuid.UUID, *, client: str) -> Booking:
    """Cancel a booking that was made by form; the caller has proved the person. Raises BookingRefused: `NOT_FOUND`, `TOO_LATE`."""
    found = Booking.objects.select_related("slot__place", "kind").filter(pk=booking).first()
    if found is None:
        raise BookingRefused(Why.NOT_FOUND)
    if found.state == State.CANCELLED:
        return found
    if not may_still_change(found):
        raise BookingRefused(Why.TOO_LATE)
    return _cancel(booking, Actor(kind=ActorKind.CITIZEN, client=client), CANCELLED, "", None)


def cancel_by_staff(actor: Actor, booking: uuid.UUID, reason: str, *, version: int | None = None) -> Booking:
    """Cancel any confirmed booking; the caller of this function has checked the right of `actor`. A second call gives the same booking.

    Raises BookingRefused: `NOT_FOUND` when there is none or it is not confirmed any more, `CHANGED`.
    """
    return _cancel(booking, actor, CANCELLED_BY_STAFF, reason, version)


@again_after_a_collision
def _cancel(booking: uuid.UUID, actor: Actor, process: Process, reason: str, version: int | None) -> Booking:
    found = lock_bookings([booking])
    if not found:
        raise BookingRefused(Why.NOT_FOUND)
    if found[0][1] == State.CANCELLED:
        return _whole(booking)
    _locked(booking, version, State.CONFIRMED)
    done = first(statements.CANCEL, statement_values(actor, process, reason=reason, booking=booking))
    if done is not None:
        offer_freed_places(done[1])
    return _whole(booking)


def undo_until(booking: Booking) -> dt.datetime | None:
    """Return until when the person may take a cancellation back, None when it is too late or was not the person's."""
    minutes = fresh().undo_minutes
    if booking.state != State.CANCELLED or not minutes:
        return None
    until = booking.changed_at + dt.timedelta(minutes=minutes)
    last = BookingEvent.objects.filter(booking=booking, version=booking.version).first()
    mine = last is not None and last.kind == BookingEvent.Kind.CANCELLED and last.by_kind == ActorKind.CITIZEN.value
    return until if mine and until > clock.now() else None


def undo_cancel(draft: Draft, *, client: str) -> Booking:
    """Take the own cancellation back: the places that were kept, or the same time again while it is free.

    A second call gives the same booking. Raises BookingRefused: `NOT_FOUND`, `TOO_LATE` (the undo time is over), `FULL` (others have taken
    the places), `NOT_OFFERED`, `ALREADY_BOOKED`, `CLOSED`.
    """
    standing = live_booking_of(draft)
    if standing is not None:
        return standing
    booking = cancelled_since(draft)
    if booking is None:
        raise BookingRefused(Why.NOT_FOUND)
    if undo_until(booking) is None:
        raise BookingRefused(Why.TOO_LATE)
    expire_holds()
    return _restore(booking.pk, citizen(draft.credential_id, client), RESTORED, "")


def undo_cancel_without_number(booking: uuid.UUID, *, client: str) -> Booking:
    """Take the cancellation of a booking that was made by form back; the caller has proved the person. See `undo_cancel`."""
    found = Booking.objects.filter(pk=booking).first()
    if found is None:
        raise BookingRefused(Why.NOT_FOUND)
    if found.state == State.CONFIRMED:
        return found
    if undo_until(found) is None:
        raise BookingRefused(Why.TOO_LATE)
    expire_holds()
    return _restore(booking, Actor(kind=ActorKind.CITIZEN, client=client), RESTORED, "")


def undo_cancel_by_staff(actor: Actor, booking: uuid.UUID, *, reason: str) -> Booking:
    """Take a cancellation back for a caller, at any time before the visit; the caller of this function has checked the right of `actor`.

    Raises BookingRefused: `NOT_FOUND`, `FULL`, `NOT_OFFERED`, `ALREADY_BOOKED`, `CLOSED`.
    """
    expire_holds()
    return _restore(booking, actor, RESTORED_BY_STAFF, reason)


@again_after_a_collision
def _restore(booking: uuid.UUID, actor: Actor, process: Process, reason: str) -> Booking:
    found = lock_bookings([booking])
    if found and found[0][1] == State.CONFIRMED:
        return _whole(booking)
    standing = _locked(booking, None, State.CANCELLED)
    assert standing is not None
    people = list(Attendee.objects.filter(booking=booking, left=False).values_list("credential", flat=True))
    values = statement_values(
        actor,
        process,
        reason=reason,
        kind=standing["kind"],
        slot=standing["slot"],
        party=standing["people"],
        booking=booking,
        credentials=people,
        event=BookingEvent.Kind.RESTORED,
        from_state=State.CANCELLED,
        channel=standing["source"],
    )
    replace_holds_of(people, actor, except_for=booking)
    _leave_and_take(values, statements.TAKE_AS_STAFF if process is RESTORED_BY_STAFF else statements.TAKE_AGAIN)
    take_a_place(statements.CHANGE, values)
    return _whole(booking)
