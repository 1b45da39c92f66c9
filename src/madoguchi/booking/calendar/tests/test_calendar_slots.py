import argparse
import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from madoguchi.booking.calendar import commands, generation, queries, services, tasks
from madoguchi.booking.calendar.models import Closure, OpeningRule, Place, Slot
from madoguchi.booking.calendar.rules import Admission, DayState
from madoguchi.booking.municipality.services import change
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.clock import TOKYO
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]
ACTOR = automatic("test")
MONDAY = dt.date(2026, 12, 7)
RuleMaker = Callable[..., OpeningRule]


def generate(first: dt.date = MONDAY, last: dt.date = MONDAY) -> generation.Generated:
    return generation.generate_slots(first, last, actor=ACTOR)


def starts(day: dt.date = MONDAY) -> list[str]:
    return [f"{slot.start:%H:%M}" for slot in Slot.objects.filter(day=day, is_open=True).order_by("start")]


def test_a_rule_gives_its_times(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule(closes=dt.time(10, 10)))
    assert starts() == ["09:00", "09:15", "09:30", "09:45"]
    slot = Slot.objects.filter(day=MONDAY).earliest("start")
    assert (slot.end, slot.capacity, slot.public_capacity) == (dt.time(9, 15), 3, 2)
    assert starts(MONDAY + dt.timedelta(days=1)) == []


def test_generating_again_changes_nothing(rule: RuleMaker) -> None:
    rule().save()
    first, again = generate(), generate()
    assert (first.added, first.changed, first.closed) == (4, 0, 0)
    assert (again.added, again.changed, again.closed) == (0, 0, 0)
    assert [(day.day, day.slots, day.capacity, day.public_capacity) for day in again.days] == [(MONDAY, 4, 12, 8)]


def test_the_number_of_statements_does_not_grow_with_the_slots(rule: RuleMaker) -> None:
    rule().save()
    with CaptureQueriesContext(connection) as few:
        generate()
    OpeningRule.objects.bulk_create(rule(weekday=weekday, slot_minutes=5, closes=dt.time(17)) for weekday in range(1, 7))
    with CaptureQueriesContext(connection) as many:
        generate(MONDAY, MONDAY + dt.timedelta(days=60))
    assert Slot.objects.count() > 1000
    assert len(many) == len(few)


@pytest.mark.parametrize("looked_at_first", [False, True])
def test_changing_a_rule_for_half_a_year_costs_the_same_for_ten_and_for_a_thousand_times(rule: RuleMaker, looked_at_first: bool) -> None:
    change(ACTOR, latest_days_ahead=180)

    def cost(changed: OpeningRule) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as statements:
            done = services.preview(lambda: services.save_rule(ACTOR, changed)) if looked_at_first else services.save_rule(ACTOR, changed)
        on_slots = sum("calendar_slot" in query["sql"] for query in statements.captured_queries)
        assert on_slots <= 6
        return len(statements), done.added + done.changed + done.closed

    few = rule(valid_until=MONDAY + dt.timedelta(days=14))
    services.save_rule(ACTOR, few)
    few.counters_public = 3
    many = rule(weekday=1, opens=dt.time(8), closes=dt.time(18), slot_minutes=10)
    services.save_rule(ACTOR, many)
    many.counters_public = 5
    cost_of_few, slots_of_few = cost(few)
    cost_of_many, slots_of_many = cost(many)
    assert slots_of_few < 20
    assert slots_of_many > 1000
    assert cost_of_many == cost_of_few


def test_closures_of_one_place_and_of_all_close_days(rule: RuleMaker, place: Place) -> None:
    other = Place.objects.create(code="branch", name="支所")
    for where in (place, other):
        services.save_rule(ACTOR, rule(place=where))
    closure = Closure(place=other, day_from=MONDAY, day_until=MONDAY, reason="停電")
    services.save_closure(ACTOR, closure)
    assert set(Slot.objects.filter(day=MONDAY, is_open=True).values_list("place__code", flat=True)) == {"main"}
    services.save_closure(ACTOR, Closure(day_from=MONDAY, day_until=MONDAY, reason="全館休止"))
    assert starts() == []
    services.remove_closure(ACTOR, closure)
    assert starts() == []
    services.remove_closure(ACTOR, Closure.objects.get())
    assert len(starts()) == 8


def test_a_closure_reaches_slots_that_were_generated_far_ahead(rule: RuleMaker) -> None:
    rule().save()
    far = MONDAY + dt.timedelta(days=7 * 30)
    generate(far, far)
    services.save_closure(ACTOR, Closure(day_from=far, day_until=far, reason="改修工事"))
    assert starts(far) == []


def test_the_worker_fills_the_calendar_to_the_last_day_that_may_be_booked(rule: RuleMaker) -> None:
    rule().save()
    change(ACTOR, latest_days_ahead=30)
    tasks.fill_horizon(0)
    assert Slot.objects.filter(day__gte=MONDAY + dt.timedelta(days=21)).exists()


def test_national_holidays_are_closed_unless_the_rule_says_otherwise(rule: RuleMaker) -> None:
    coming_of_age_day = dt.date(2027, 1, 11)
    kept = rule()
    kept.save()
    generate(coming_of_age_day, coming_of_age_day)
    assert starts(coming_of_age_day) == []
    kept.open_on_holidays = True
    kept.save()
    generate(coming_of_age_day, coming_of_age_day)
    assert len(starts(coming_of_age_day)) == 4


def test_capacity_never_falls_below_what_is_taken(rule: RuleMaker) -> None:
    kept = rule()
    services.save_rule(ACTOR, kept)
    Slot.objects.filter(day=MONDAY, start=dt.time(9)).update(taken=3, taken_public=2)
    kept.counters_public, kept.counters_internal = 1, 0
    done = services.save_rule(ACTOR, kept)
    full, other = Slot.objects.filter(day=MONDAY).order_by("start")[:2]
    assert (full.capacity, full.public_capacity) == (3, 2)
    assert (other.capacity, other.public_capacity) == (1, 1)
    assert [(found.place, found.day, found.start, found.taken, found.allowed) for found in done.conflicts] == [
        ("main", MONDAY, dt.time(9), 3, 1)
    ]


def test_a_rule_taken_away_closes_its_times_and_names_the_bookings(rule: RuleMaker) -> None:
    kept = rule()
    services.save_rule(ACTOR, kept)
    Slot.objects.filter(day=MONDAY, start=dt.time(9, 30)).update(taken=1, taken_public=1)
    done = services.remove_rule(ACTOR, kept)
    assert starts() == []
    assert [(found.start, found.taken, found.allowed, found.over) for found in done.conflicts] == [(dt.time(9, 30), 1, 0, 1)]


def test_overlapping_hours_are_refused(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule())
    with pytest.raises(ValidationError):
        services.save_rule(ACTOR, rule(opens=dt.time(9, 30), closes=dt.time(12)))
    services.save_rule(ACTOR, rule(opens=dt.time(10), closes=dt.time(12)))
    services.save_rule(ACTOR, rule(weekday=1))
    assert OpeningRule.objects.count() == 3


def test_a_rule_that_ends_gives_way_to_the_next(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule(valid_until=MONDAY))
    services.save_rule(ACTOR, rule(valid_from=MONDAY + dt.timedelta(days=1), slot_minutes=30))
    assert len(starts()) == 4
    assert starts(MONDAY + dt.timedelta(days=7)) == ["09:00", "09:30"]


def test_the_database_upholds_capacity(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule())
    for wrong in ({"taken": 4}, {"taken": 3, "taken_public": 3}, {"taken": 0, "taken_public": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Slot.objects.filter(day=MONDAY).update(**wrong)


def test_month_shows_the_state_of_each_day_in_one_statement(rule: RuleMaker, place: Place) -> None:
    for weekday in range(3):
        services.save_rule(ACTOR, rule(weekday=weekday, counters_public=1))
    Slot.objects.filter(day=MONDAY).update(taken=1, taken_public=1)
    tuesday = MONDAY + dt.timedelta(days=1)
    Slot.objects.filter(day=tuesday).exclude(start=dt.time(9)).update(taken=1, taken_public=1)
    change(ACTOR, latest_days_ahead=14)
    with CaptureQueriesContext(connection) as statements:
        days = queries.month(place, 2026, 12)
    assert len(statements) == 1
    assert len(days) == 31
    states = {day.day.day: day.state for day in days}
    assert states[7] is DayState.FULL
    assert states[8] is DayState.FREE  # one of four
    assert states[9] is DayState.FREE
    assert states[10] is DayState.NONE
    assert states[21] is DayState.NONE  # beyond the booking window
    assert [day.day.day for day in days if day.bookable] == [8, 9, 14, 15, 16]


def test_times_that_staff_filled_beyond_the_quota_are_full_for_citizens(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule(counters_public=1, counters_internal=1))
    Slot.objects.filter(day=MONDAY, start=dt.time(9)).update(taken=2, taken_public=0)
    Slot.objects.filter(day=MONDAY, start=dt.time(9, 15)).update(taken=1, taken_public=1)
    with CaptureQueriesContext(connection) as statements:
        times = queries.times(place, MONDAY)
    assert len(statements) == 1
    assert [(time.start.minute, time.bookable) for time in times] == [(0, False), (15, False), (30, True), (45, True)]
    assert [time.free for time in queries.times_for_staff(place, MONDAY)] == [0, 1, 2, 2]


def test_places_dates_and_hours_of_the_number_bind_the_calendar(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    assert queries.times(place, MONDAY, Admission(("elsewhere",))) == []
    assert queries.times(place, MONDAY, Admission(deadline=MONDAY - dt.timedelta(days=1))) == []
    assert queries.times(place, MONDAY, Admission(not_before=MONDAY + dt.timedelta(days=1))) == []
    assert len(queries.times(place, MONDAY, Admission(("main",), MONDAY, MONDAY))) == 4
    change(ACTOR, earliest_days_ahead=0)
    with time_machine.travel(dt.datetime(2026, 12, 7, 9, 20, tzinfo=TOKYO), tick=False):
        assert [time.start.minute for time in queries.times(place, MONDAY)] == [30, 45]


def test_first_free_month_skips_months_without_a_place(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    Slot.objects.filter(day__lt=dt.date(2027, 1, 1)).update(taken=3, taken_public=2)
    assert queries.first_free_month(place) == (2027, 1)
    assert queries.first_free_days() == {place.pk: dt.date(2027, 1, 4)}
    assert queries.first_free_month(place, Admission(deadline=dt.date(2026, 12, 31))) is None


def test_places_are_those_of_the_number(place: Place) -> None:
    Place.objects.create(code="branch", name="支所")
    Place.objects.create(code="shut", name="休止中", is_open=False)
    assert [found.code for found in queries.places()] == ["branch", "main"]
    assert [found.code for found in queries.places(Admission(("main", "shut")))] == ["main"]


def test_the_command_gives_the_days(rule: RuleMaker) -> None:
    rule().save()
    done = commands.generate(argparse.Namespace(date_from="2026-12-07", date_to="2026-12-13"), Silent())
    assert done.data["days"] == [
        {"place": "main", "schedule": "cards", "day": "2026-12-07", "slots": 4, "capacity": 12, "public_capacity": 8}
    ]
    assert done.data["conflicts"] == []


@pytest.mark.parametrize(("first", "last"), [("2026-12-08", "2026-12-07"), ("x", "2026-12-07"), ("2026-01-01", "2036-01-01")])
def test_the_command_refuses_a_span_that_cannot_be(first: str, last: str) -> None:
    with pytest.raises(Refusal):
        commands.generate(argparse.Namespace(date_from=first, date_to=last), Silent())
