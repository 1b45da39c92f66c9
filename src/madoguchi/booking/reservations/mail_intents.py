"""Mails that are owed: a row for each, written in the transaction of what they tell of, drained by the notices app."""

import uuid

from django.db import connection

from madoguchi.booking.reservations.models import MailIntent
from madoguchi.platform import clock

_OWE = """
INSERT INTO reservations_mailintent (booking_id, kind, version, created_at)
SELECT id, %(kind)s, version, %(now)s FROM reservations_booking WHERE id = %(booking)s AND email <> ''
ON CONFLICT (booking_id, kind, version) DO NOTHING
"""


def owe(booking: uuid.UUID, kind: MailIntent.Kind) -> bool:
    """Owe a mail of `kind` about the booking as it stands now. One statement.

    Returns False when the booking has no mail address, or the same mail is owed already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWE, {"booking": booking, "kind": kind.value, "now": clock.now()})
        return bool(cursor.rowcount)
