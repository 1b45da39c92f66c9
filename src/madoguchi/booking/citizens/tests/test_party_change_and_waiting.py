"""Pages of several people, of changes and of the waiting list, without a browser."""

import datetime as dt
from collections.abc import Callable
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Slot, VisitKind
from madoguchi.booking.citizens.tests.test_booking_pages import Answer, confirm, hold, identify, text
from madoguchi.booking.reservations import macs, services
from madoguchi.booking.reservations.identification import Identified, Refused, identify_by_mail
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential, Offer, State, Wish
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
CODE, MMDD = "12345674", "0908"
Person = Callable[..., Credential]


def add(client: Client, person: Credential, then: str = "", **typed: str) -> Answer:
    values = {"booking_id": person.serial, "birthday": MMDD, "code": CODE, "add": "1", **typed}
    return client.post(reverse("citizens:party") + then, values)


def booked(client: Client, person: Credential, slot: Slot) -> Booking:
    identify(client, person)
    hold(client, slot)
    confirm(client)
    return Booking.objects.get(attendees__credential=person)


def later(slot: Slot) -> Slot:
    return Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 45))


def version(client: Client, query: str = "") -> dict[str, str]:
    page = text(client.get(reverse("citizens:change") + query))
    assert "この内容に変更する" in page
    return {"version": page.partition('name="version" value="')[2].partition('"')[0]}


def test_a_family_books_together_and_each_is_named_by_the_end_of_the_number(client: Client, person: Person, slot: Slot) -> None:
    first, second = person(), person()
    identify(client, first)
    assert reverse("citizens:party") in text(client.get(reverse("citizens:place")))
    assert "人を追加する" in text(client.get(reverse("citizens:party")))
    assert add(client, second).status_code == 302
    page = text(client.get(reverse("citizens:party")))
    assert "2人目" in page
    assert second.serial not in page, "whole numbers are not shown"
    assert client.post(reverse("citizens:party"), {})["Location"] == reverse("citizens:place")
    hold(client, slot)
    assert "2人" in text(client.get(reverse("citizens:check")))
    confirm(client)
    page = text(client.get(reverse("citizens:done")))
    assert f"末尾 {second.serial[-3:]} の方" in page
    assert "2人それぞれに" in page
    assert Booking.objects.get().people == 2


def test_a_wrong_number_adds_nobody_and_says_the_same_for_every_fault(client: Client, person: Person) -> None:
    first, second = person(), person()
    identify(client, first)
    wrong = [add(client, second, birthday="0101"), add(client, second, booking_id="Z9Z999999"), add(client, second, code="87654321")]
    assert {answer.status_code for answer in wrong} == {422}
    assert all("確認できませんでした" in text(answer) for answer in wrong)
    assert "すでに入っています" in text(add(client, first))
    assert "入力してください" in text(client.post(reverse("citizens:party"), {"add": "1"}))
    assert "2人目" not in text(client.get(reverse("citizens:party")))


def test_somebody_added_after_the_time_was_chosen_is_held_for_too(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    second = person()
    add(client, second, "?then=check")
    assert client.post(reverse("citizens:party") + "?then=check", {})["Location"] == reverse("citizens:check")
    assert Booking.objects.get(state=State.HELD).people == 2
    other = second.pk
    client.post(reverse("citizens:leave-out") + "?then=check", {"person": other})
    client.post(reverse("citizens:party") + "?then=check", {})
    assert Booking.objects.get(state=State.HELD).people == 1
    assert violations() == []


def test_somebody_for_whom_there_is_no_room_is_told_and_the_others_keep_their_answers(client: Client, person: Person, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    identify(client, person())
    hold(client, slot)
    add(client, person(), "?then=check")
    answer = client.post(reverse("citizens:party") + "?then=check", {})
    assert answer.status_code == 409
    assert "近い時間では" in text(answer)


def test_kinds_for_one_person_have_no_party(client: Client, person: Person) -> None:
    VisitKind.objects.filter(code="receive").update(party_limit=1)
    identify(client, person())
    assert reverse("citizens:party") not in text(client.get(reverse("citizens:place")))
    assert client.get(reverse("citizens:party"))["Location"] == reverse("citizens:place")


def test_a_change_shows_old_and_new_and_keeps_the_number(client: Client, person: Person, slot: Slot) -> None:
    booking = booked(client, person(), slot)
    page = text(client.get(reverse("citizens:booking")))
    assert reverse("citizens:place") + "?then=change" in page
    assert str(booking.record_no) in page
    client.post(reverse("citizens:place") + "?then=change", {"place": "main"})
    answer = client.post(reverse("citizens:time") + f"?then=change&day={slot.day}", {"slot": later(slot).pk})
    query = f"?slot={later(slot).pk}"
    assert answer["Location"] == reverse("citizens:change") + query
    page = text(client.get(answer["Location"]))
    assert "9時00分" in page
    assert "9時45分" in page
    assert Booking.objects.get().slot_id == slot.pk, "nothing has changed yet"
    answer = client.post(reverse("citizens:change") + query, version(client, query))
    assert answer["Location"] == reverse("citizens:booking")
    moved = Booking.objects.get()
    assert (moved.slot_id, moved.number, violations()) == (later(slot).pk, booking.number, [])


def test_a_change_to_a_time_that_is_gone_leaves_the_booking_alone(client: Client, person: Person, slot: Slot) -> None:
    booked(client, person(), slot)
    query = f"?slot={later(slot).pk}"
    form = version(client, query)
    Slot.objects.filter(pk=later(slot).pk).update(taken=4, taken_public=3)
    answer = client.post(reverse("citizens:change") + query, form)
    assert answer.status_code == 409
    assert "近い時間では" in text(answer)
    assert Booking.objects.get().slot_id == slot.pk


def test_a_change_seen_before_somebody_else_changed_it_is_refused(client: Client, person: Person, slot: Slot) -> None:
    booking = booked(client, person(), slot)
    query = f"?slot={later(slot).pk}"
    form = version(client, query)
    other = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 15))
    services.move_by_staff(automatic("clerk"), booking.pk, other.pk, reason="電話")
    answer = client.post(reverse("citizens:change") + query, form)
    assert answer.status_code == 409
    assert "先に変えられました" in text(answer)


def test_the_party_of_a_booking_grows_and_shrinks(client: Client, person: Person, slot: Slot) -> None:
    booked(client, person(), slot)
    second = person()
    client.get(reverse("citizens:booking"))
    add(client, second, "?then=change")
    assert client.post(reverse("citizens:party") + "?then=change", {})["Location"] == reverse("citizens:change")
    client.post(reverse("citizens:change"), version(client))
    assert Booking.objects.get().people == 2
    client.get(reverse("citizens:booking"))
    client.post(reverse("citizens:leave-out") + "?then=change", {"person": second.pk})
    client.post(reverse("citizens:change"), version(client))
    assert (Booking.objects.get().people, violations()) == (1, [])
    assert "変わるところがありません" in text(client.get(reverse("citizens:change"), follow=True))


def test_a_party_that_finds_no_room_in_its_time_is_led_to_others(client: Client, person: Person, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    booked(client, person(), slot)
    client.get(reverse("citizens:booking"))
    add(client, person(), "?then=change")
    answer = client.post(reverse("citizens:change"), version(client))
    assert answer.status_code == 409
    assert reverse("citizens:place") + "?then=change" in text(answer)
    assert Booking.objects.get().people == 1


@pytest.mark.parametrize("slot_value", ["x", "-1", "0", "99999999999999999999", "１", "999999"])
def test_no_time_that_is_none_is_changed_to(client: Client, person: Person, slot: Slot, slot_value: str) -> None:
    booked(client, person(), slot)
    answer = client.get(reverse("citizens:change") + f"?slot={slot_value}")
    assert answer["Location"] == reverse("citizens:day") + "?then=change"


def test_nothing_is_changed_without_a_booking_or_after_the_last_day(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    identify(client, someone)
    assert client.get(reverse("citizens:change"))["Location"] == reverse("citizens:booking")
    booked(client, someone, slot)
    VisitKind.objects.filter(code="receive").update(cancel_days_before=30)
    assert client.get(reverse("citizens:change")).status_code == 409
    assert "期限を過ぎています" in text(client.get(reverse("citizens:booking")))


def test_a_cancellation_can_be_taken_back_from_its_page(client: Client, person: Person, slot: Slot) -> None:
    booking = booked(client, person(), slot)
    assert "元に戻せます" in text(client.get(reverse("citizens:cancel")))
    client.post(reverse("citizens:cancel"))
    assert "取消を取り下げる" in text(client.get(reverse("citizens:cancelled")))
    assert client.post(reverse("citizens:undo"))["Location"] == reverse("citizens:booking")
    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED
    client.post(reverse("citizens:cancel"))
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=31)):
        assert "取消を取り下げる" not in text(client.get(reverse("citizens:cancelled")))
        assert client.post(reverse("citizens:undo")).status_code == 409


def test_days_are_shown_as_a_list_when_asked_for_and_the_next_time_too(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    month = reverse("citizens:day") + f"?month={slot.day:%Y-%m}"
    assert "<table" in text(client.get(month))
    listed = text(client.get(month + "&view=list"))
    assert "<table" not in listed
    assert f"day={slot.day}" in listed
    assert "<table" not in text(client.get(month))
    assert "<table" in text(client.get(month + "&view=month"))


def test_a_day_can_be_typed(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})

    def typed(day: dt.date) -> Answer:
        return client.post(reverse("citizens:day"), {"day_year": day.year, "day_month": day.month, "day_day": day.day})

    assert typed(slot.day)["Location"] == reverse("citizens:time") + f"?day={slot.day}"
    Slot.objects.filter(day=slot.day).update(is_open=False)
    answer = typed(slot.day)
    assert answer.status_code == 409
    assert "近い日では" in text(answer)
    assert client.post(reverse("citizens:day"), {}).status_code == 422


def test_the_earliest_free_place_is_one_press_away(client: Client, person: Person, slot: Slot, town: Place) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    page = text(client.get(reverse("citizens:day")))
    address = page.partition("いちばん早い空き</h2>")[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "place=main" in address
    first = Slot.objects.filter(place=town, day__gt=clock.today()).earliest("day", "start")
    assert client.post(address, {"slot": first.pk})["Location"] == reverse("citizens:contact")


def test_the_way_through_the_waiting_list(client: Client, person: Person, slot: Slot) -> None:
    Slot.objects.exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    owner = Client()
    booked(owner, person(), slot)
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    assert reverse("citizens:waiting") in text(client.get(reverse("citizens:day")))
    assert "空き待ちに登録する" in text(client.get(reverse("citizens:waiting")))
    assert client.post(reverse("citizens:waiting"), {"hours": "any"})["Location"] == reverse("citizens:waiting")
    page = text(client.get(reverse("citizens:waiting")))
    assert "空き待ちに登録しています" in page
    owner.post(reverse("citizens:cancel"))
    assert "お待ちの枠が空きました" in text(client.get(reverse("citizens:waiting")))
    client.post(reverse("citizens:decline-offer"))
    assert Offer.objects.get().state == Offer.State.DECLINED
    owner.post(reverse("citizens:undo"))
    client.post(reverse("citizens:stop-waiting"))
    assert Wish.objects.get().state == Wish.State.STOPPED
    client.post(reverse("citizens:waiting"), {"hours": "any"})
    owner.post(reverse("citizens:cancel"))
    answer = client.post(reverse("citizens:take-offer"))
    assert answer["Location"] == reverse("citizens:booking")
    assert "空き待ちの日時で予約しました" in text(client.get(answer["Location"]))
    assert violations() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "時間帯を選んでください"),
        ({"hours": "any", "email": "wrong"}, "メールアドレスの形が正しくありません"),
        (
            {
                "hours": "any",
                "first_day_year": "2099",
                "first_day_month": "1",
                "first_day_day": "1",
                "last_day_year": "2098",
                "last_day_month": "1",
                "last_day_day": "1",
            },
            "「いつまで」は",
        ),
        ({"hours": "any", "weekdays": "9"}, "選べない曜日"),
    ],
)
def test_a_wish_that_cannot_be_is_explained(client: Client, person: Person, values: dict[str, str], words: str) -> None:
    identify(client, person())
    answer = client.post(reverse("citizens:waiting"), values)
    assert answer.status_code == 422
    assert words in text(answer)


def test_an_offer_is_the_first_thing_that_is_shown(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    identify(client, someone)
    client.post(reverse("citizens:waiting"), {"hours": "morning"})
    services.offer_open_places()
    answer = client.post(reverse("citizens:manage"), {"booking_id": someone.serial, "birthday": MMDD, "code": CODE})
    assert answer["Location"] == reverse("citizens:waiting")
    assert client.post(reverse("citizens:take-offer")).status_code == 302
    assert client.post(reverse("citizens:take-offer")).status_code == 302
    assert Booking.objects.filter(state=State.CONFIRMED).count() == 1
    services.cancel_by_staff(automatic("clerk"), Booking.objects.get(state=State.CONFIRMED).pk, "")
    assert client.post(reverse("citizens:take-offer")).status_code == 409


def test_a_kind_of_the_municipality_with_numbers_has_its_own_way_in(client: Client, person: Person, slot: Slot) -> None:
    kind = VisitKind.objects.create(code="advice", name="受取の相談", schedule=slot.schedule, identification="number", minutes=30)
    assert "受取の相談" not in text(client.get("/"))
    VisitKind.objects.filter(pk=kind.pk).update(is_open=True)
    cache.clear()
    address = reverse("citizens:identify") + "?kind=advice"
    assert address in text(client.get("/"))
    assert "受取の相談" in text(client.get(address))
    client.post(address, {"booking_id": person().serial, "birthday": MMDD, "code": CODE})
    hold(client, slot)
    confirm(client)
    booking = Booking.objects.get()
    assert (booking.kind, booking.seats.count()) == (kind, 2)
    assert "9時00分から9時30分まで" in text(client.get(reverse("citizens:done")))
    assert client.get(reverse("citizens:identify") + "?kind=nothing").status_code == 200


def test_people_whose_cards_lie_in_different_places_are_told(client: Client, person: Person, town: Place) -> None:
    Place.objects.create(code="branch", name="支所")
    identify(client, person(places=["main"]))
    client.post(reverse("citizens:place"), {"place": "main"})
    elsewhere = person(places=["branch"])
    add(client, elsewhere)
    assert client.get(reverse("citizens:day"))["Location"] == reverse("citizens:place")
    page = client.get(reverse("citizens:place"))
    assert page.status_code == 409
    assert "全員がいっしょに受け取れる場所がありません" in text(page)
    client.post(reverse("citizens:leave-out"), {"person": elsewhere.pk})
    assert client.get(reverse("citizens:day")).status_code == 200


def test_the_link_of_a_mail_opens_for_everybody_who_comes_and_for_nobody_else(person: Person, client: Client, slot: Slot) -> None:
    first, second = person(), person(serial="B0B000001", birthday_mac=macs.birthday_mac("B0B000001", "0203"))
    identify(client, first)
    add(client, second, birthday="0203")
    hold(client, slot)
    confirm(client)
    booking = Booking.objects.get()
    known = [identify_by_mail(booking.pk, mmdd, client="192.0.2.9") for mmdd in (MMDD, "0203")]
    assert [one.draft.credential_id for one in known if isinstance(one, Identified)] == [first.pk, second.pk]
    for _guess in range(5):
        assert isinstance(identify_by_mail(booking.pk, "1231", client="192.0.2.9"), Refused)
    assert Credential.objects.filter(locked_at__isnull=False).count() == 2, "five wrong birthdays lock them all"
