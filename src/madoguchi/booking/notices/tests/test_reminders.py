"""Reminders go once each, at their hour, to proved addresses; an outage delays them and doubles none."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.municipality import services as municipality
from madoguchi.booking.notices.models import Contact, Mail
from madoguchi.booking.notices.services import drain_outbox, remind
from madoguchi.booking.notices.services.contacts import contact_for
from madoguchi.booking.notices.tests.conftest import MailServer
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = pytest.mark.django_db

DAYS_AHEAD = 5


@pytest.fixture
def proved(server: MailServer, booked: Callable[..., tuple[Draft, Booking]]) -> tuple[Draft, Booking]:
    """A visit in five days, booked and proved ten days ago."""
    municipality.change(automatic("test"), reminder_days=[3, 1])
    draft, booking = booked()
    long_ago = clock.now() - dt.timedelta(days=10)
    Booking.objects.filter(pk=booking.pk).update(confirmed_at=long_ago, created_at=long_ago)
    drain_outbox()
    Mail.objects.update(created_at=long_ago)
    contact = contact_for(booking, booking.email)
    Contact.objects.filter(pk=contact.pk).update(proved_at=long_ago)
    return draft, booking


def at(days_before: int, hour: int, minute: int = 0) -> Any:
    """Let it be so many days before the visit."""
    day = clock.today() + dt.timedelta(days=DAYS_AHEAD - days_before)
    return mock.patch.object(clock, "now", return_value=dt.datetime.combine(day, dt.time(hour, minute), clock.TOKYO))


def reminders() -> list[str]:
    return sorted(Mail.objects.filter(kind="reminder").values_list("once", flat=True))


def test_each_day_reminds_once_at_the_hour(proved: tuple[Draft, Booking], server: MailServer) -> None:
    with at(3, 8, 59):
        assert remind() == 0
    with at(3, 9):
        assert remind() == 1
        assert remind() == 0
        assert drain_outbox().counts == {"sent": 1}
    with at(2, 12):
        assert remind() == 0
    with at(1, 9):
        assert remind() == 1
        assert drain_outbox().counts == {"sent": 1}
    with at(0, 8):
        assert remind() == 0
    assert len(reminders()) == 2
    assert "ご予約の日が近づきました" in server.taken[-1]["Subject"]
    assert server.taken[-1]["List-Unsubscribe"].strip().startswith("<https://")


def test_after_an_outage_the_missed_reminder_comes_late_and_once(proved: tuple[Draft, Booking], server: MailServer) -> None:
    with at(2, 3):
        assert remind() == 0, "nobody is woken at night"
    with at(2, 10):
        assert remind() == 1
    with at(1, 10):
        assert remind() == 1
    assert [name.split(":")[1] for name in reminders()] == ["1", "3"]


def test_an_outage_over_both_days_leaves_one_reminder(proved: tuple[Draft, Booking], server: MailServer) -> None:
    with at(1, 18):
        assert remind() == 1
        assert remind() == 0
    assert [name.split(":")[1] for name in reminders()] == ["1"]


@pytest.mark.parametrize(
    "change",
    [{"proved_at": None}, {"stopped_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, {"failed_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}],
)
def test_only_proved_addresses_that_want_and_get_mail(proved: tuple[Draft, Booking], change: dict[str, Any]) -> None:
    Contact.objects.update(**change)
    with at(3, 10):
        assert remind() == 0


def test_none_for_a_cancelled_booking_and_none_that_was_owed_before(proved: tuple[Draft, Booking], server: MailServer) -> None:
    draft, _booking = proved
    with at(3, 9):
        assert remind() == 1
    services.cancel(draft, client="192.0.2.7")
    with at(3, 10):
        assert drain_outbox().counts == {"void": 1, "sent": 1}
        assert "取り消しました" in server.taken[-1]["Subject"]
    with at(1, 10):
        assert remind() == 0


def test_none_when_the_booking_was_made_after_the_reminders_time(proved: tuple[Draft, Booking]) -> None:
    with at(3, 12):
        Booking.objects.update(confirmed_at=clock.now())
    with at(3, 13):
        assert remind() == 0
    with at(1, 9):
        assert remind() == 1


def test_a_booking_that_moved_is_reminded_of_its_new_day_only(proved: tuple[Draft, Booking], server: MailServer) -> None:
    _draft, booking = proved
    with at(3, 9):
        assert remind() == 1
    later = Slot.objects.get(place=booking.slot.place, day=booking.slot.day + dt.timedelta(days=4), start=booking.slot.start)
    services.move_by_staff(automatic("test"), booking.pk, later.pk, reason="test")
    with at(3, 10):
        assert drain_outbox().counts == {"void": 1, "sent": 1}
    with at(-1, 9):
        assert remind() == 1
    assert len({name.split(":")[2] for name in reminders()}) == 2


def test_a_municipality_may_send_none(proved: tuple[Draft, Booking]) -> None:
    municipality.change(automatic("test"), reminder_days=[])
    with at(1, 10):
        assert remind() == 0
