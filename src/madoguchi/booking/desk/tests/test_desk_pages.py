"""The desk: lists, proxy booking, places and rules, settings; who may, what is recorded, what bad input gets."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi.booking.calendar.models import Closure, OpeningRule, Place, Slot
from madoguchi.booking.calendar.queries import conflicts
from madoguchi.booking.municipality.models import Municipality, MunicipalityChange
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential, Draft, State
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Assignment, RightsReview
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Person = Callable[..., Credential]
Answer = Any  # what the test client returns is patched at run time


def text(answer: Answer) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def operator(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("operator")


@pytest.fixture
def chief(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("chief")


@pytest.fixture
def administrator(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("administrator")


@pytest.fixture
def booked(visitor: Callable[..., tuple[str, Draft]], slot: Slot) -> Booking:
    key, draft = visitor()
    held = services.hold(draft, slot.pk, client="192.0.2.7")
    services.confirm(key, held.idempotency_key, client="192.0.2.7")
    return Booking.objects.get(pk=held.pk)


def test_roles_that_end_soon_and_a_late_review_stand_on_the_home_of_those_who_act(administrator: Client, operator: Client) -> None:
    """S30."""
    assert "期限の近い役割" not in text(administrator.get(reverse("desk:home")))
    Assignment.objects.filter(staff=operator.staff).update(until=clock.today())  # type: ignore[attr-defined]  # the fixture's
    RightsReview.objects.create(opened_at=clock.now(), opened_by="x", due_on=clock.today() - dt.timedelta(days=1))
    told = [text(client.get(reverse("desk:home"))) for client in (administrator, operator)]
    assert ["期限の近い役割" in page for page in told] == ["を過ぎています" in page for page in told] == [True, False]


def test_the_home_answers_anybody_with_the_sign_in(client: Client, town: Place) -> None:
    page = client.get(reverse("desk:home"))
    assert page.status_code == 200
    assert "利用者ID" in text(page)


@pytest.mark.parametrize("role", ["clerk", "chief", "operator", "administrator", "auditor"])
def test_the_home_shows_each_role_what_it_may(signed_in_client: SignedIn, town: Place, role: str) -> None:
    page = text(signed_in_client(role).get(reverse("desk:home")))
    assert ("本日の予約" in page) == (role != "administrator")
    assert ("照会する" in page) == (role in {"clerk", "chief", "operator"})


OPEN_FOR = {
    "bookings": {"clerk", "chief", "operator", "auditor"},
    "find": {"clerk", "chief", "operator", "auditor"},
    "locked": {"chief"},
    "places": {"chief", "administrator"},
    "new-place": {"chief", "administrator"},
    "closures": {"chief", "administrator"},
    "settings": {"administrator"},
    "own-words": {"administrator"},
}


@pytest.mark.parametrize("name", OPEN_FOR)
@pytest.mark.parametrize("role", ["clerk", "chief", "operator", "administrator", "auditor"])
def test_who_may_open_what(signed_in_client: SignedIn, town: Place, role: str, name: str) -> None:
    page = signed_in_client(role).get(reverse(f"desk:{name}"))
    assert page.status_code == (200 if role in OPEN_FOR[name] else 403)


def test_proxy_booking_from_the_number_to_the_booking(operator: Client, person: Person, slot: Slot) -> None:
    someone = person()
    answer = operator.post(reverse("desk:find"), {"number": "ａ０ａ-000 000"})
    assert answer["Location"] == reverse("desk:number", args=[someone.pk])
    assert someone.serial in text(operator.get(answer["Location"]))
    address = reverse("desk:book", args=[someone.pk]) + f"?place=main&day={slot.day}"
    assert "9時00分（残り4）" in text(operator.get(address)), "internal places count for staff"
    typed = {"slot": str(slot.pk), "source": "phone", "reason": "発送番号と生月日を確認", "requests": ["wheelchair", "companion"]}
    page = operator.post(address, typed)
    assert "復唱してください" in text(page)
    assert not Booking.objects.exists(), "reading back books nothing"
    final = {**typed, "confirmed": "yes", "key": page.context["key"]}
    for _press in range(2):
        answer = operator.post(address, final)
        assert answer.status_code == 302
    booking = Booking.objects.get()
    assert (booking.state, booking.source, booking.requests) == (State.CONFIRMED, "phone", ["companion", "wheelchair"])
    page = operator.get(answer["Location"])
    assert booking.number in text(page)
    assert "operator" in text(page), "the history names the author"


def test_the_read_back_carries_every_answer_on(operator: Client, person: Person, slot: Slot) -> None:
    someone = person()
    address = reverse("desk:book", args=[someone.pk]) + f"?place=main&day={slot.day}"
    page = operator.post(
        address,
        {"slot": str(slot.pk), "source": "staff", "reason": "窓口", "email": "a@example.jp", "requests": ["wheelchair", "stroller"]},
    )
    kept = sorted(
        part.split('"')[0] + "=" + part.split('value="')[1].split('"')[0] for part in text(page).split('type="hidden" name="')[1:]
    )
    assert [pair for pair in kept if not pair.startswith(("csrf", "key"))] == sorted(
        [
            *("confirmed=yes", f"slot={slot.pk}", "source=staff", "reason=窓口"),
            *("email=a@example.jp", "requests=wheelchair", "requests=stroller"),
        ]
    )


@pytest.mark.parametrize("typed", ["", "A0A999999", "1234567890", "なにか", "\x00", "x" * 100, "123456789018"])
def test_a_number_that_is_nobodys_is_answered_with_what_to_do(operator: Client, person: Person, typed: str) -> None:
    person()
    page = operator.post(reverse("desk:find"), {"number": typed})
    assert page.status_code == 422


def test_a_booking_is_found_by_its_number_and_by_its_slip(operator: Client, booked: Booking) -> None:
    for typed in (booked.number, f"Y{booked.number}", f" {booked.number[:4]}-{booked.number[4:]} "):
        answer = operator.post(reverse("desk:find"), {"number": typed})
        assert answer["Location"] == reverse("desk:booking", args=[booked.pk])


def test_a_full_time_and_a_second_booking_are_refused_with_the_reason(
    operator: Client, person: Person, booked: Booking, slot: Slot
) -> None:
    someone = booked.attendees.get().credential
    address = reverse("desk:book", args=[someone.pk]) + f"?place=main&day={slot.day}"
    typed = {"slot": str(slot.pk), "source": "phone", "reason": "確認", "confirmed": "yes"}
    page = operator.post(address, typed)
    assert page.status_code == 409
    assert "すでに予約があります" in text(page)
    Slot.objects.filter(pk=slot.pk).update(taken=4)
    other = person()
    page = operator.post(reverse("desk:book", args=[other.pk]) + f"?place=main&day={slot.day}", typed)
    assert page.status_code == 422
    assert "予約できなくなりました" in text(page)
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("query", ["", "?place=main", "?place=main&day=x", "?place=elsewhere&day=2026-12-03", "?place=main&day=0001-01-01"])
def test_an_address_without_place_or_day_leads_back(operator: Client, person: Person, query: str) -> None:
    someone = person()
    answer = operator.get(reverse("desk:book", args=[someone.pk]) + query)
    assert answer["Location"] == reverse("desk:number", args=[someone.pk])


def test_the_list_of_a_day_with_counts_is_in_the_operation_log(operator: Client, booked: Booking, as_auditor: Callable[[], Any]) -> None:
    page = operator.get(reverse("desk:bookings") + f"?day={booked.slot.day}&place=main")
    assert booked.number in text(page)
    assert "本庁舎 確定 1" in text(page)
    with as_auditor():
        event = AuditEvent.objects.get(process_code="reservations.list.view")
        assert event.content == {"day": booked.slot.day.isoformat(), "place": "main", "rows": 1}


@pytest.mark.parametrize("query", ["?day=x", "?day=9999-12-31", "?day=0001-01-01", "?place=elsewhere", "?day=２０２６-12-03"])
def test_no_address_breaks_the_list(operator: Client, query: str) -> None:
    assert operator.get(reverse("desk:bookings") + query).status_code == 200


def test_the_list_has_a_constant_number_of_statements(
    operator: Client, visitor: Callable[..., tuple[str, Draft]], slot: Slot, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    def book() -> None:
        key, draft = visitor()
        services.confirm(key, services.hold(draft, slot.pk, client="192.0.2.7").idempotency_key, client="192.0.2.7")

    book()
    for name in ("bookings", "day-calendar", "week-calendar", "month-calendar"):
        address = reverse(f"desk:{name}") + f"?day={slot.day}&place=main&month={slot.day:%Y-%m}"
        operator.get(address)
        with django_assert_max_num_queries(15) as one:
            operator.get(address)
        Slot.objects.filter(pk=slot.pk).update(capacity=20, public_capacity=20)
        book()
        book()
        with django_assert_max_num_queries(15) as three:
            operator.get(address)
        assert len(three) == len(one), name


def test_a_role_at_one_place_sees_that_place_only(signed_in_client: SignedIn, booked: Booking) -> None:
    Place.objects.create(code="branch", name="北市民センター")
    elsewhere = signed_in_client("clerk", place="branch")
    assert booked.number not in text(elsewhere.get(reverse("desk:bookings") + f"?day={booked.slot.day}"))
    assert booked.number not in text(elsewhere.get(reverse("desk:bookings") + f"?day={booked.slot.day}&place=main"))
    for name in ("booking", "cancel"):
        assert elsewhere.get(reverse(f"desk:{name}", args=[booked.pk])).status_code == 404
    assert elsewhere.post(reverse("desk:cancel", args=[booked.pk]), {"reason": "x"}).status_code == 404
    assert elsewhere.post(reverse("desk:find"), {"number": booked.number}).status_code == 422
    booked.refresh_from_db()
    assert booked.state == State.CONFIRMED


def test_cancelling_for_a_caller_needs_a_reason_and_keeps_it(operator: Client, booked: Booking) -> None:
    address = reverse("desk:cancel", args=[booked.pk])
    assert operator.get(address).status_code == 200
    assert operator.post(address, {"reason": ""}).status_code == 422
    for _press in range(2):
        assert operator.post(address, {"reason": "電話で申し出"}).status_code == 302
    booked.refresh_from_db()
    assert booked.state == State.CANCELLED
    event = BookingEvent.objects.get(booking=booked, kind="cancelled")
    assert (event.by, event.reason) == ("operator", "電話で申し出")


def test_an_auditor_looks_and_changes_nothing(signed_in_client: SignedIn, booked: Booking) -> None:
    auditor = signed_in_client("auditor")
    assert auditor.get(reverse("desk:booking", args=[booked.pk])).status_code == 200
    assert auditor.post(reverse("desk:cancel", args=[booked.pk]), {"reason": "x"}).status_code == 403
    assert auditor.get(reverse("desk:number", args=[booked.attendees.get().credential_id])).status_code == 403


def test_a_locked_number_is_released_with_a_reason(chief: Client, operator: Client, person: Person) -> None:
    someone = person(locked_at=clock.now(), wrong_birthdays=5)
    assert someone.serial in text(chief.get(reverse("desk:locked")))
    release = reverse("desk:release", args=[someone.pk])
    assert operator.post(release, {"reason": "x"}).status_code == 403
    chief.post(release, {"reason": ""})
    someone.refresh_from_db()
    assert someone.locked_at is not None
    chief.post(release, {"reason": "発送番号を確認"})
    someone.refresh_from_db()
    assert someone.locked_at is None


def test_a_place_gets_rules_and_so_times(chief: Client, town: Place) -> None:
    answer = chief.post(reverse("desk:new-place"), {"code": "north", "name": "北市民センター", "is_open": "on", "position": ""})
    place = Place.objects.get(code="north")
    assert answer["Location"] == reverse("desk:place", args=[place.pk])
    first = clock.today() + dt.timedelta(days=1)
    rule = {
        "weekday": str(first.weekday()),
        "opens": "９時",
        "closes": "1130",
        "slot_minutes": "30",
        "counters_public": "２",
        "counters_internal": "1",
        "open_on_holidays": "on",
        "valid_from_year": str(first.year),
        "valid_from_month": str(first.month),
        "valid_from_day": str(first.day),
    }
    new_rule = reverse("desk:new-rule", args=[place.pk])
    looked = chief.post(new_rule, rule)
    assert looked.status_code == 200
    assert "まだ何も変えていません" in text(looked)
    assert not Slot.objects.filter(place=place).exists()
    answer = chief.post(new_rule, {**rule, "decision": "keep"})
    assert answer.status_code == 302, text(answer)
    slots = Slot.objects.filter(place=place, day=first)
    assert [slot.start.isoformat("minutes") for slot in slots] == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert {(slot.capacity, slot.public_capacity) for slot in slots} == {(3, 2)}
    stored = OpeningRule.objects.get(place=place)
    assert "9:00" in text(chief.get(reverse("desk:rule", args=[place.pk, stored.pk])))
    removal = reverse("desk:remove-rule", args=[place.pk, stored.pk])
    assert "減る枠" in text(chief.post(removal))
    assert Slot.objects.filter(place=place, is_open=True).exists()
    chief.post(removal, {"decision": "keep"})
    assert not Slot.objects.filter(place=place, is_open=True).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": "25:00"},
        {"opens": "x"},
        {"opens": ""},
        {"closes": "8:00"},
        {"slot_minutes": "4"},
        {"slot_minutes": "999999999999"},
        {"counters_public": "0", "counters_internal": "0"},
        {"counters_public": "-1"},
        {"counters_public": "201"},
        {"weekday": "7"},
        {"valid_from_month": "13"},
        {"valid_from_year": ""},
        {"valid_until_year": "2020", "valid_until_month": "1", "valid_until_day": "1"},
    ],
)
def test_a_rule_that_cannot_be_is_shown_again(chief: Client, town: Place, wrong: dict[str, str]) -> None:
    Place.objects.create(code="north", name="北市民センター")
    place = Place.objects.get(code="north")
    right = {
        "weekday": "0",
        "opens": "9:00",
        "closes": "12:00",
        "slot_minutes": "30",
        "counters_public": "2",
        "counters_internal": "0",
        "valid_from_year": "2026",
        "valid_from_month": "12",
        "valid_from_day": "1",
    }
    page = chief.post(reverse("desk:new-rule", args=[place.pk]), {**right, **wrong})
    assert page.status_code == 422
    assert "制約" not in text(page), "a person reads what is wrong, not the name of a constraint"
    assert not OpeningRule.objects.filter(place=place).exists()


def test_empty_boxes_of_a_rule_are_named(chief: Client, town: Place) -> None:
    page = text(chief.post(reverse("desk:new-rule", args=[town.pk]), {}))
    for words in ("曜日を選んでください。", "時刻を入力してください。", "公開窓口数を入力してください。", "日付を入力してください。"):
        assert words in page
    assert "このフィールドは必須です" not in page


def test_overlapping_hours_are_refused_in_words(chief: Client, town: Place) -> None:
    rule = {
        "weekday": "0",
        "opens": "9:30",
        "closes": "11:00",
        "slot_minutes": "30",
        "counters_public": "2",
        "counters_internal": "0",
        "valid_from_year": "2026",
        "valid_from_month": "1",
        "valid_from_day": "1",
    }
    page = chief.post(reverse("desk:new-rule", args=[town.pk]), rule)
    assert page.status_code == 422
    assert "同じ曜日・同じ時間帯の規則がすでにあります" in text(page)


@pytest.mark.parametrize(("decision", "wanted"), [("keep", False), ("rebook", True)])
def test_a_closure_shows_the_bookings_that_it_hits_and_the_clerk_decides(
    chief: Client, booked: Booking, decision: str, wanted: bool
) -> None:
    day = booked.slot.day
    parts = {f"{name}_{part}": str(getattr(day, part)) for name in ("day_from", "day_until") for part in ("year", "month", "day")}
    closure = {"place": "", "reason": "停電", **parts}
    looked = chief.post(reverse("desk:closures"), closure)
    assert looked.status_code == 200
    assert f"{day:%Y}年{day.month}月{day.day}日" in text(looked)
    assert looked.context["bookings_hit"] == 1
    assert not Closure.objects.exists()
    kept = {**dict(looked.context["kept"]), "decision": decision}
    answer = chief.post(reverse("desk:closures"), kept)
    assert answer.status_code == 302, text(answer)
    booked.refresh_from_db()
    assert booked.state == State.CONFIRMED
    assert [found.rebooking_wanted for found in conflicts(day, day)] == [wanted]
    chief.post(reverse("desk:remove-closure", args=[Closure.objects.get().pk]), {"decision": "keep"})
    assert Slot.objects.get(pk=booked.slot_id).is_open
    assert conflicts(day, day) == []


def test_settings_change_with_author_and_warning(administrator: Client, town: Place) -> None:
    page = administrator.get(reverse("desk:settings"))
    values = {name: value for name, value in page.context["form"].initial.items() if value is not False}
    values["reminder_days"] = "7,1"
    answer = administrator.post(reverse("desk:settings"), {**values, "hold_minutes": "15", "telephone": "０４６６－２５－１１１１"})
    assert answer.status_code == 302
    assert Municipality.objects.get().telephone == "0466-25-1111"
    assert set(MunicipalityChange.objects.values_list("setting", "by")) == {
        ("hold_minutes", "administrator"),
        ("telephone", "administrator"),
    }
    assert "administrator" in text(administrator.get(reverse("desk:settings")))
    del values["uses_booking_codes"]
    administrator.post(reverse("desk:settings"), values)
    assert "366通り" in text(administrator.get(reverse("desk:settings")))


@pytest.mark.parametrize(
    "wrong",
    [{"hold_minutes": "2"}, {"hold_minutes": "x"}, {"telephone": "電話"}, {"latest_days_ahead": "0"}, {"earliest_days_ahead": "61"}],
)
def test_settings_that_cannot_be_are_shown_again(administrator: Client, town: Place, wrong: dict[str, str]) -> None:
    values = administrator.get(reverse("desk:settings")).context["form"].initial
    page = administrator.post(reverse("desk:settings"), {**values, **wrong})
    assert page.status_code == 422
    assert not MunicipalityChange.objects.exists()


@pytest.mark.parametrize("pk", [0, 999_999, 10**12, 10**30])
@pytest.mark.parametrize("name", ["number", "book", "place", "new-rule"])
def test_a_row_that_is_not_there_is_a_page_not_found(chief: Client, name: str, pk: int) -> None:
    assert chief.get(reverse(f"desk:{name}", args=[pk])).status_code == 404


def test_the_administrator_sees_what_no_language_has_and_writes_it(administrator: Client, client: Client, town: Place) -> None:
    cache.clear()
    listed = administrator.get(reverse("desk:own-words"), {"missing": ""})
    row = next(one for one in listed.context["texts"] if one.text == town.name)
    assert "Tiếng Việt" in {language.name for language in row.missing}
    assert town.name in text(administrator.get(row.url))
    wrong = administrator.post(row.url, {"in_ja-x-easy": "まどぐち{窓口}"})
    assert wrong.status_code == 422
    assert "漢字{かんじ}" in text(wrong)
    assert administrator.post(row.url, {"in_en": "Main Office", "in_vi": "Văn phòng chính"}).status_code == 302
    cache.clear()
    after = next(one for one in administrator.get(reverse("desk:own-words")).context["texts"] if one.text == town.name)
    assert len(row.missing) - len(after.missing) == 2
    client.cookies["madoguchi_language"] = "vi"
    assert f"Văn phòng chính ({town.name})" in text(client.get(reverse("citizens:places")))
    client.cookies["madoguchi_language"] = "ko"
    page = text(client.get(reverse("citizens:places")))
    assert town.name in page
    assert "Văn phòng" not in page
    assert administrator.get(reverse("desk:own-word", args=["0" * 16])).status_code == 404


def test_the_list_of_words_costs_the_same_however_many_there_are(administrator: Client, town: Place) -> None:
    def statements() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            administrator.get(reverse("desk:own-words"))
        return len(asked)

    before = statements()
    Place.objects.bulk_create(Place(code=f"more{number}", name=f"場所{number}", access=f"駅から{number}分") for number in range(20))
    assert statements() == before
