"""What must be true of all bookings at every moment; asked by tests, by the benches and after every kill."""

from django.db import connection

# Name of the invariant, and a statement that returns a row for each place where it is broken.
CHECKS = {
    "a slot's counters equal its seats": """
        SELECT s.id FROM calendar_slot s LEFT JOIN reservations_seat e ON e.slot_id = s.id GROUP BY s.id
        HAVING s.taken <> COALESCE(sum(e.places), 0) OR s.taken_public <> COALESCE(sum(e.places) FILTER (WHERE e.is_public), 0)
            OR s.taken_phone <> COALESCE(sum(e.places) FILTER (WHERE e.channel = 'phone'), 0)""",
    "no slot is over its capacity": """
        SELECT s.id FROM calendar_slot s JOIN reservations_seat e ON e.slot_id = s.id GROUP BY s.id
        HAVING sum(e.places) > s.capacity OR COALESCE(sum(e.places) FILTER (WHERE e.is_public), 0) > s.public_capacity""",
    "a booking has its seats while it stands, the first of them at its time": """
        SELECT b.id FROM reservations_booking b LEFT JOIN reservations_seat e ON e.booking_id = b.id AND e.free_at IS NULL
        GROUP BY b.id HAVING (b.state NOT IN ('expired', 'cancelled')) <> (count(e.id) > 0)
            OR (count(e.id) > 0 AND count(e.id) FILTER (WHERE e.slot_id = b.slot_id) <> 1)""",
    "a person has at most one live booking": """
        SELECT a.credential_id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
        WHERE b.state IN ('held', 'confirmed', 'arrived') AND NOT a."left" AND a.result = ''
        GROUP BY a.credential_id HAVING count(*) > 1""",
    "a person's live mark equals the booking's state": """
        SELECT a.id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
        WHERE a.live <> (b.state IN ('held', 'confirmed', 'arrived') AND NOT a."left" AND a.result = '')""",
    "a booking has as many people as it says": """
        SELECT b.id FROM reservations_booking b JOIN calendar_visitkind k ON k.id = b.kind_id
        WHERE k.identification = 'number' AND b.people <> (
                SELECT count(*) FROM reservations_attendee a WHERE a.booking_id = b.id AND NOT a."left")
            AND NOT EXISTS (SELECT FROM reservations_offer o WHERE o.booking_id = b.id AND o.state <> 'taken')
            AND NOT EXISTS (SELECT FROM reservations_offer o WHERE o.booking_id = b.id AND b.state = 'expired')""",
    "an open offer is held, and its wish waits for the answer": """
        SELECT o.id
        FROM reservations_offer o JOIN reservations_booking b ON b.id = o.booking_id JOIN reservations_wish w ON w.id = o.wish_id
        WHERE o.state = 'open' AND (b.state <> 'held' OR w.state <> 'offered')""",
    "every version of a booking has one event, and the last one names its state": """
        SELECT b.id FROM reservations_booking b LEFT JOIN reservations_bookingevent e ON e.booking_id = b.id
        GROUP BY b.id HAVING count(e.id) <> b.version OR max(e.version) <> b.version
            OR max(e.to_state) FILTER (WHERE e.version = b.version) <> b.state""",
    "a confirmed booking owes its mail exactly when it has an address": """
        SELECT b.id FROM reservations_booking b
        WHERE b.state = 'confirmed' AND (b.email <> '') <> EXISTS (
            SELECT FROM reservations_mailintent i WHERE i.booking_id = b.id AND i.kind IN ('confirmed', 'changed'))""",
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
