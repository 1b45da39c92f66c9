"""The SQL of bookings: each change of a booking, of its slots' counters, its event, its audit event and its mail is one statement.

One statement is one round trip and holds the slots' rows only inside the server; the guard stands in the statement itself, so that nobody
looks first and writes later. Parameters are named and always bound by the driver.

Order of locks everywhere: bookings by id, then slots by id, so that no two statements wait for each other in a circle. A statement that
reads the seats of a booking which others may change at that moment runs behind one that has locked the booking (`LOCK`): it then sees what
the other one left.
"""

# ruff: noqa: S608 fixed texts, every value is a parameter

from madoguchi.booking.calendar.rules import (
    LAST_DAY_TO_BOOK,
    OFFERED_TO_STAFF,
    ROOM_FOR_PHONE,
    ROOM_FOR_STAFF,
    ROOM_FOR_THE_PUBLIC,
    SEATS,
    WITHIN_THE_QUOTA,
    counted_against_the_quota,
    given_back_to_the_quota,
    offered_to_the_public,
    visit_slots,
)


def _event(source: str, kind: str, *, from_state: str, to_state: str) -> str:
    """Return the INSERT of one booking event for every row of the CTE `source` (id, slot_id, people, version)."""
    return f"""
    INSERT INTO reservations_bookingevent (booking_id, at, kind, from_state, to_state, slot_id, people, version, by_kind, by, reason)
    SELECT id, %(now)s, {kind}, {from_state}, {to_state}, slot_id, people, version, %(actor_kind)s, {{by}}, %(reason)s FROM {source}"""


_AUDIT_EVENT = """
    INSERT INTO audit_auditevent (actor_kind, staff_pk, user_id, user_name, section, client, session_ref, process_code, process_name,
        process_class, subject, content, individual_number_access, reason, result, started_at)
    SELECT %(actor_kind)s, %(staff_pk)s, {by}, %(user_name)s, %(section)s, %(client)s, %(session_ref)s, %(process_code)s,
        %(process_name)s, %(process_class)s, 'booking:' || id, jsonb_build_object('slot', slot_id, 'people', people, 'version', version),
        false, %(reason)s, 'done', %(now)s FROM """

_BY_PARAMETER = "%(by)s"
_BY_CREDENTIAL = "'credential:' || credential_id"


def _recorded(kind: str, *, from_state: str, to_state: str, by: str = _BY_PARAMETER) -> str:
    """Return the CTEs that write the event and the audit event of every row of `booking`."""
    return f"""event AS ({_event("booking", kind, from_state=from_state, to_state=to_state).format(by=by)}
), audit AS ({_AUDIT_EVENT.format(by=by)} booking
)"""


def _mail(kind: str) -> str:
    return f"""mail AS (
    INSERT INTO reservations_mailintent (booking_id, kind, version, created_at)
    SELECT id, '{kind}', version, %(now)s FROM booking WHERE email <> ''
)"""


_BOOKING_COLUMNS = """id, number, state, kind_id, slot_id, people, source, idempotency_key, held_until, version, email, language, requests,
        walk_in, created_at, changed_at, confirmed_at"""

# Written so that no index fits it: the booking is found by its key, not among all that are held.
_HOLD_RUNS = "b.state = 'held' AND COALESCE(b.held_until, '-infinity') > %(now)s"

# The times of a visit: the one chosen and those that follow it without a gap, as many as the kind and the party need.
WANTED = visit_slots()

# Whether each of the people may be booked for, and the days on which all of them may come.
_LIMITS = """
        AND NOT EXISTS (
            SELECT FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id JOIN calendar_slot v ON v.id = b.slot_id,
                municipality_municipality m
            WHERE a.credential_id = c.id AND b.state = 'no_show' AND v.day + m.no_show_wait_days > %(today)s)
        AND NOT EXISTS (
            SELECT FROM municipality_municipality m WHERE m.cancellation_limit > 0 AND m.cancellation_limit <= (
                SELECT count(*) FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
                JOIN reservations_bookingevent e ON e.booking_id = b.id AND e.version = b.version
                WHERE a.credential_id = c.id AND b.state = 'cancelled' AND e.by_kind = 'citizen'
                    AND e.at > %(now)s - interval '30 days'))"""


def _party(*, locked: str = "", limits: str = "") -> str:
    return f"""party AS (
    SELECT count(*) = cardinality(%(credentials)s::bigint[]) AS admitted, max(c.not_before) AS not_before, min(c.deadline) AS deadline
    FROM reservations_credential c
    WHERE c.id = ANY(%(credentials)s::bigint[]) AND c.status = 'open'{locked}{limits}
)"""


_CITIZENS = _party(locked=" AND c.locked_at IS NULL", limits=_LIMITS)
_CITIZENS_WHO_HAVE_A_BOOKING = _party(locked=" AND c.locked_at IS NULL")
_CALLERS = _party()

_EVERY_CARD_CAN_BE_THERE = """NOT EXISTS (
        SELECT FROM reservations_credential c
        WHERE c.id = ANY(%(credentials)s::bigint[]) AND cardinality(c.places) > 0 AND p.code <> ALL(c.places))"""

_OFFERED_TO_CITIZENS = f"""({offered_to_the_public(places="'{}'::text[]", not_before="party.not_before", deadline="party.deadline")} AND {
    _EVERY_CARD_CAN_BE_THERE
})"""

# What a booking that stands may be given within its own time: a larger party, or its place again after a cancellation.
_STILL_AHEAD = "(s.is_open AND p.is_open AND (s.day, s.start) > (%(today)s::date, %(time)s::time))"

# By telephone staff are bound by the places for the telephone besides.
_ROOM_FOR_CALLERS = f"(CASE WHEN %(channel)s = 'phone' THEN {ROOM_FOR_PHONE} ELSE {ROOM_FOR_STAFF} END)"


def _taken(party: str, offered: str, room: str, *, is_public: str = "true", bound: bool = True) -> str:
    """Return the CTEs that take places of every time of the visit, or of none.

    `taken` has a row for each time when the visit fits, and no row else. With `bound` the quota of the kind is a limit too.
    """
    return f"""{party}, wanted AS ({WANTED}
), fitting AS (
    SELECT s.id, {is_public} AS is_public, {SEATS} AS places
    FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id, party
    WHERE s.id IN (SELECT id FROM wanted) AND party.admitted AND {offered} AND {room}
    ORDER BY s.id FOR NO KEY UPDATE OF s
), room AS (
    SELECT * FROM fitting WHERE (SELECT count(*) FROM fitting) = (SELECT count(*) FROM wanted)
), {counted_against_the_quota("room", bound=bound)}, taken AS (
    UPDATE calendar_slot s
    SET taken = s.taken + room.places, taken_public = s.taken_public + CASE WHEN room.is_public THEN room.places ELSE 0 END,
        taken_phone = s.taken_phone + CASE WHEN %(channel)s = 'phone' THEN room.places ELSE 0 END
    FROM room WHERE s.id = room.id{f" AND {WITHIN_THE_QUOTA}" if bound else ""}
    RETURNING s.id, room.is_public, room.places
)"""


_BY_CITIZENS = _taken(_CITIZENS, _OFFERED_TO_CITIZENS, ROOM_FOR_THE_PUBLIC)
_BY_STAFF = _taken(_CALLERS, OFFERED_TO_STAFF, _ROOM_FOR_CALLERS, is_public=ROOM_FOR_THE_PUBLIC, bound=False)

_SEATS = """seats AS (
    INSERT INTO reservations_seat (booking_id, slot_id, places, is_public, channel)
    SELECT booking.id, taken.id, taken.places, taken.is_public, %(channel)s FROM booking, taken
)"""

_ATTENDEES = """attendee AS (
    INSERT INTO reservations_attendee (booking_id, credential_id, live, result)
    SELECT booking.id, person, true, '' FROM booking, unnest(%(credentials)s::bigint[]) AS person
)"""

HOLD = f"""
WITH {_BY_CITIZENS}, booking AS (
    INSERT INTO reservations_booking ({_BOOKING_COLUMNS})
    SELECT %(booking)s, %(number)s, 'held', %(kind)s, %(slot)s, %(party)s, 'web', %(key)s,
        %(now)s + make_interval(mins => m.hold_minutes), 1, '', %(language)s, '{{}}', false, %(now)s, %(now)s, NULL
    FROM municipality_municipality m WHERE %(slot)s IN (SELECT id FROM taken) RETURNING id, slot_id, people, version
), {_SEATS}, {_ATTENDEES}, draft AS (
    UPDATE reservations_draft SET booking_id = booking.id FROM booking WHERE reservations_draft.id = %(draft)s
), {_recorded("'held'", from_state="''", to_state="'held'")}
SELECT id FROM booking
"""

# A freed place for the one whose turn it is. Nobody is an attendee until the offer is taken: who waits may have a booking meanwhile.
OFFER = f"""
WITH {_BY_CITIZENS}, booking AS (
    INSERT INTO reservations_booking ({_BOOKING_COLUMNS})
    SELECT %(booking)s, %(number)s, 'held', %(kind)s, %(slot)s, %(party)s, 'web', %(key)s, %(until)s, 1, %(email)s,
        %(language)s, '{{}}', false, %(now)s, %(now)s, NULL
    WHERE %(slot)s IN (SELECT id FROM taken) RETURNING id, slot_id, people, version, email
), {_SEATS}, {_recorded("'held'", from_state="''", to_state="'held'")}, {_mail("offer")}
SELECT id FROM booking
"""

_EVERY_TIME_STILL_OPEN = """NOT EXISTS (
            SELECT FROM reservations_seat e JOIN calendar_slot s ON s.id = e.slot_id WHERE e.booking_id = b.id AND NOT s.is_open)"""
_EVERYBODY_STILL_ADMITTED = """(b.people = 1 OR NOT EXISTS (
            SELECT FROM reservations_attendee a JOIN reservations_credential o ON o.id = a.credential_id
            WHERE a.booking_id = b.id AND o.status <> 'open'))"""

# The draft is found by the hash of its key, so that the confirming request needs no other statement.
CONFIRM = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'confirmed', held_until = NULL, version = b.version + 1, changed_at = %(now)s, confirmed_at = %(now)s,
        email = d.email, language = d.language, requests = d.requests, privacy_notice = d.privacy_notice
    FROM reservations_draft d, reservations_credential c, calendar_slot s, calendar_place p
    WHERE d.key_digest = %(draft)s AND d.expires_at > %(now)s AND c.id = d.credential_id AND c.status = 'open'
        AND b.id = d.booking_id AND b.idempotency_key = %(key)s AND {_HOLD_RUNS} AND {_EVERYBODY_STILL_ADMITTED}
        AND s.id = b.slot_id AND p.id = s.place_id AND p.is_open AND {_EVERY_TIME_STILL_OPEN}
    RETURNING b.id, b.number, b.slot_id, b.people, b.version, b.email, d.credential_id
), {_recorded("'confirmed'", from_state="'held'", to_state="'confirmed'", by=_BY_CREDENTIAL)}, {_mail("confirmed")}
SELECT id, number FROM booking
"""

# The same for a booking without booking numbers: who filled in a form shows its key.
CONFIRM_FORM = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'confirmed', held_until = NULL, version = b.version + 1, changed_at = %(now)s, confirmed_at = %(now)s,
        email = %(email)s, requests = %(requests)s, privacy_notice = %(privacy_notice)s
    FROM calendar_slot s, calendar_place p
    WHERE b.idempotency_key = %(key)s AND {_HOLD_RUNS} AND s.id = b.slot_id AND p.id = s.place_id AND p.is_open
        AND {_EVERY_TIME_STILL_OPEN}
    RETURNING b.id, b.number, b.slot_id, b.people, b.version, b.email
), {_recorded("'confirmed'", from_state="'held'", to_state="'confirmed'")}, {_mail("confirmed")}
SELECT id, number FROM booking
"""

BOOK_BY_STAFF = f"""
WITH {_BY_STAFF}, booking AS (
    INSERT INTO reservations_booking ({_BOOKING_COLUMNS})
    SELECT %(booking)s, %(number)s, 'confirmed', %(kind)s, %(slot)s, %(party)s, %(channel)s, %(key)s, NULL, 1, %(email)s,
        %(language)s, %(requests)s, %(walk_in)s, %(now)s, %(now)s, %(now)s
    WHERE %(slot)s IN (SELECT id FROM taken) RETURNING id, slot_id, people, version, email
), {_SEATS}, {_ATTENDEES}, {_recorded("'confirmed'", from_state="''", to_state="'confirmed'")}, {_mail("confirmed")}
SELECT id FROM booking
"""

EXTEND = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET held_until = GREATEST(b.held_until, %(now)s + make_interval(mins => m.hold_minutes)), extensions = b.extensions + 1,
        version = b.version + 1, changed_at = %(now)s
    FROM municipality_municipality m
    WHERE b.id = %(booking)s AND {_HOLD_RUNS} AND b.extensions < m.hold_extensions
    RETURNING b.id, b.slot_id, b.people, b.version, b.held_until
), {_recorded("'extended'", from_state="'held'", to_state="'held'")}
SELECT held_until FROM booking
"""

# A booking, locked until the transaction ends; whoever comes later sees what this one left.
LOCK = """
SELECT b.id, b.state, b.kind_id, b.slot_id, b.people, b.version, b.source FROM reservations_booking b
WHERE b.id = ANY(%(bookings)s::uuid[]) ORDER BY b.id FOR NO KEY UPDATE
"""

# Places that a citizen gives back may come back later: at a random moment against resale.
AT_RANDOM = """CASE WHEN e.is_public AND m.release_delay_minutes > 0
        THEN %(now)s + random() * make_interval(mins => m.release_delay_minutes) END"""
# A cancelled visit's places, kept as long as the cancellation can be undone where the municipality says so.
_WHILE_IT_CAN_BE_UNDONE = f"""CASE WHEN m.undo_keeps_place AND m.undo_minutes > 0
        THEN %(now)s + make_interval(mins => GREATEST(m.undo_minutes, CASE WHEN e.is_public THEN m.release_delay_minutes ELSE 0 END))
        ELSE {AT_RANDOM} END"""

_COUNTED_OUT = f"""freed AS (
    SELECT slot_id, sum(places) AS places, COALESCE(sum(places) FILTER (WHERE is_public), 0) AS public_places,
        COALESCE(sum(places) FILTER (WHERE channel = 'phone'), 0) AS phone_places
    FROM gone GROUP BY slot_id
), slots AS (
    SELECT s.id FROM calendar_slot s WHERE s.id IN (SELECT slot_id FROM freed) ORDER BY s.id FOR NO KEY UPDATE
), counters AS (
    UPDATE calendar_slot s
    SET taken = s.taken - freed.places, taken_public = s.taken_public - freed.public_places,
        taken_phone = s.taken_phone - freed.phone_places
    FROM freed JOIN slots ON slots.id = freed.slot_id WHERE s.id = freed.slot_id RETURNING s.id
), {given_back_to_the_quota("gone")}"""


def _left(source: str, later: str) -> str:
    """Return the CTEs that free the seats of the rows of `source`: at once, or when `later` says so."""
    return f"""leaving AS (
    SELECT e.id, {later} AS free_at
    FROM reservations_seat e JOIN {source} ON {source}.id = e.booking_id, municipality_municipality m WHERE e.free_at IS NULL
), parked AS (
    UPDATE reservations_seat e SET free_at = leaving.free_at FROM leaving WHERE e.id = leaving.id AND leaving.free_at IS NOT NULL
), gone AS (
    DELETE FROM reservations_seat e USING leaving, reservations_booking b
    WHERE e.id = leaving.id AND leaving.free_at IS NULL AND b.id = e.booking_id
    RETURNING e.slot_id, e.places, e.is_public, e.channel, b.kind_id
), {_COUNTED_OUT}"""


def _ended(kind: str, *, from_state: str, to_state: str, later: str = AT_RANDOM) -> str:
    """Return the CTEs behind `booking` that end it: its people are free, its places go back, both events are written."""
    return f"""attendee AS (
    UPDATE reservations_attendee a SET live = false FROM booking WHERE a.booking_id = booking.id AND a.live
), {_left("booking", later)}, {_recorded(kind, from_state=from_state, to_state=to_state)}"""


ANYTHING_DUE = """
SELECT 1 FROM reservations_booking WHERE state = 'held' AND held_until <= %(now)s
UNION ALL SELECT 1 FROM reservations_seat WHERE free_at <= %(now)s LIMIT 1
"""

HELD_BY = """
SELECT DISTINCT b.id, b.slot_id FROM reservations_attendee a JOIN reservations_booking b ON b.id = a.booking_id
WHERE a.credential_id = ANY(%(credentials)s::bigint[]) AND a.live AND b.state = 'held'
"""

EXPIRE = f"""
WITH due AS (
    SELECT id FROM reservations_booking WHERE state = 'held' AND held_until <= %(now)s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), booking AS (
    UPDATE reservations_booking b SET state = 'expired', held_until = NULL, version = b.version + 1, changed_at = %(now)s
    FROM due WHERE b.id = due.id RETURNING b.id, b.slot_id, b.people, b.version
), {_ended("'expired'", from_state="'held'", to_state="'expired'")}
SELECT count(*), array(SELECT id FROM counters) FROM booking
"""

# Places that were kept back for a while and may be given out again now.
FREE_DUE = f"""
WITH due AS (
    SELECT id FROM reservations_seat WHERE free_at <= %(now)s ORDER BY id FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM reservations_seat e USING due, reservations_booking b WHERE e.id = due.id AND b.id = e.booking_id
    RETURNING e.slot_id, e.places, e.is_public, e.channel, b.kind_id
), {_COUNTED_OUT}
SELECT COALESCE(sum(places), 0), array(SELECT id FROM counters) FROM gone
"""

RELEASE = f"""
WITH booking AS (
    UPDATE reservations_booking b SET state = 'expired', held_until = NULL, version = b.version + 1, changed_at = %(now)s
    WHERE b.id = ANY(%(bookings)s::uuid[]) AND b.state = 'held' RETURNING b.id, b.slot_id, b.people, b.version
), {_ended("'released'", from_state="'held'", to_state="'expired'")}
SELECT count(*), array(SELECT id FROM counters) FROM booking
"""


def _cancel(later: str) -> str:
    return f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'cancelled', version = b.version + 1, sequence = b.sequence + 1, changed_at = %(now)s, late = false
    WHERE b.id = %(booking)s AND b.state = 'confirmed' RETURNING b.id, b.slot_id, b.people, b.version, b.email
), {_ended("'cancelled'", from_state="'confirmed'", to_state="'cancelled'", later=later)}, {_mail("cancelled")}
SELECT count(*), array(SELECT id FROM counters) FROM booking
"""


CANCEL = _cancel(_WHILE_IT_CAN_BE_UNDONE)

# The seats of a locked booking go back: those of times that are taken again in a moment at once, the others when they may.
LEAVE = f"""
WITH leaving AS (
    SELECT e.id, CASE WHEN e.slot_id = ANY(%(again)s::bigint[]) THEN NULL ELSE {AT_RANDOM} END AS free_at
    FROM reservations_seat e, municipality_municipality m
    WHERE e.booking_id = %(booking)s AND (e.free_at IS NULL OR e.slot_id = ANY(%(again)s::bigint[]))
), parked AS (
    UPDATE reservations_seat e SET free_at = leaving.free_at FROM leaving WHERE e.id = leaving.id AND leaving.free_at IS NOT NULL
), gone AS (
    DELETE FROM reservations_seat e USING leaving, reservations_booking b
    WHERE e.id = leaving.id AND leaving.free_at IS NULL AND b.id = e.booking_id
    RETURNING e.slot_id, e.places, e.is_public, e.channel, b.kind_id
), {_COUNTED_OUT}
SELECT array(SELECT id FROM counters)
"""

# What people gave up a moment ago and is still kept back from everybody: they may have it again at once.
TAKE_BACK = f"""
WITH gone AS (
    DELETE FROM reservations_seat e USING reservations_attendee a, reservations_booking b
    WHERE e.slot_id = ANY(%(again)s::bigint[]) AND e.free_at IS NOT NULL AND a.booking_id = e.booking_id AND b.id = e.booking_id
        AND a.credential_id = ANY(%(credentials)s::bigint[])
    RETURNING e.slot_id, e.places, e.is_public, e.channel, b.kind_id
), {_COUNTED_OUT}
SELECT count(*) FROM gone
"""


def _take(taken: str) -> str:
    """Return the statement that gives a locked booking its new places: it returns one row, or none when there is no room."""
    return f"""
WITH {taken}, booking AS (SELECT %(booking)s::uuid AS id WHERE %(slot)s IN (SELECT id FROM taken)
), {_SEATS}
SELECT id FROM booking
"""


TAKE_AS_CITIZEN = _take(_taken(_CITIZENS_WHO_HAVE_A_BOOKING, _OFFERED_TO_CITIZENS, ROOM_FOR_THE_PUBLIC))
TAKE_AGAIN = _take(_taken(_CITIZENS_WHO_HAVE_A_BOOKING, _STILL_AHEAD, ROOM_FOR_THE_PUBLIC))
TAKE_AS_STAFF = _take(_BY_STAFF)

# Raise the capacity of full times by what is missing: the guard stays, the exception is explicit and in the log (BS-01).
OVERBOOK = f"""
WITH wanted AS ({WANTED}
)
UPDATE calendar_slot s
SET capacity = GREATEST(s.capacity, s.taken + {SEATS}),
    phone_capacity = CASE WHEN %(channel)s = 'phone' THEN GREATEST(s.phone_capacity, s.taken_phone + {SEATS}) ELSE s.phone_capacity END
FROM wanted
WHERE s.id = wanted.id AND NOT {_ROOM_FOR_CALLERS}
RETURNING s.id
"""

CHANGE = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET slot_id = %(slot)s, people = %(party)s, state = 'confirmed', version = b.version + 1, sequence = b.sequence + 1,
        changed_at = %(now)s, late = false
    WHERE b.id = %(booking)s RETURNING b.id, b.slot_id, b.people, b.version, b.email
), gone AS (
    UPDATE reservations_attendee a SET live = false, "left" = true
    FROM booking WHERE a.booking_id = booking.id AND NOT a."left" AND a.credential_id <> ALL(%(credentials)s::bigint[])
), attendee AS (
    INSERT INTO reservations_attendee (booking_id, credential_id, live, result)
    SELECT booking.id, person, true, '' FROM booking, unnest(%(credentials)s::bigint[]) AS person
    ON CONFLICT (booking_id, credential_id) DO UPDATE SET live = true, "left" = false
), {_recorded("%(event)s", from_state="%(from_state)s", to_state="'confirmed'")}, {_mail("changed")}
SELECT version FROM booking
"""

MARK = f"""
WITH booking AS (
    UPDATE reservations_booking b SET state = %(to_state)s, late = %(late)s, version = b.version + 1, changed_at = %(now)s
    WHERE b.id = %(booking)s RETURNING b.id, b.slot_id, b.people, b.version
), attendee AS (
    UPDATE reservations_attendee a
    SET live = %(live)s, result = COALESCE(r.result, %(result)s)
    FROM booking, reservations_attendee same LEFT JOIN unnest(%(marked)s::bigint[], %(results)s::text[]) AS r(id, result) ON r.id = same.id
    WHERE a.booking_id = booking.id AND same.id = a.id AND NOT a."left"
), {_recorded("%(event)s", from_state="%(from_state)s", to_state="%(to_state)s")}
SELECT version FROM booking
"""

SET_MESSAGE = f"""
WITH booking AS (
    UPDATE reservations_booking b SET message = %(message)s, version = b.version + 1, changed_at = %(now)s
    WHERE b.id = %(booking)s RETURNING b.id, b.slot_id, b.people, b.version, b.state
), {_recorded("'message'", from_state="state", to_state="state")}
SELECT version FROM booking
"""

# The mail of the booking goes to the new address once more, with the link that proves it.
SET_ADDRESS = f"""
WITH booking AS (
    UPDATE reservations_booking b SET email = %(email)s, version = b.version + 1, changed_at = %(now)s
    WHERE b.id = %(booking)s AND b.state = 'confirmed' RETURNING b.id, b.slot_id, b.people, b.version, b.email
), {_recorded("'address'", from_state="'confirmed'", to_state="'confirmed'")}, {_mail("confirmed")}
SELECT version FROM booking
"""

# The waiting list (BK-12).
ANYBODY_WAITING = "SELECT 1 FROM reservations_wish WHERE state = 'waiting' LIMIT 1"

# Nobody is offered a time that they declined before, or that they had themselves.
_FITS_THE_WISH = """w.state = 'waiting' AND s.day BETWEEN w.first_day AND w.last_day
    AND s.start >= w.first_time AND s.start < w.last_time
    AND (cardinality(w.weekdays) = 0 OR extract(isodow FROM s.day)::int - 1 = ANY(w.weekdays))
    AND (cardinality(w.places) = 0 OR p.code = ANY(w.places))
    AND s.is_open AND s.taken < s.capacity AND s.taken_public < s.public_capacity
    AND NOT EXISTS (
        SELECT FROM reservations_offer o JOIN reservations_booking b ON b.id = o.booking_id
        WHERE o.wish_id = w.id AND b.slot_id = s.id)
    AND NOT EXISTS (
        SELECT FROM reservations_wishmember n JOIN reservations_attendee a ON a.credential_id = n.credential_id
        JOIN reservations_booking b ON b.id = a.booking_id WHERE n.wish_id = w.id AND b.slot_id = s.id AND b.state <> 'expired')"""

# Whose turn it is for a freed time. A wish that another transaction is dealing with is passed over for now.
NEXT_WISH = f"""
SELECT w.id, w.kind_id, w.people, w.email, w.language, s.day, s.start
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id JOIN calendar_visitkind k ON k.schedule_id = s.schedule_id
    JOIN reservations_wish w ON w.kind_id = k.id
WHERE s.id = %(slot)s AND w.id <> ALL(%(tried)s::uuid[]) AND {_FITS_THE_WISH}
ORDER BY w.queued_at, w.id LIMIT 1 FOR NO KEY UPDATE OF w SKIP LOCKED
"""

# Until which day an offered time can be taken: as long as it could be booked, for whoever has it must be known at the counter in time.
LAST_DAY_TO_TAKE = f"""
SELECT {LAST_DAY_TO_BOOK} FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id WHERE s.id = %(slot)s
"""

# Times with room that somebody waits for: what rules or staff have opened since.
FREE_TIMES_WISHED_FOR = f"""
SELECT s.id FROM reservations_wish w JOIN calendar_visitkind k ON k.id = w.kind_id
    JOIN calendar_slot s ON s.schedule_id = k.schedule_id JOIN calendar_place p ON p.id = s.place_id
WHERE (s.day, s.start) > (%(today)s::date, %(time)s::time) AND {_FITS_THE_WISH}
GROUP BY s.id ORDER BY s.day, s.start, s.id LIMIT 200
"""

# Offers whose time is up: the wish goes to the end of the list, and leaves it when it has missed too many.
SETTLE_OFFERS = """
WITH ended AS (
    UPDATE reservations_offer o SET state = 'expired', closed_at = %(now)s
    FROM reservations_booking b WHERE b.id = o.booking_id AND o.state = 'open' AND b.state = 'expired' RETURNING o.wish_id, o.booking_id
), booking AS (
    UPDATE reservations_booking b SET email = '' FROM ended WHERE b.id = ended.booking_id
), wish AS (
    UPDATE reservations_wish w
    SET missed = w.missed + 1, queued_at = %(now)s, changed_at = %(now)s,
        state = CASE WHEN w.missed + 1 >= %(missed)s THEN 'stopped' ELSE 'waiting' END,
        email = CASE WHEN w.missed + 1 >= %(missed)s THEN '' ELSE w.email END
    FROM ended WHERE w.id = ended.wish_id RETURNING w.id, w.state
)
UPDATE reservations_wishmember n SET live = false FROM wish WHERE n.wish_id = wish.id AND wish.state = 'stopped'
"""

END_OLD_WISHES = """
WITH wish AS (
    UPDATE reservations_wish SET state = 'stopped', email = '', changed_at = %(now)s
    WHERE state = 'waiting' AND last_day < %(today)s RETURNING id
)
UPDATE reservations_wishmember n SET live = false FROM wish WHERE n.wish_id = wish.id
"""

TAKE_OFFER = f"""
WITH booking AS (
    UPDATE reservations_booking b
    SET state = 'confirmed', held_until = NULL, version = b.version + 1, changed_at = %(now)s, confirmed_at = %(now)s,
        privacy_notice = %(privacy_notice)s
    WHERE b.id = %(booking)s RETURNING b.id, b.slot_id, b.people, b.version, b.email
), {_ATTENDEES}, {_recorded("'confirmed'", from_state="'held'", to_state="'confirmed'")}, {_mail("confirmed")}
SELECT id FROM booking
"""

# Why a hold was refused: asked only after the refusal, to tell the person what to do.
WHY_NOT_HELD = f"""
WITH {_CITIZENS}, known AS (
    SELECT count(*) = cardinality(%(credentials)s::bigint[]) AS may_book FROM reservations_credential c
    WHERE c.id = ANY(%(credentials)s::bigint[]) AND c.status = 'open' AND c.locked_at IS NULL
)
SELECT known.may_book, party.admitted, {_OFFERED_TO_CITIZENS}
FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id, party, known
WHERE s.id = %(slot)s
"""

OFFERED_TO_STAFF_AT_ALL = f"""
SELECT s.id FROM calendar_slot s JOIN calendar_place p ON p.id = s.place_id
WHERE s.id = %(slot)s AND {OFFERED_TO_STAFF}
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

_CONCERNED = """
    FROM unnest(%(serials)s::text[], %(results)s::text[], %(numbers)s::text[]) AS i(serial, result, number)
    JOIN reservations_credential c ON c.serial = i.serial
    JOIN reservations_attendee a ON a.credential_id = c.id AND a.live
    JOIN reservations_booking b ON b.id = a.booking_id
    JOIN calendar_slot s ON s.id = b.slot_id
    WHERE (i.result = ANY(%(closing)s) AND b.state <> 'held')
        OR (b.state IN ('confirmed', 'arrived') AND s.day <= %(today)s AND (i.number = '' OR i.number = b.number))"""

LOCK_FOR_RESULTS = f"SELECT b.id {_CONCERNED} ORDER BY b.id FOR NO KEY UPDATE OF b"

# Each person keeps an own result; the booking ends with the last of its people, and as well as the best of them.
RESULTS_FOR_BOOKINGS = f"""
WITH concerned AS (
    SELECT a.id AS attendee_id, a.booking_id, b.state AS from_state, i.result, s.day {_CONCERNED}
), told AS (
    UPDATE reservations_attendee a SET live = false, result = concerned.result FROM concerned WHERE a.id = concerned.attendee_id
), ending AS (
    SELECT n.booking_id AS id, n.from_state, CASE
            WHEN EXISTS (
                SELECT FROM reservations_attendee o
                WHERE o.booking_id = n.booking_id AND o.live AND o.id NOT IN (SELECT attendee_id FROM concerned)) THEN n.from_state
            WHEN n.day > %(today)s THEN 'cancelled'
            WHEN 'delivered' = ANY(n.results) THEN 'done'
            WHEN 'refused' = ANY(n.results) THEN 'refused'
            WHEN 'no_show' = ANY(n.results) THEN 'no_show'
            ELSE 'cancelled' END AS to_state
    FROM (
        SELECT c.booking_id, c.from_state, c.day, array_agg(c.result) || array(
            SELECT o.result FROM reservations_attendee o WHERE o.booking_id = c.booking_id AND o.result <> '') AS results
        FROM concerned c GROUP BY c.booking_id, c.from_state, c.day) AS n
), booking AS (
    UPDATE reservations_booking b
    SET state = ending.to_state, version = b.version + 1, changed_at = %(now)s,
        sequence = b.sequence + CASE WHEN ending.to_state = 'cancelled' THEN 1 ELSE 0 END
    FROM ending WHERE b.id = ending.id
    RETURNING b.id, b.slot_id, b.people, b.version, ending.from_state, b.state AS to_state
), cancelled AS (SELECT id FROM booking WHERE to_state = 'cancelled'
), {_left("cancelled", AT_RANDOM)}, {_recorded("'result'", from_state="from_state", to_state="to_state")}
SELECT count(*), array(SELECT id FROM counters) FROM booking
"""

FORGET_ADDRESSES = """
UPDATE reservations_booking b SET email = ''
FROM reservations_attendee a JOIN reservations_credential c ON c.id = a.credential_id
WHERE a.booking_id = b.id AND b.email <> '' AND b.state NOT IN ('held', 'confirmed', 'arrived') AND c.result = ANY(%(closing)s)
    AND c.serial = ANY(%(serials)s::text[])
"""
