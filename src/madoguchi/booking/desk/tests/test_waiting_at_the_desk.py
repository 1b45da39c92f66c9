"""空き待ち at the desk: callers stand in the list, are called when a place is offered, and staff answer for them (BK-12, BS-01)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.desk import waiting
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential, Offer, Wish
from madoguchi.platform.audit.actors import automatic

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Person = Callable[..., Credential]
ACTOR = automatic("test")


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def operator(signed_in_client: SignedIn) -> Client:
    return signed_in_client("operator")


@pytest.fixture
def full(slot: Slot, person: Person) -> Booking:
    """A day whose only place is taken."""
    Slot.objects.filter(day=slot.day).exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    return services.book_by_staff(ACTOR, person().serial, slot.pk, key=uuid.uuid4())


def enter(client: Client, someone: Credential, slot: Slot, **more: str) -> Any:
    day = {f"{name}_{part}": str(getattr(slot.day, part)) for name in ("first_day", "last_day") for part in ("year", "month", "day")}
    return client.post(reverse("desk:wait", args=[someone.pk]), {**day, "hours": "any", **more})


def answer(client: Client, act: str) -> Any:
    return client.post(reverse("desk:answer-offer", args=[Wish.objects.order_by("queued_at")[0].pk]), {"act": act}, follow=True)


def test_a_caller_waits_is_called_and_booked(operator: Client, full: Booking, slot: Slot, person: Person) -> None:
    someone = person()
    assert reverse("desk:wait", args=[someone.pk]) in text(operator.get(reverse("desk:number", args=[someone.pk])))
    assert enter(operator, someone, slot).status_code == 302
    assert "前に0件" in text(operator.get(reverse("desk:number", args=[someone.pk])))
    assert enter(operator, someone, slot).status_code == 422
    assert "順番待ち" in text(operator.get(reverse("desk:waiting")))
    services.cancel_by_staff(ACTOR, full.pk, "test")
    assert "電話で知らせる空きの案内" in text(operator.get(reverse("desk:home")))
    page = text(operator.get(reverse("desk:waiting")))
    assert all(words in page for words in (someone.serial, "電話が必要", "1件。メールの登録がない方です"))
    assert "予約しました" in text(answer(operator, "take"))
    booking = Booking.objects.get(state="confirmed")
    assert [one.credential_id for one in booking.attendees.all()] == [someone.pk]
    assert waiting.offer_counts() == waiting.OfferCounts(made=1, taken=1, declined=0, expired=0)
    assert "もう終わっています" in text(answer(operator, "decline"))
    assert answer(operator, "take").status_code == 409
    assert violations() == []


def test_what_a_caller_leaves_goes_to_the_next(operator: Client, full: Booking, slot: Slot, person: Person) -> None:
    for _one in range(2):
        enter(operator, person(), slot, email="a@example.jp")
    services.cancel_by_staff(ACTOR, full.pk, "test")
    assert waiting.offers_to_call() == 0
    assert "メールで案内" in text(operator.get(reverse("desk:waiting")))
    assert "見送りました" in text(answer(operator, "decline"))
    assert Offer.objects.get(state="open").wish == Wish.objects.order_by("queued_at")[1]
    assert "空き待ちをやめました" in text(answer(operator, "stop"))
    assert violations() == []


def test_the_list_is_for_those_who_see_bookings_and_answered_by_those_who_book(
    signed_in_client: SignedIn, full: Booking, slot: Slot, person: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    auditor = signed_in_client("auditor")
    assert "待っている方はいません" in text(auditor.get(reverse("desk:waiting")))
    with django_assert_num_queries(1):
        assert waiting.in_line(None) == []
    operator = signed_in_client("operator", user_id="o")
    for _one in range(3):
        enter(operator, person(), slot)
    with django_assert_num_queries(3):
        assert [row.turn for row in waiting.in_line(frozenset({"main"}))] == [1, 2, 3]
    assert "空き待ちをやめる" not in text(auditor.get(reverse("desk:waiting")))
    assert answer(auditor, "stop").status_code == 403
    assert signed_in_client("administrator", user_id="a").get(reverse("desk:waiting")).status_code == 403
    assert enter(operator, person(status="closed"), slot).status_code == 422
