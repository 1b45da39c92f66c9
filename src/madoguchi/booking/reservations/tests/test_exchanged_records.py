import argparse
import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.booking.calendar.models import Place, Slot, VisitKind
from madoguchi.booking.reservations import bookings_file, commands, macs, services
from madoguchi.booking.reservations.identification import Identified, identify
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Draft
from madoguchi.booking.reservations.queries import bookings_of_closed_numbers
from madoguchi.booking.reservations.results import ResultsHandler
from madoguchi.booking.reservations.roster import TargetsHandler
from madoguchi.kernel.kfx import Record, state_digest
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.handlers import Applied, Handler, Source
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = pytest.mark.django_db
CLIENT, ACTOR = "192.0.2.7", automatic("exchange")
TARGETS, RESULTS = Source("targets", 1, "0" * 64, "delta"), Source("results", 1, "0" * 64, "delta")
Visitor = Callable[..., tuple[str, Draft]]
Person = Callable[..., Credential]


def target(serial: str = "A0A000001", **values: object) -> Record:
    usual: Record = {
        "id": serial,
        "code": "12345674",
        "md": "0908",
        "dispatch": None,
        "places": [],
        "from": None,
        "until": None,
        "status": "open",
        "rev": 1,
    }
    return {**usual, **values}


def take(handler: Handler, records: list[Record], source: Source) -> Applied:
    assert list(handler.check(records)) == []
    return handler.apply(records, ACTOR, source)


def take_targets(*records: Record) -> Applied:
    return take(TargetsHandler(), list(records), TARGETS)


def take_results(*records: Record) -> Applied:
    return take(ResultsHandler(), list(records), RESULTS)


def faults(handler: Handler, *records: Record) -> list[tuple[str, int, str, str]]:
    return [(fault.code, fault.line, fault.field, fault.fault) for fault in handler.check(list(records))]


def confirmed(visitor: Visitor, slot: Slot, credential: Credential) -> Booking:
    key, draft = visitor(credential)
    held = services.hold(draft, slot.pk, client=CLIENT)
    services.choose_contact(draft, email="someone@example.jp", requests=["wheelchair"])
    return Booking.objects.get(pk=services.confirm(key, held.idempotency_key, client=CLIENT).booking)


def test_whoever_is_on_the_roster_can_sign_in(town: Place) -> None:
    assert take_targets(target(places=["main"], dispatch="00123")).taken == 1
    stored = Credential.objects.get()
    assert (stored.places, stored.dispatch_no) == (["main"], "00123")
    assert isinstance(identify("A0A000001", "12345674", "0908", client=CLIENT), Identified)


def test_neither_code_nor_birthday_is_kept_in_clear(town: Place) -> None:
    take_targets(target())
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM reservations_credential c")
        stored = cursor.fetchone()[0]
    assert "12345674" not in stored
    # Chance may put any four digits into what is keyed or into the fraction of a second.
    assert "0908" not in re.sub(r"\b[0-9a-f]{32,}|(?<=x)[0-9a-f]{32,}|\.\d+", "", stored)
    assert bytes(Credential.objects.get().code_mac or b"") == macs.code_mac("A0A000001", "12345674")


def test_thousands_of_rows_take_no_more_statements_than_one(town: Place) -> None:
    with CaptureQueriesContext(connection) as one:
        take_targets(target())
    with CaptureQueriesContext(connection) as many:
        take_targets(*(target(f"B0B{number:06d}") for number in range(5_000)))
    assert len(many) == len(one)
    assert Credential.objects.count() == 5_001


def test_a_newer_revision_replaces_an_older_one_is_refused(town: Place) -> None:
    take_targets(target(rev=5))
    take_targets(target(rev=6, code="76543214", until="2999-12-31"))
    assert Credential.objects.get().deadline == dt.date(2999, 12, 31)
    assert faults(TargetsHandler(), target(rev=5)) == [("E23", 1, "rev", "older")]
    assert isinstance(identify("A0A000001", "76543214", "0908", client=CLIENT), Identified)


def test_the_same_file_twice_changes_nothing(town: Place) -> None:
    take_targets(target())
    before = Credential.objects.values().get()
    digest = TargetsHandler().state_digest()
    take_targets(target())
    assert Credential.objects.values().get() == before
    assert TargetsHandler().state_digest() == digest == state_digest([("A0A000001", 1, "open")])


def test_a_new_code_ends_the_lock_and_the_same_one_does_not(town: Place) -> None:
    take_targets(target())
    Credential.objects.update(locked_at=clock.now(), wrong_birthdays=5)
    take_targets(target(rev=2))
    assert Credential.objects.get().locked_at is not None
    take_targets(target(rev=3, code="76543214"))
    stored = Credential.objects.get()
    assert (stored.locked_at, stored.wrong_birthdays) == (None, 0)


def test_an_unknown_place_is_refused_when_places_exist(town: Place) -> None:
    assert faults(TargetsHandler(), target(places=["main"]), target("A0A000002", places=["main", "moon"])) == [
        ("E22", 2, "places", "unknown")
    ]


def test_a_fresh_installation_takes_every_place(secrets_folder: object) -> None:
    take_targets(target(places=["moon"]))
    assert Credential.objects.get().places == ["moon"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "A0A-000001"),
        ("id", 7),
        ("code", "12345678"),
        ("code", ""),
        ("md", "9/8"),
        ("md", "1301"),
        ("dispatch", "12-3"),
        ("places", "main"),
        ("places", [1]),
        ("from", "2026-13-01"),
        ("until", "20261201"),
        ("status", "ajar"),
        ("rev", "1"),
        ("rev", True),
        ("rev", -1),
    ],
)
def test_a_malformed_target_is_refused(field: str, value: object) -> None:
    assert faults(TargetsHandler(), target(), target("A0A000002", **{field: value})) == [("E20", 2, field, "form")]


def test_a_missing_field_is_refused() -> None:
    row = {key: value for key, value in target().items() if key != "md"}
    assert faults(TargetsHandler(), row) == [("E20", 1, "md", "missing")]


def test_a_file_that_closes_most_numbers_is_held_up(town: Place) -> None:
    take_targets(*(target(f"B0B{number:06d}") for number in range(400)))
    few = [target(f"B0B{number:06d}", rev=2, status="closed") for number in range(100)]
    assert faults(TargetsHandler(), *few) == []
    many = [target(f"B0B{number:06d}", rev=2, status="closed") for number in range(101)]
    assert faults(TargetsHandler(), *many) == [("E24", 0, "status", "mass_closing")]


def test_a_closed_number_keeps_its_booking_and_is_listed(visitor: Visitor, slot: Slot, person: Person) -> None:
    somebody = person()
    booking = confirmed(visitor, slot, somebody)
    take_targets(target(somebody.serial, rev=2, status="closed"))
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert [attendee.booking_id for attendee in bookings_of_closed_numbers()] == [booking.pk]
    assert violations() == []


def result(serial: str, what: str, **values: object) -> Record:
    return {"id": serial, "no": None, "result": what, "rev": 9, **values}


@pytest.mark.parametrize(
    ("what", "state", "status", "email"),
    [
        ("delivered", "done", "closed", ""),
        ("withdrawn", "cancelled", "closed", ""),
        ("refused", "refused", "open", "someone@example.jp"),
        ("no_show", "no_show", "open", "someone@example.jp"),
    ],
)
def test_results_of_the_day_end_the_booking(
    visitor: Visitor, slot: Slot, person: Person, what: str, state: str, status: str, email: str
) -> None:
    somebody = person()
    booking = confirmed(visitor, slot, somebody)
    with time_machine.travel(dt.datetime.combine(slot.day, dt.time(18), clock.TOKYO)):
        assert take_results(result(somebody.serial, what, no=booking.number)).taken == 1
    booking.refresh_from_db()
    somebody.refresh_from_db()
    attendee = Attendee.objects.get()
    assert (booking.state, booking.email, somebody.status, somebody.result) == (state, email, status, what)
    assert (attendee.live, attendee.result) == (False, what)
    event = BookingEvent.objects.get(kind="result")
    assert (event.from_state, event.to_state, event.by) == ("confirmed", state, ACTOR.user_id)
    assert violations() == []


def test_a_hand_over_before_the_booked_day_frees_the_place(visitor: Visitor, slot: Slot, person: Person) -> None:
    somebody = person()
    booking = confirmed(visitor, slot, somebody)
    take_results(result(somebody.serial, "delivered"))
    slot.refresh_from_db()
    booking.refresh_from_db()
    assert (booking.state, booking.email, slot.taken, slot.taken_public) == ("cancelled", "", 0, 0)
    assert violations() == []


def test_a_no_show_of_an_earlier_booking_leaves_the_new_one(visitor: Visitor, slot: Slot, person: Person) -> None:
    somebody = person()
    booking = confirmed(visitor, slot, somebody)
    take_results(result(somebody.serial, "no_show", no="0000000000"))
    booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_results_twice_change_nothing_and_older_ones_are_refused(visitor: Visitor, slot: Slot, person: Person) -> None:
    somebody = person()
    confirmed(visitor, slot, somebody)
    take_results(result(somebody.serial, "delivered"))
    events = BookingEvent.objects.count()
    take_results(result(somebody.serial, "delivered"))
    assert BookingEvent.objects.count() == events
    assert faults(ResultsHandler(), result(somebody.serial, "delivered", rev=8)) == [("E23", 1, "rev", "older")]


def test_a_roster_of_the_same_revision_does_not_open_a_number_that_was_handed_over(person: Person) -> None:
    somebody = person()
    take_results(result(somebody.serial, "delivered"))
    take_targets(target(somebody.serial, rev=1))
    somebody.refresh_from_db()
    assert somebody.status == "closed"
    take_targets(target(somebody.serial, rev=2))
    somebody.refresh_from_db()
    assert somebody.status == "open"


def test_a_result_of_a_card_that_was_never_on_the_roster_is_counted(person: Person) -> None:
    done = take_results(result("Z9Z999999", "delivered"), result(person().serial, "delivered"))
    assert (done.taken, done.refused, done.reasons) == (1, 1, {"unknown_number": 1})


@pytest.mark.parametrize(("field", "value"), [("id", "?"), ("no", 7), ("no", "123"), ("result", ""), ("result", "lost"), ("rev", None)])
def test_a_malformed_result_is_refused(field: str, value: object) -> None:
    assert faults(ResultsHandler(), {**result("A0A000001", "delivered"), field: value}) == [("E20", 1, field, "form")]


def test_the_bookings_file_tells_what_stands_and_what_stood(visitor: Visitor, slot: Slot, person: Person) -> None:
    somebody = person()
    booking = confirmed(visitor, slot, somebody)
    services.hold(visitor()[1], slot.pk, client=CLIENT)
    assert list(bookings_file.records()) == [
        {
            "no": booking.number,
            "id": somebody.serial,
            "place": "main",
            "day": slot.day.isoformat(),
            "start": "09:00",
            "end": "09:15",
            "state": "confirmed",
            "rev": 2,
            "group": booking.number,
            "requests": ["wheelchair"],
        }
    ]
    services.cancel_by_staff(ACTOR, booking.pk, "")
    assert [(row["state"], row["rev"]) for row in bookings_file.records()] == [("cancelled", 3)]
    with time_machine.travel(clock.now() + dt.timedelta(days=60)):
        assert list(bookings_file.records()) == []


def test_who_did_not_come_with_the_others_is_told_as_such(visitor: Visitor, slot: Slot, person: Person) -> None:
    first, second, third = person(), person(serial="A0A000002"), person(serial="A0A000003")
    clerk = automatic("test")
    serials = (first.serial, [second.serial, third.serial])
    booking = services.book_by_staff(clerk, serials[0], slot.pk, key=uuid.uuid4(), members=serials[1], overbook_reason="家族")
    services.mark_arrived(clerk, booking.pk)
    people = {one.credential_id: one.pk for one in Attendee.objects.filter(booking=booking)}
    services.mark_done(clerk, booking.pk, results={people[second.pk]: "no_show", people[third.pk]: "refused"})
    told = {row["id"]: row["state"] for row in bookings_file.records()}
    assert told == {first.serial: "done", second.serial: "no_show", third.serial: "refused"}


def test_the_command_lists_the_bookings_of_a_day(visitor: Visitor, slot: Slot, person: Person) -> None:
    booking = confirmed(visitor, slot, person())
    done = commands.list_bookings(argparse.Namespace(date=slot.day.isoformat(), format="csv"), Silent())
    assert done.lines[0].startswith('"予約番号","予約用ID"')
    assert done.lines[1].startswith(f'"{booking.number}","A0A000000","main"')
    kind = VisitKind.objects.get(code="renew-certificate")
    by_form, _repeated = services.book_without_number_by_staff(ACTOR, kind, slot.pk, key=uuid.uuid4())
    rows: Any = commands.list_bookings(argparse.Namespace(date=slot.day.isoformat(), format="json"), Silent()).data["rows"]
    assert {(row["no"], row["id"], row["kind"]) for row in rows} == {
        (booking.number, "A0A000000", "receive"),
        (by_form.number, "", "renew-certificate"),
    }
    assert commands.list_bookings(argparse.Namespace(date="2020-01-01", format="json"), Silent()).data == {"rows": []}
    with pytest.raises(Refusal):
        commands.list_bookings(argparse.Namespace(date="tomorrow", format="csv"), Silent())
