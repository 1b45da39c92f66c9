"""The forms' pages in a client without JavaScript: from the first page to the booking, and what may be done with it afterwards."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from madoguchi.booking.applications.models import OwnQuestion, SealedApplication
from madoguchi.booking.applications.tests.conftest import ANSWERS, FIGURES, posted
from madoguchi.booking.calendar.generation import generate_slots
from madoguchi.booking.calendar.models import OpeningRule, Place, Slot, VisitKind
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.sealed_answers import open_sealed
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.exchange.models import PeerKey

pytestmark = pytest.mark.django_db


def hold_a_time(client: Client, kind: VisitKind, slot: Slot) -> Any:
    address = reverse("applications:time", args=[kind.code, slot.place.code]) + f"?day={slot.day}"
    return client.post(address, {"slot": str(slot.pk)})


def hidden(answer: Any) -> dict[str, str]:
    """Return the hidden boxes of the form that books."""
    form = answer.content.decode().split('id="application"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))


def test_the_whole_way_makes_one_sealed_booking(client: Client, kind: VisitKind, slot: Slot, delivery_keys: KeyPair) -> None:
    place = reverse("applications:place", args=[kind.code])
    assert "電子証明書更新" in client.get(place).content.decode()
    day = client.post(place, {"place": "main"})["Location"]
    assert re.search(r"月の空き状況", page := client.get(day).content.decode())
    assert f"day={slot.day}" in page
    assert hold_a_time(client, kind, slot)["Location"] == reverse("applications:form")
    form = client.get(reverse("applications:form")).content.decode()
    assert all(
        label in form
        for label in ("氏名", "フリガナ", "性別", "住所", "マンション名・部屋番号", "電話番号", "申請内容", "個人情報の取扱い")
    )
    check = client.post(reverse("applications:form"), posted())
    assert all(words in check.content.decode() for words in (ANSWERS["name"], "1980年9月8日", "本人", "受け取らない"))
    assert not SealedApplication.objects.exists()
    done = client.post(reverse("applications:check"), hidden(check), follow=True).content.decode()
    booking = Booking.objects.get()
    assert "予約が完了しました" in done
    assert booking.number in done
    assert not any(answer in done for answer in ANSWERS.values() if len(answer) > 4)
    assert booking.email == ""
    sealed = bytes(SealedApplication.objects.get().sealed or b"")
    assert open_sealed(sealed, own=delivery_keys, number=booking.number, kind=kind.code) == ANSWERS


def test_the_first_page_leads_to_every_open_form_kind_and_to_no_other(client: Client, kind: VisitKind) -> None:
    page = client.get("/").content.decode()
    assert reverse("applications:place", args=[kind.code]) in page
    assert reverse("applications:place", args=["reissue"]) not in page
    assert client.get(reverse("applications:place", args=["reissue"])).status_code == 404
    assert client.get(reverse("applications:place", args=["receive"])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "氏名を入力してください"),
        ({"born_year": ""}, "年・月・日をすべて"),
        ({"born_year": "2099"}, "生年月日を確かめて"),
        ({"born_year": "2999"}, "暦にありません"),
        ({"telephone": "1111"}, "電話番号は数字で"),
        ({"telephone": ""}, "電話番号を入力"),
        ({"email": "だれか"}, "メールアドレスの形"),
        ({"email": "", "wants_mail": "on"}, "メールアドレスを入力してください"),
        ({"comer": "neighbour"}, "来庁する人を選び直して"),
        ({"request": "個人番号は 1234 5678 9018 です"}, "個人番号（マイナンバー）と思われる"),
        ({"building": "123456789018"}, "個人番号（マイナンバー）と思われる"),
        ({"address": "町" * 201}, "住所が長すぎます"),
        ({"name": "山田\u202e太郎"}, "見えない文字"),
    ],
)
def test_what_is_wrong_is_shown_again_and_stored_nowhere(
    client: Client, kind: VisitKind, slot: Slot, changes: dict[str, str], words: str
) -> None:
    hold_a_time(client, kind, slot)
    for address in ("applications:form", "applications:check"):
        answer = client.post(reverse(address), posted(**changes))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        if "name" not in changes:
            assert ANSWERS["name"] in answer.content.decode()
    assert not SealedApplication.objects.exists()
    assert Booking.objects.get().state == "held"


def test_answers_can_be_put_right_from_the_check_page(client: Client, kind: VisitKind, slot: Slot) -> None:
    hold_a_time(client, kind, slot)
    check = client.post(reverse("applications:form"), posted(wants_mail="on"))
    again = client.post(reverse("applications:form"), {**hidden(check), "edit": "1"}).content.decode()
    for value in (ANSWERS["name"], ANSWERS["request"], 'value="1980"'):
        assert value in again
    assert re.search(r'name="wants_mail"[^>]*checked', again)
    assert re.search(r'value="self"[^>]*checked', again)


def test_a_mail_is_sent_to_those_who_want_one(client: Client, kind: VisitKind, slot: Slot) -> None:
    hold_a_time(client, kind, slot)
    check = client.post(reverse("applications:form"), posted(wants_mail="on"))
    assert ANSWERS["email"] in client.post(reverse("applications:check"), hidden(check), follow=True).content.decode()
    assert Booking.objects.get().email == ANSWERS["email"]


def test_the_time_can_be_extended_without_losing_what_was_typed(client: Client, kind: VisitKind, slot: Slot) -> None:
    hold_a_time(client, kind, slot)
    before = Booking.objects.get().held_until
    page = client.post(reverse("applications:form"), {"name": "書きかけ", "extend": "1"}).content.decode()
    after = Booking.objects.get().held_until
    assert "書きかけ" in page
    assert "お取りする時間をのばしました" in page
    assert before is not None
    assert after is not None
    assert after > before
    assert client.post(reverse("applications:check"), posted(extend="1")).status_code == 200


def test_an_answer_sent_twice_is_one_booking(client: Client, kind: VisitKind, slot: Slot) -> None:
    hold_a_time(client, kind, slot)
    for _turn in range(2):
        assert client.post(reverse("applications:check"), posted(), follow=True).status_code == 200
    assert Booking.objects.count() == SealedApplication.objects.count() == 1


def test_a_time_that_is_gone_keeps_what_was_typed(client: Client, kind: VisitKind, slot: Slot) -> None:
    hold_a_time(client, kind, slot)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=30)):
        reservations.expire_holds()
        Slot.objects.filter(pk=slot.pk).update(capacity=0, public_capacity=0)
        answer = client.post(reverse("applications:check"), posted())
    assert answer.status_code == 409
    assert ANSWERS["name"] in answer.content.decode()
    assert "まだ予約していません" in answer.content.decode()
    assert not SealedApplication.objects.exists()


def test_another_time_gives_the_first_one_back(client: Client, kind: VisitKind, slot: Slot, later: Slot) -> None:
    hold_a_time(client, kind, slot)
    hold_a_time(client, kind, later)
    slot.refresh_from_db()
    later.refresh_from_db()
    assert (slot.taken, later.taken) == (0, 1)


def test_a_full_time_offers_the_others(client: Client, kind: VisitKind, slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(taken=3, taken_public=3)
    answer = hold_a_time(client, kind, slot)
    assert answer.status_code == 409
    assert "ほかの時間を選んでください" in answer.content.decode()


@pytest.mark.parametrize("name", ["form", "check", "done", "booking", "calendar-file", "move", "move-place", "move-time", "cancel"])
def test_a_page_out_of_turn_says_where_to_begin(client: Client, kind: VisitKind, name: str) -> None:
    assert client.get(reverse(f"applications:{name}")).status_code == 410


def test_without_the_delivery_zones_key_no_form_is_shown(client: Client, kind: VisitKind) -> None:
    PeerKey.objects.update(revoked_at=clock.now())
    assert client.get(reverse("applications:place", args=[kind.code])).status_code == 409


def test_one_network_cannot_hold_the_calendar(client: Client, kind: VisitKind, slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madoguchi.booking.abuse.counting.NETWORK_HOLDS_RAISE", 2)
    monkeypatch.setattr("madoguchi.booking.abuse.counting.NETWORK_HOLDS_STOP", 3)
    client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    assert [hold_a_time(client, kind, slot).status_code for _turn in range(3)] == [302, 302, 429]


def test_own_questions_of_a_municipality_are_asked_and_sealed(client: Client, kind: VisitKind, slot: Slot, delivery_keys: KeyPair) -> None:
    OwnQuestion.objects.create(code="own_card", label="カードの有無", answer="choice", choices=["ある", "ない"], needed=True)
    OwnQuestion.objects.create(code="own_until", label="有効期限", answer="day")
    VisitKind.objects.filter(pk=kind.pk).update(questions=["name", "own_card", "own_until"])
    hold_a_time(client, kind, slot)
    answers = {"name": ANSWERS["name"], "telephone": ANSWERS["telephone"], "own_card": "ある"}
    assert "カードの有無を選んでください" in client.post(reverse("applications:form"), {**answers, "own_card": ""}).content.decode()
    client.post(reverse("applications:check"), answers)
    booking = Booking.objects.get()
    sealed = bytes(SealedApplication.objects.get().sealed or b"")
    assert open_sealed(sealed, own=delivery_keys, number=booking.number, kind=kind.code) == answers


@pytest.fixture
def proved(client: Client, apply: Callable[..., Booking]) -> Booking:
    """A booking that the client has proved."""
    booking = apply()
    answer = client.post(
        reverse("applications:manage"), {"number": f"{booking.number[:5]} {booking.number[5:]}", "figures": "０４６６－２５－１１１１"}
    )
    assert answer["Location"] == reverse("applications:booking")
    return booking


def test_a_proved_booking_shows_state_and_message_and_no_answer(client: Client, proved: Booking) -> None:
    reservations.set_message(automatic("test"), proved.pk, "印鑑は不要です。")
    page = client.get(reverse("applications:booking")).content.decode()
    assert all(
        words in page for words in (proved.number, "印鑑は不要です。", "申請日時", "レコード番号", str(Booking.objects.get().record_no))
    )
    assert not any(answer in page for answer in ANSWERS.values() if len(answer) > 4)


@pytest.fixture
def elsewhere(kind: VisitKind, day: dt.date) -> Slot:
    """A time of the kind at another place."""
    branch = Place.objects.create(code="branch", name="出張所")
    hours = {"opens": dt.time(10), "closes": dt.time(11), "slot_minutes": 30, "counters_public": 1, "counters_internal": 0}
    rule = {"open_on_holidays": True, "open_at_year_end": True, "valid_from": dt.date(2020, 1, 1)}
    OpeningRule.objects.create(place=branch, schedule=kind.schedule, weekday=day.weekday(), **hours, **rule)
    generate_slots(day, day, actor=automatic("test"))
    return Slot.objects.get(place=branch, start=dt.time(10))


def test_wrong_figures_say_nothing_of_what_was_wrong(client: Client, apply: Callable[..., Booking]) -> None:
    booking = apply()
    pages = [
        client.post(reverse("applications:manage"), {"number": number, "figures": figures})
        for number, figures in ((booking.number, "2222"), ("0000000000", FIGURES))
    ]
    assert [page.status_code for page in pages] == [422, 422]
    told = [re.sub(r'value="[^"]*"', "", page.content.decode()) for page in pages]
    assert told[0] == told[1]


def test_the_time_is_moved_and_the_old_one_free(client: Client, proved: Booking, slot: Slot, later: Slot) -> None:
    assert f"day={slot.day}" in client.get(reverse("applications:move")).content.decode()
    answer = client.post(reverse("applications:move-time") + f"?day={later.day}", {"slot": str(later.pk)}, follow=True)
    assert "予約の日時を変えました" in answer.content.decode()
    proved.refresh_from_db()
    assert proved.slot_id == later.pk
    slot.refresh_from_db()
    assert slot.taken == 0


def test_the_person_moves_to_another_place(client: Client, proved: Booking, slot: Slot, elsewhere: Slot) -> None:
    assert reverse("applications:move-place") in client.get(reverse("applications:move")).content.decode()
    place = client.post(reverse("applications:move-place"), {"place": "branch"})
    page = client.get(place["Location"]).content.decode()
    assert "出張所" in page
    assert f"place=branch&amp;day={elsewhere.day}" in page
    answer = client.post(reverse("applications:move-time") + f"?place=branch&day={elsewhere.day}", {"slot": str(elsewhere.pk)}, follow=True)
    assert "予約の日時を変えました" in answer.content.decode()
    proved.refresh_from_db()
    slot.refresh_from_db()
    assert (proved.slot_id, slot.taken) == (elsewhere.pk, 0)
    assert client.post(reverse("applications:move-place"), {"place": "nowhere"}).status_code == 422


def test_staff_move_a_form_booking_to_another_place(
    signed_in_client: Callable[..., Client], apply: Callable[..., Booking], elsewhere: Slot
) -> None:
    booking, staff = apply(), signed_in_client("operator")
    address = reverse("desk:move", args=[booking.pk]) + f"?place=branch&day={elsewhere.day}"
    assert "10時00分" in staff.get(address).content.decode()
    typed = {"slot": str(elsewhere.pk), "reason": "電話で本人から申し出"}
    assert "新しい日時" in staff.post(address, typed).content.decode()
    assert staff.post(address, {**typed, "confirmed": "yes", "version": str(booking.version)}).status_code == 302
    booking.refresh_from_db()
    assert booking.slot_id == elsewhere.pk


def test_a_move_to_a_full_time_leaves_the_booking(client: Client, proved: Booking, later: Slot) -> None:
    Slot.objects.filter(pk=later.pk).update(taken=3, taken_public=3)
    answer = client.post(reverse("applications:move-time") + f"?day={later.day}", {"slot": str(later.pk)})
    assert answer.status_code == 409
    proved.refresh_from_db()
    assert proved.slot_id != later.pk


def test_a_cancellation_asks_once_and_frees_the_time(client: Client, proved: Booking, slot: Slot) -> None:
    assert "取り消しますか" in client.get(reverse("applications:cancel")).content.decode()
    for _turn in range(2):
        assert "予約を取り消しました" in client.post(reverse("applications:cancel"), follow=True).content.decode()
    slot.refresh_from_db()
    assert slot.taken == 0
    assert client.get(reverse("applications:move")).status_code == 409


def test_days_of_a_form_are_shown_as_a_list_when_asked_for_and_the_next_time_too(client: Client, proved: Booking) -> None:
    days = reverse("applications:day", args=[proved.kind.code, "main"])
    assert "<table" in client.get(days).content.decode()
    for query in ("?view=list", ""):
        page = client.get(days + query).content.decode()
        assert "<table" not in page
        assert "空きのある日だけを並べています" in page
    assert "<table" not in client.get(reverse("applications:move")).content.decode()
    assert "<table" in client.get(reverse("applications:move") + "?view=month").content.decode()


def test_people_put_the_mail_address_of_their_form_right(client: Client, proved: Booking) -> None:
    address, page = reverse("applications:address"), reverse("applications:booking")
    assert address in client.get(page).content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"email": "だれか"}).status_code == 422
    answer = client.post(address, {"email": "other@example.jp"}, follow=True).content.decode()
    assert "メールアドレスを登録しました" in answer
    assert "まだ確かめられていません" in answer
    assert "other@example.jp" not in answer
    proved.refresh_from_db()
    assert (proved.email, set(proved.mail_intents.values_list("kind", flat=True))) == ("other@example.jp", {"confirmed"})
    assert "新しい確認メールを送ります" in client.post(reverse("applications:ask-for-proof"), follow=True).content.decode()
    assert violations() == []
    client.post(reverse("applications:cancel"))
    assert client.get(address)["Location"] == page


def test_a_cancellation_is_taken_back_while_that_can_be_done(client: Client, proved: Booking, slot: Slot) -> None:
    client.post(reverse("applications:cancel"))
    assert reverse("applications:undo") in client.get(reverse("applications:booking")).content.decode()
    for _turn in range(2):
        assert "取消を取り下げました" in client.post(reverse("applications:undo"), follow=True).content.decode()
    proved.refresh_from_db()
    slot.refresh_from_db()
    assert (proved.state, slot.taken, violations()) == ("confirmed", 1, [])
    client.post(reverse("applications:cancel"))
    with time_machine.travel(clock.now() + dt.timedelta(minutes=31)):
        assert reverse("applications:undo") not in client.get(reverse("applications:booking")).content.decode()
        assert client.post(reverse("applications:undo")).status_code == 409


def test_the_calendar_file_comes_and_goes_with_the_booking(client: Client, proved: Booking) -> None:
    for method in ("REQUEST", "CANCEL"):
        answer = client.get(reverse("applications:calendar-file"))
        assert answer["Content-Type"] == f"text/calendar; charset=utf-8; method={method}"
        assert not any(told.encode() in answer.content for told in ANSWERS.values() if len(told) > 4)
        client.post(reverse("applications:cancel"))


def test_a_proof_ends_with_the_visit(client: Client, proved: Booking) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
        assert client.get(reverse("applications:booking")).status_code == 410


def test_a_place_without_hours_for_the_kind_is_not_offered(client: Client, kind: VisitKind) -> None:
    Place.objects.create(code="branch", name="出張所")
    assert "出張所" not in client.get(reverse("applications:place", args=[kind.code])).content.decode()
    assert client.get(reverse("applications:day", args=[kind.code, "branch"])).status_code == 404


def test_odd_numbers_of_times_and_days_are_answered(client: Client, kind: VisitKind, slot: Slot) -> None:
    address: Any = reverse("applications:time", args=[kind.code, "main"])
    for wanted in ("abc", "９", "-1", "9" * 30):
        assert client.post(f"{address}?day={slot.day}", {"slot": wanted}).status_code == 422
    assert client.get(f"{address}?day=2026-13-01").status_code == 302
    assert client.post(f"{address}?day={slot.day}", {"slot": "999999999"}).status_code == 409
