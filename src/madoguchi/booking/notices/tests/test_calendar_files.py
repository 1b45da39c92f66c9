import datetime as dt
import uuid
from typing import Any

import pytest
import vobject  # type: ignore[import-untyped]  # it has no types
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from madoguchi.booking.notices.appointments import Appointment
from madoguchi.booking.notices.invitations import invitation
from madoguchi.booking.notices.kinds import Method
from madoguchi.platform.clock import TOKYO

UID = uuid.UUID("8f6d2f64-51f4-4f0e-9a3f-3f8b1c1f3a10")


def appointment(**changes: object) -> Appointment:
    facts: dict[str, object] = {
        "uid": UID,
        "number": "4821-9376-05",
        "sequence": 0,
        "place_name": "本庁舎",
        "place_address": "藤沢市朝日町1番地の1",
        "starts": dt.datetime(2026, 12, 3, 9, 0, tzinfo=TOKYO),
        "ends": dt.datetime(2026, 12, 3, 9, 15, tzinfo=TOKYO),
        "municipality_code": "142051",
        "municipality_name": "藤沢市",
        "telephone": "0466-25-1111",
        "kind_code": "receive",
        "kind_name": "マイナンバーカードの受け取り",
        "people": 1,
    }
    return Appointment(**{**facts, **changes})  # type: ignore[arg-type]  # facts by name


def read(raw: bytes) -> Any:
    """Return the parsed calendar; the values of its properties have types of many kinds."""
    calendar = Calendar.from_ical(raw)
    assert isinstance(calendar, Calendar)
    return calendar


def test_a_request_makes_one_event_in_japanese_time() -> None:
    calendar = read(invitation(appointment(), "REQUEST", organizer="藤沢市 <yoyaku@city.example>", attendee="hanako@example.jp"))
    (event,) = calendar.walk("VEVENT")

    assert calendar["METHOD"] == "REQUEST"
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTSTART") == dt.datetime(2026, 12, 3, 9, 0, tzinfo=TOKYO)
    assert event["DTSTART"].params["TZID"] == "Asia/Tokyo"
    assert event["ORGANIZER"] == "mailto:yoyaku@city.example"
    assert event["ATTENDEE"] == "mailto:hanako@example.jp"
    assert "本庁舎" in event["LOCATION"]
    assert "4821-9376-05" in event["DESCRIPTION"]
    assert len(calendar.walk("VTIMEZONE")) == 1


def test_the_booking_keeps_its_uid_while_the_sequence_grows() -> None:
    made = read(invitation(appointment(), "REQUEST", organizer="yoyaku@city.example")).walk("VEVENT")[0]
    later = dt.datetime(2026, 12, 9, 10, 0, tzinfo=TOKYO)
    gone = read(invitation(appointment(sequence=1, starts=later, ends=later), "CANCEL", organizer="yoyaku@city.example")).walk("VEVENT")[0]

    assert made["UID"] == gone["UID"]
    assert gone["SEQUENCE"] > made["SEQUENCE"]
    assert gone["STATUS"] == "CANCELLED"


def test_who_gave_no_address_is_named_by_none() -> None:
    raw = invitation(appointment(), "REQUEST", organizer="yoyaku@city.example")
    (event,) = read(raw).walk("VEVENT")
    assert event["ATTENDEE"] == "invalid:nomail"


def test_every_line_is_folded_and_ends_as_the_rfc_demands() -> None:
    raw = invitation(appointment(place_address="藤沢市" + "長い町名" * 40), "REQUEST", organizer="yoyaku@city.example")
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


@given(name=st.text(max_size=60), address=st.text(max_size=120), telephone=st.text(max_size=20))
def test_no_text_of_a_place_breaks_out_of_its_line(name: str, address: str, telephone: str) -> None:
    raw = invitation(appointment(place_name=name, place_address=address, telephone=telephone), "REQUEST", organizer="yoyaku@city.example")
    calendar = read(raw)
    assert len(calendar.walk("VEVENT")) == 1
    assert calendar["METHOD"] == "REQUEST"
    assert len(calendar.walk("VALARM")) == 1


def read_by_another(raw: bytes) -> Any:
    """Parse with a second library that shares no code with the one that wrote the file."""
    return vobject.readOne(raw.decode())


@pytest.mark.parametrize(("method", "status"), [("REQUEST", "CONFIRMED"), ("CANCEL", "CANCELLED")])
def test_a_second_parser_reads_the_same(method: Method, status: str) -> None:
    raw = invitation(
        appointment(sequence=3, place_address="藤沢市朝日町1番地の1；別館, 2階\\北" + "長い町名" * 20),
        method,
        organizer="藤沢市 <yoyaku@city.example>",
        attendee="hanako@example.jp",
    )
    first, second = read(raw), read_by_another(raw)
    event, other = first.walk("VEVENT")[0], second.vevent
    assert second.method.value == first["METHOD"] == method
    assert other.status.value == event["STATUS"] == status
    assert other.uid.value == event["UID"]
    assert int(other.sequence.value) == event["SEQUENCE"] == 3
    assert other.location.value == event["LOCATION"]
    assert other.description.value == event["DESCRIPTION"]
    assert other.summary.value == event["SUMMARY"]
    assert other.organizer.value == event["ORGANIZER"]
    assert other.attendee.value == event["ATTENDEE"]
    assert other.dtstart.value == event.decoded("DTSTART"), "the zone's own definition gives the same moment"
    assert other.dtstart.value.utcoffset() == dt.timedelta(hours=9)
    assert other.dtend.value == event.decoded("DTEND")
    assert len(getattr(other, "valarm_list", [])) == (1 if method == "REQUEST" else 0)


def test_what_each_calendar_program_looks_for_is_there() -> None:
    calendar = read(invitation(appointment(), "REQUEST", organizer="yoyaku@city.example", attendee="hanako@example.jp"))
    event = calendar.walk("VEVENT")[0]
    assert event["X-MICROSOFT-CDO-BUSYSTATUS"] == "BUSY"
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE", "VEVENT"], "the zone stands before it is used"
    assert event["ATTENDEE"] != event["ORGANIZER"], "Google drops an event that the organizer is sent"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["DTSTAMP"].dt.utcoffset() == dt.timedelta(0), "RFC 5545, 3.8.7.2"
    assert "RRULE" not in event
    assert "RECURRENCE-ID" not in event, "an update replaces the whole event"
    assert calendar["PRODID"]
    assert calendar["VERSION"] == "2.0"


def test_no_letter_is_cut_where_a_line_is_folded() -> None:
    raw = invitation(appointment(place_name="𠮷野家𠮷" * 30), "REQUEST", organizer="yoyaku@city.example")
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
