import csv
import datetime as dt
import io
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Schedule, Slot, VisitKind
from madoguchi.booking.desk.models import CallTicket, TicketEvent
from madoguchi.booking.figures import presenting, queries, rules, services, tasks
from madoguchi.booking.figures.models import LeadTime
from madoguchi.booking.figures.queries import BookingCount, PlaceCount, Scope, Wait
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform import clock

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
MONDAY = dt.date(2026, 11, 2)
_numbers = itertools.count()


def slot_at(place: Place, day: dt.date, hour: int, *, capacity: int = 4, taken: int = 0) -> Slot:
    values = {"end": dt.time(hour, 30), "capacity": capacity, "public_capacity": capacity, "taken": taken}
    schedule = Schedule.default()
    return Slot.objects.get_or_create(place=place, schedule=schedule, day=day, start=dt.time(hour), defaults=values)[0]


def book(slot: Slot, state: str = "done", source: str = "web", *, people: int = 1, kind: VisitKind | None = None) -> Booking:
    return Booking.objects.create(
        number=f"{next(_numbers):010d}",
        state=state,
        kind=kind or VisitKind.default(),
        slot=slot,
        people=people,
        source=source,
        idempotency_key=uuid.uuid4(),
        held_until=clock.now() if state == "held" else None,
        created_at=clock.now(),
        changed_at=clock.now(),
    )


@pytest.fixture
def november(town: Place) -> Scope:
    """Two days at one office: seven bookings of every sort."""
    morning, later = slot_at(town, MONDAY, 9, taken=3), slot_at(town, MONDAY + dt.timedelta(days=1), 13, capacity=2, taken=2)
    for state, source in (
        ("done", "web"),
        ("done", "phone"),
        ("no_show", "web"),
        ("cancelled", "web"),
        ("held", "web"),
        ("expired", "web"),
    ):
        book(morning, state, source)
    book(later, "confirmed", "staff", people=2)
    return Scope(MONDAY, MONDAY + dt.timedelta(days=6), [town])


def test_bookings_are_counted_by_every_notion_and_mere_holds_are_not(november: Scope) -> None:
    total = rules.totals(queries.bookings(november))
    assert (total.bookings, total.standing, total.people, total.cancelled) == (5, 4, 5, 1)
    assert (total.no_show, total.over) == (1, 3)
    assert (total.web, total.phone, total.staff) == (3, 1, 1)
    by_hour = rules.grouped(queries.bookings(november), lambda one: one.hour)
    assert {hour: one.bookings for hour, one in by_hour.items()} == {9: 4, 13: 1}
    by_weekday = rules.grouped(queries.bookings(november), lambda one: one.weekday)
    assert {weekday: one.bookings for weekday, one in by_weekday.items()} == {0: 4, 1: 1}


def test_other_places_kinds_and_days_are_left_out(november: Scope, town: Place) -> None:
    other = Place.objects.create(code="other", name="支所")
    book(slot_at(other, MONDAY, 9))
    book(slot_at(town, MONDAY - dt.timedelta(days=1), 9))
    kind = VisitKind.objects.exclude(pk=VisitKind.default().pk).first()
    assert kind
    book(slot_at(town, MONDAY, 9), kind=kind)
    assert rules.totals(queries.bookings(november)).bookings == 6
    assert rules.totals(queries.bookings(Scope(MONDAY, MONDAY, [town], kind))).bookings == 1
    assert rules.totals(queries.bookings(Scope(MONDAY, MONDAY, [other]))).bookings == 1


def test_occupancy_is_taken_of_offered(november: Scope) -> None:
    counts = queries.places_taken(november)
    assert counts == [PlaceCount(november.places[0].pk, 0, 9, 4, 3), PlaceCount(november.places[0].pk, 1, 13, 2, 2)]
    assert rules.occupancy(counts) == pytest.approx(100 * 5 / 6)
    assert rules.occupancy([]) is None
    Slot.objects.filter(day=MONDAY).update(is_open=False)
    assert rules.occupancy(queries.places_taken(november)) == 100


def ticket(place: Place, number: int, *steps: tuple[str, int]) -> None:
    issued = dt.datetime.combine(MONDAY, dt.time(9), clock.TOKYO)
    row = CallTicket.objects.create(
        place=place, day=MONDAY, number=number, state=steps[-1][0] if steps else "waiting", key=uuid.uuid4(), issued_at=issued,
        called_at=issued, changed_at=issued,
    )  # fmt: skip
    for version, (state, minute) in enumerate((("waiting", 0), *steps), start=1):
        at = issued + dt.timedelta(minutes=minute)
        TicketEvent.objects.create(ticket=row, version=version, at=at, act="x", to_state=state, by="x")


def test_waits_end_with_the_first_call_and_serving_with_the_end(november: Scope, town: Place) -> None:
    ticket(town, 1, ("called", 10), ("served", 12), ("closed", 20))
    ticket(town, 2, ("called", 20), ("missed", 21), ("waiting", 22), ("called", 30), ("closed", 40))
    ticket(town, 3)
    ticket(town, 4, ("void", 90))
    assert queries.waits(november) == [Wait(town.pk, 9, 3, 15.0, 9.0)]
    assert rules.weighted([Wait(1, 9, 3, 10.0, None), Wait(1, 10, 1, 30.0, None)], lambda one: one.waited) == 15.0
    assert rules.weighted([Wait(1, 9, 3, None, None)], lambda one: one.waited) is None


def test_lead_times_are_noted_once_a_day(town: Place) -> None:
    tasks.note_lead_times(0)
    tomorrow = LeadTime.objects.get(place=town, kind=VisitKind.default())
    assert (tomorrow.day, tomorrow.days) == (clock.today(), 1)
    Slot.objects.update(is_open=False)
    assert services.note_lead_times() == LeadTime.objects.count()
    assert LeadTime.objects.get(place=town, kind=VisitKind.default()).days is None
    scope = Scope(clock.today(), clock.today(), [town])
    assert [lead.days for lead in queries.leads(scope)] == [None]


@pytest.mark.parametrize(
    ("first", "last", "number", "ends"),
    [
        (MONDAY, MONDAY, 1, MONDAY),
        (MONDAY, MONDAY + dt.timedelta(days=30), 31, MONDAY),
        (MONDAY + dt.timedelta(days=2), MONDAY + dt.timedelta(days=40), 6, MONDAY + dt.timedelta(days=6)),
        (dt.date(2026, 1, 15), dt.date(2027, 1, 14), 13, dt.date(2026, 1, 31)),
    ],
)
def test_a_period_is_divided_without_a_gap(first: dt.date, last: dt.date, number: int, ends: dt.date) -> None:
    parts = rules.buckets(first, last)
    assert (len(parts), parts[0]) == (number, (first, ends))
    assert parts[-1][1] == last
    assert all(after[0] - before[1] == dt.timedelta(days=1) for before, after in itertools.pairwise(parts))


def test_shares_of_nothing_are_not_a_number() -> None:
    assert rules.share(0, 0) is None
    assert rules.totals([]).standing == 0
    assert rules.totals([BookingCount(1, 1, 0, 9, "web", False, "confirmed", 3, 4)]).over == 0


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def chief(town: Place, signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("chief")


ADDRESS = "?day_from=2026-11-02&day_until=2026-11-08"


def test_the_page_shows_figures_that_lead_to_their_lists(chief: Client, november: Scope) -> None:
    page = text(chief.get(reverse("figures:overview") + ADDRESS))
    assert "33.3%" in page
    assert "83.3%" in page
    assert "来る予定だった3件のうち1件" in page
    wanted = f"{reverse('desk:bookings')}?day_from=2026-11-02&amp;day_until=2026-11-08&amp;place=main&amp;state=no_show"
    assert wanted in page
    listed = text(chief.get(wanted.replace("&amp;", "&")))
    assert "1件" in listed


def test_a_hundred_bookings_cost_as_many_statements_as_one(chief: Client, november: Scope) -> None:
    with CaptureQueriesContext(connection) as few:
        chief.get(reverse("figures:overview") + ADDRESS)
    other = Place.objects.create(code="other", name="支所")
    kind = VisitKind.objects.exclude(pk=VisitKind.default().pk).first()
    for hour in range(8, 18):
        for place in (november.places[0], other):
            slot = slot_at(place, MONDAY + dt.timedelta(days=hour % 5), hour)
            for state in ("done", "no_show", "cancelled", "confirmed", "refused"):
                book(slot, state, "phone", kind=kind)
    ticket(other, 1, ("called", 10), ("served", 12), ("closed", 20))
    LeadTime.objects.create(day=MONDAY, place=other, kind=VisitKind.default(), days=3)
    with CaptureQueriesContext(connection) as many:
        page = text(chief.get(reverse("figures:overview") + ADDRESS))
    assert "支所" in page
    assert "待ち時間" in page
    assert len(many) == len(few)


def test_a_period_that_makes_no_sense_is_said_so(chief: Client) -> None:
    for query, words in (
        ("?day_from=x&day_until=2026-11-08", "はじめの日は"),
        ("?day_from=2026-11-09&day_until=2026-11-08", "はじめの日より後"),
        ("?day_from=2020-11-09&day_until=2026-11-08", "366日以内"),
        ("?place=nowhere", "場所を選び直して"),
    ):
        answer = chief.get(reverse("figures:overview") + query)
        assert answer.status_code == 422
        assert words in text(answer)


@pytest.mark.parametrize("name", ["bookings", "places", "leads", "waits"])
def test_every_table_comes_as_workbook_and_as_csv(chief: Client, november: Scope, town: Place, name: str) -> None:
    ticket(town, 1, ("called", 10), ("served", 12), ("closed", 20))
    LeadTime.objects.create(day=MONDAY, place=town, kind=VisitKind.default(), days=3)
    address = f"{reverse('figures:export')}{ADDRESS}&table={name}"
    lines = list(csv.reader(io.StringIO(bytes(chief.get(address + "&form=csv").content).decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(chief.get(address + "&form=xlsx").content))).active
    assert sheet
    cells = [["" if value is None else str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert cells == lines
    assert len(lines) > 1
    assert {len(line) for line in lines} == {len(lines[0])}
    assert chief.get(address + "&form=exe").status_code == 404


def test_who_sees_figures_and_of_which_places(november: Scope, signed_in_client: Callable[..., Client]) -> None:
    assert signed_in_client("clerk").get(reverse("figures:overview")).status_code == 403
    elsewhere = signed_in_client("chief", place="other", user_id="elsewhere")
    Place.objects.create(code="other", name="支所")
    page = text(elsewhere.get(reverse("figures:overview") + ADDRESS))
    assert "支所" in page
    assert "本庁舎" not in page


def test_the_charts_of_an_empty_period_say_so(town: Place) -> None:
    counted = presenting.count(Scope(MONDAY, MONDAY, [town]))
    assert [chart.code for chart in presenting.charts(counted)] == ["booked", "ways", "occupied", "no-shows", "lead"]
    assert presenting.tiles(counted)[1].number == "—"
