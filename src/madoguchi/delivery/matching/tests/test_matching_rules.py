"""What a reported booking means: read, matched, and turned into an act on the card's visit."""

import datetime as dt

import pytest

from madoguchi.delivery.cards.rules import CardFacts, Disposal, HoldKind, Notice, PlaceKind, Progress, Terminal, Visit
from madoguchi.delivery.matching.rules import BookingState, Match, RecordError, VisitAct, act_for, match_of, read_record

GOOD: dict[str, object] = {
    "no": "1234567897",
    "id": "A0A000001",
    "place": "main",
    "day": "2026-12-03",
    "start": "09:00",
    "end": "09:15",
    "state": "confirmed",
    "rev": 1,
    "requests": ["wheelchair"],
}


def facts(progress: Progress, *holds: HoldKind) -> CardFacts:
    return CardFacts(
        progress=progress,
        place_kind=PlaceKind.STORED,
        notice=Notice.SENT,
        visit=Visit.NONE,
        terminal=Terminal.UNSEEN,
        disposal=Disposal.NONE,
        holds=frozenset(holds),
    )


def test_a_record_is_read_with_its_times() -> None:
    booking = read_record(GOOD)
    assert (booking.number, booking.serial, booking.day, booking.start) == ("1234567897", "A0A000001", dt.date(2026, 12, 3), dt.time(9))
    assert booking.group == "1234567897"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("no", ""),
        ("id", "A0A-000001"),
        ("place", "main\n"),
        ("day", "2026-02-30"),
        ("start", "9時"),
        ("end", "09:00"),
        ("state", "held"),
        ("rev", "1"),
        ("rev", True),
        ("rev", -1),
        ("requests", ["車いす"]),
        ("requests", "wheelchair"),
    ],
)
def test_a_record_of_another_form_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(RecordError) as caught:
        read_record({**GOOD, field: value})
    assert caught.value.field == field
    assert str(value) == "" or str(value) not in str(caught.value)


@pytest.mark.parametrize(
    ("card", "match"),
    [
        (None, Match.UNKNOWN),
        (facts(Progress.PRESET), Match.MATCHED),
        (facts(Progress.INSPECTED), Match.NOT_READY),
        (facts(Progress.DELIVERED), Match.DELIVERED),
        (facts(Progress.WITHDRAWN), Match.ENDED),
        (facts(Progress.PRESET, HoldKind.MOVED_OUT), Match.STOPPED),
        # Protected people are served like everybody at the counter.
        (facts(Progress.PRESET, HoldKind.PROTECTED), Match.MATCHED),
    ],
)
def test_matching_says_whether_the_card_can_be_handed_over(card: CardFacts | None, match: Match) -> None:
    assert match_of(card) is match


@pytest.mark.parametrize(
    ("state", "visit", "act"),
    [
        (BookingState.CONFIRMED, Visit.NONE, VisitAct.BOOK),
        (BookingState.CONFIRMED, Visit.NO_SHOW, VisitAct.BOOK),
        (BookingState.CONFIRMED, Visit.BOOKED, None),
        (BookingState.CONFIRMED, Visit.SERVING, None),
        (BookingState.CANCELLED, Visit.BOOKED, VisitAct.CANCEL),
        (BookingState.CANCELLED, Visit.NONE, None),
        (BookingState.NO_SHOW, Visit.BOOKED, VisitAct.NO_SHOW),
        (BookingState.DONE, Visit.BOOKED, None),
        (BookingState.REFUSED, Visit.BOOKED, VisitAct.REFUSE),
        (BookingState.REFUSED, Visit.NONE, VisitAct.REFUSE),
        (BookingState.REFUSED, Visit.SERVING, None),
        (BookingState.REFUSED, Visit.REFUSED, None),
        (BookingState.REFUSED, Visit.DONE, None),
    ],
)
def test_a_booking_moves_the_visit_only_where_something_changed(state: BookingState, visit: Visit, act: VisitAct | None) -> None:
    assert act_for(state, visit) is act
