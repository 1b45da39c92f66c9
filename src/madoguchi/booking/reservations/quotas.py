"""Setting how many places a kind of visit may take on one day, and counting the bookings that are there already (BS-02)."""

from django.db import connection, transaction

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import KindQuota, VisitKind
from madoguchi.platform.audit.actors import Actor

# Nobody takes or gives back a place while the counters are made anew: bookings wait for some thousandths of a second.
_WAIT_FOR_BOOKINGS = "LOCK TABLE calendar_slot IN SHARE ROW EXCLUSIVE MODE"
_FORGET = "DELETE FROM calendar_kindday WHERE kind_id = %(kind)s"
_COUNT = """
INSERT INTO calendar_kindday (kind_id, place_id, day, taken, allowed)
SELECT b.kind_id, s.place_id, s.day, sum(e.places), sum(e.places)
FROM reservations_seat e JOIN reservations_booking b ON b.id = e.booking_id JOIN calendar_slot s ON s.id = e.slot_id
WHERE b.kind_id = %(kind)s AND EXISTS (SELECT FROM calendar_kindquota q WHERE q.kind_id = %(kind)s)
GROUP BY b.kind_id, s.place_id, s.day
"""


@transaction.atomic
def save_quota(actor: Actor, quota: KindQuota) -> KindQuota:
    """Store a quota; bookings that stand count against it, also where they are more than it allows. Raises ValidationError."""
    calendar.store_quota(actor, quota)
    _count(quota.kind)
    return quota


@transaction.atomic
def remove_quota(actor: Actor, quota: KindQuota) -> None:
    """Take a quota away."""
    calendar.drop_quota(actor, quota)
    _count(quota.kind)


def _count(kind: VisitKind) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WAIT_FOR_BOOKINGS)
        cursor.execute(_FORGET, {"kind": kind.pk})
        cursor.execute(_COUNT, {"kind": kind.pk})
