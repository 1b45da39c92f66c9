"""Mails before the visit: the municipality's days, at its hour, once each, and none behind a mail that has just said the same (BK-07)."""

from django.db import connection, transaction

from madoguchi.booking.municipality.queries import fresh
from madoguchi.platform import clock

# Of the municipality's days the nearest one that is due counts: after an outage of days the person gets one reminder, not one for each day
# that was missed. A booking made, changed or proved after the reminder's time gets none of that day: what it would say was just said.
_REMIND = """
INSERT INTO notices_mail (reference, booking_id, kind, version, once, about_day, address, state, failures, due_at, created_at)
SELECT gen_random_uuid(), b.id, 'reminder', b.version, 'reminder:' || nearest.days || ':' || to_char(s.day, 'YYYYMMDD'), s.day, b.email,
    'waiting', 0, %(now)s, %(now)s
FROM calendar_slot s
JOIN reservations_booking b ON b.slot_id = s.id AND b.state = 'confirmed' AND b.email <> ''
JOIN notices_contact c ON c.booking_id = b.id
CROSS JOIN LATERAL (SELECT min(days) AS days FROM unnest(%(days)s::int[]) AS days WHERE days >= s.day - %(today)s::date) AS nearest
CROSS JOIN LATERAL (
    SELECT ((s.day - nearest.days)::timestamp + make_interval(hours => %(hour)s)) AT TIME ZONE 'Asia/Tokyo' AS at) AS due
WHERE s.day >= %(today)s AND s.day <= %(today)s::date + (SELECT max(days) FROM unnest(%(days)s::int[]) AS days)
    AND (s.day + s.start) AT TIME ZONE 'Asia/Tokyo' > %(now)s
    AND due.at <= %(now)s AND b.confirmed_at < due.at AND c.proved_at < due.at AND c.stopped_at IS NULL AND c.failed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM notices_mail m WHERE m.booking_id = b.id AND m.kind IN ('confirmed', 'changed') AND m.created_at >= due.at)
ON CONFLICT (booking_id, once) DO NOTHING
"""


@transaction.atomic
def remind() -> int:
    """Owe the reminders that are due and return how many. One statement; run every few minutes by the worker.

    Nothing goes out before the municipality's hour, so that what an outage of the night has held up wakes nobody.
    """
    office, now = fresh(), clock.now()
    if not office.reminder_days or now.hour < office.reminder_hour:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_REMIND, {"now": now, "today": now.date(), "days": list(office.reminder_days), "hour": office.reminder_hour})
        return int(cursor.rowcount)
