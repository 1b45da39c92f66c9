"""The SQL of bookings: each change of a booking, of its slot's counters, its event, its audit event and its mail is one statement.

One statement is one round trip and holds the slot's row only inside the server; the guard stands in the UPDATE itself, so that nobody
looks first and writes later. Parameters are named and always bound by the driver.
"""

# ruff: noqa: S608 fixed texts, every value is a parameter

from madoguchi.booking.calendar.rules import OFFERED_TO_STAFF, ROOM_FOR_STAFF, ROOM_FOR_THE_PUBLIC, offered_to_the_public


def _event(source: str, kind: str, *, from_state: str, to_state: str) -> str:
    """Return the INSERT of one booking event for every row of the CTE `source` (id, slot_id, version)."""
    return f"""
    INSERT INTO reservations_bookingevent (booking_id, at, kind, from_state, to_state, slot_id, version, by_kind, by, reason)
    SELECT id, %(now)s, '{kind}', {from_state}, {to_state}, slot_id, version, %(actor_kind)s, {{by}}, %(reason)s FROM {source}"""


_AUDIT_EVENT = """
    INSERT INTO audit_auditevent (actor_kind, staff_pk, user_id, user_name, section, client, session_ref, process_code, process_name,
        process_class, subject, content, individual_number_access, reason, result, started_at)
    SELECT %(actor_kind)s, %(staff_pk)s, {by}, %(user_name)s, %(section)s, %(client)s, %(session_ref)s, %(process_code)s,
        %(process_name)s, %(process_class)s, 'booking:' || id, jsonb_build_object('slot', slot_id, 'version', version), false,
        %(reason)s, 'done', %(now)s FROM """

_BY_PARAMETER = "%(by)s"
_BY_CREDENTIAL = "'credential:' || credential_id"

_BOOKING_COLUMNS = """id, number, state, slot_id, is_public, source, idempotency_key, held_until, version, email, language, requests,
        created_at, changed_at, confirmed_at"""

# Written so that no index fits it: the booking is found by its key, not among all that are held.
_HOLD_RUNS = "b.state = 'held' AND COALESCE(b.held_until, '-infinity') > %(now)s"

HOLD = f"""
WITH seat AS (
    UPDATE calendar_slot s SET taken = s.taken + 1, taken_public = s.taken_public + 1
    FROM calendar_place p, municipality_municipality m, reservations_credential c
    WHERE s.id = %(slot)s AND p.id = s.place_id AND c.id = %(credential)s AND c.status = 'open' AND c.locked_at IS NULL
        AND {offered_to_the_public(places="c.places", not_before="c.not_before", deadline="c.deadline")}
        AND {ROOM_FOR_THE_PUBLIC}
    RETURNING s.id, m.hold_minutes
), booking AS (
    INSERT INTO reservations_booking ({_BOOKING_COLUMNS})
    SELECT %(booking)s, %(number)s, 'held', seat.id, true, 'web', %(key)s, %(now)s + make_interval(mins => seat.hold_minutes), 1, '',
        %(language)s, '{{}}', %(now)s, %(now)s, NULL
    FROM seat RETURNING id, slot_id, version
), attendee AS (
    INSERT INTO reservations_attendee (booking_id, credential_id, live, result) SELECT id, %(credential)s, true, '' FROM booking
), draft AS (
    UPDATE reservations_draft SET booking_id = booking.id FROM booking WHERE reservations_draft.id = %(draft)s
), event AS ({_event("booking", "held", from_state="''", to_state="'held'").format(by=_BY_PARAMETER)}
), audit AS ({_AUDIT_EVENT.format(by=_BY_PARAMETER)} booking
)
SELECT id FROM booking
"""

# The draft is found by the hash of its key, so that the confirming request needs no other statement.
CONFIRM = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'confirmed', held_until = NULL, version = b.version + 1, changed_at = %(now)s, confirmed_at = %(now)s,
        email = d.email, language = d.language, requests = d.requests, privacy_notice = d.privacy_notice
    FROM reservations_draft d, reservations_credential c, calendar_slot s, calendar_place p
    WHERE d.key_digest = %(draft)s AND d.expires_at > %(now)s AND c.id = d.credential_id AND c.status = 'open'
        AND b.id = d.booking_id AND b.idempotency_key = %(key)s AND {_HOLD_RUNS}
        AND s.id = b.slot_id AND s.is_open AND p.id = s.place_id AND p.is_open
    RETURNING b.id, b.number, b.slot_id, b.version, b.email, d.credential_id
), event AS ({_event("booking", "confirmed", from_state="'held'", to_state="'confirmed'").format(by=_BY_CREDENTIAL)}
), audit AS ({_AUDIT_EVENT.format(by=_BY_CREDENTIAL)} booking
), mail AS (
    INSERT INTO reservations_mailintent (booking_id, kind, version, created_at)
    SELECT id, 'confirmed', version, %(now)s FROM booking WHERE email <> ''
)
SELECT id, number FROM booking
"""

BOOK_BY_STAFF = f"""
WITH room AS (
    SELECT s.id, {ROOM_FOR_THE_PUBLIC} AND s.public_capacity > 0 AS is_public
    FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
    WHERE s.id = %(slot)s AND {OFFERED_TO_STAFF} AND {ROOM_FOR_STAFF}
    FOR NO KEY UPDATE OF s
), seat AS (
    UPDATE calendar_slot s SET taken = s.taken + 1, taken_public = s.taken_public + CASE WHEN room.is_public THEN 1 ELSE 0 END
    FROM room, reservations_credential c
    WHERE s.id = room.id AND c.id = %(credential)s AND c.status = 'open' AND s.taken < s.capacity
    RETURNING s.id, room.is_public
), booking AS (
    INSERT INTO reservations_booking ({_BOOKING_COLUMNS})
    SELECT %(booking)s, %(number)s, 'confirmed', seat.id, seat.is_public, %(source)s, %(key)s, NULL, 1, %(email)s, %(language)s,
        %(requests)s, %(now)s, %(now)s, %(now)s
    FROM seat RETURNING id, slot_id, version, email
), attendee AS (
    INSERT INTO reservations_attendee (booking_id, credential_id, live, result) SELECT id, %(credential)s, true, '' FROM booking
), event AS ({_event("booking", "confirmed", from_state="''", to_state="'confirmed'").format(by=_BY_PARAMETER)}
), audit AS ({_AUDIT_EVENT.format(by=_BY_PARAMETER)} booking
), mail AS (
    INSERT INTO reservations_mailintent (booking_id, kind, version, created_at)
    SELECT id, 'confirmed', version, %(now)s FROM booking WHERE email <> ''
)
SELECT id FROM booking
"""

EXTEND = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET held_until = %(now)s + make_interval(mins => m.hold_minutes), extensions = b.extensions + 1, version = b.version + 1,
        changed_at = %(now)s
    FROM municipality_municipality m
    WHERE b.id = %(booking)s AND {_HOLD_RUNS} AND b.extensions < m.hold_extensions
    RETURNING b.id, b.slot_id, b.version, b.held_until
), event AS ({_event("booking", "extended", from_state="'held'", to_state="'held'").format(by=_BY_PARAMETER)}
), audit AS ({_AUDIT_EVENT.format(by=_BY_PARAMETER)} booking
)
SELECT held_until FROM booking
"""


def _give_back(kind: str, *, from_state: str, to_state: str, freeing: str = "true", result: str = "") -> str:
    """Return the CTEs behind `booking` that end it, give its place back where `freeing` holds, and write both events.

    Bookings are locked first, then slots in the order of their ids: the same order everywhere, so no two of these statements wait for
    each other in a circle.
    """
    return f"""), attendee AS (
    UPDATE reservations_attendee a SET live = false{result} FROM booking WHERE a.booking_id = booking.id AND a.live
), freed AS (
    SELECT slot_id, count(*) AS places, count(*) FILTER (WHERE is_public) AS public_places
    FROM booking WHERE {freeing} GROUP BY slot_id
), locked AS (
    SELECT s.id FROM calendar_slot s WHERE s.id IN (SELECT slot_id FROM freed) ORDER BY s.id FOR NO KEY UPDATE
), seat AS (
    UPDATE calendar_slot s SET taken = s.taken - freed.places, taken_public = s.taken_public - freed.public_places
    FROM freed JOIN locked ON locked.id = freed.slot_id WHERE s.id = freed.slot_id
), event AS ({_event("booking", kind, from_state=from_state, to_state=to_state).format(by=_BY_PARAMETER)}
), audit AS ({_AUDIT_EVENT.format(by=_BY_PARAMETER)} booking
)"""


ANY_HOLD_ENDED = "SELECT 1 FROM reservations_booking WHERE state = 'held' AND held_until <= %(now)s LIMIT 1"

HELD_BY = """
SELECT b.id, b.slot_id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
WHERE a.credential_id = %(credential)s AND a.live AND b.state = 'held'
"""

EXPIRE = f"""
WITH due AS (
    SELECT id FROM reservations_booking WHERE state = 'held' AND held_until <= %(now)s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), booking AS (
    UPDATE reservations_booking b SET state = 'expired', held_until = NULL, version = b.version + 1, changed_at = %(now)s
    FROM due WHERE b.id = due.id RETURNING b.id, b.slot_id, b.is_public, b.version
{_give_back("expired", from_state="'held'", to_state="'expired'")}
SELECT count(*) FROM booking
"""

RELEASE = f"""
WITH booking AS (
    UPDATE reservations_booking b SET state = 'expired', held_until = NULL, version = b.version + 1, changed_at = %(now)s
    WHERE b.id = %(booking)s AND b.state = 'held' RETURNING b.id, b.slot_id, b.is_public, b.version
{_give_back("released", from_state="'held'", to_state="'expired'")}
SELECT id FROM booking
"""

CANCEL = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'cancelled', version = b.version + 1, sequence = b.sequence + 1, changed_at = %(now)s
    WHERE b.id = %(booking)s AND b.state = 'confirmed' RETURNING b.id, b.slot_id, b.is_public, b.version, b.email
{_give_back("cancelled", from_state="'confirmed'", to_state="'cancelled'")}, mail AS (
    INSERT INTO reservations_mailintent (booking_id, kind, version, created_at)
    SELECT id, 'cancelled', version, %(now)s FROM booking WHERE email <> ''
)
SELECT id FROM booking
"""

# Why a hold was refused: asked only after the refusal, to tell the person what to do.
WHY_NOT_HELD = f"""
SELECT c.status = 'open' AND c.locked_at IS NULL,
    {offered_to_the_public(places="c.places", not_before="c.not_before", deadline="c.deadline")}
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id, municipality_municipality m, reservations_credential c
WHERE s.id = %(slot)s AND c.id = %(credential)s
"""

OFFERED_TO_STAFF_AT_ALL = f"""
SELECT s.id FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id WHERE s.id = %(slot)s AND {OFFERED_TO_STAFF}
"""

# Results from the delivery zone close numbers and end bookings. A booking that lies ahead is cancelled by a hand-over or a withdrawal; the
# other results concern the day itself, and the booking that the file names when it names one.
RESULTS_FOR_NUMBERS = """
UPDATE reservations_credential c
SET result = i.result, result_rev = i.rev, changed_at = %(now)s,
    status = CASE WHEN i.result = ANY(%(closing)s) THEN 'closed' ELSE c.status END
FROM unnest(%(serials)s::text[], %(results)s::text[], %(revs)s::bigint[]) AS i(serial, result, rev)
WHERE c.serial = i.serial AND i.rev > c.result_rev
"""

RESULTS_FOR_BOOKINGS = f"""
WITH incoming AS (
    SELECT * FROM unnest(%(serials)s::text[], %(results)s::text[], %(numbers)s::text[]) AS i(serial, result, number)
), ending AS (
    SELECT b.id, b.state AS from_state, i.result, CASE
            WHEN i.result = 'withdrawn' OR (i.result = 'delivered' AND s.day > %(today)s) THEN 'cancelled'
            WHEN i.result = 'delivered' THEN 'done'
            ELSE i.result END AS to_state
    FROM incoming i
    JOIN reservations_credential c ON c.serial = i.serial
    JOIN reservations_attendee a ON a.credential_id = c.id AND a.live
    JOIN reservations_booking b ON b.id = a.booking_id
    JOIN calendar_slot s ON s.id = b.slot_id
    WHERE (i.result = ANY(%(closing)s) AND b.state <> 'held')
        OR (b.state IN ('confirmed', 'arrived') AND s.day <= %(today)s AND (i.number = '' OR i.number = b.number))
    ORDER BY b.id FOR NO KEY UPDATE OF b
), booking AS (
    UPDATE reservations_booking b
    SET state = ending.to_state, version = b.version + 1, changed_at = %(now)s,
        sequence = b.sequence + CASE WHEN ending.to_state = 'cancelled' THEN 1 ELSE 0 END
    FROM ending WHERE b.id = ending.id
    RETURNING b.id, b.slot_id, b.is_public, b.version, ending.from_state, b.state AS to_state, ending.result
{
    _give_back(
        "result",
        from_state="from_state",
        to_state="to_state",
        freeing="to_state = 'cancelled'",
        result=", result = booking.result",
    )
}
SELECT count(*) FROM booking
"""

FORGET_ADDRESSES = """
UPDATE reservations_booking b SET email = ''
FROM reservations_attendee a JOIN reservations_credential c ON c.id = a.credential_id
WHERE a.booking_id = b.id AND b.email <> '' AND b.state NOT IN ('held', 'confirmed', 'arrived') AND c.result = ANY(%(closing)s)
    AND c.serial = ANY(%(serials)s::text[])
"""
