import datetime as dt
import uuid
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from madoguchi.booking.notices.appointments import Appointment
from madoguchi.booking.notices.invitations import invitation
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
