"""The way of one person through the public pages, without a browser."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from madoguchi.booking.abuse.counting import windows
from madoguchi.booking.abuse.models import Alarm, Count
from madoguchi.booking.abuse.rules import HOLDS_UNTIL_PROOF, HOLDS_UNTIL_SLOW
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.citizens.privacy import NOTICE_VERSION
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, Credential, MailIntent, State
from madoguchi.booking.reservations.services import expire_holds
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

CODE, MMDD = "12345674", "0908"
Person = Callable[..., Credential]
Answer = Any  # what the test client returns is patched at run time


def identify(client: Client, credential: Credential, **typed: str) -> None:
    values = {"booking_id": credential.serial, "birthday": MMDD, "code": CODE, **typed}
    answer = client.post(reverse("citizens:identify"), values)
    assert answer.status_code == 302, answer.content.decode()


def choose(client: Client, slot: Slot) -> Answer:
    client.post(reverse("citizens:place"), {"place": slot.place.code})
    return client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": slot.pk})


def hold(client: Client, slot: Slot) -> None:
    answer = choose(client, slot)
    assert answer.status_code == 302, answer.content.decode()


def confirm(client: Client, hold_key: object | None = None) -> Answer:
    key = hold_key or Booking.objects.get(state=State.HELD).idempotency_key
    return client.post(reverse("citizens:check"), {"hold": str(key)})


def text(answer: Answer) -> str:
    return bytes(answer.content).decode()


def test_the_whole_way_with_nothing_chosen_books_one_person_without_mail(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    assert reverse("citizens:identify") in text(client.get("/"))
    identify(client, someone)
    assert "本庁舎" in text(client.get(reverse("citizens:place")))
    client.post(reverse("citizens:place"), {"place": "main"})
    assert "の空き状況" in text(client.get(reverse("citizens:day")))
    page = client.get(reverse("citizens:time") + f"?day={slot.day}")
    assert "9時00分（残り3）" in text(page)
    answer = client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": slot.pk})
    assert answer["Location"] == reverse("citizens:contact")
    answer = client.post(reverse("citizens:contact"), {})
    assert answer["Location"] == reverse("citizens:check")
    page = client.get(reverse("citizens:check"))
    assert "この内容で予約する" in text(page)
    assert "本人（1人）" in text(page)
    answer = confirm(client)
    assert answer["Location"] == reverse("citizens:done")
    page = client.get(reverse("citizens:done"))

    booking = Booking.objects.get()
    assert booking.state == State.CONFIRMED
    assert booking.privacy_notice == NOTICE_VERSION
    assert "予約が完了しました" in text(page)
    assert booking.number in text(page)
    assert not MailIntent.objects.exists()


@pytest.mark.parametrize(
    ("serial", "birthday", "code"),
    [
        ("A0A000000", "0908", "12345674"),
        ("ａ０ａ００００００", "０９０８", "１２３４５６７４"),
        (" a0a-000000 ", "9月8日", "1234-5674"),
        ("A0A 000 000", "09/08", "1234 5674"),
    ],
)
def test_sloppy_input_is_understood(client: Client, person: Person, serial: str, birthday: str, code: str) -> None:
    identify(client, person(), booking_id=serial, birthday=birthday, code=code)


@pytest.mark.parametrize(
    "typed",
    [
        {"booking_id": "A0A999999"},
        {"birthday": "0909"},
        {"birthday": "9999"},
        {"code": "87654321"},
        {"code": "00000000"},
        {"booking_id": "なにか"},
        {"booking_id": "\x00"},
    ],
)
def test_every_failure_gets_the_same_answer(client: Client, person: Person, typed: dict[str, str]) -> None:
    right = {"booking_id": person().serial, "birthday": MMDD, "code": CODE}
    wrong = client.post(reverse("citizens:identify"), {**right, **typed})
    other = client.post(reverse("citizens:identify"), {**right, "booking_id": "B1B123456"})

    def said(answer: Answer) -> list[str]:
        return [line for line in text(answer).splitlines() if "value=" not in line]

    if "\x00" not in typed.get("booking_id", ""):
        assert said(wrong) == said(other)
    assert wrong.status_code == other.status_code == 422
    assert "draft" not in "".join(wrong.cookies)


def test_empty_boxes_are_named(client: Client, town: Place) -> None:
    page = client.post(reverse("citizens:identify"), {})
    assert page.status_code == 422
    for words in ("予約用IDを入力してください。", "生月日を入力してください。", "予約コードを入力してください。"):
        assert words in text(page)


def test_without_codes_there_is_no_box_for_one(client: Client, person: Person) -> None:
    change(automatic("test"), uses_booking_codes=False)
    page = client.get(reverse("citizens:identify"))
    assert "予約コード" not in text(page)
    answer = client.post(reverse("citizens:identify"), {"booking_id": person().serial, "birthday": MMDD})
    assert answer.status_code == 302


def test_many_failures_ask_for_proof_with_the_telephone_beside_it(client: Client, person: Person) -> None:
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(10, 5), clock.TOKYO), tick=False) as clockwork:
        wrong = {"booking_id": "A0A999999", "birthday": MMDD, "code": CODE}
        answers = [client.post(reverse("citizens:identify"), wrong) for _try in range(11)]
        assert answers[9].status_code == 422
        assert answers[10].status_code == 429
        assert "機械でないことの確認" in text(answers[10])
        assert "0466-00-0000" in text(answers[10])
        right = {**wrong, "booking_id": person().serial}
        asked = client.post(reverse("citizens:identify"), right)
        assert asked.status_code == 429, "nobody learns whether the next one would be right"
        assert "機械でないことの確認" in text(client.get(reverse("citizens:letter")))
        token = re.search(r'name="challenge" value="([^"]+)"', text(asked))
        assert token
        early = client.post(reverse("citizens:identify"), {**right, "challenge": token[1]})
        assert early.status_code == 429
        assert token[1] in text(early), "the wait goes on"
        clockwork.shift(31)
        assert client.post(reverse("citizens:identify"), {**right, "challenge": token[1]}).status_code == 302


def test_a_network_that_never_stops_is_sent_to_the_telephone(client: Client, person: Person) -> None:
    Count.objects.create(scope="day 127.0.0.0/24", window_from=windows()["day"], number=200, last_at=clock.now())
    answer = client.post(reverse("citizens:identify"), {"booking_id": person().serial, "birthday": MMDD, "code": CODE})
    assert answer.status_code == 429
    assert "0466-00-0000" in text(answer)
    assert int(answer["Retry-After"]) > 0


def test_taking_times_again_and_again_slows_down_and_then_begins_anew(client: Client, person: Person, slot: Slot) -> None:
    client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    somebody = person()
    moment = dt.datetime.combine(clock.today(), dt.time(10, 5), clock.TOKYO)
    with time_machine.travel(moment, tick=False):
        identify(client, somebody)
        for _time in range(HOLDS_UNTIL_SLOW):
            assert choose(client, slot).status_code == 302
        slowed = choose(client, slot)
        assert slowed.status_code == 429
        assert "お待ちください" in text(slowed)
        for _time in range(HOLDS_UNTIL_SLOW, HOLDS_UNTIL_PROOF):
            Count.objects.filter(scope__startswith="hold-number").update(last_at=clock.now() - dt.timedelta(minutes=11))
            assert choose(client, slot).status_code == 302
        ended = choose(client, slot)
        assert ended.status_code == 429
        assert reverse("citizens:identify") in text(ended)
        slot.refresh_from_db()
        assert slot.taken == 0
        right = {"booking_id": somebody.serial, "birthday": MMDD, "code": CODE}
        assert client.post(reverse("citizens:identify"), right).status_code == 429
        assert Alarm.objects.get().kind == Alarm.Kind.GRABBING


@pytest.mark.parametrize("name", ["place", "day", "time", "contact", "check", "done", "calendar-file", "booking", "cancel", "cancelled"])
@pytest.mark.parametrize("cookie", ["", "forged", "forged:signature"])
def test_a_page_left_open_overnight_says_how_to_begin_again(client: Client, town: Place, name: str, cookie: str) -> None:
    client.cookies["madoguchi_booking_draft"] = cookie
    page = client.get(reverse(f"citizens:{name}"))
    assert page.status_code == 410
    assert reverse("citizens:identify") in text(page)


def test_posts_after_the_visit_has_ended_are_answered_too(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    key = Booking.objects.get().idempotency_key
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(hours=12)):
        for name in ("place", "time", "contact", "check", "extend", "give-up", "cancel"):
            assert client.post(reverse(f"citizens:{name}"), {"hold": str(key)}).status_code == 410
    assert not Booking.objects.filter(state=State.CONFIRMED).exists()


def test_a_double_click_books_once(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    key = Booking.objects.get().idempotency_key
    first, second = confirm(client, key), confirm(client, key)
    assert first["Location"] == second["Location"] == reverse("citizens:done")
    assert Booking.objects.filter(state=State.CONFIRMED).count() == 1
    slot.refresh_from_db()
    assert slot.taken == 1


def test_the_second_tab_with_another_time_asks_again_before_it_books(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    first_tab = Booking.objects.get().idempotency_key
    other = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 30))
    hold(client, other)

    answer = confirm(client, first_tab)
    assert answer.status_code == 409
    assert "9時30分" in text(answer)
    assert not Booking.objects.filter(state=State.CONFIRMED).exists()


def test_a_hold_that_ran_out_is_taken_again_when_the_time_is_still_free(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    key = Booking.objects.get().idempotency_key
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=11)):
        assert "過ぎました" in text(client.get(reverse("citizens:check")))
        answer = confirm(client, key)
    assert answer["Location"] == reverse("citizens:done")
    assert Booking.objects.filter(state=State.CONFIRMED).count() == 1


def test_a_hold_that_ran_out_and_was_taken_shows_the_times_near_it(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    client.post(reverse("citizens:contact"), {"email": "hanako@example.jp"})
    key = Booking.objects.get().idempotency_key
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=11)):
        assert expire_holds() == 1
        Slot.objects.filter(pk=slot.pk).update(taken=3, taken_public=3)
        answer = confirm(client, key)
        assert answer.status_code == 409
        assert "近い時間では 9時15分、9時30分、9時45分 が空いています。" in text(answer)
        other = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 15))
        answer = client.post(reverse("citizens:time") + f"?day={slot.day}&then=check", {"slot": other.pk})
        assert answer["Location"] == reverse("citizens:check")
        assert "hanako@example.jp" in text(client.get(reverse("citizens:check"))), "what was typed is kept"


def test_a_hold_that_ran_out_is_free_for_others_on_the_next_page(client: Client, person: Person, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    identify(client, person())
    hold(client, slot)
    other = Client()
    identify(other, person())
    other.post(reverse("citizens:place"), {"place": "main"})
    address = reverse("citizens:time") + f"?day={slot.day}"
    assert "9時00分" not in text(other.get(address))
    with mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(minutes=11)):
        assert "9時00分（残り1）" in text(other.get(address))


def test_a_time_just_taken_shows_the_times_near_it(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    Slot.objects.filter(pk=slot.pk).update(taken=3, taken_public=3)
    answer = client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": slot.pk})
    assert answer.status_code == 409
    assert "9時15分" in text(answer)


def test_a_day_just_taken_shows_the_days_near_it(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    Slot.objects.filter(day=slot.day).update(taken=3, taken_public=3)
    answer = client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": slot.pk})
    assert answer.status_code == 409
    assert "近い日では" in text(answer)
    assert "<table" in text(answer)


@pytest.mark.parametrize("slot_value", ["", "x", "-1", "0", "99999999999999999999", "１", "1 OR 1=1", "999999"])
def test_no_time_that_is_none_is_taken(client: Client, person: Person, slot: Slot, slot_value: str) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    answer = client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": slot_value})
    assert answer.status_code == (409 if slot_value else 422)
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "?day=", "?day=2026-02-30", "?day=x", "?day=0001-01-01", "?day=9999-12-31", "?month=2026-99", "?then=//evil.example"]
)
@pytest.mark.parametrize("name", ["place", "day", "time", "check"])
def test_no_address_breaks_a_page(client: Client, person: Person, name: str, query: str) -> None:
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    page = client.get(reverse(f"citizens:{name}") + query, follow=True)
    assert page.status_code in {200, 409}
    assert '="//evil.example' not in text(page)


@pytest.mark.parametrize("place", ["", "elsewhere", "' OR ''='", "x" * 500])
def test_only_an_offered_place_can_be_chosen(client: Client, person: Person, place: str) -> None:
    identify(client, person())
    assert client.post(reverse("citizens:place"), {"place": place}).status_code == 422


def test_a_place_that_the_notice_does_not_name_is_not_offered(client: Client, person: Person) -> None:
    Place.objects.create(code="branch", name="北市民センター")
    identify(client, person(places=["main"]))
    page = client.get(reverse("citizens:place"))
    assert "本庁舎" in text(page)
    assert "北市民センター" not in text(page)
    assert client.post(reverse("citizens:place"), {"place": "branch"}).status_code == 422


def test_the_only_place_is_chosen_beforehand_and_still_a_radio(client: Client, person: Person) -> None:
    identify(client, person())
    page = text(client.get(reverse("citizens:place")))
    assert page.count('type="radio"') == 1
    assert "checked" in page


@pytest.mark.parametrize(
    "email", ["no address", "a@b", "a@example.jp\nBcc: b@example.jp", "あ@例え.テスト@", "x" * 300 + "@example.jp", "<a@example.jp>"]
)
def test_a_mail_address_that_cannot_be_one_is_shown_again_with_the_reason(client: Client, person: Person, slot: Slot, email: str) -> None:
    identify(client, person())
    hold(client, slot)
    page = client.post(reverse("citizens:contact"), {"email": email, "requests": ["wheelchair"]})
    assert page.status_code == 422
    assert "空欄に" in text(page)
    assert page.context["form"]["requests"].value() == ["wheelchair"]


def test_mail_and_requests_reach_the_booking(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    client.post(reverse("citizens:contact"), {"email": "hanako@example.jp", "requests": ["wheelchair", "companion"]})
    assert "車いすで行きます" in text(client.get(reverse("citizens:check")))
    confirm(client)
    booking = Booking.objects.get()
    assert (booking.email, booking.requests) == ("hanako@example.jp", ["companion", "wheelchair"])
    assert MailIntent.objects.get().kind == "confirmed"


def test_extending_moves_the_deadline_until_it_may_no_more(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    ends = [Booking.objects.get().held_until]
    for _press in range(4):
        answer = client.post(reverse("citizens:extend") + "?to=contact")
        assert answer["Location"] == reverse("citizens:contact")
        ends.append(Booking.objects.get().held_until)
    assert ends[3] > ends[0]  # type: ignore[operator]  # a hold has an end
    assert ends[4] == ends[3]
    assert "これ以上延長できません" in text(client.get(reverse("citizens:contact")))


def test_giving_up_frees_the_time_at_once(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    client.post(reverse("citizens:give-up"))
    slot.refresh_from_db()
    assert slot.taken == 0


def booked(client: Client, credential: Credential, slot: Slot) -> Booking:
    identify(client, credential)
    hold(client, slot)
    confirm(client)
    return Booking.objects.get(state=State.CONFIRMED)


def test_who_has_a_booking_is_shown_it_and_cannot_book_a_second(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    booking = booked(client, someone, slot)
    answer = client.post(reverse("citizens:identify"), {"booking_id": someone.serial, "birthday": MMDD, "code": CODE}, follow=True)
    assert booking.number in text(answer)
    assert "すでに予約があります" in text(answer)
    client.post(reverse("citizens:place"), {"place": "main"})
    other = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 30))
    answer = client.post(reverse("citizens:time") + f"?day={slot.day}", {"slot": other.pk})
    assert answer.status_code == 409
    assert Booking.objects.filter(state=State.CONFIRMED).count() == 1


def test_people_put_their_mail_address_right_a_few_times(client: Client, person: Person, slot: Slot) -> None:
    booking = booked(client, person(), slot)
    address = reverse("citizens:address")
    assert address in text(client.get(reverse("citizens:booking")))
    assert client.get(address).status_code == 200
    assert client.post(address, {"email": "だれか"}).status_code == 422
    for name in "abc":
        assert "登録しました" in text(client.post(address, {"email": f"{name}@example.jp"}, follow=True))
    booking.refresh_from_db()
    assert booking.email == "c@example.jp"
    assert set(booking.mail_intents.values_list("kind", flat=True)) == {"confirmed"}
    refused = client.post(address, {"email": "d@example.jp"})
    assert (refused.status_code, "お電話で" in text(refused)) == (422, True)
    assert violations() == []
    client.post(reverse("citizens:cancel"))
    assert client.get(address)["Location"] == reverse("citizens:booking")


def test_look_up_and_cancel(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    booking = booked(client, someone, slot)
    visitor = Client()
    answer = visitor.post(reverse("citizens:manage"), {"booking_id": someone.serial, "birthday": MMDD, "code": CODE}, follow=True)
    assert booking.number in text(answer)
    assert "この予約を取り消しますか" in text(visitor.get(reverse("citizens:cancel")))
    booking.refresh_from_db()
    assert booking.state == State.CONFIRMED, "looking at the question changes nothing"
    for _press in range(2):
        answer = visitor.post(reverse("citizens:cancel"), follow=True)
        assert "予約を取り消しました" in text(answer)
    booking.refresh_from_db()
    slot.refresh_from_db()
    assert (booking.state, slot.taken) == (State.CANCELLED, 0)
    assert "METHOD:CANCEL" in text(visitor.get(reverse("citizens:calendar-file")))
    assert "予約はありません" in text(visitor.get(reverse("citizens:booking")))


def test_the_back_button_behind_a_cancelled_booking_leads_on(client: Client, person: Person, slot: Slot) -> None:
    booked(client, person(), slot)
    client.post(reverse("citizens:cancel"))
    for name in ("check", "done", "contact", "time", "day", "cancel"):
        assert client.get(reverse(f"citizens:{name}"), follow=True).status_code in {200, 409}


def test_too_late_to_cancel_says_where_to_call(client: Client, person: Person, slot: Slot) -> None:
    change(automatic("test"), cancel_days_before=30)
    booked(client, person(), slot)
    for answer in (client.get(reverse("citizens:cancel")), client.post(reverse("citizens:cancel"))):
        assert answer.status_code == 409
        assert "0466-00-0000" in text(answer)


def test_the_calendar_file_of_a_booking(client: Client, person: Person, slot: Slot) -> None:
    booking = booked(client, person(), slot)
    file = client.get(reverse("citizens:calendar-file"))
    assert file["Content-Type"].startswith("text/calendar")
    assert f"UID:{booking.pk}@142051" in text(file)
    assert "METHOD:REQUEST" in text(file)


def test_pages_with_personal_values_are_never_kept_by_a_browser(client: Client, person: Person, slot: Slot) -> None:
    booked(client, person(), slot)
    for name in ("identify", "place", "day", "done", "booking", "cancel", "calendar-file"):
        assert "no-store" in client.get(reverse(f"citizens:{name}"))["Cache-Control"], name


def test_every_look_at_a_booking_is_in_the_operation_log(
    client: Client, person: Person, slot: Slot, as_auditor: Callable[[], mock.MagicMock]
) -> None:
    booking = booked(client, person(), slot)
    client.get(reverse("citizens:done"))
    client.get(reverse("citizens:booking"))
    with as_auditor():
        views = AuditEvent.objects.filter(process_code="reservations.booking.view", subject=f"booking:{booking.pk}")
        assert views.count() == 2


def test_nothing_personal_stands_in_an_address(client: Client, person: Person, slot: Slot) -> None:
    someone = person()
    identify(client, someone)
    hold(client, slot)
    client.post(reverse("citizens:contact"), {"email": "hanako@example.jp"})
    pages = [text(client.get(reverse(f"citizens:{name}"))) for name in ("place", "day", "contact", "check")]
    addresses = " ".join(part.split('"')[0] for page in pages for part in page.split('href="')[1:] + page.split('action="')[1:])
    for value in (someone.serial, MMDD, CODE, "hanako"):
        assert value not in addresses


def test_the_public_calendar_has_no_links_in_its_table(client: Client, town: Place) -> None:
    page = client.get(reverse("citizens:month", args=["main"]))
    table = text(page).split("<table")[1].split("</table>")[0]
    assert "<a " not in table
    assert "空きあり" in table
    assert client.get(reverse("citizens:month", args=["elsewhere"])).status_code == 404


def test_the_public_calendar_is_made_once_a_second(client: Client, town: Place, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    address = reverse("citizens:month", args=["main"])
    with time_machine.travel(clock.now(), tick=False) as time:
        page = client.get(address)
        assert page["Cache-Control"] == "public, max-age=0"
        Slot.objects.update(is_open=False)
        assert text(client.get(address)) == text(page)
        time.shift(2)
        assert text(client.get(address)) != text(page)


def test_what_is_told_to_one_person_is_never_on_the_page_that_others_share(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    client.post(reverse("citizens:give-up"))
    address = reverse("citizens:month", args=["main"])
    assert "予約をやめました" not in text(client.get(address))
    assert "予約をやめました" in text(client.get(reverse("citizens:top"))), "it waits for a page of the person's own"


def test_the_calendar_opens_at_the_first_month_with_a_free_time(client: Client, person: Person) -> None:
    next_month = (clock.today().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    Slot.objects.filter(day__lt=next_month).update(taken=3, taken_public=3)
    Slot.objects.filter(day__gte=next_month).update(taken=0, taken_public=0)
    if not Slot.objects.filter(day__gte=next_month).exists():
        Slot.objects.filter(day=clock.today() + dt.timedelta(days=20)).update(day=next_month)
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    page = text(client.get(reverse("citizens:day")))
    assert f"{next_month.month}月の空き状況" in page


def test_a_full_calendar_says_so_instead_of_showing_nothing(client: Client, person: Person) -> None:
    Slot.objects.update(taken=3, taken_public=3)
    identify(client, person())
    client.post(reverse("citizens:place"), {"place": "main"})
    page = client.get(reverse("citizens:day"))
    assert "今は空きがありません" in text(page)
    # When new days open is told: nobody has to ask again and again.
    last = calendar.window()[1]
    assert f"今は{last.month}月{last.day}日" in text(page)
    assert "新しい日の受付は、" in text(page)
    table = text(page).split("<table")[1].split("</table>")[0]
    assert "<a " not in table


def test_the_letters_address_takes_its_secret_in_the_browser_only(client: Client, town: Place) -> None:
    page = client.get("/q")
    assert page.status_code == 200
    assert "from-letter.js" in text(page)
    assert f'action="{reverse("citizens:identify")}"' in text(page)


@pytest.mark.parametrize("name", ["top", "privacy", "places", "identify", "manage", "letter"])
def test_open_pages_link_the_notice_on_personal_data(client: Client, town: Place, name: str) -> None:
    page = client.get(reverse(f"citizens:{name}"))
    assert page.status_code == 200
    assert reverse("citizens:privacy") in text(page)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("name", ["top", "identify", "check", "extend", "cancel"])
def test_other_methods_are_refused_with_a_page(client: Client, town: Place, name: str, method: str) -> None:
    page = getattr(client, method)(reverse(f"citizens:{name}"))
    assert page.status_code in {405, 410}


def test_a_forged_key_of_a_hold_books_nothing(client: Client, person: Person, slot: Slot) -> None:
    identify(client, person())
    hold(client, slot)
    for key in ("", "x", str(uuid.uuid4())):
        assert client.post(reverse("citizens:check"), {"hold": key}).status_code == 409
    assert not Booking.objects.filter(state=State.CONFIRMED).exists()
