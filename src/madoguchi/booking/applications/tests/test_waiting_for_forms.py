"""The waiting list of form kinds: in turn, found again by number and telephone, booked with the form when a place is offered (BK-12)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from madoguchi.booking.applications import services
from madoguchi.booking.applications.lookup import look_up
from madoguchi.booking.applications.models import SealedApplication, WaitingNumber
from madoguchi.booking.applications.tests.conftest import FIGURES, posted
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Slot, VisitKind
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.identification import WhyUnknown
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Offer, Wish
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db


def wait(client: Client, kind: VisitKind, slot: Slot, **more: str) -> Any:
    day = {f"{name}_{part}": str(getattr(slot.day, part)) for name in ("first_day", "last_day") for part in ("year", "month", "day")}
    return client.post(
        reverse("applications:wait", args=[kind.code]), {**day, "hours": "morning", "figures": "0466-25-1111", **more}, follow=True
    )


@pytest.fixture
def full(kind: VisitKind, slot: Slot, apply: Callable[..., Booking]) -> Booking:
    """A day whose only public place is taken."""
    Slot.objects.filter(place=slot.place, day=slot.day).exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    return apply()


def test_a_freed_place_goes_in_turn_to_who_waits_and_is_booked_with_the_form(
    client: Client, kind: VisitKind, slot: Slot, full: Booking
) -> None:
    assert (
        reverse("applications:wait", args=[kind.code]) in client.get(reverse("applications:day", args=[kind.code, "main"])).content.decode()
    )
    page = wait(client, kind, slot, email="a@example.jp").content.decode()
    waiting = WaitingNumber.objects.get()
    assert waiting.number in page
    later = Client()
    wait(later, kind, slot)
    reservations.cancel_by_staff(automatic("test"), full.pk, "test")
    # Nobody else sees the place, whoever asks first; the offer is the first one's.
    assert not any(one.slot == slot.pk and one.free for one in calendar.times(slot.place, slot.day, kind=kind))
    assert "お待ちの枠が空きました" not in later.get(reverse("applications:wish")).content.decode()
    assert "お待ちの枠が空きました" in client.get(reverse("applications:wish")).content.decode()
    assert client.post(reverse("applications:take-offer"))["Location"] == reverse("applications:form")
    until = Offer.objects.get().expires_at
    # Asking for more time never shortens what was promised.
    client.post(reverse("applications:form"), posted(extend="1"))
    assert Booking.objects.get(offer__isnull=False).held_until == until
    done = client.post(reverse("applications:check"), posted(), follow=True).content.decode()
    assert "予約が完了しました" in done
    booking = Booking.objects.get(state="confirmed")
    assert (booking.slot_id, booking.email, SealedApplication.objects.filter(booking=booking).exists()) == (slot.pk, "", True)
    waiting.wish.refresh_from_db()
    assert (waiting.wish.state, waiting.wish.email, Offer.objects.get().state) == ("booked", "", "taken")
    assert "終わりました" in client.get(reverse("applications:wish")).content.decode()
    assert violations() == []


def test_what_one_declines_or_leaves_goes_to_the_next(client: Client, kind: VisitKind, slot: Slot, full: Booking) -> None:
    wait(client, kind, slot)
    second = Client()
    wait(second, kind, slot)
    reservations.cancel_by_staff(automatic("test"), full.pk, "test")
    assert "見送りました" in client.post(reverse("applications:decline-offer"), follow=True).content.decode()
    assert "お待ちの枠が空きました" in second.get(reverse("applications:wish")).content.decode()
    assert "空き待ちをやめました" in second.post(reverse("applications:stop-waiting"), follow=True).content.decode()
    assert Wish.objects.filter(state="waiting").count() == 1
    # A time that was declined once is not offered again.
    assert "お待ちの枠が空きました" not in client.get(reverse("applications:wish")).content.decode()
    assert violations() == []


def test_a_place_in_the_list_is_found_again_by_number_and_figures_and_forgotten_in_the_end(
    client: Client, kind: VisitKind, slot: Slot
) -> None:
    wait(client, kind, slot)
    waiting = WaitingNumber.objects.get()
    again = Client()
    answer = again.post(reverse("applications:manage"), {"number": waiting.number, "figures": FIGURES})
    assert answer["Location"] == reverse("applications:wish")
    assert waiting.number in again.get(answer["Location"]).content.decode()
    for turn in range(5):
        assert look_up(waiting.number, "2222", client=f"198.51.{turn}.1") is WhyUnknown.MISMATCH
    assert look_up(waiting.number, FIGURES, client="203.0.113.1") is WhyUnknown.MISMATCH
    client.post(reverse("applications:stop-waiting"))
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        services.forget_what_is_not_needed()
    assert not WaitingNumber.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"figures": "12"}, "4けたの数字で"),
        ({"figures": ""}, "下4けたを入力"),
        ({"email": "だれか"}, "メールアドレスの形"),
        ({"hours": ""}, "時間帯を選んで"),
        ({"last_day_year": "2020"}, "後の日に"),
    ],
)
def test_what_cannot_be_waited_for_is_told(client: Client, kind: VisitKind, slot: Slot, changes: dict[str, str], words: str) -> None:
    answer = wait(client, kind, slot, **changes)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Wish.objects.exists()


def test_the_list_is_for_open_form_kinds_and_for_those_who_proved_their_place(client: Client, kind: VisitKind) -> None:
    assert client.get(reverse("applications:wait", args=["receive"])).status_code == 404
    assert client.get(reverse("applications:wait", args=[kind.code])).status_code == 200
    assert client.get(reverse("applications:wish")).status_code == 410
