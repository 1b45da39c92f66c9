"""Taking in a `commands` file: what staff of the delivery zone order for form bookings is carried out once (BS-11)."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from madoguchi.booking.applications.audited import COMMAND_CARRIED_OUT
from madoguchi.booking.applications.models import CarriedOut, SealedApplication
from madoguchi.booking.applications.stages import Stage
from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.roster import is_revision
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.kernel.kfx import Record
from madoguchi.kernel.numbers import find_individual_numbers
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source

Outcome = CarriedOut.Outcome
_TEXT_LENGTH: Final = 200
_STAGES = frozenset(Stage.values) - {Stage.WAITING.value}
_REASON = "交付管理からの指示"
_OUTCOME_OF = {
    Why.FULL: Outcome.FULL,
    Why.NOT_OFFERED: Outcome.NOT_OFFERED,
    Why.NOT_FOUND: Outcome.ENDED,
}


class CommandsHandler:
    """Carries orders out in the order in which they were given; an order that came before is not carried out again."""

    def check(self, records: Sequence[Record]) -> Iterator[RowRefusal]:
        """Find rows that are malformed (E20)."""
        for line, row in enumerate(records, start=1):
            for field, fits in _FORMS.items():
                if field not in row:
                    yield RowRefusal("E20", line, field, "missing")
                elif not fits(row[field]):
                    yield RowRefusal("E20", line, field, "form")
            if row.get("act") == "move" and None in (row.get("place"), row.get("day"), row.get("start")):
                yield RowRefusal("E20", line, "day", "missing")
            if row.get("act") == "stage" and row.get("text") not in _STAGES:
                yield RowRefusal("E20", line, "text", "unknown")

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:
        """Carry the orders out. One that cannot be is answered with its reason, and does not stop the others."""
        before = set(CarriedOut.objects.filter(command__in=[row["id"] for row in records]).values_list("command", flat=True))
        new = sorted((row for row in records if uuid.UUID(row["id"]) not in before), key=lambda row: row["rev"])
        refused: Counter[str] = Counter()
        for row in new:
            booking = Booking.objects.filter(number=row["no"], application__isnull=False).first()
            outcome = _carry_out(row, booking, actor) if booking else Outcome.UNKNOWN
            CarriedOut.objects.create(command=row["id"], booking=booking, act=row["act"], outcome=outcome.value, at=clock.now())
            record(
                actor,
                COMMAND_CARRIED_OUT,
                subject=f"booking:{booking.pk}" if booking else "",
                content={"command": row["id"], "act": row["act"], "outcome": outcome.value, "seq": source.seq},
            )
            refused[outcome.value] += outcome is not Outcome.DONE
        return Applied(taken=len(records) - refused.total(), refused=refused.total(), reasons=dict(+refused) or None)

    def state_digest(self) -> str:
        """Orders change bookings, whose state the booking zone tells by its own files."""
        return ""


def _carry_out(row: Record, booking: Booking, actor: Actor) -> CarriedOut.Outcome:
    try:
        # A savepoint of its own: what one order leaves undone must not undo the others.
        with transaction.atomic():
            _ACTS[row["act"]](row, booking, actor)
    except BookingRefused as refused:
        return _OUTCOME_OF.get(refused.why, Outcome.ENDED)
    return Outcome.DONE


def _taken(_row: Record, booking: Booking, _actor: Actor) -> None:
    """The delivery zone has the answers: they are not needed here any more."""
    waiting = SealedApplication.objects.filter(booking=booking, taken_at=None)
    waiting.update(sealed=None, taken_at=clock.now(), stage=Stage.RECEIVED)


def _stage(row: Record, booking: Booking, _actor: Actor) -> None:
    waiting = SealedApplication.objects.filter(booking=booking)
    waiting.filter(taken_at=None).update(taken_at=clock.now())
    waiting.update(stage=row["text"])


def _message(row: Record, booking: Booking, actor: Actor) -> None:
    reservations.set_message(actor, booking.pk, row["text"])


def _cancel(_row: Record, booking: Booking, actor: Actor) -> None:
    reservations.cancel_by_staff(actor, booking.pk, _REASON)


def _move(row: Record, booking: Booking, actor: Actor) -> None:
    if booking.state != State.CONFIRMED:
        raise BookingRefused(Why.NOT_FOUND)
    found = Slot.objects.filter(place__code=row["place"], schedule=booking.kind.schedule_id, day=row["day"], start=row["start"]).first()
    if found is None:
        raise BookingRefused(Why.NOT_OFFERED)
    if found.pk != booking.slot_id:
        reservations.move_by_staff(actor, booking.pk, found.pk, reason=_REASON)


_ACTS: Mapping[str, Any] = {"taken": _taken, "stage": _stage, "message": _message, "cancel": _cancel, "move": _move}


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, str) and len(value) == 10 and value.isascii() and value.isdigit()


def _is_place(value: object) -> bool:
    return value is None or (isinstance(value, str) and 0 < len(value) <= 20)


def _reads_as(read: Any) -> Any:  # noqa: ANN401 a date's or a time's reader
    def fits(value: object) -> bool:
        try:
            return value is None or (isinstance(value, str) and read(value) is not None)
        except ValueError:
            return False

    return fits


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT_LENGTH and not find_individual_numbers(value)


_FORMS: Mapping[str, Any] = {
    "id": _is_uuid,
    "act": frozenset(_ACTS).__contains__,
    "rev": is_revision,
    "no": _is_number,
    "place": _is_place,
    "day": _reads_as(dt.date.fromisoformat),
    "start": _reads_as(dt.time.fromisoformat),
    "text": _is_text,
}
