"""The settings of the calendar as a clerk fills them in (BS-02, BS-07, BK-10)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi.booking.calendar.models import (
    CalendarChange,
    Holiday,
    KindQuota,
    OpeningException,
    OpeningRule,
    Place,
    Schedule,
    Slot,
    VisitKind,
)
from madoguchi.platform import clock

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
SignedIn = Callable[..., Client]
Answer = Any  # what the test client returns is patched at run time


@pytest.fixture
def chief(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("chief", user_id="chief")


def text(answer: Answer) -> str:
    return bytes(answer.content).decode()


def boxes(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("year", "month", "day")}


def settled(client: Client, address: str, values: dict[str, object], decision: str = "keep") -> Answer:
    """Send a form, look at the preview, decide."""
    looked = client.post(address, values)
    assert looked.status_code == 200, text(looked)
    answer = client.post(address, {**values, "decision": decision})
    assert answer.status_code == 302, text(answer)
    return looked


def hours(**values: object) -> dict[str, object]:
    usual = {"opens": "13:00", "closes": "15:00", "slot_minutes": "30", "counters_public": "1", "counters_internal": "0"}
    return {**usual, **values}


def test_first_and_third_saturdays_with_places_for_the_telephone(chief: Client, town: Place) -> None:
    OpeningRule.objects.filter(weekday=5).delete()
    values = hours(weekday="5", weeks=["1", "3"], phone_limit="1", open_on_holidays="on", **boxes("valid_from", clock.today()))
    settled(chief, reverse("desk:new-rule", args=[town.pk]), values)
    stored = OpeningRule.objects.get(weekday=5)
    assert (stored.weeks, stored.phone_limit, stored.schedule.code) == ([1, 3], 1, "cards")
    assert "第1・第3" in text(chief.get(reverse("desk:place", args=[town.pk])))
    copied = chief.get(reverse("desk:new-rule", args=[town.pk]), {"copy": stored.pk})
    assert copied.context["form"].initial["weeks"] == [1, 3]
    chief.post(reverse("desk:new-rule", args=[town.pk]) + f"?copy={stored.pk}", {**values, "weeks": ["1"], "decision": "keep"})
    assert OpeningRule.objects.filter(weekday=5).count() == 1, "the copy overlaps and is refused"


@pytest.mark.parametrize("wrong", [{"weeks": ["6"]}, {"phone_limit": "401"}, {"slot_minutes": "180"}, {"schedule": "999"}])
def test_a_rule_that_cannot_be_is_refused_in_words(chief: Client, town: Place, wrong: dict[str, object]) -> None:
    Schedule.objects.create(code="certificates", name="電子証明書")
    values = hours(weekday="5", schedule=str(Schedule.default().pk), **boxes("valid_from", clock.today()))
    page = chief.post(reverse("desk:new-rule", args=[town.pk]), {**values, **wrong, "decision": "keep"})
    assert page.status_code == 422
    assert "このフィールド" not in text(page)
    assert OpeningRule.objects.count() == 7


def test_an_exception_is_set_changed_and_taken_back(chief: Client, town: Place, day: dt.date) -> None:
    looked = settled(chief, reverse("desk:new-exception", args=[town.pk]), hours(reason="臨時開庁", **boxes("day", day)))
    assert looked.context["places_lost"] == 12  # 16 places in the morning give way to 4 in the afternoon
    assert [f"{slot.start:%H:%M}" for slot in Slot.objects.filter(day=day, is_open=True)] == ["13:00", "13:30", "14:00", "14:30"]
    made = OpeningException.objects.get()
    address = reverse("desk:exception", args=[town.pk, made.pk])
    settled(chief, address, hours(reason="臨時開庁", closes="14:00", **boxes("day", day)))
    assert Slot.objects.filter(day=day, is_open=True).count() == 2
    settled(chief, reverse("desk:remove-exception", args=[town.pk, made.pk]), {})
    assert Slot.objects.filter(day=day, is_open=True).count() == 4
    assert chief.post(reverse("desk:remove-exception", args=[town.pk, made.pk])).status_code == 302, "twice is once"


def test_a_day_of_national_maintenance_is_entered_and_taken_back(chief: Client, town: Place, day: dt.date) -> None:
    Holiday.objects.filter(pk=day).delete()
    values: dict[str, object] = {**boxes("day", day), "name": "全国システム更改", "kind": "maintenance", "is_closed": "on"}
    settled(chief, reverse("desk:holidays"), values)
    assert not Slot.objects.filter(day=day, is_open=True).exists()
    assert "全国システム更改" in text(chief.get(reverse("desk:holidays"), {"year": day.year}))
    twice = chief.post(reverse("desk:holidays"), values)
    assert twice.status_code == 422
    assert "すでに登録されています" in text(twice)
    address = reverse("desk:holiday", args=[day.isoformat()])
    settled(chief, address, {"name": "全国システム更改（延期）", "kind": "maintenance"})
    assert Slot.objects.filter(day=day, is_open=True).exists()
    settled(chief, reverse("desk:remove-holiday", args=[day.isoformat()]), {})
    assert not Holiday.objects.filter(pk=day).exists()
    assert chief.get(reverse("desk:holiday", args=["x"])).status_code == 404


def test_a_national_holiday_keeps_its_name(chief: Client, town: Place) -> None:
    day = Holiday.objects.filter(kind="national").latest("day").day
    address = reverse("desk:remove-holiday", args=[day.isoformat()])
    assert "削除の内容" not in text(chief.get(reverse("desk:holiday", args=[day.isoformat()])))
    assert chief.post(address, {"decision": "keep"}).status_code == 302
    assert Holiday.objects.filter(pk=day).exists()


def kind_values(**values: object) -> dict[str, object]:
    usual = {
        "code": "photo",
        "name": "写真の更新",
        "schedule": str(Schedule.default().pk),
        "identification": "form",
        "party_rule": "places",
        "party_limit": "1",
        "counts": "",
        "minutes": "20",
        "is_open": "on",
    }
    return {**usual, **values}


def test_a_kind_of_visit_is_added_with_its_texts(chief: Client, town: Place) -> None:
    texts = {"description_ja": "カードの写真を新しくします。", "name_en": "New photo", "name_ja-x-easy": "しゃしん"}
    answer = chief.post(reverse("desk:new-kind"), kind_values(**texts))
    kind = VisitKind.objects.get(code="photo")
    assert answer["Location"] == reverse("desk:kind", args=[kind.pk])
    assert (kind.minutes, kind.is_open, kind.earliest_days_ahead) == (20, True, None)
    assert dict(kind.texts.values_list("language", "name")) == {"ja": "", "en": "New photo", "ja-x-easy": "しゃしん"}
    chief.post(reverse("desk:kind", args=[kind.pk]), kind_values(**{**texts, "name_en": "", "minutes": ""}))
    kind.refresh_from_db()
    assert kind.minutes is None
    assert not kind.texts.filter(language="en").exists()
    assert "写真の更新" in text(chief.get(reverse("desk:kinds")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "写真"},
        {"code": "receive"},
        {"minutes": "3"},
        {"party_limit": "11"},
        {"earliest_days_ahead": "9", "latest_days_ahead": "3"},
        {"identification": "guess"},
        {"name": ""},
    ],
)
def test_a_kind_that_cannot_be_is_shown_again(chief: Client, town: Place, wrong: dict[str, object]) -> None:
    page = chief.post(reverse("desk:new-kind"), kind_values(**wrong))
    assert page.status_code == 422
    assert "制約" not in text(page)
    assert "このフィールド" not in text(page)
    assert not VisitKind.objects.filter(name="写真の更新").exists()


def test_a_schedule_of_its_own(chief: Client, town: Place) -> None:
    assert chief.post(reverse("desk:new-schedule"), {"code": "certificates", "name": "電子証明書"}).status_code == 302
    made = Schedule.objects.get(code="certificates")
    assert chief.post(reverse("desk:schedule", args=[made.pk]), {"name": "電子証明書の窓口", "position": "2"}).status_code == 302
    page = text(chief.get(reverse("desk:new-rule", args=[town.pk])))
    assert "電子証明書の窓口" in page
    assert chief.post(reverse("desk:new-schedule"), {"code": "certificates", "name": "x"}).status_code == 422


def test_a_quota_is_set_and_taken_away(chief: Client, town: Place) -> None:
    kind = VisitKind.default()
    new = reverse("desk:new-quota", args=[kind.pk])
    assert chief.post(new, {"place": "", "days": "weekends", "allowed": "10", "free_days_before": "7"}).status_code == 302
    stored = KindQuota.objects.get()
    assert "7日前" in text(chief.get(reverse("desk:kind", args=[kind.pk])))
    again = chief.post(new, {"place": "", "days": "weekends", "allowed": "3"})
    assert again.status_code == 422
    assert "すでにあります" in text(again)
    assert chief.post(reverse("desk:quota", args=[kind.pk, stored.pk]), {"days": "all", "allowed": "5"}).status_code == 302
    chief.post(reverse("desk:remove-quota", args=[kind.pk, stored.pk]))
    assert not KindQuota.objects.exists()


def test_the_history_reads_like_words_with_the_same_number_of_statements(chief: Client, town: Place, day: dt.date) -> None:
    kept = OpeningRule.objects.filter(place=town).first()
    assert kept is not None
    values = hours(weekday=str(kept.weekday), opens="9:00", closes="11:00", open_on_holidays="on", **boxes("valid_from", kept.valid_from))
    settled(chief, reverse("desk:rule", args=[town.pk, kept.pk]), values)
    address = reverse("desk:calendar-history")
    with CaptureQueriesContext(connection) as few:
        page = text(chief.get(address, {"subject": "rule"}))
    assert "終了時刻：10:00 → 11:00" in page
    assert "chief" in page
    for number in range(5):
        settled(chief, reverse("desk:new-exception", args=[town.pk]), hours(reason="x", **boxes("day", day + dt.timedelta(days=number))))
    assert CalendarChange.objects.count() == 6
    with CaptureQueriesContext(connection) as many:
        assert "臨時の開所" in text(chief.get(address))
    assert len(many) == len(few)


def test_lists_of_the_settings_cost_the_same_whatever_their_length(chief: Client, town: Place) -> None:
    """P-13."""
    pages = [reverse(f"desk:{name}") for name in ("places", "kinds", "closures", "holidays")] + [reverse("desk:place", args=[town.pk])]

    def cost() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as statements:
                assert chief.get(page).status_code == 200
            counts.append(len(statements))
        return counts

    few = cost()
    other = Schedule.objects.create(code="other", name="ほか")
    for number in range(5):
        place = Place.objects.create(code=f"p{number}", name=f"支所{number}")
        rule = {"opens": dt.time(9), "closes": dt.time(10), "counters_public": 1, "valid_from": clock.today()}
        OpeningRule.objects.create(place=place, schedule=other, weekday=number, **rule)
        OpeningRule.objects.create(place=town, schedule=other, weekday=number, **rule)
        VisitKind.objects.create(code=f"k{number}", name=f"区分{number}", schedule=other, identification="form")
    assert cost() == few


def test_the_release_time_is_a_setting(signed_in_client: SignedIn, town: Place) -> None:
    administrator = signed_in_client("administrator", user_id="administrator")
    form = administrator.get(reverse("desk:settings")).context["form"]
    values = {
        name: value for name, value in form.initial.items() if value is not False and value is not None and not isinstance(value, list)
    }
    answer = administrator.post(reverse("desk:settings"), {**values, "release_time": "９時30分", "window_counts": "business"})
    assert answer.status_code == 302
    page = text(administrator.get(reverse("desk:settings")))
    assert "09:30" in page
    assert "新しい日の受付を始める時刻" in page
