"""Answers are sealed before they are stored, for one booking and for the delivery zone alone (BK-11); who looks up proves it (BS-11)."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection

from madoguchi.booking.applications import lookup, services
from madoguchi.booking.applications.lookup import WRONG_FIGURES_UNTIL_LOCK, look_up
from madoguchi.booking.applications.models import SealedApplication
from madoguchi.booking.applications.tests.conftest import ANSWERS, CLIENT, FIGURES
from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.identification import WhyUnknown
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, MailIntent
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import open_sealed
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.models import PeerKey

pytestmark = pytest.mark.django_db
Hold = Callable[..., Booking]
Apply = Callable[..., Booking]
CHIEF = Actor(kind=ActorKind.STAFF, user_id="chief")


def test_the_delivery_zone_opens_what_was_answered_and_no_statement_carried_it(hold: Hold, delivery_keys: KeyPair) -> None:
    held = hold()
    seen: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(repr((sql, params)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        booking = services.apply(held.idempotency_key, ANSWERS, client=CLIENT)
    assert booking.state == "confirmed"
    assert not [answer for answer in ANSWERS.values() if len(answer) > 4 and any(answer in statement for statement in seen)]
    sealed = bytes(SealedApplication.objects.get(booking=booking).sealed or b"")
    assert open_sealed(sealed, own=delivery_keys, number=booking.number, kind="renew-certificate") == ANSWERS
    assert violations() == []


def test_the_same_hold_sent_twice_is_one_booking(hold: Hold) -> None:
    held = hold()
    first = services.apply(held.idempotency_key, ANSWERS, client=CLIENT)
    again = services.apply(held.idempotency_key, {**ANSWERS, "name": "別人"}, client=CLIENT)
    assert (first.pk, SealedApplication.objects.count()) == (again.pk, 1)


def test_a_hold_that_ran_out_is_taken_again_and_sealed_for_its_new_number(hold: Hold, delivery_keys: KeyPair) -> None:
    held = hold()
    with time_machine.travel(clock.now() + dt.timedelta(hours=1)):
        reservations.expire_holds()
        booking = services.apply(held.idempotency_key, ANSWERS, client=CLIENT)
    assert booking.number != held.number
    sealed = bytes(booking.application.sealed or b"")
    assert open_sealed(sealed, own=delivery_keys, number=booking.number, kind="renew-certificate") == ANSWERS


def test_a_time_that_is_full_meanwhile_stores_nothing(hold: Hold, slot: Slot) -> None:
    held = hold()
    with time_machine.travel(clock.now() + dt.timedelta(hours=1)):
        reservations.expire_holds()
        for _number in range(3):
            hold()
        with pytest.raises(BookingRefused) as refused:
            services.apply(held.idempotency_key, ANSWERS, client=CLIENT)
    assert (refused.value.why, SealedApplication.objects.count()) == (Why.FULL, 0)


def test_without_the_delivery_zones_key_nothing_is_booked(hold: Hold) -> None:
    held = hold()
    PeerKey.objects.update(revoked_at=clock.now())
    assert not services.may_apply()
    with pytest.raises(KeyRefusedError):
        services.apply(held.idempotency_key, ANSWERS, client=CLIENT)
    held.refresh_from_db()
    assert (held.state, SealedApplication.objects.count()) == ("held", 0)


def test_a_mail_address_is_open_only_for_those_who_want_mail(apply: Apply, later: Slot) -> None:
    quiet, wanting = apply(), apply(at=later, email=ANSWERS["email"])
    assert (quiet.email, wanting.email) == ("", ANSWERS["email"])
    assert list(MailIntent.objects.values_list("booking", "kind")) == [(wanting.pk, "confirmed")]


def test_number_and_last_figures_prove_the_booking(apply: Apply) -> None:
    booking = apply()
    assert look_up(booking.number, FIGURES, client=CLIENT) == booking.pk


@pytest.mark.parametrize(("number", "figures"), [("", FIGURES), (None, "1112"), (None, ""), ("0000000000", FIGURES)])
def test_every_wrong_pair_gets_one_answer_after_the_same_statements(
    apply: Apply, django_assert_num_queries: Any, number: str | None, figures: str
) -> None:
    booking = apply()
    with django_assert_num_queries(9):
        assert look_up(booking.number if number is None else number, figures, client=CLIENT) is WhyUnknown.MISMATCH


def test_five_wrong_figures_lock_the_booking_until_staff_release_it(apply: Apply) -> None:
    booking = apply()
    for turn in range(WRONG_FIGURES_UNTIL_LOCK):
        assert look_up(booking.number, "2222", client=f"198.51.{turn}.1") is WhyUnknown.MISMATCH
    assert look_up(booking.number, FIGURES, client="203.0.113.1") is WhyUnknown.MISMATCH
    assert services.unlock(CHIEF, booking.pk, "本人から電話")
    assert not services.unlock(CHIEF, booking.pk, "もう一度")
    assert look_up(booking.number, FIGURES, client="203.0.113.1") == booking.pk


def test_right_figures_forget_the_wrong_ones(apply: Apply) -> None:
    booking = apply()
    for turn in range(3 * WRONG_FIGURES_UNTIL_LOCK):
        figures = FIGURES if turn % WRONG_FIGURES_UNTIL_LOCK == 0 else "2222"
        look_up(booking.number, figures, client=f"198.51.{turn}.1")
    assert look_up(booking.number, FIGURES, client="203.0.113.1") == booking.pk


def test_one_network_guesses_only_so_often_and_others_go_on(apply: Apply) -> None:
    booking = apply()
    answers = [look_up(f"{number:010d}", FIGURES, client="198.51.100.9") for number in range(lookup.LIMITS.network_short + 1)]
    assert answers == [WhyUnknown.MISMATCH] * lookup.LIMITS.network_short + [WhyUnknown.TOO_MANY]
    assert look_up(booking.number, FIGURES, client="198.51.100.77") is WhyUnknown.TOO_MANY
    assert look_up(booking.number, FIGURES, client="203.0.113.1") == booking.pk


def test_only_the_own_hold_is_extended_and_given_back(hold: Hold) -> None:
    held = hold()
    assert reservations.extend_without_number(held.idempotency_key, client=CLIENT) > (held.held_until or clock.now())
    assert not reservations.release_without_number(uuid.uuid4(), client=CLIENT)
    with pytest.raises(BookingRefused) as refused:
        reservations.extend_without_number(uuid.uuid4(), client=CLIENT)
    assert refused.value.why is Why.HOLD_EXPIRED
    assert reservations.release_without_number(held.idempotency_key, client=CLIENT)
    held.refresh_from_db()
    assert held.state == "expired"
    assert violations() == []


def test_addresses_and_answers_are_forgotten_when_their_time_is_over(apply: Apply, slot: Slot, later: Slot) -> None:
    coming, cancelled = apply(email=ANSWERS["email"]), apply(at=later, email=ANSWERS["email"])
    reservations.cancel_without_number(cancelled.pk, client=CLIENT)
    assert services.forget_what_is_not_needed() == (0, 0)
    MailIntent.objects.filter(booking=coming).delete()
    with time_machine.travel(clock.now() + dt.timedelta(days=2)):
        # A mail that is still owed keeps its address.
        assert services.forget_what_is_not_needed() == (0, 0)
        MailIntent.objects.all().delete()
        assert services.forget_what_is_not_needed() == (1, 0)
    coming.refresh_from_db()
    assert coming.email == ANSWERS["email"]
    with time_machine.travel(dt.datetime.combine(slot.day, dt.time(12), clock.TOKYO) + dt.timedelta(days=2)):
        assert services.forget_what_is_not_needed() == (1, 0)
    with time_machine.travel(dt.datetime.combine(slot.day, dt.time(12), clock.TOKYO) + dt.timedelta(days=32)):
        assert services.forget_what_is_not_needed() == (0, 2)
