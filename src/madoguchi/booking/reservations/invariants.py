"""What must be true of all bookings at every moment; asked by tests, by the benches and after every kill."""

from django.db import connection

# Name of the invariant, and a statement that returns a row for each place where it is broken.
CHECKS = {
    "a slot's counters equal its bookings": """
        SELECT s.id, s.taken, s.taken_public, count(b.id), count(b.id) FILTER (WHERE b.is_public)
        FROM calendar_slot s LEFT JOIN reservations_booking b ON b.slot_id = s.id AND b.state NOT IN ('expired', 'cancelled')
        GROUP BY s.id HAVING s.taken <> count(b.id) OR s.taken_public <> count(b.id) FILTER (WHERE b.is_public)""",
    "no slot is over its capacity": """
        SELECT s.id FROM calendar_slot s
        JOIN reservations_booking b ON b.slot_id = s.id AND b.state NOT IN ('expired', 'cancelled')
        GROUP BY s.id HAVING count(*) > s.capacity OR count(*) FILTER (WHERE b.is_public) > s.public_capacity""",
    "a person has at most one live booking": """
        SELECT a.credential_id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
        WHERE b.state IN ('held', 'confirmed', 'arrived') GROUP BY a.credential_id HAVING count(*) > 1""",
    "a person's live mark equals the booking's state": """
        SELECT a.id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
        WHERE a.live <> (b.state IN ('held', 'confirmed', 'arrived'))""",
    "every booking has a person": """
        SELECT b.id FROM reservations_booking b WHERE NOT EXISTS (SELECT FROM reservations_attendee a WHERE a.booking_id = b.id)""",
    "every version of a booking has one event, and the last one names its state": """
        SELECT b.id FROM reservations_booking b LEFT JOIN reservations_bookingevent e ON e.booking_id = b.id
        GROUP BY b.id HAVING count(e.id) <> b.version OR max(e.version) <> b.version
            OR max(e.to_state) FILTER (WHERE e.version = b.version) <> b.state""",
    "a confirmed booking owes its mail exactly when it has an address": """
        SELECT b.id FROM reservations_booking b
        WHERE b.state = 'confirmed' AND (b.email <> '') <> EXISTS (
            SELECT FROM reservations_mailintent i WHERE i.booking_id = b.id AND i.kind = 'confirmed')""",
}


def violations() -> list[str]:
    """Return one line for each broken invariant with the number of places where it is broken; empty when all hold."""
    found = []
    with connection.cursor() as cursor:
        for name, statement in CHECKS.items():
            cursor.execute(f"SELECT count(*) FROM ({statement}) AS broken")  # noqa: S608 the fixed texts above
            count = cursor.fetchone()[0]
            if count:
                found.append(f"{name}: {count}")
    return found
