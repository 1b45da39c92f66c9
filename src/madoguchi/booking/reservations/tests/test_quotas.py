"""Quotas of a kind and day under bookings that come, go and were there before (BS-02)."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from madoguchi.booking.calendar import queries
from madoguchi.booking.calendar.models import KindDay, KindQuota, Place, Slot, VisitKind
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Draft
from madoguchi.booking.reservations.quotas import remove_quota, save_quota
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform.audit.actors import automatic

ACTOR = automatic("test")
Visitor = Callable[..., tuple[str, Draft]]


def refused(visitor: Visitor, slot: Slot) -> Why | None:
    _key, draft = visitor()
    try:
        services.hold(draft, slot.pk, client="192.0.2.1")
    except BookingRefused as why:
        return why.why
    return None


@pytest.mark.django_db
def test_the_quota_counts_what_was_booked_before_it(visitor: Visitor, slot: Slot) -> None:
    assert refused(visitor, slot) is None
    quota = save_quota(ACTOR, KindQuota(kind=VisitKind.default(), allowed=2))
    later = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 30))
    assert refused(visitor, later) is None
    assert refused(visitor, later) is Why.FULL
    assert not any(time.bookable for time in queries.times(slot.place, slot.day))
    tomorrow = Slot.objects.get(place=slot.place, day=slot.day + dt.timedelta(days=1), start=slot.start)
    assert refused(visitor, tomorrow) is None
    quota.allowed = 3
    save_quota(ACTOR, quota)
    assert refused(visitor, later) is None
    quota.allowed = 1
    save_quota(ACTOR, quota)
    assert KindDay.objects.get(day=slot.day).taken == 3
    remove_quota(ACTOR, quota)
    assert refused(visitor, later) is None
    assert not KindDay.objects.exists()


@pytest.mark.django_db
def test_a_place_given_back_may_be_taken_within_the_quota(visitor: Visitor, slot: Slot) -> None:
    save_quota(ACTOR, KindQuota(kind=VisitKind.default(), allowed=1))
    _key, draft = visitor()
    services.hold(draft, slot.pk, client="192.0.2.1")
    assert refused(visitor, slot) is Why.FULL
    assert services.release(draft, client="192.0.2.1")
    assert KindDay.objects.get(day=slot.day).taken == 0
    assert refused(visitor, slot) is None


@pytest.mark.django_db
def test_one_quota_for_the_same_days_and_place(town: Place) -> None:
    save_quota(ACTOR, KindQuota(kind=VisitKind.default(), allowed=1))
    with pytest.raises(ValidationError, match="すでにあります"):
        save_quota(ACTOR, KindQuota(kind=VisitKind.default(), allowed=2))
    save_quota(ACTOR, KindQuota(kind=VisitKind.default(), place=town, allowed=2))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("allowed", "get_one"), [(2, 2), (None, 8)])
def test_many_want_the_last_place_of_the_quota(visitor: Visitor, slot: Slot, allowed: int | None, get_one: int) -> None:
    """R-02 for quotas: eight people, two places left by the quota, twelve by the slots. The control: without a quota all get one."""
    if allowed is not None:
        save_quota(ACTOR, KindQuota(kind=VisitKind.default(), allowed=allowed))
    slots = list(Slot.objects.filter(day=slot.day).order_by("start"))
    drafts = [visitor()[1] for _ in range(8)]
    got: list[object] = []
    refusals: list[Why] = []
    ready = threading.Barrier(8)

    def go(draft: Draft, wish: Slot) -> None:
        ready.wait()
        try:
            got.append(services.hold(draft, wish.pk, client="192.0.2.1").pk)
        except BookingRefused as why:
            refusals.append(why.why)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(draft, slots[number % 4])) for number, draft in enumerate(drafts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == get_one
    assert refusals == [Why.FULL] * (8 - get_one)
    assert sum(Slot.objects.values_list("taken", flat=True)) == get_one
    assert list(KindDay.objects.values_list("taken", flat=True)) == ([] if allowed is None else [allowed])
