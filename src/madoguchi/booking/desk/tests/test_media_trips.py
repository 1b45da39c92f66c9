"""The desk and the medium's timetable: deadlines that cannot be kept are refused, and late cancellations stand on a call list (EX-08)."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from madoguchi.booking.calendar.models import Place, Slot, VisitKind
from madoguchi.booking.desk.media_trips import last_day_to_book, missed_cancellations, unkept_cancellation, unkept_deadline
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Credential
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.models import ExchangeRules, LedgerEntry, OutgoingFile

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
CLERK = automatic("test")


@pytest.fixture
def trips(db: None) -> ExchangeRules:
    return ExchangeRules.objects.create(
        changed_at=clock.now(), changed_by="chief", trip_weekdays=[0, 1, 2, 3, 4], trip_time=dt.time(16, 30)
    )


def test_the_last_day_to_book_is_the_earlier_of_both_deadlines() -> None:
    tuesday = dt.date(2026, 11, 24)  # after a weekend and a holiday
    assert last_day_to_book(tuesday, 1, 0) == dt.date(2026, 11, 23)
    assert last_day_to_book(tuesday, 1, 1) == dt.date(2026, 11, 20)
    assert last_day_to_book(tuesday, 7, 1) == dt.date(2026, 11, 17)


def test_a_day_ahead_comes_after_the_last_trip_and_two_working_days_are_in_time(trips: ExchangeRules) -> None:
    why = unkept_deadline(1, 0)
    assert why is not None
    assert "16:30" in why
    assert unkept_deadline(1, 1) is not None
    assert unkept_deadline(1, 2) is None


def test_without_a_timetable_nothing_is_checked(db: None) -> None:
    assert unkept_deadline(0, 0) is None


def test_a_setting_that_cannot_be_kept_is_refused_on_the_page(
    town: Place, trips: ExchangeRules, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("administrator")
    values = {"code": town.code, "name": town.name, "lead_days": "1", "position": "0", "is_open": "on"}
    refused = client.post(reverse("desk:place", args=[town.pk]), values)
    assert refused.status_code == 422
    assert "窓口に届きません" in refused.content.decode()
    assert client.post(reverse("desk:place", args=[town.pk]), {**values, "lead_days": "2"}).status_code == 302


def test_working_days_are_counted_where_the_setting_counts_so(trips: ExchangeRules) -> None:
    tuesday = dt.date(2026, 11, 24)  # after a weekend and a holiday
    assert last_day_to_book(tuesday, 1, 0, in_business_days=True) == dt.date(2026, 11, 20)
    assert unkept_deadline(2, 0) is not None
    assert unkept_deadline(2, 0, in_business_days=True) is None
    assert unkept_cancellation(2) is not None
    assert unkept_cancellation(2, in_business_days=True) is None
    assert unkept_cancellation(0, in_business_days=True) is not None


def test_a_line_keeps_what_a_medium_cannot(trips: ExchangeRules) -> None:
    trips.direct_on, trips.direct_minutes = True, 15
    trips.save()
    assert unkept_deadline(1, 0) is None
    assert unkept_deadline(0, 0) is not None
    trips.picking_minutes = 12 * 60
    trips.save()
    why = unkept_deadline(1, 0)
    assert why is not None
    assert "15分おき" in why


def test_each_kind_has_its_own_deadlines(town: Place, trips: ExchangeRules, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("administrator")
    kind = VisitKind.default()
    values = {"code": kind.code, "name": kind.name, "schedule": kind.schedule_id, "identification": "number", "party_rule": "places"}
    values |= {"party_limit": 5, "position": 0, "is_open": "on", "counts": "business"}
    address = reverse("desk:kind", args=[kind.pk])
    refused = client.post(address, {**values, "earliest_days_ahead": 1, "cancel_days_before": 0})
    assert refused.status_code == 422
    assert "窓口に届きません" in refused.content.decode()
    assert client.post(address, {**values, "earliest_days_ahead": 2, "cancel_days_before": 0}).status_code == 302
    ExchangeRules.objects.update(late_cancels_by_telephone=False)
    late = client.post(address, {**values, "earliest_days_ahead": 2, "cancel_days_before": 1})
    assert late.status_code == 422
    assert "変更と取消が、朝までに窓口に届きません" in late.content.decode()
    assert client.post(address, {**values, "earliest_days_ahead": 2, "cancel_days_before": 2}).status_code == 302
    closed = {**values, "earliest_days_ahead": 0, "cancel_days_before": 0}
    del closed["is_open"]
    assert client.post(address, closed).status_code == 302


def test_a_timetable_that_breaks_a_deadline_in_force_is_refused(
    town: Place, signed_in_client: Callable[..., Client], settings: Settings
) -> None:
    settings.MADOGUCHI_EXCHANGE_RULES_CHECK = "madoguchi.booking.desk.media_trips.faults_of_rules"
    signed_in_client("chief", user_id="boss")
    client = signed_in_client("administrator")
    values = {"days_out": 3, "trip_weekdays": ["0", "1", "2", "3", "4"], "transfer_minutes": 60, "picking_minutes": 120}
    values |= {"late_cancels_by_telephone": "on", "direct_port": 8443, "direct_minutes": 15, "reason": "便の開始"}
    values |= {"witness_user_id": "boss", "witness_password": "kawa-no-hotori-7"}
    refused = client.post(reverse("exchange:rules"), {**values, "trip_time": "16:30"})
    assert refused.status_code == 422
    assert "窓口に届きません" in refused.content.decode()
    assert not ExchangeRules.objects.exists()
    Municipality.objects.update(earliest_days_ahead=2, window_counts="business")
    assert client.post(reverse("exchange:rules"), {**values, "trip_time": "16:30"}).status_code == 302


def carry_away(at: dt.datetime, seq: int = 1) -> None:
    usual: dict[str, Any] = {"type": "bookings", "seq": seq, "file_name": f"KFX_142051_B2C_bookings_{seq}.kfx", "file_hash": f"{seq:064d}"}
    file = OutgoingFile.objects.create(
        **usual, prev="0" * 64, rows=1, issued_at=at, expires_at=at + dt.timedelta(days=3), issued_by="clerk"
    )
    LedgerEntry.objects.create(movement="write", state="done", user_id="clerk", started_at=at, outgoing=file)


def test_a_cancellation_after_the_last_trip_stands_on_the_call_list(
    town: Place, person: Callable[..., Credential], slot: Slot, signed_in_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = services.book_by_staff(CLERK, person().serial, slot.pk, key=uuid.uuid4())
    services.cancel_by_staff(CLERK, booking.pk, "電話")
    monkeypatch.setattr(clock, "today", lambda: slot.day)
    client = signed_in_client("clerk")
    page = client.get(reverse("desk:missed")).content.decode()
    assert booking.number in page
    assert "まだ運ばれていません" in page
    carry_away(clock.now() - dt.timedelta(hours=2))
    assert [one.pk for one in missed_cancellations(None)] == [booking.pk]
    assert not missed_cancellations({"elsewhere"}).exists()
    carry_away(clock.now() + dt.timedelta(seconds=1), 2)
    assert booking.number not in client.get(reverse("desk:missed")).content.decode()
    assert not Booking.objects.exclude(state="cancelled").exists()
