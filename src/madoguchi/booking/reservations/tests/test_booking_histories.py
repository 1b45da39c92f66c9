"""Any order of acts keeps every invariant, and what was acknowledged is what is stored (short form: 15 histories of 30 steps)."""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import Identified, identify
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential
from madoguchi.booking.reservations.results import ResultsHandler
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.handlers import Source

pytestmark = pytest.mark.django_db
HISTORIES = int(os.environ.get("MADOGUCHI_HISTORIES", "15"))
CLIENT, ACTOR, SOURCE = "192.0.2.7", automatic("test"), Source("results", 1, "0" * 64, "delta")
PEOPLE, TIMES = st.integers(0, 4), st.integers(0, 2)


def machine(people: list[Credential], slots: list[Slot]) -> type[RuleBasedStateMachine]:  # noqa: C901 each rule is short
    class Office(RuleBasedStateMachine):
        """Five people, three times of two places each, and everything that citizens, staff, time and the other zone do to them."""

        def __init__(self) -> None:
            super().__init__()
            self.transaction = transaction.atomic()
            self.transaction.__enter__()
            self.travel = time_machine.travel(clock.now(), tick=False)
            self.time = self.travel.start()
            # What was acknowledged to each person: the number of the booking that stands.
            self.acknowledged: dict[int, str] = {}
            self.revision = 1
            self.browsers = [self.arrive(person) for person in people]

        def arrive(self, person: Credential) -> Identified:
            done = identify(person.serial, "12345674", "0908", client=CLIENT)
            assert isinstance(done, Identified)
            return done

        @rule(person=PEOPLE, time=TIMES)
        def hold(self, person: int, time: int) -> None:
            try:
                services.hold(self.browsers[person].draft, slots[time].pk, client=CLIENT)
            except BookingRefused:
                return
            assert person not in self.acknowledged

        @rule(person=PEOPLE)
        def confirm(self, person: int) -> None:
            browser = self.browsers[person]
            if browser.draft.booking is None:
                return
            try:
                done = services.confirm(browser.key, browser.draft.booking.idempotency_key, client=CLIENT)
            except BookingRefused:
                return
            if done.repeated:
                assert self.acknowledged[person] == done.number
            self.acknowledged[person] = done.number

        @rule(person=PEOPLE)
        def release(self, person: int) -> None:
            services.release(self.browsers[person].draft, client=CLIENT)

        @rule(person=PEOPLE)
        def extend(self, person: int) -> None:
            try:
                services.extend(self.browsers[person].draft, client=CLIENT)
            except BookingRefused:
                return

        @rule(person=PEOPLE)
        def cancel(self, person: int) -> None:
            try:
                services.cancel(self.browsers[person].draft, client=CLIENT)
            except BookingRefused:
                assert person not in self.acknowledged
                return
            self.acknowledged.pop(person, None)

        @rule(person=PEOPLE, time=TIMES)
        def move(self, person: int, time: int) -> None:
            draft = self.browsers[person].draft
            try:
                booking = services.change(draft, slots[time].pk, [draft.credential_id], client=CLIENT)
            except BookingRefused:
                return
            assert booking.number == self.acknowledged[person]

        @rule(person=PEOPLE)
        def undo(self, person: int) -> None:
            try:
                booking = services.undo_cancel(self.browsers[person].draft, client=CLIENT)
            except BookingRefused:
                return
            self.acknowledged[person] = booking.number

        @rule(person=PEOPLE)
        def wait(self, person: int) -> None:
            with suppress(BookingRefused):
                services.wish(self.browsers[person].draft, services.Wanted(slots[0].day, slots[0].day), email="", client=CLIENT)

        @rule(person=PEOPLE)
        def take(self, person: int) -> None:
            try:
                booking = services.take_offer(self.browsers[person].draft, client=CLIENT)
            except BookingRefused:
                return
            assert self.acknowledged.setdefault(person, booking.number) == booking.number

        @rule(person=PEOPLE)
        def decline(self, person: int) -> None:
            with suppress(BookingRefused):
                services.decline_offer(self.browsers[person].draft, client=CLIENT)

        @rule(person=PEOPLE, time=TIMES)
        def staff_book(self, person: int, time: int) -> None:
            try:
                booking = services.book_by_staff(ACTOR, people[person].serial, slots[time].pk, key=uuid.uuid4())
            except BookingRefused:
                return
            assert person not in self.acknowledged
            self.acknowledged[person] = booking.number

        @rule(person=PEOPLE)
        def staff_cancel(self, person: int) -> None:
            if person in self.acknowledged:
                services.cancel_by_staff(ACTOR, Booking.objects.get(number=self.acknowledged.pop(person)).pk, "")

        @rule(person=PEOPLE)
        def withdrawn(self, person: int) -> None:
            self.revision += 1
            row = {"id": people[person].serial, "no": None, "result": "withdrawn", "rev": self.revision}
            ResultsHandler().apply([row], ACTOR, SOURCE)
            self.acknowledged.pop(person, None)

        @rule(minutes=st.integers(1, 12))
        def time_passes(self, minutes: int) -> None:
            self.time.shift(dt.timedelta(minutes=minutes))

        @rule()
        def expire(self) -> None:
            services.expire_holds()

        @invariant()
        def nothing_is_broken(self) -> None:
            assert violations() == []
            stored = Booking.objects.filter(state="confirmed").values_list("number", flat=True)
            assert sorted(stored) == sorted(self.acknowledged.values())

        def teardown(self) -> None:
            self.travel.stop()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    return Office


def test_any_history_keeps_the_invariants(person: Callable[..., Credential], slot: Slot) -> None:
    slots = list(Slot.objects.filter(day=slot.day).order_by("start")[:3])
    Slot.objects.filter(day=slot.day).update(capacity=2, public_capacity=1)
    run_state_machine_as_test(
        machine([person() for _ in range(5)], slots),
        settings=settings(
            max_examples=HISTORIES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False
        ),
    )
