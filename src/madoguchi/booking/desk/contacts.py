"""連絡要: who must be told by telephone or letter, and how each attempt went; the only writer of its tables (BS-05).

No telephone number is in the booking zone: the list names the 予約用ID, with which the delivery zone finds it.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.booking.desk.audited import TASK_MADE, TASK_TRIED
from madoguchi.booking.desk.models import AffectedBooking, ContactAttempt, ContactTask, EmergencyStop
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_Outcome = ContactAttempt.Outcome
# After these nobody needs to be called any more.
FINAL_OUTCOMES = frozenset({_Outcome.REACHED, _Outcome.MOVED, _Outcome.CANCELLED, _Outcome.LETTER, _Outcome.DROPPED})
_NOTE_LENGTH = 200


class TaskChanged(Exception):
    """Somebody else has noted an attempt meanwhile; nothing has changed."""

    def __init__(self) -> None:
        self.message = _("ほかの職員が先に記録しました。何も変えていません。今の内容を確かめてください。")
        super().__init__(self.message)


def make(actor: Actor, booking: Booking, cause: ContactTask.Cause, *, note: str, due: dt.date | None = None) -> ContactTask:
    """Put a booking on the list; one that is on it for the same cause stays as it is. The caller has checked the right of `actor`."""
    make_many(actor, [booking], cause, note=note, due=due)
    return ContactTask.objects.get(booking=booking, cause=cause, is_done=False)


@transaction.atomic
def make_many(
    actor: Actor,
    bookings: Sequence[Booking],
    cause: ContactTask.Cause,
    *,
    note: str,
    due: dt.date | None = None,
    stop: EmergencyStop | None = None,
) -> int:
    """Put many bookings on the list in one statement; return how many were not on it for this cause."""
    now = clock.now()
    made = ContactTask.objects.bulk_create(
        (
            ContactTask(
                booking=booking,
                stop=stop,
                cause=cause,
                note=note[:_NOTE_LENGTH],
                due=due or clock.today(),
                made_at=now,
                made_by=actor.user_id,
                changed_at=now,
            )
            for booking in bookings
        ),
        ignore_conflicts=True,
    )
    if made:
        record(actor, TASK_MADE, subject=f"stop:{stop.pk}" if stop else f"booking:{bookings[0].pk}", content={"tasks": len(made)})
    return len(made)


def add_to_note(booking: uuid.UUID, cause: ContactTask.Cause, words: str) -> None:
    """Add what is to be said to the open task of a booking, if there is one."""
    for task in ContactTask.objects.select_for_update().filter(booking=booking, cause=cause, is_done=False):
        note = f"{task.note}／{words}" if task.note else words
        ContactTask.objects.filter(pk=task.pk).update(note=note[-_NOTE_LENGTH:], version=F("version") + 1, changed_at=clock.now())


@transaction.atomic
def note_attempt(actor: Actor, pk: int, outcome: ContactAttempt.Outcome, note: str, *, version: int) -> ContactTask:
    """Note how an attempt went; a final outcome takes the task off the list. The same press twice is one attempt.

    Raises TaskChanged when the page is older than the task.
    """
    task = ContactTask.objects.select_for_update().get(pk=pk)
    last = task.tries.last()
    if task.version == version + 1 and last is not None and (last.by, last.outcome, last.note) == (actor.user_id, outcome, note):
        return task
    if task.version != version or task.is_done:
        raise TaskChanged
    now = clock.now()
    ContactAttempt.objects.bulk_create([ContactAttempt(task=task, at=now, by=actor.user_id, outcome=outcome, note=note)])
    task.attempts += 1
    task.version += 1
    task.is_done = outcome in FINAL_OUTCOMES
    task.changed_at = now
    task.save(update_fields=["attempts", "version", "is_done", "changed_at"])
    if task.is_done and task.stop_id:
        AffectedBooking.objects.filter(stop=task.stop_id, booking=task.booking_id).update(
            state=AffectedBooking.State.TOLD, told_at=now, changed_at=now
        )
    record(actor, TASK_TRIED, subject=f"booking:{task.booking_id}", content={"task": pk, "outcome": str(outcome)})
    return task
