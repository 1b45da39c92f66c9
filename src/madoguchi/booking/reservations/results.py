"""Taking in results from the delivery zone: handed over, refused at the counter, not come, withdrawn (EX-02 back)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import RESULT_TAKEN
from madoguchi.booking.reservations.models import CLOSING_RESULTS, RESULTS, Credential
from madoguchi.booking.reservations.roster import is_revision, is_serial
from madoguchi.booking.reservations.services import statement_values
from madoguchi.booking.reservations.services.waiting import offer_freed_places
from madoguchi.kernel.kfx import Record, state_digest
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source

_BOOKING_NUMBER_DIGITS = 10


class ResultsHandler:
    """Takes files of type `results` in. Delivered or withdrawn closes the number and forgets the mail address."""

    def check(self, records: Sequence[Record]) -> Iterable[RowRefusal]:
        """Find rows that are malformed (E20) or older than the result that is stored (E23)."""
        faults = [fault for line, row in enumerate(records, start=1) for fault in _malformed(line, row)]
        return faults or list(_older(records))

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:  # noqa: ARG002 the protocol's signature
        """Take the results in: five statements whatever the number of rows.

        A card that was never on the roster (somebody came without a notice) has no number here; such a row is counted, not refused.
        """
        known = set(Credential.objects.filter(serial__in=[row["id"] for row in records]).values_list("serial", flat=True))
        rows = [row for row in records if row["id"] in known]
        values = statement_values(
            actor,
            RESULT_TAKEN,
            serials=[row["id"] for row in rows],
            results=[row["result"] for row in rows],
            revs=[row["rev"] for row in rows],
            numbers=[row["no"] or "" for row in rows],
            closing=list(CLOSING_RESULTS),
        )
        with connection.cursor() as cursor:
            cursor.execute(statements.RESULTS_FOR_NUMBERS, values)
            cursor.execute(statements.LOCK_FOR_RESULTS, values)
            cursor.execute(statements.RESULTS_FOR_BOOKINGS, values)
            freed = cursor.fetchone()[1]
            cursor.execute(statements.FORGET_ADDRESSES, values)
        offer_freed_places(freed)
        unknown = len(records) - len(rows)
        return Applied(taken=len(rows), refused=unknown, reasons={"unknown_number": unknown} if unknown else None)

    def state_digest(self) -> str:
        """Return the digest of all results that are stored."""
        stored = Credential.objects.exclude(result="").values_list("serial", "result_rev", "result")
        return state_digest(stored.iterator(chunk_size=10_000))


def _malformed(line: int, row: Record) -> Iterator[RowRefusal]:
    for field, fits in _FORMS.items():
        if field not in row:
            yield RowRefusal("E20", line, field, "missing")
        elif not fits(row[field]):
            yield RowRefusal("E20", line, field, "form")


def _is_booking_number(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) == _BOOKING_NUMBER_DIGITS and value.isascii() and value.isdigit())


_FORMS: Mapping[str, Any] = {
    "id": is_serial,
    "no": _is_booking_number,
    "result": set(RESULTS[1:]).__contains__,
    "rev": is_revision,
}


def _older(records: Sequence[Record]) -> Iterator[RowRefusal]:
    stored = dict(Credential.objects.filter(serial__in=[row["id"] for row in records]).values_list("serial", "result_rev"))
    for line, row in enumerate(records, start=1):
        if row["rev"] < stored.get(row["id"], 0):
            yield RowRefusal("E23", line, "rev", "older")
