"""Fixtures that read like a story: a town with one office that is open on weekdays, and people who were sent a notice."""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.booking.calendar.generation import generate_slots
from madoguchi.booking.calendar.models import OpeningRule, Place, Schedule, Slot
from madoguchi.booking.municipality.services import set_up
from madoguchi.booking.reservations import macs
from madoguchi.booking.reservations.identification import Identified, identify
from madoguchi.booking.reservations.models import Credential, Draft
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

TELEPHONE = "0466-00-0000"
CODE, MMDD = "12345674", "0908"


@pytest.fixture
def town(secrets_folder: Path) -> Place:
    """A municipality with one place, open every day from 9 to 10, three public and one internal counter."""
    set_up("142051", telephone=TELEPHONE)
    place = Place.objects.create(code="main", name="本庁舎")
    OpeningRule.objects.bulk_create(
        OpeningRule(
            place=place,
            schedule=Schedule.default(),
            weekday=weekday,
            opens=dt.time(9),
            closes=dt.time(10),
            slot_minutes=15,
            counters_public=3,
            counters_internal=1,
            open_on_holidays=True,
            open_at_year_end=True,
            valid_from=dt.date(2020, 1, 1),
        )
        for weekday in range(7)
    )
    generate_slots(clock.today(), clock.today() + dt.timedelta(days=20), actor=automatic("test"))
    return place


@pytest.fixture
def day() -> dt.date:
    return clock.today() + dt.timedelta(days=5)


@pytest.fixture
def slot(town: Place, day: dt.date) -> Slot:
    """The first time of a day within the booking window."""
    return Slot.objects.get(place=town, day=day, start=dt.time(9))


@pytest.fixture
def person(town: Place) -> Callable[..., Credential]:
    """Put another person on the roster."""
    numbers = itertools.count()

    def put(**values: object) -> Credential:
        serial = str(values.pop("serial", f"A0A{next(numbers):06d}"))
        known: dict[str, object] = {
            "code_mac": macs.code_mac(serial, CODE),
            "birthday_mac": macs.birthday_mac(serial, MMDD),
            "status": "open",
            "rev": 1,
            "changed_at": clock.now(),
        }
        return Credential.objects.create(serial=serial, **{**known, **values})

    return put


@pytest.fixture
def visitor(person: Callable[..., Credential]) -> Callable[..., tuple[str, Draft]]:
    """Put a person on the roster and identify it; gives the draft's key and the draft."""

    def arrive(credential: Credential | None = None, **values: object) -> tuple[str, Draft]:
        found = credential or person(**values)
        done = identify(found.serial, CODE, MMDD, client="192.0.2.7")
        assert isinstance(done, Identified)
        return done.key, done.draft

    return arrive
