"""Rules, exceptions, holidays, windows, kinds and parties: what is offered when (BS-02, BK-03, BK-10)."""

import argparse
import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from madoguchi.booking.calendar import commands, queries, services
from madoguchi.booking.calendar.generation import generate_slots
from madoguchi.booking.calendar.holidays import provide_holidays
from madoguchi.booking.calendar.models import (
    CalendarChange,
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
from madoguchi.booking.calendar.rules import DayState
from madoguchi.booking.municipality.services import change
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.clock import TOKYO
from madoguchi.platform.verbs import Silent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]
ACTOR = automatic("test")
MONDAY = dt.date(2026, 12, 7)
WEEK = dt.timedelta(days=7)
RuleMaker = Callable[..., OpeningRule]
ExceptionMaker = Callable[..., OpeningException]


def starts(day: dt.date = MONDAY) -> list[str]:
    return [f"{slot.start:%H:%M}" for slot in Slot.objects.filter(day=day, is_open=True).order_by("start")]


def open_days(first: dt.date, last: dt.date) -> list[int]:
    generate_slots(first, last, actor=ACTOR)
    days = Slot.objects.filter(day__range=(first, last), is_open=True).order_by("day").distinct("day")
    return [day.day for day in days.values_list("day", flat=True)]


def at(day: dt.date, hour: int, minute: int = 0) -> time_machine.travel:
    return time_machine.travel(dt.datetime.combine(day, dt.time(hour, minute), tzinfo=TOKYO), tick=False)


def receive(**values: object) -> VisitKind:
    VisitKind.objects.filter(code="receive").update(**values)
    return VisitKind.default()


# Rules, exceptions, holidays


def test_first_and_third_saturday_of_the_month(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule(weekday=5, weeks=[3, 1]))
    assert open_days(dt.date(2026, 12, 5), dt.date(2027, 1, 31)) == [5, 19, 2 + 14]  # 2 January is year's end
    services.save_rule(ACTOR, rule(weekday=5, weeks=[5], slot_minutes=30))
    assert open_days(dt.date(2027, 1, 17), dt.date(2027, 1, 31)) == [30]


def test_weeks_that_meet_overlap_and_weeks_that_do_not_stand_side_by_side(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule(weekday=5, weeks=[1, 3]))
    services.save_rule(ACTOR, rule(weekday=5, weeks=[2, 4], slot_minutes=30))
    for weeks in ([3, 5], []):
        with pytest.raises(ValidationError):
            services.save_rule(ACTOR, rule(weekday=5, weeks=weeks))
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(weekday=5, weeks=[6]).save()


def test_another_schedule_may_have_the_same_hours(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule())
    services.save_rule(ACTOR, rule(schedule=Schedule.objects.create(code="certificates", name="電子証明書")))
    assert Slot.objects.filter(day=MONDAY).count() == 8


def test_an_exception_stands_in_the_place_of_the_weekly_hours(rule: RuleMaker, exception: ExceptionMaker) -> None:
    services.save_rule(ACTOR, rule())
    made = exception()
    services.save_exception(ACTOR, made)
    assert starts() == ["13:00", "13:30"]
    assert starts(MONDAY + WEEK) == ["09:00", "09:15", "09:30", "09:45"]
    with pytest.raises(ValidationError):
        services.save_exception(ACTOR, exception(opens=dt.time(13, 30), closes=dt.time(15)))
    services.save_exception(ACTOR, exception(opens=dt.time(14), closes=dt.time(15)))
    assert starts() == ["13:00", "13:30", "14:00", "14:30"]
    services.remove_exception(ACTOR, made)
    assert starts() == ["14:00", "14:30"]


def test_an_exception_opens_a_holiday_and_a_closure_is_stronger(exception: ExceptionMaker) -> None:
    coming_of_age_day = dt.date(2027, 1, 11)
    services.save_exception(ACTOR, exception(day=coming_of_age_day))
    assert starts(coming_of_age_day) == ["13:00", "13:30"]
    services.save_closure(ACTOR, Closure(day_from=coming_of_age_day, day_until=coming_of_age_day, reason="停電"))
    assert starts(coming_of_age_day) == []


def test_holidays_are_named_and_closed(rule: RuleMaker, place: Place) -> None:
    OpeningRule.objects.bulk_create(rule(weekday=weekday) for weekday in range(7))
    assert open_days(dt.date(2026, 12, 27), dt.date(2027, 1, 12)) == [27, 28, 4, 5, 6, 7, 8, 9, 10, 12]
    OpeningRule.objects.update(open_on_holidays=True)
    assert open_days(dt.date(2026, 12, 27), dt.date(2027, 1, 12)) == [27, 28, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    OpeningRule.objects.update(open_at_year_end=True)
    assert len(open_days(dt.date(2026, 12, 27), dt.date(2027, 1, 12))) == 17
    change(ACTOR, latest_days_ahead=90)
    named = {day.day.day: day.holiday for day in queries.month(place, 2027, 1) if day.holiday}
    assert named == {1: "元日", 2: "年末年始", 3: "年末年始", 11: "成人の日"}


def test_a_day_of_national_maintenance_closes_everything(rule: RuleMaker, exception: ExceptionMaker) -> None:
    services.save_rule(ACTOR, rule(open_on_holidays=True, open_at_year_end=True))
    services.save_exception(ACTOR, exception())
    stop = Holiday(day=MONDAY, name="住基ネット更改", kind=Holiday.Kind.MAINTENANCE)
    services.save_holiday(ACTOR, stop)
    assert starts() == []
    services.remove_holiday(ACTOR, stop)
    assert starts() == ["13:00", "13:30"]


def test_a_national_holiday_is_opened_not_deleted(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule())
    day = Holiday.objects.get(day=dt.date(2027, 1, 11))
    with pytest.raises(ValidationError):
        services.remove_holiday(ACTOR, day)
    day.is_closed = False
    change(ACTOR, latest_days_ahead=60)
    services.save_holiday(ACTOR, day)
    assert len(starts(day.day)) == 4
    assert provide_holidays(2026, 2027) == 0
    assert not Holiday.objects.get(day=day.day).is_closed


def test_the_law_knows_substitute_holidays_and_days_between() -> None:
    provide_holidays(2026, 2026)
    assert Holiday.objects.get(day=dt.date(2026, 5, 6)).name.startswith("憲法記念日")
    assert Holiday.objects.get(day=dt.date(2026, 9, 22)).kind == Holiday.Kind.NATIONAL
    assert not Holiday.objects.filter(day=dt.date(2026, 5, 7)).exists()


def test_the_last_time_ends_when_the_place_closes(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule(closes=dt.time(10, 10), slot_minutes=20))
    assert max(Slot.objects.filter(day=MONDAY).values_list("end", flat=True)) == dt.time(10, 0)
    long = receive(minutes=40)
    free = {time.start: time.free for time in queries.times(place, MONDAY, kind=long)}
    assert free == {dt.time(9): 2, dt.time(9, 20): 2, dt.time(9, 40): 0}


# Booking window


def test_the_last_day_opens_at_the_set_hour_not_at_midnight(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    change(ACTOR, latest_days_ahead=14, release_time=dt.time(9, 30))
    last = MONDAY + 2 * WEEK
    for hour, minute, offered in ((0, 0, 0), (9, 29, 0), (9, 30, 4), (23, 59, 4)):
        with at(MONDAY, hour, minute):
            assert len(queries.times(place, last)) == offered
            assert queries.window()[1] == (last if offered else last - dt.timedelta(days=1))


def test_a_window_in_business_days_leaves_weekends_and_holidays_out() -> None:
    change(ACTOR, window_counts="business", earliest_days_ahead=3, latest_days_ahead=10)
    with at(dt.date(2026, 12, 25), 12):  # Friday; 29 December to 3 January are closed
        assert queries.window() == (dt.date(2027, 1, 5), dt.date(2027, 1, 15))
    with at(dt.date(2026, 12, 25), 8):  # before the release time the window is that of Thursday
        assert queries.window() == (dt.date(2027, 1, 5), dt.date(2027, 1, 14))


def test_a_kind_has_its_own_window(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    change(ACTOR, latest_days_ahead=30)
    soon = receive(earliest_days_ahead=0, latest_days_ahead=5, counts="business")
    assert queries.window(soon) == (dt.date(2026, 12, 4), dt.date(2026, 12, 11))
    assert queries.window(VisitKind.objects.get(code="apply")) == (dt.date(2026, 12, 5), dt.date(2027, 1, 3))
    assert queries.times(place, MONDAY + WEEK, kind=soon) == []


def test_a_card_that_has_to_travel_is_offered_when_it_is_there(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    place.lead_days = 2
    services.save_place(ACTOR, place)
    assert [day.state for day in queries.days_list(place, MONDAY, MONDAY + WEEK)] == [DayState.FREE]
    assert queries.times(place, MONDAY) == []  # Monday is the first business day, Tuesday the second
    at_once = VisitKind.objects.get(code="apply")
    VisitKind.objects.filter(pk=at_once.pk).update(is_open=True)
    assert len(queries.times(place, MONDAY, kind=at_once)) == 4


# Kinds and parties


def test_a_kind_that_is_closed_or_has_another_schedule_offers_nothing_here(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    kind = VisitKind.objects.get(code="renew-certificate")
    assert queries.times(place, MONDAY, kind=kind) == []
    kind.is_open, kind.schedule = True, services.save_schedule(ACTOR, Schedule(code="certificates", name="電子証明書"))
    services.save_kind(ACTOR, kind)
    assert queries.times(place, MONDAY, kind=kind) == []
    services.save_rule(ACTOR, rule(schedule=kind.schedule, slot_minutes=20))
    assert [time.start.minute for time in queries.times(place, MONDAY, kind=kind)] == [0, 20, 40]
    assert [time.start.minute for time in queries.times(place, MONDAY)] == [0, 15, 30, 45]
    assert [time.start.minute for time in queries.times_for_staff(place, MONDAY, kind=kind)] == [0, 20, 40]


def test_a_party_that_takes_places_needs_them_at_one_time(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    Slot.objects.filter(day=MONDAY, start=dt.time(9)).update(taken=1, taken_public=1)
    assert [time.free for time in queries.times(place, MONDAY)] == [1, 2, 2, 2]
    assert [time.free for time in queries.times(place, MONDAY, party=2)] == [0, 1, 1, 1]
    assert [time.free for time in queries.times(place, MONDAY, party=3)] == [0, 0, 0, 0]
    assert queries.times(place, MONDAY, party=5) == []  # more than one visit may bring
    assert [time.free for time in queries.times_for_staff(place, MONDAY, party=3)] == [0, 1, 1, 1]


def test_a_party_that_takes_time_needs_times_one_after_another(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    receive(party_rule="time")
    Slot.objects.filter(day=MONDAY, start=dt.time(9, 45)).update(taken=2, taken_public=2)
    free = [(time.start.minute, time.end.minute, time.free) for time in queries.times(place, MONDAY, party=2)]
    assert free == [(0, 30, 2), (15, 45, 2), (30, 0, 0), (45, 15, 0)]


def test_minutes_take_as_many_times_as_they_need_whatever_their_length(rule: RuleMaker, exception: ExceptionMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    services.save_exception(ACTOR, exception(opens=dt.time(9), closes=dt.time(9, 40), slot_minutes=10))
    services.save_exception(ACTOR, exception(opens=dt.time(9, 40), closes=dt.time(10), slot_minutes=20))
    kind = receive(minutes=25)
    free = {time.start.minute: time.free for time in queries.times(place, MONDAY, kind=kind)}
    assert free == {0: 1, 10: 1, 20: 1, 30: 1, 40: 0}
    assert [time.free for time in queries.times(place, MONDAY + WEEK, kind=kind)] == [2, 2, 2, 0]


def test_a_gap_ends_a_visit(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule(closes=dt.time(9, 30)))
    services.save_rule(ACTOR, rule(opens=dt.time(9, 45), closes=dt.time(10, 45), slot_minutes=30))
    kind = receive(minutes=45)
    assert [time.free for time in queries.times(place, MONDAY, kind=kind)] == [0, 0, 2, 0]


@pytest.mark.parametrize(
    ("days", "free_before", "left"),
    [("all", None, 2), ("weekdays", None, 2), ("weekends", None, 8), ("weekdays", 3, 8), ("weekdays", 2, 2)],
)
def test_a_quota_of_the_kind_bounds_the_day(rule: RuleMaker, place: Place, days: str, free_before: int | None, left: int) -> None:
    services.save_rule(ACTOR, rule())
    kind = VisitKind.default()
    KindQuota.objects.create(kind=kind, days=days, allowed=3, free_days_before=free_before)
    KindDay.objects.create(kind=kind, place=place, day=MONDAY, taken=1, allowed=3)
    day = next(day for day in queries.month(place, 2026, 12) if day.day == MONDAY)
    assert day.free == left
    KindDay.objects.update(taken=3)
    day = next(day for day in queries.month(place, 2026, 12) if day.day == MONDAY)
    assert day.bookable == (left == 8)


def test_a_quota_of_the_place_goes_before_that_of_all(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule())
    kind = VisitKind.default()
    KindQuota.objects.create(kind=kind, allowed=1)
    KindQuota.objects.create(kind=kind, place=place, allowed=2)
    assert [day.free for day in queries.days_list(place, MONDAY, MONDAY)] == [2]
    assert [time.free for time in queries.times(place, MONDAY, party=2)] == [1, 1, 1, 1]
    assert [time.free for time in queries.times(place, MONDAY, party=3)] == [0, 0, 0, 0]


def test_saturdays_kept_back_are_free_for_all_shortly_before(rule: RuleMaker, place: Place) -> None:
    services.save_rule(ACTOR, rule(weekday=5))
    KindQuota.objects.create(kind=VisitKind.default(), days="weekends", allowed=2, free_days_before=7)
    free = [day.free for day in queries.days_list(place, MONDAY, MONDAY + 2 * WEEK)]
    assert free == [2, 2]  # 12 and 19 December, from the 4th
    with at(dt.date(2026, 12, 5), 12):
        assert [day.free for day in queries.days_list(place, MONDAY, MONDAY + 2 * WEEK)] == [8, 2]


def test_the_earliest_free_time_of_each_place(rule: RuleMaker, place: Place) -> None:
    branch = Place.objects.create(code="branch", name="支所")
    services.save_rule(ACTOR, rule())
    services.save_rule(ACTOR, rule(place=branch, weekday=1))
    Slot.objects.filter(place=place, day=MONDAY, start=dt.time(9)).update(taken=3, taken_public=2)
    found = [(free.place.code, free.day, free.start) for free in queries.first_free_times()]
    assert found == [("main", MONDAY, dt.time(9, 15)), ("branch", MONDAY + dt.timedelta(days=1), dt.time(9))]


# Changing the calendar


def test_a_preview_says_what_the_change_does_and_changes_nothing(rule: RuleMaker) -> None:
    kept = rule()
    services.save_rule(ACTOR, kept)
    Slot.objects.filter(day=MONDAY, start=dt.time(9, 30)).update(taken=3, taken_public=2)
    kept.counters_public, kept.closes = 1, dt.time(9, 45)
    seen = services.preview(lambda: services.save_rule(ACTOR, kept))
    assert [(found.start, found.taken, found.allowed) for found in seen.conflicts] == [(dt.time(9, 30), 3, 2)]
    assert {(day.slots_before, day.slots_after, day.capacity_before, day.capacity_after) for day in seen.days_changed} == {
        (4, 3, 12, 7),  # the day with the bookings keeps what is taken
        (4, 3, 12, 6),
    }
    assert len(starts()) == 4
    assert OpeningRule.objects.get().closes == dt.time(10)
    assert CalendarChange.objects.filter(subject="rule").count() == 1
    done = services.save_rule(ACTOR, kept)
    assert done == seen


def test_the_clerk_chooses_what_becomes_of_the_bookings(rule: RuleMaker) -> None:
    kept = rule()
    services.save_rule(ACTOR, kept)
    Slot.objects.filter(day=MONDAY, start=dt.time(9, 30)).update(taken=3, taken_public=2)
    services.remove_rule(ACTOR, kept, rebook=True)
    (found,) = queries.conflicts(MONDAY, MONDAY)
    assert (found.rebooking_wanted, found.over, found.place_name) == (True, 3, "本庁舎")
    assert queries.conflicts(MONDAY, MONDAY, places=["elsewhere"]) == []
    again = rule(counters_public=1)
    services.save_rule(ACTOR, again)
    (found,) = queries.conflicts(MONDAY, MONDAY)
    assert (found.rebooking_wanted, found.over) == (False, 1)  # the newer decision: they stay
    Slot.objects.update(taken=2, taken_public=1)
    assert queries.conflicts(MONDAY, MONDAY) == []


def test_conflicts_that_were_there_before_are_not_told_again(rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule(counters_public=1))
    Slot.objects.filter(day=MONDAY, start=dt.time(9)).update(taken=3, capacity=3)
    done = services.save_rule(ACTOR, rule(weekday=1))
    assert done.conflicts == []
    assert len(queries.conflicts(MONDAY, MONDAY)) == 1


def test_the_history_names_author_before_and_after_and_cannot_be_altered(rule: RuleMaker) -> None:
    kept = rule()
    services.save_rule(ACTOR, kept)
    kept.closes = dt.time(11)
    services.save_rule(ACTOR, kept)
    services.save_rule(ACTOR, kept)
    services.remove_rule(ACTOR, kept)
    removed, changed, made = CalendarChange.objects.filter(subject="rule")
    assert (made.before, removed.after, changed.by) == (None, None, "auto:test")
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["closes"], changed.after["closes"], changed.after["place"]) == ("10:00", "11:00", "main")
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        CalendarChange.objects.update(by="somebody")


def test_a_kind_keeps_its_texts_and_its_history() -> None:
    kind = VisitKind.objects.get(code="apply")
    services.save_kind(ACTOR, kind, {"en": ("Apply at the office", "With your photo."), "ja": ("", "写真をお持ちください。")})
    services.save_kind(ACTOR, kind, {"en": ("", "")})
    assert {text.language for text in kind.texts.all()} == {"ja"}
    newest = CalendarChange.objects.filter(subject="kind").first()
    assert newest is not None
    assert newest.before is not None
    assert newest.before["texts"]["en"] == ["Apply at the office", "With your photo."]
    kind.earliest_days_ahead, kind.latest_days_ahead = 10, 5
    with pytest.raises(ValidationError, match="何日後まで"):
        services.save_kind(ACTOR, kind)


@pytest.mark.parametrize("wrong", [{"code": "Ä"}, {"party_limit": 11}, {"minutes": 3}, {"questions": ["a b"]}, {"counts": "lunar"}])
def test_a_kind_that_cannot_be_is_refused_twice(wrong: dict[str, object]) -> None:
    kind = VisitKind.objects.get(code="apply")
    for name, value in wrong.items():
        setattr(kind, name, value)
    with pytest.raises(ValidationError):
        services.save_kind(ACTOR, kind)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitKind.objects.filter(code="apply").update(**wrong)


# On the command line


def test_the_command_shows_the_month_that_citizens_see(place: Place, rule: RuleMaker) -> None:
    services.save_rule(ACTOR, rule())
    shown = commands.show_month(argparse.Namespace(place=place.code, month="2026-12"), Silent())
    seen = queries.month(place, 2026, 12)
    assert any(day.bookable for day in seen)
    assert shown.data["days"] == [
        {"day": day.day.isoformat(), "state": day.state.value, "free": day.free, "holiday": day.holiday} for day in seen
    ]
    assert "2026-12-07 ◯    8" in shown.lines
