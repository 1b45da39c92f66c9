"""Holding, confirming and giving back places: the only writer of bookings.

Every command is one transaction, most are one statement (madoguchi.booking.reservations.statements). A command that refuses raises
BookingRefused and has changed nothing.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import errors

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.rules import condition_values
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import (
    BOOKED_BY_STAFF,
    CANCELLED,
    CANCELLED_BY_STAFF,
    CONFIRMED,
    EXPIRED,
    EXTENDED,
    HELD,
    RELEASED,
)
from madoguchi.booking.reservations.identification import citizen, digest_of, draft_of
from madoguchi.booking.reservations.models import LIVE_STATES, Attendee, Booking, Credential, Draft, State
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused, Why, booking_number, last_day_to_cancel
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Process

_TRIES = 5
_EXPIRY = automatic("expire-holds")
# Constraints that a second attempt meets no more: a hold to be replaced, a random number taken, the same form sent at the same moment.
_PASSING_COLLISIONS = frozenset({"one_live_booking", "booking_number_once", "reservations_booking_idempotency_key_key"})

P = ParamSpec("P")
R = TypeVar("R")


class _Repeat(Exception):
    """The transaction met another one and was undone; running it again gives the true answer."""


def _again_after_a_collision(command: Callable[P, R]) -> Callable[P, R]:
    """Run the command in a transaction, and again when the database broke it off for a deadlock or a random number was taken.

    The command then also raises BookingRefused (`BUSY`): it met others five times, or waited too long for a row.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(_TRIES):
            try:
                with transaction.atomic():
                    return command(*args, **kwargs)
            except _Repeat:
                continue
            except DatabaseError as fault:
                if isinstance(fault.__cause__, errors.LockNotAvailable):
                    break
                if not isinstance(fault.__cause__, errors.DeadlockDetected):
                    raise
        raise BookingRefused(Why.BUSY)

    return run


def statement_values(actor: Actor, process: Process, *, reason: str = "", **more: object) -> dict[str, Any]:
    """Return the parameters that every statement of `statements` needs for its event and its audit event, and `more`."""
    return {
        **condition_values(now := clock.now()),
        "now": now,
        "actor_kind": actor.kind.value,
        "by": actor.user_id,
        "staff_pk": actor.staff_pk,
        "user_name": actor.user_name,
        "section": actor.section,
        "client": actor.client[:200],
        "session_ref": actor.session_ref,
        "process_code": process.code,
        "process_name": process.name,
        "process_class": process.kind.value,
        "reason": reason[:200],
        **more,
    }


def _first(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _broken(fault: IntegrityError) -> str | None:
    """Return the name of the constraint that the database upheld."""
    cause = fault.__cause__
    return cause.diag.constraint_name if isinstance(cause, errors.Error) else None


def choose_place(draft: Draft, place: Place) -> None:
    """Remember the place that the citizen chose. Raises BookingRefused (`NOT_OFFERED`) when it is closed or not one of the number's."""
    if not place.is_open or (draft.credential.places and place.code not in draft.credential.places):
        raise BookingRefused(Why.NOT_OFFERED)
    Draft.objects.filter(pk=draft.pk).update(place=place)
    draft.place = place


def choose_contact(draft: Draft, *, email: str, requests: Sequence[str]) -> None:
    """Remember the optional mail address and the coded requests. Raises ValidationError when one of them cannot be."""
    if email:
        validate_email(email)
    if not set(requests) <= set(REQUESTS):
        raise ValidationError(_("一覧にあるものから選んでください。"))
    draft.email, draft.requests = email, sorted(set(requests))
    Draft.objects.filter(pk=draft.pk).update(email=draft.email, requests=draft.requests)


def hold(draft: Draft, slot: int, *, client: str) -> Booking:
    """Hold one place of `slot` for the draft's person until `held_until`. A place held before is given back in the same transaction.

    Raises BookingRefused: `FULL` (taken by others; ended holds have been counted out), `NOT_OFFERED`, `ALREADY_BOOKED` (a confirmed
    booking stands), `CLOSED` (the number may not book any more), `DRAFT_EXPIRED`.
    """
    try:
        booking = _hold(draft, slot, client)
    except BookingRefused as refused:
        # A hold that has just run out may be what fills the slot.
        if refused.why is not Why.FULL or not expire_holds():
            raise
        booking = _hold(draft, slot, client)
    draft.booking = booking
    return booking


@_again_after_a_collision
def _hold(draft: Draft, slot: int, client: str) -> Booking:
    actor = citizen(draft.credential_id, client)
    _give_back_what_was_held(draft.credential_id, slot, actor)
    values = statement_values(
        actor,
        HELD,
        slot=slot,
        credential=draft.credential_id,
        draft=draft.pk,
        language=draft.language,
        booking=uuid.uuid4(),
        number=booking_number(),
        key=uuid.uuid4(),
    )
    done = _take_a_place(statements.HOLD, values)
    if done is None:
        raise BookingRefused(_why_not_held(values))
    return Booking.objects.select_related("slot__place").get(pk=done[0])


def _take_a_place(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement that makes a booking; None when its guard found no place.

    Raises BookingRefused (`ALREADY_BOOKED`), or _Repeat when another transaction was in the way for a moment.
    """
    try:
        with transaction.atomic():
            return _first(statement, values)
    except IntegrityError as fault:
        if _broken(fault) == "one_live_booking" and not _holds_only(values["credential"]):
            raise BookingRefused(Why.ALREADY_BOOKED) from None
        if _broken(fault) in _PASSING_COLLISIONS:
            raise _Repeat from None
        raise


def _holds_only(credential: int) -> bool:
    """Tell whether what the person has is at most a hold, which another choice may replace."""
    return not Attendee.objects.filter(credential=credential, live=True).exclude(booking__state=State.HELD).exists()


def _give_back_what_was_held(credential: int, slot: int, actor: Actor) -> None:
    earlier = _first(statements.HELD_BY, {"credential": credential})
    if earlier is None:
        return
    with connection.cursor() as cursor:
        # Booking first, then both slots in the order of their ids: see statements.
        cursor.execute("SELECT FROM reservations_booking WHERE id = %s FOR NO KEY UPDATE", [earlier[0]])
        cursor.execute("SELECT FROM calendar_slot WHERE id IN (%s, %s) ORDER BY id FOR NO KEY UPDATE", [earlier[1], slot])
    _first(statements.RELEASE, statement_values(actor, RELEASED, booking=earlier[0]))


def _why_not_held(values: Mapping[str, Any]) -> Why:
    known = _first(statements.WHY_NOT_HELD, values)
    if known is None:
        return Why.NOT_OFFERED
    may_book, offered = known
    if not may_book:
        return Why.CLOSED
    return Why.FULL if offered else Why.NOT_OFFERED


def extend(draft: Draft, *, client: str) -> dt.datetime:
    """Begin the hold's time anew and return when it ends now.

    Raises BookingRefused: `NO_MORE_EXTENSION` when it was extended as often as the municipality allows, `HOLD_EXPIRED`.
    """
    actor = citizen(draft.credential_id, client)
    done = _first(statements.EXTEND, statement_values(actor, EXTENDED, booking=draft.booking_id))
    if done is not None:
        until: dt.datetime = done[0]
        return until
    alive = Booking.objects.filter(drafts=draft, state=State.HELD, held_until__gt=clock.now()).exists()
    raise BookingRefused(Why.NO_MORE_EXTENSION if alive else Why.HOLD_EXPIRED)


def release(draft: Draft, *, client: str) -> bool:
    """Give the held place back: it is free for others at once. Tells whether one was held."""
    if draft.booking_id is None:
        return False
    actor = citizen(draft.credential_id, client)
    return _again_after_a_collision(_first)(statements.RELEASE, statement_values(actor, RELEASED, booking=draft.booking_id)) is not None


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
    done = _first(statements.CONFIRM, statement_values(actor, CONFIRMED, draft=digest_of(draft_key), key=key))
    if done is not None:
        return Confirmation(done[0], done[1])
    draft = draft_of(draft_key)
    booking = draft.booking
    if booking is not None and booking.idempotency_key == key:
        if booking.state == State.CONFIRMED:
            return Confirmation(booking.pk, booking.number, repeated=True)
        if booking.state == State.HELD and booking.held_until is not None and booking.held_until > clock.now():
            raise BookingRefused(Why.CLOSED if draft.credential.status != Credential.Status.OPEN else Why.NOT_OFFERED)
    raise BookingRefused(Why.HOLD_EXPIRED)


def live_booking_of(draft: Draft) -> Booking | None:
    """Return the booking that the draft's person has (not a mere hold), for look-up and cancellation. One statement."""
    return (
        Booking.objects.select_related("slot__place")
        .filter(attendees__credential=draft.credential_id, attendees__live=True)
        .exclude(state=State.HELD)
        .first()
    )


def may_still_cancel(booking: Booking) -> bool:
    """Tell whether a citizen may cancel `booking` now: confirmed, not begun, and within the municipality's days before it."""
    now = clock.now()
    last = last_day_to_cancel(booking.slot.day, fresh().cancel_days_before)
    begun = (booking.slot.day, booking.slot.start) <= (now.date(), now.time().replace(tzinfo=None))
    return booking.state == State.CONFIRMED and now.date() <= last and not begun


def cancel(draft: Draft, *, client: str) -> Booking:
    """Cancel the own booking: the place is free for others at once, the mail is owed. A second call gives the same cancelled booking.

    Raises BookingRefused: `NOT_FOUND`, `TOO_LATE`.
    """
    booking = live_booking_of(draft)
    if booking is None:
        gone = Booking.objects.select_related("slot__place").filter(attendees__credential=draft.credential_id, state=State.CANCELLED)
        last = gone.filter(changed_at__gte=draft.created_at).order_by("-changed_at").first()
        if last is None:
            raise BookingRefused(Why.NOT_FOUND)
        return last
    if not may_still_cancel(booking):
        raise BookingRefused(Why.TOO_LATE)
    _cancel(booking, citizen(draft.credential_id, client), CANCELLED, "")
    return booking


def _cancel(booking: Booking, actor: Actor, process: Process, reason: str) -> None:
    _again_after_a_collision(_first)(statements.CANCEL, statement_values(actor, process, reason=reason, booking=booking.pk))
    booking.refresh_from_db(fields=["state", "version", "sequence", "changed_at"])
    if booking.state != State.CANCELLED:
        raise BookingRefused(Why.NOT_FOUND)


def expire_holds() -> int:
    """Give back every hold whose time is up and return how many. Set-based; runs every minute and before a slot counts as full."""
    # Asked on every page of the calendar: a bare statement, which costs a tenth of what the ORM spends on building it.
    if _first(statements.ANY_HOLD_ENDED, {"now": clock.now()}) is None:
        return 0
    done = _again_after_a_collision(_first)(statements.EXPIRE, statement_values(_EXPIRY, EXPIRED))
    return int(done[0]) if done else 0


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
) -> Booking:
    """Book for a caller or at the counter (代理予約, BS-01); the caller of this function has checked the right of `actor`.

    Staff are bound by capacity (the internal places included), not by the booking window. A time that the caller holds on a public page at
    that moment is given back. `key` comes from the form: the same key always
    gives the same booking.

    Raises BookingRefused: `NOT_FOUND` (no such number in the roster), `CLOSED`, `ALREADY_BOOKED`, `FULL`, `NOT_OFFERED`; ValidationError
    for a wrong mail address or an unknown request.
    """
    if email:
        validate_email(email)
    if not set(requests) <= set(REQUESTS):
        raise ValidationError(_("一覧にあるものから選んでください。"))
    expire_holds()
    return _book_by_staff(actor, serial, slot, key, source, email, sorted(set(requests)), reason)


@_again_after_a_collision
def _book_by_staff(
    actor: Actor, serial: str, slot: int, key: uuid.UUID, source: Booking.Source, email: str, requests: Sequence[str], reason: str
) -> Booking:
    same = Booking.objects.select_related("slot__place").filter(idempotency_key=key).first()
    if same is not None:
        return same
    credential = Credential.objects.filter(serial=serial).first()
    if credential is None:
        raise BookingRefused(Why.NOT_FOUND)
    if credential.status != Credential.Status.OPEN:
        raise BookingRefused(Why.CLOSED)
    values = statement_values(
        actor,
        BOOKED_BY_STAFF,
        reason=reason,
        slot=slot,
        credential=credential.pk,
        source=source.value,
        key=key,
        booking=uuid.uuid4(),
        number=booking_number(),
        email=email,
        language="ja",
        requests=list(requests),
    )
    _give_back_what_was_held(credential.pk, slot, actor)
    done = _take_a_place(statements.BOOK_BY_STAFF, values)
    if done is None:
        raise BookingRefused(Why.FULL if _first(statements.OFFERED_TO_STAFF_AT_ALL, values) else Why.NOT_OFFERED)
    return Booking.objects.select_related("slot__place").get(pk=done[0])


def cancel_by_staff(actor: Actor, booking: uuid.UUID, reason: str) -> Booking:
    """Cancel any confirmed booking; the caller of this function has checked the right of `actor`. A second call gives the same booking.

    Raises BookingRefused (`NOT_FOUND`) when there is none or it is not confirmed any more.
    """
    found = Booking.objects.select_related("slot__place").filter(pk=booking, state__in=[*LIVE_STATES, State.CANCELLED]).first()
    if found is None:
        raise BookingRefused(Why.NOT_FOUND)
    if found.state != State.CANCELLED:
        _cancel(found, actor, CANCELLED_BY_STAFF, reason)
    return found
