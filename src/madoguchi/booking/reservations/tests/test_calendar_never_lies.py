"""Whatever the settings: what the calendar offers can be held, and nothing else can (BK-03).

Invented municipalities: rules, exceptions, closures, windows in calendar or business days, release time, lead time, kinds with minutes and
parties, quotas, places already given out. Every time is asked for by a party of real people, through the service that citizens use.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from django.db import transaction

from madoguchi.booking.calendar import queries
from madoguchi.booking.calendar.generation import generate_slots
from madoguchi.booking.calendar.models import (
    Closure,
    Holiday,
    KindDay,
    KindQuota,
    OpeningException,
    OpeningRule,
    Place,
    Schedule,
    Slot,
    VisitKind,
)
from madoguchi.booking.calendar.rules import FREE_FOR_THE_PUBLIC, Admission, free_for_the_public
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.municipality.services import set_up
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import digest_of
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Credential, Draft, DraftMember
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.clock import TOKYO

pytestmark = pytest.mark.django_db
SEEDS = range(12)
TRIED = 20
_serials = itertools.count()


@dataclass
class Town:
    """One invented municipality, and the party that wants to come."""

    chance: random.Random
    kind: VisitKind
    party: int
    admission: Admission

    def draft(self) -> Draft:
        """A party that has proved its numbers, each person's card admitted alike."""
        people = [
            Credential.objects.create(
                serial=f"C{number // 10**6:02d}{number % 10**6:06d}",
                places=list(self.admission.places),
                not_before=self.admission.not_before,
                deadline=self.admission.deadline,
                status="open",
                rev=1,
                changed_at=clock.now(),
            )
            for number in itertools.islice(_serials, self.party)
        ]
        now = clock.now()
        draft = Draft.objects.create(
            key_digest=digest_of(people[0].serial),
            credential=people[0],
            kind=self.kind,
            created_at=now,
            expires_at=now + dt.timedelta(hours=1),
        )
        DraftMember.objects.bulk_create(DraftMember(draft=draft, credential=person) for person in people[1:])
        return draft

    def holds(self, slot: int) -> bool:
        """Tell whether the party gets the time now."""
        try:
            services.hold(self.draft(), slot, client="192.0.2.7")
        except BookingRefused:
            return False
        return True

    def could_hold(self, slot: int) -> bool:
        """Tell whether the party would get the time; nothing is kept."""
        with transaction.atomic():
            held = self.holds(slot)
            transaction.set_rollback(True)
        return held

    def offered(self) -> dict[int, int]:
        """Return how many such parties the calendar offers each time to."""
        days = Slot.objects.order_by("day").distinct("day").values_list("day", flat=True)
        return {
            time.slot: time.free
            for place in queries.places(self.admission)
            for day in days
            for time in queries.times(place, day, self.admission, kind=self.kind, party=self.party)
            if time.bookable
        }


def invent(seed: int) -> Town:
    chance = random.Random(seed)
    set_up("142051")
    today = clock.today()
    Municipality.objects.update(
        earliest_days_ahead=chance.randint(0, 3),
        latest_days_ahead=chance.randint(6, 16),
        window_counts=chance.choice(["calendar", "business"]),
        release_time=dt.time(chance.choice([0, 8, 12, 20])),
    )
    VisitKind.objects.filter(code="receive").update(
        minutes=chance.choice([None, None, None, 20, 35]),
        party_rule=chance.choice(["places", "time"]),
        party_limit=chance.choice([1, 3, 4, 4]),
        earliest_days_ahead=chance.choice([None, 0]),
        counts=chance.choice(["", "calendar", "business"]),
    )
    default = Schedule.default()
    other = Schedule.objects.create(code="other", name="ほか")
    places = [
        Place.objects.create(code=code, name=code, lead_days=chance.choice([0, 0, 1, 3]), is_open=chance.random() < 0.9)
        for code in ("main", "branch")
    ]
    for place, weekday in itertools.product(places, range(7)):
        if chance.random() < 0.8:
            OpeningRule.objects.create(
                place=place,
                schedule=chance.choice([default, default, default, other]),
                weekday=weekday,
                weeks=chance.choice([[], [], [1, 3], [2, 4]]),
                **_hours(chance),
                open_on_holidays=chance.random() < 0.5,
                valid_from=today,
            )
    for place in places:
        exception = OpeningException(place=place, schedule=default, day=today + dt.timedelta(days=chance.randint(1, 6)))
        for name, value in {**_hours(chance), "reason": "臨時"}.items():
            setattr(exception, name, value)
        exception.save()
    closed = today + dt.timedelta(days=chance.randint(1, 10))
    Closure.objects.create(place=chance.choice([*places, None]), day_from=closed, day_until=closed, reason="点検")
    Holiday.objects.get_or_create(day=today + dt.timedelta(days=chance.randint(1, 9)), defaults={"name": "停止", "kind": "maintenance"})
    generate_slots(today, today + dt.timedelta(days=24), actor=automatic("test"))
    given = list(Slot.objects.order_by("pk"))
    for slot in given:
        if chance.random() < 0.4:
            slot.taken_public = chance.randint(0, slot.public_capacity)
            slot.taken = chance.randint(slot.taken_public, slot.capacity)
    Slot.objects.bulk_update(given, ["taken", "taken_public"])
    kind = VisitKind.default()
    if chance.random() < 0.6:
        for days in chance.sample(["all", "weekdays", "weekends"], 2):
            KindQuota.objects.create(
                kind=kind,
                place=chance.choice([None, places[0]]),
                days=days,
                allowed=chance.randint(1, 6),
                free_days_before=chance.choice([None, 4]),
            )
        for number in range(1, 20, 2):
            KindDay.objects.create(
                kind=kind, place=chance.choice(places), day=today + dt.timedelta(days=number), taken=chance.randint(0, 6), allowed=6
            )
    admission = Admission(
        chance.choice([(), (), ("main",), ("main", "branch")]),
        chance.choice([None, None, today + dt.timedelta(days=4)]),
        chance.choice([None, None, today + dt.timedelta(days=12)]),
    )
    return Town(chance, kind, chance.choice([1, 1, 2, 2, 3]), admission)


def _hours(chance: random.Random) -> dict[str, object]:
    return {
        "opens": dt.time(9),
        "closes": dt.time(chance.randint(10, 12), chance.choice([0, 25])),
        "slot_minutes": chance.choice([10, 15, 20, 30]),
        "counters_public": chance.randint(1, 3),
        "counters_internal": chance.randint(0, 2),
    }


def _moment(seed: int) -> dt.datetime:
    return dt.datetime(2026, 12, 1, tzinfo=TOKYO) + dt.timedelta(hours=random.Random(seed).randint(0, 40 * 24))


@pytest.fixture
def town(request: pytest.FixtureRequest) -> Iterator[Town]:
    seed: int = request.param
    with time_machine.travel(_moment(seed), tick=False):
        yield invent(seed)


def lies(town: Town, offered: dict[int, int]) -> Iterator[str]:
    """Yield the times of which the calendar says something else than the booking does."""
    slots = list(Slot.objects.values_list("pk", flat=True))
    shown = town.chance.sample(sorted(offered), min(TRIED, len(offered)))
    hidden = [slot for slot in slots if slot not in offered]
    for slot in [*shown, *town.chance.sample(hidden, min(TRIED, len(hidden)))]:
        if town.could_hold(slot) != (slot in offered):
            yield f"{Slot.objects.get(pk=slot)}: {offered.get(slot, 0)}"


@pytest.mark.parametrize("town", SEEDS, indirect=True)
def test_what_the_calendar_offers_can_be_held_and_nothing_else(town: Town) -> None:
    offered = town.offered()
    assert list(lies(town, offered)) == []
    _every_view_agrees(town, offered)
    if not offered:
        return  # towns with a quota of nothing or a party that is too large are towns too
    slot = town.chance.choice(sorted(offered))
    got = sum(1 for _party in range(offered[slot] + 1) if town.holds(slot))
    assert got == offered[slot]
    assert [broken for broken in violations() if "person" in broken] == []


def _every_view_agrees(town: Town, offered: dict[int, int]) -> None:
    days = {(slot.place_id, slot.day) for slot in Slot.objects.filter(pk__in=offered)}
    first: dict[int, dt.date] = {}
    for found, day in sorted(days):
        first.setdefault(found, day)
    kind, party = town.kind, town.party
    today = clock.today()
    for place in queries.places(town.admission):
        listed = queries.days_list(place, today, today + dt.timedelta(days=30), town.admission, kind=kind, party=party)
        assert {(place.pk, day.day) for day in listed if day.bookable} == {pair for pair in days if pair[0] == place.pk}
    assert queries.first_free_days(town.admission, kind=kind, party=party) == first
    earliest = queries.first_free_times(town.admission, kind=kind, party=party)
    assert {free.place.pk: free.day for free in earliest} == first
    assert all(free.slot in offered for free in earliest)


def test_most_of_the_towns_offer_something() -> None:
    """The towns above are no empty ones."""
    offering = 0
    for seed in SEEDS:
        with transaction.atomic(), time_machine.travel(_moment(seed), tick=False):
            offering += bool(invent(seed).offered())
            transaction.set_rollback(True)
    assert offering >= len(SEEDS) / 2


def test_a_calendar_that_forgets_something_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a calendar that looks at one time only, and at no quota, lies in some of the same towns."""
    told = queries._TIMES
    monkeypatch.setattr(queries, "_TIMES", told.replace(FREE_FOR_THE_PUBLIC, free_for_the_public()))
    assert told != queries._TIMES
    found = 0
    for seed in SEEDS:
        with transaction.atomic(), time_machine.travel(_moment(seed), tick=False):
            town = invent(seed)
            found += sum(1 for _lie in lies(town, town.offered()))
            transaction.set_rollback(True)
        if found:
            break
    assert found
