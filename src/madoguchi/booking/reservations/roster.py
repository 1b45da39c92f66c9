"""Taking in the roster (`targets`) from the delivery zone: who may book, how they prove it, where and when they may come (EX-01).

Codes and birthdays arrive inside the sealed file and are kept as keyed hashes only.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.reservations import macs
from madoguchi.booking.reservations.models import STAGES, Credential
from madoguchi.kernel.kfx import Record, state_digest
from madoguchi.kernel.numbers import NumberError, dispatch_number, is_booking_code, mmdd, serial_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source

# A file that closes more than a fifth of all open numbers, and more than a hundred, is a mistake until somebody says otherwise (E24).
CLOSING_SHARE = 5
CLOSING_FLOOR = 100

_PLACE_CODE = re.compile(r"[0-9A-Za-z_-]{1,20}")

_STAGE = """
CREATE TEMPORARY TABLE incoming_target (
    serial text, code_mac bytea, birthday_mac bytea, dispatch_no text, places text[], not_before date, deadline date,
    status text, rev bigint, stage text
) ON COMMIT DROP
"""

# A new code or birthday begins anew: the lock was for guesses at the old one. What the counter has closed is opened again only by a newer
# revision. The row of an older revision was refused before.
_TAKE_IN = """
INSERT INTO reservations_credential AS c
    (serial, code_mac, birthday_mac, dispatch_no, places, not_before, deadline, status, rev, stage, changed_at)
SELECT serial, code_mac, birthday_mac, dispatch_no, places, not_before, deadline, status, rev, stage, %(now)s FROM incoming_target
ON CONFLICT (serial) DO UPDATE SET
    code_mac = EXCLUDED.code_mac, birthday_mac = EXCLUDED.birthday_mac, dispatch_no = EXCLUDED.dispatch_no, places = EXCLUDED.places,
    not_before = EXCLUDED.not_before, deadline = EXCLUDED.deadline, rev = EXCLUDED.rev, stage = EXCLUDED.stage,
    changed_at = EXCLUDED.changed_at,
    status = CASE WHEN c.rev = EXCLUDED.rev AND c.result IN ('delivered', 'withdrawn') THEN c.status ELSE EXCLUDED.status END,
    wrong_birthdays = CASE WHEN (c.code_mac, c.birthday_mac) IS NOT DISTINCT FROM (EXCLUDED.code_mac, EXCLUDED.birthday_mac)
        THEN c.wrong_birthdays ELSE 0 END,
    locked_at = CASE WHEN (c.code_mac, c.birthday_mac) IS NOT DISTINCT FROM (EXCLUDED.code_mac, EXCLUDED.birthday_mac)
        THEN c.locked_at END
WHERE (c.code_mac, c.birthday_mac, c.dispatch_no, c.places, c.not_before, c.deadline, c.rev, c.status, c.stage)
    IS DISTINCT FROM (EXCLUDED.code_mac, EXCLUDED.birthday_mac, EXCLUDED.dispatch_no, EXCLUDED.places, EXCLUDED.not_before,
                      EXCLUDED.deadline, EXCLUDED.rev, EXCLUDED.status, EXCLUDED.stage)
"""


class TargetsHandler:
    """Takes files of type `targets` in: one set-based statement, whatever the number of rows."""

    def check(self, records: Sequence[Record]) -> Iterable[RowRefusal]:
        """Find rows that are malformed (E20), name an unknown place (E22), are older than what is stored (E23), or close too many (E24)."""
        faults = [fault for line, row in enumerate(records, start=1) for fault in _malformed(line, row)]
        if faults:
            return faults
        return [*_unknown_places(records), *_against_the_stored(records)]

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:  # noqa: ARG002 the protocol's signature
        """Take every row in. Numbers that close keep their bookings: they are listed for staff, who call (`bookings_of_closed_numbers`)."""
        key = macs.pepper()
        with connection.cursor() as cursor:
            cursor.execute(_STAGE)
            with cursor.copy("COPY incoming_target FROM STDIN") as copy:
                for row in records:
                    copy.write_row(_stored_form(row, key))
            cursor.execute(_TAKE_IN, {"now": clock.now()})
            cursor.execute("DROP TABLE incoming_target")
        return Applied(taken=len(records))

    def state_digest(self) -> str:
        """Return the digest of all numbers with their revision and status."""
        return state_digest(Credential.objects.values_list("serial", "rev", "status").iterator(chunk_size=10_000))


def _malformed(line: int, row: Record) -> Iterator[RowRefusal]:
    for field, fits in _FORMS.items():
        if field not in row:
            yield RowRefusal("E20", line, field, "missing")
        elif not fits(row[field]):
            yield RowRefusal("E20", line, field, "form")
    # Files of older releases do not say how far the card is.
    if row.get("stage") is not None and row["stage"] not in STAGES:
        yield RowRefusal("E20", line, "stage", "unknown")


def is_serial(value: object) -> bool:
    """Tell whether `value` is a 製造管理番号 in its one form."""
    try:
        return isinstance(value, str) and serial_number(value) == value
    except NumberError:
        return False


def _is_code(value: object) -> bool:
    return value is None or (isinstance(value, str) and is_booking_code(value))


def _is_month_day(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and mmdd(value) == value)
    except NumberError:
        return False


def _is_dispatch_number(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and dispatch_number(value) == value)
    except NumberError:
        return False


def _is_date(value: object) -> bool:
    try:
        return value is None or (isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value)
    except ValueError:
        return False


def _are_places(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(code, str) and _PLACE_CODE.fullmatch(code) for code in value)


def is_revision(value: object) -> bool:
    """Tell whether `value` can be a revision: a whole number from 0 that PostgreSQL's bigint holds."""
    return type(value) is int and 0 <= value < 2**63


_FORMS: Mapping[str, Any] = {
    "id": is_serial,
    "code": _is_code,
    "md": _is_month_day,
    "dispatch": _is_dispatch_number,
    "places": _are_places,
    "from": _is_date,
    "until": _is_date,
    "status": {"open", "closed"}.__contains__,
    "rev": is_revision,
}


def _unknown_places(records: Sequence[Record]) -> Iterator[RowRefusal]:
    known = set(Place.objects.values_list("code", flat=True))
    if not known:
        # A fresh installation: places are entered later, the roster may come first.
        return
    for line, row in enumerate(records, start=1):
        if not known.issuperset(row["places"]):
            yield RowRefusal("E22", line, "places", "unknown")


def _against_the_stored(records: Sequence[Record]) -> Iterator[RowRefusal]:
    held = Credential.objects.filter(serial__in=[row["id"] for row in records]).values_list("serial", "rev", "status")
    stored = {serial: (rev, status) for serial, rev, status in held}
    closing = 0
    for line, row in enumerate(records, start=1):
        rev, status = stored.get(row["id"], (-1, "closed"))
        if row["rev"] < rev:
            yield RowRefusal("E23", line, "rev", "older")
        if status == "open" and row["status"] == "closed":
            closing += 1
    if closing > CLOSING_FLOOR and closing * CLOSING_SHARE > Credential.objects.filter(status="open").count():
        yield RowRefusal("E24", 0, "status", "mass_closing")


def _stored_form(row: Record, key: bytes) -> tuple[object, ...]:
    serial = row["id"]
    return (
        serial,
        macs.code_mac(serial, row["code"], key) if row["code"] is not None else None,
        macs.birthday_mac(serial, row["md"], key) if row["md"] is not None else None,
        row["dispatch"] or "",
        list(row["places"]),
        row["from"],
        row["until"],
        row["status"],
        row["rev"],
        row.get("stage") or "",
    )
