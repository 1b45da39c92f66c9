"""How every command runs: in one transaction, again after a collision, with the actor's facts for event and log at hand."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import errors

from madoguchi.booking.calendar.rules import condition_values
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.models import Attendee, State
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.database.prepared import prepared_cursor

_TRIES = 5
# Constraints that a second attempt meets no more: a hold to be replaced, a random number taken, the same form sent at the same moment.
_PASSING_COLLISIONS = frozenset({"one_live_booking", "booking_number_once", "reservations_booking_idempotency_key_key"})

P = ParamSpec("P")
R = TypeVar("R")


class Repeat(Exception):
    """The transaction met another one and was undone; running it again gives the true answer."""


def again_after_a_collision(command: Callable[P, R]) -> Callable[P, R]:
    """Run the command in a transaction, and again when the database broke it off for a deadlock or a random number was taken.

    The command then also raises BookingRefused (`BUSY`): it met others five times, or waited too long for a row.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(_TRIES):
            try:
                with transaction.atomic():
                    return command(*args, **kwargs)
            except Repeat:
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


def first(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement and return its first row."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement and return all its rows."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def execute(statement: str, values: Mapping[str, Any]) -> None:
    """Run a statement that returns nothing."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)


def take_a_place(statement: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement that gives people a booking; None when its guard found no place.

    Raises BookingRefused (`ALREADY_BOOKED`), or Repeat when another transaction was in the way for a moment.
    """
    try:
        with transaction.atomic():
            return first(statement, values)
    except IntegrityError as fault:
        if _broken(fault) == "one_live_booking" and not _hold_only(values["credentials"]):
            raise BookingRefused(Why.ALREADY_BOOKED) from None
        if _broken(fault) in _PASSING_COLLISIONS:
            raise Repeat from None
        raise


def _broken(fault: IntegrityError) -> str | None:
    """Return the name of the constraint that the database upheld."""
    cause = fault.__cause__
    return cause.diag.constraint_name if isinstance(cause, errors.Error) else None


def _hold_only(credentials: Sequence[int]) -> bool:
    """Tell whether what the people have is at most a hold, which another choice may replace."""
    return not Attendee.objects.filter(credential__in=credentials, live=True).exclude(booking__state=State.HELD).exists()


def lock_slots(slots: Sequence[int]) -> None:
    """Lock times in the order of their ids: a command that leaves some and takes others meets nobody in a circle."""
    rows("SELECT id FROM calendar_slot WHERE id = ANY(%(slots)s::bigint[]) ORDER BY id FOR NO KEY UPDATE", {"slots": list(slots)})


def lock_bookings(bookings: Sequence[uuid.UUID]) -> list[tuple[Any, ...]]:
    """Lock bookings in the order of their ids; see `statements.LOCK` for what is returned of each."""
    return rows(statements.LOCK, {"bookings": list(bookings)})


def check_contact(email: str, requests: Sequence[str]) -> None:
    """Raise ValidationError for a wrong mail address or an unknown request."""
    if email:
        validate_email(email)
    if not set(requests) <= set(REQUESTS):
        raise ValidationError(_("一覧にあるものから選んでください。"))
