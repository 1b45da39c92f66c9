"""The waiting list: a freed place goes to one after the other, and to nobody else meanwhile (BK-12)."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import pytest

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import identify_member
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential, Draft, MailIntent, Offer, State, Wish, WishMember
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.booking.reservations.services import Wanted
from madoguchi.platform import clock

pytestmark = pytest.mark.django_db
CLIENT, CODE, MMDD = "192.0.2.7", "12345674", "0908"
Visitor = Callable[..., tuple[str, Draft]]
Person = Callable[..., Credential]


@pytest.fixture
def full(visitor: Visitor, slot: Slot) -> tuple[str, Draft]:
    """Somebody has the only place of the day."""
    Slot.objects.filter(day=slot.day).exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    key, draft = visitor()
    services.confirm(key, services.hold(draft, slot.pk, client=CLIENT).idempotency_key, client=CLIENT)
    return key, draft


def wish(draft: Draft, slot: Slot, *, email: str = "", **values: Any) -> Wish:
    wanted = Wanted(slot.day, slot.day, **values)
    return services.wish(draft, wanted, email=email, client=CLIENT)


def refusal(act: Callable[[], object]) -> Why:
    with pytest.raises(BookingRefused) as refused:
        act()
    assert violations() == []
    return refused.value.why


def offered_to(slot: Slot) -> list[int]:
    found = Offer.objects.filter(state="open", booking__slot=slot)
    return list(found.values_list("wish__members__credential", flat=True))


def hours_later(hours: int) -> AbstractContextManager[object]:
    return mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(hours=hours))


def test_a_cancelled_place_is_offered_to_the_first_and_hidden_from_others(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    first, second, stranger = visitor()[1], visitor()[1], visitor()[1]
    wish(first, slot, email="someone@example.jp")
    wish(second, slot)
    services.cancel(full[1], client=CLIENT)
    assert offered_to(slot) == [first.credential_id]
    assert refusal(lambda: services.hold(stranger, slot.pk, client=CLIENT)) is Why.FULL
    assert MailIntent.objects.filter(kind="offer").count() == 1
    booking = services.take_offer(first, client=CLIENT)
    assert (booking.state, services.live_booking_of(first)) == (State.CONFIRMED, booking)
    assert services.take_offer(first, client=CLIENT).pk == booking.pk, "pressed twice it is one booking"
    assert Wish.objects.get(members__credential=first.credential).state == Wish.State.BOOKED
    assert violations() == []


def test_a_declined_offer_goes_to_the_next_and_not_back(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    first, second = visitor()[1], visitor()[1]
    wish(first, slot)
    wish(second, slot)
    services.cancel(full[1], client=CLIENT)
    assert services.decline_offer(first, client=CLIENT)
    assert offered_to(slot) == [second.credential_id]
    services.decline_offer(second, client=CLIENT)
    assert offered_to(slot) == []
    slot.refresh_from_db()
    assert (slot.taken, violations()) == (0, [])


def test_an_offer_that_nobody_answers_moves_on_and_two_end_the_wish(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    first, second = visitor()[1], visitor()[1]
    wish(first, slot, email="someone@example.jp")
    services.cancel(full[1], client=CLIENT)
    wish(second, slot)
    with hours_later(25):
        services.expire_holds()
        assert offered_to(slot) == [second.credential_id]
        assert refusal(lambda: services.take_offer(first, client=CLIENT)) is Why.HOLD_EXPIRED
        waiting = Wish.objects.get(members__credential=first.credential)
        assert (waiting.state, waiting.missed) == (Wish.State.WAITING, 1)
        Slot.objects.filter(day=slot.day, start=dt.time(9, 15)).update(is_open=True)
        assert services.offer_open_places() == 1, "another time of the day is opened"
    with hours_later(50):
        services.expire_holds()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.email, waiting.members.get().live) == (Wish.State.STOPPED, "", False)


def test_who_has_a_later_booking_moves_by_taking_the_offer(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    key, waiting = visitor()
    late = Slot.objects.get(place=slot.place, day=slot.day + dt.timedelta(days=3), start=dt.time(9))
    mine = services.hold(waiting, late.pk, client=CLIENT)
    services.confirm(key, mine.idempotency_key, client=CLIENT)
    wish(waiting, slot)
    services.cancel(full[1], client=CLIENT)
    moved = services.take_offer(waiting, client=CLIENT)
    late.refresh_from_db()
    assert (moved.pk, moved.slot_id, late.taken, violations()) == (mine.pk, slot.pk, 0, [])


@pytest.mark.parametrize(
    ("earliest", "lead", "days_before"),
    [(0, 0, None), (1, 0, 1), (2, 0, 2), (0, 1, 1)],
    ids=["any time", "the day before", "two", "transfer"],
)
def test_an_offer_is_over_when_its_time_could_be_booked_no_more(
    full: tuple[str, Draft], visitor: Visitor, slot: Slot, earliest: int, lead: int, days_before: int | None
) -> None:
    """Who takes it later would not be known at the counter, or before the card is (EX-08)."""
    waiting = visitor()[1]
    wish(waiting, slot)
    Municipality.objects.update(offer_hours=168, earliest_days_ahead=earliest, window_counts="calendar")
    slot.place.lead_days = lead
    slot.place.save()
    services.cancel(full[1], client=CLIENT)
    offer = Offer.objects.get(booking__slot=slot)
    starts = dt.datetime.combine(slot.day, slot.start, clock.TOKYO)
    closes = starts if days_before is None else dt.datetime.combine(slot.day - dt.timedelta(days=days_before - 1), dt.time(), clock.TOKYO)
    assert offer.expires_at == min(closes, offer.offered_at + dt.timedelta(hours=168))


def test_a_party_is_offered_as_many_places_as_it_has_people(full: tuple[str, Draft], visitor: Visitor, person: Person, slot: Slot) -> None:
    parents = visitor()[1]
    identify_member(parents, person().serial, CODE, MMDD, client=CLIENT)
    wish(parents, slot)
    single = visitor()[1]
    wish(single, slot)
    services.cancel(full[1], client=CLIENT)
    assert offered_to(slot) == [single.credential_id], "one place is no use to two people"
    Slot.objects.filter(day=slot.day, start=dt.time(9, 15)).update(is_open=True)
    services.offer_open_places()
    booking = services.take_offer(parents, client=CLIENT)
    assert (booking.people, booking.attendees.count(), violations()) == (2, 2, [])


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ({}, True),
        ({"places": ["main"]}, True),
        ({"places": ["elsewhere"]}, False),
        ({"last_time": dt.time(9)}, False),
        ({"first_time": dt.time(9)}, True),
        ({"first_time": dt.time(9, 15)}, False),
    ],
)
def test_only_what_was_wished_for_is_offered(
    full: tuple[str, Draft], visitor: Visitor, slot: Slot, values: dict[str, Any], fits: bool
) -> None:
    wish(visitor()[1], slot, **values)
    services.cancel(full[1], client=CLIENT)
    assert bool(offered_to(slot)) is fits


def test_the_day_of_the_week_counts(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    first, second = visitor()[1], visitor()[1]
    wish(first, slot, weekdays=[(slot.day.weekday() + 1) % 7])
    wish(second, slot, weekdays=[slot.day.weekday()])
    services.cancel(full[1], client=CLIENT)
    assert offered_to(slot) == [second.credential_id]


def test_a_person_waits_once_and_may_leave(full: tuple[str, Draft], visitor: Visitor, slot: Slot) -> None:
    first, second = visitor()[1], visitor()[1]
    wish(first, slot)
    assert refusal(lambda: wish(first, slot)) is Why.ALREADY_WAITING
    assert Wish.objects.count() == WishMember.objects.count() == 1
    wish(second, slot)
    services.cancel(full[1], client=CLIENT)
    assert services.stop_wish(first, client=CLIENT)
    assert offered_to(slot) == [second.credential_id]
    assert not services.stop_wish(first, client=CLIENT)
    assert violations() == []


def test_a_hold_that_ends_is_offered_too(visitor: Visitor, slot: Slot) -> None:
    Slot.objects.filter(day=slot.day).exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    services.hold(visitor()[1], slot.pk, client=CLIENT)
    waiting = visitor()[1]
    wish(waiting, slot)
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=11)):
        services.expire_holds()
        assert offered_to(slot) == [waiting.credential_id]
        assert Booking.objects.filter(state="held").count() == 1
        assert violations() == []
