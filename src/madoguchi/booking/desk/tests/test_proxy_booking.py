"""代理予約: questions, people who come along, overbooking, moving, taking a cancellation back; and the tiles of the first page."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Schedule, Slot, VisitKind
from madoguchi.booking.desk import contacts
from madoguchi.booking.desk.home import places_today
from madoguchi.booking.desk.models import ContactTask
from madoguchi.booking.desk.queries import soonest_times
from madoguchi.booking.notices.macs import address_mac
from madoguchi.booking.notices.models import Contact, Mail
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.invariants import violations
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential, State
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

SignedIn = Callable[..., Client]
Person = Callable[..., Credential]
ACTOR = automatic("test")


def text(answer: Any) -> str:
    return bytes(answer.content).decode()


@pytest.fixture
def operator(signed_in_client: SignedIn, town: Place) -> Client:
    return signed_in_client("operator")


@pytest.fixture
def booked(person: Person, slot: Slot) -> Booking:
    return services.book_by_staff(ACTOR, person().serial, slot.pk, key=uuid.uuid4(), email="a@example.jp")


def address_for(someone: Credential, slot: Slot) -> str:
    return reverse("desk:book", args=[someone.pk]) + f"?place=main&day={slot.day}"


def typed(slot: Slot, **more: Any) -> dict[str, Any]:
    return {"slot": str(slot.pk), "source": "phone", "asked": ["core", "birthday"], **more}


def fill_up(slot: Slot, person: Person) -> None:
    for _number in range(slot.capacity - slot.taken):
        services.book_by_staff(ACTOR, person().serial, slot.pk, key=uuid.uuid4())


def test_what_was_asked_is_logged_by_code_and_stands_in_the_history(
    operator: Client, person: Person, slot: Slot, as_auditor: Callable[[], Any]
) -> None:
    someone = person()
    operator.post(address_for(someone, slot), typed(slot, confirmed="yes", reason="通知書を紛失"))
    event = BookingEvent.objects.get(kind="confirmed")
    assert event.reason.endswith("通知書を紛失")
    assert "通知書なし" in event.reason
    with as_auditor():
        asked = AuditEvent.objects.get(process_code="desk.caller.ask")
    assert (asked.content, asked.subject) == ({"asked": ["core", "birthday"]}, f"credential:{someone.pk}")


def test_nobody_is_booked_for_without_having_been_asked(operator: Client, person: Person, slot: Slot) -> None:
    page = operator.post(address_for(person(), slot), typed(slot, asked=[], confirmed="yes"))
    assert page.status_code == 422
    assert "本人を確かめた方法を選ぶか" in text(page)
    assert not Booking.objects.exists()


def test_a_refused_booking_leaves_no_trace_of_questions(
    operator: Client, booked: Booking, slot: Slot, as_auditor: Callable[[], Any]
) -> None:
    someone = booked.attendees.get().credential
    assert operator.post(address_for(someone, slot), typed(slot, confirmed="yes")).status_code == 409
    with as_auditor():
        assert not AuditEvent.objects.filter(process_code="desk.caller.ask").exists()


def test_a_family_is_booked_together(operator: Client, person: Person, slot: Slot) -> None:
    someone, child = person(), person()
    read_back = operator.post(address_for(someone, slot), typed(slot, members=child.serial.lower()))
    assert child.serial in text(read_back)
    operator.post(address_for(someone, slot), typed(slot, members=child.serial, confirmed="yes"))
    booking = Booking.objects.get()
    assert (booking.people, booking.attendees.count()) == (2, 2)


@pytest.mark.parametrize("members", ["123", "A0A000001 A0A000001", "なにか", " ".join(f"A0A{number:06d}" for number in range(12))])
def test_numbers_of_companions_that_make_no_sense_are_told(operator: Client, person: Person, slot: Slot, members: str) -> None:
    assert operator.post(address_for(person(), slot), typed(slot, members=members)).status_code == 422


def test_a_full_time_is_taken_by_right_and_reason_alone(
    operator: Client, signed_in_client: SignedIn, person: Person, slot: Slot, as_auditor: Callable[[], Any]
) -> None:
    fill_up(slot, person)
    someone = person()
    assert operator.post(address_for(someone, slot), typed(slot, confirmed="yes", overbook_reason="x")).status_code == 422
    chief = signed_in_client("chief", user_id="chief")
    page = chief.get(address_for(someone, slot))
    assert "満員。定員を超えて予約" in text(page)
    page = chief.post(address_for(someone, slot), typed(slot, confirmed="yes"))
    assert "満員の時間です" in text(page)
    chief.post(address_for(someone, slot), typed(slot, confirmed="yes", overbook_reason="遠方のため"))
    slot.refresh_from_db()
    assert (slot.taken, slot.capacity) == (5, 5)
    assert violations() == []
    with as_auditor():
        assert AuditEvent.objects.get(process_code="reservations.overbook").reason == "遠方のため"


def test_a_reason_to_overbook_is_forgotten_where_there_is_room(signed_in_client: SignedIn, person: Person, slot: Slot) -> None:
    other = Slot.objects.get(place=slot.place, day=slot.day, start=dt.time(9, 15))
    fill_up(other, person)
    chief = signed_in_client("chief")
    chief.post(address_for(person(), slot), typed(slot, confirmed="yes", overbook_reason="念のため"))
    slot.refresh_from_db()
    assert (slot.taken, slot.capacity) == (1, 4)


def test_the_soonest_times_keep_the_dates_of_the_notice(town: Place, person: Person, slot: Slot) -> None:
    fill_up(slot, person)
    limits = person(not_before=slot.day, deadline=slot.day).admission
    found = soonest_times([town], limits, 10)
    assert [one.start for one in found] == [dt.time(9, 15), dt.time(9, 30), dt.time(9, 45)]
    assert soonest_times([town], person(deadline=clock.today() - dt.timedelta(days=1)).admission, 10) == []


def test_the_soonest_time_leads_to_its_day_with_the_time_chosen(operator: Client, person: Person, slot: Slot) -> None:
    someone = person()
    page = text(operator.get(reverse("desk:number", args=[someone.pk])))
    assert "近い空き時間" in page
    page = text(operator.get(address_for(someone, slot) + f"&slot={slot.pk}"))
    chosen = next(part for part in page.split("<input") if f'value="{slot.pk}"' in part)
    assert "checked" in chosen


def move(client: Client, booking: Booking, slot: Slot, **more: str) -> Any:
    address = reverse("desk:move", args=[booking.pk]) + f"?place={slot.place.code}&day={slot.day}"
    return client.post(address, {"slot": str(slot.pk), "reason": "電話で本人から申し出", **more})


def test_a_booking_is_read_back_before_it_moves(operator: Client, booked: Booking, town: Place, slot: Slot) -> None:
    later = Slot.objects.get(place=town, day=slot.day + dt.timedelta(days=1), start=dt.time(9, 30))
    assert "復唱してください" in text(move(operator, booked, later))
    assert Booking.objects.get().slot_id == slot.pk
    for _press in range(2):
        assert move(operator, booked, later, confirmed="yes", version=str(booked.version)).status_code == 302
    assert Booking.objects.get().slot_id == later.pk
    assert BookingEvent.objects.filter(kind="moved").count() == 1
    assert violations() == []


def test_a_booking_that_changed_meanwhile_does_not_move(operator: Client, booked: Booking, town: Place, slot: Slot) -> None:
    later = Slot.objects.get(place=town, day=slot.day, start=dt.time(9, 30))
    stale = booked.version
    services.mark_late(ACTOR, booked.pk)
    assert move(operator, booked, later, confirmed="yes", version=str(stale)).status_code == 409
    services.cancel_by_staff(ACTOR, booked.pk, "電話")
    assert move(operator, booked, later, confirmed="yes").status_code == 409


def test_a_move_needs_a_time_and_a_reason(operator: Client, booked: Booking) -> None:
    page = operator.post(reverse("desk:move", args=[booked.pk]), {"slot": "0", "reason": ""})
    assert page.status_code == 422
    assert "理由を入力してください" in text(page)


def test_a_cancellation_is_taken_back_for_a_caller(operator: Client, booked: Booking) -> None:
    services.cancel_by_staff(ACTOR, booked.pk, "電話")
    assert "取消を取り下げる" in text(operator.get(reverse("desk:booking", args=[booked.pk])))
    operator.post(reverse("desk:restore", args=[booked.pk]))
    assert Booking.objects.get().state == State.CONFIRMED
    assert violations() == []


def test_a_message_is_written_for_the_person(operator: Client, signed_in_client: SignedIn, booked: Booking) -> None:
    address = reverse("desk:message", args=[booked.pk])
    assert operator.post(address, {"message": "あ" * 201}).status_code == 422
    operator.post(address, {"message": "印鑑をお持ちください。", "version": str(booked.version)})
    assert "印鑑をお持ちください。" in text(operator.get(reverse("desk:booking", args=[booked.pk])))
    assert "メールでは送れません" in text(operator.get(address)), "nobody has proved a mail address"
    assert signed_in_client("auditor", user_id="a").post(address, {"message": "x"}).status_code == 403


def test_a_message_goes_by_mail_where_the_address_is_proved(operator: Client, booked: Booking) -> None:
    Booking.objects.filter(pk=booked.pk).update(email="someone@example.jp")
    Contact.objects.create(booking=booked, address_mac=address_mac("someone@example.jp"), proved_at=clock.now())
    address = reverse("desk:message", args=[booked.pk])
    assert "メールでも送る" in text(operator.get(address))
    operator.post(address, {"message": "入口は北側です。", "version": str(booked.version), "by_mail": "on"})
    assert Mail.objects.get(booking=booked).kind == "message"


@pytest.mark.parametrize("name", ["move", "restore", "message", "new-contact"])
def test_a_booking_of_another_place_is_not_found(signed_in_client: SignedIn, booked: Booking, name: str) -> None:
    Place.objects.create(code="branch", name="北市民センター")
    elsewhere = signed_in_client("clerk", place="branch")
    assert elsewhere.post(reverse(f"desk:{name}", args=[booked.pk]), {"message": "x"}).status_code == 404


def test_the_first_page_counts_what_needs_somebody(signed_in_client: SignedIn, person: Person, town: Place, booked: Booking) -> None:
    contacts.make(ACTOR, booked, ContactTask.Cause.BACK, note="折り返す", due=clock.today() - dt.timedelta(days=1))
    chief = signed_in_client("chief")
    page = text(chief.get(reverse("desk:home")))
    assert "期限を過ぎた 1" in page
    assert "臨時停止中" in page
    assert "臨時停止中" not in text(signed_in_client("operator", user_id="o").get(reverse("desk:home")))
    assert places_today([town]) == [], "nothing is booked for today"
    today = Slot.objects.filter(place=town, day=clock.today()).first()
    assert today is not None
    Booking.objects.filter(pk=booked.pk).update(slot=today, state=State.ARRIVED)
    assert [(one.here, one.total) for one in places_today([town])] == [(1, 1)]


@pytest.mark.parametrize("typed", ["AOA00O123", "a0a-ooo 123", "A0AOOOI23", "ＡＯＡ　０００１２３"])
def test_a_number_that_was_misheard_is_found_when_only_one_can_be_meant(operator: Client, person: Person, typed: str) -> None:
    someone = person(serial="A0A000123")
    assert operator.post(reverse("desk:find"), {"number": typed})["Location"] == reverse("desk:number", args=[someone.pk])


def test_what_was_typed_comes_before_what_may_have_been_meant(operator: Client, person: Person) -> None:
    for serial in ("A0A000123", "AOA000123"):
        someone = person(serial=serial)
        assert operator.post(reverse("desk:find"), {"number": serial})["Location"] == reverse("desk:number", args=[someone.pk])
    for serial in ("IIA000001", "1IA000001"):
        person(serial=serial)
    assert operator.post(reverse("desk:find"), {"number": "LLA000001"}).status_code == 422


def test_a_number_of_another_length_is_told_from_an_unknown_one(operator: Client) -> None:
    page = operator.post(reverse("desk:find"), {"number": "A0A00012"})
    assert "入力は8文字でした" in text(page)
    assert "登録されていません" in text(operator.post(reverse("desk:find"), {"number": "A0A000129"}))


def change_party(client: Client, booking: Booking, staying: list[str], coming: str = "", **more: str) -> Any:
    typed = {"staying": staying, "coming": coming, "reason": "電話で本人から申し出", "version": str(booking.version), **more}
    return client.post(reverse("desk:party", args=[booking.pk]), typed)


def test_somebody_comes_along_and_somebody_stays_away(operator: Client, booked: Booking, person: Person, slot: Slot) -> None:
    first, child = booked.attendees.get().credential.serial, person()
    assert reverse("desk:party", args=[booked.pk]) in text(operator.get(reverse("desk:booking", args=[booked.pk])))
    assert first in text(operator.get(reverse("desk:party", args=[booked.pk])))
    assert change_party(operator, booked, [first], child.serial.lower()).status_code == 302
    booked.refresh_from_db()
    slot.refresh_from_db()
    assert (booked.people, slot.taken) == (2, 2)
    assert change_party(operator, booked, [child.serial]).status_code == 302
    slot.refresh_from_db()
    assert slot.taken == 1
    assert BookingEvent.objects.filter(kind="party").latest("pk").reason == "電話で本人から申し出"
    assert violations() == []


def test_a_party_that_cannot_be_is_told_and_nothing_changes(
    operator: Client, signed_in_client: SignedIn, booked: Booking, person: Person, slot: Slot
) -> None:
    first = booked.attendees.get().credential.serial
    for staying, coming, words in (
        ([first], "", "何も変わっていません"),
        ([], "", "予約を取り消してください"),
        ([first], "A0A999999", "登録されていない"),
        ([first], "なにか", "予約用IDは9文字"),
        ([first], " ".join(f"A0A5{number:05d}" for number in range(9)) + " A0A600000", "9人分まで"),
    ):
        page = change_party(operator, booked, staying, coming)
        assert page.status_code in {409, 422}
        assert words in text(page)
    assert change_party(operator, booked, [first], person().serial, version="99").status_code == 409
    slot.refresh_from_db()
    fill_up(slot, person)
    child = person()
    page = change_party(operator, booked, [first], child.serial)
    assert (page.status_code, "人数分の空きがありません" in text(page)) == (409, True)
    chief = signed_in_client("chief", user_id="chief")
    assert change_party(chief, booked, [first], child.serial, overbook_reason="家族のため").status_code == 302
    services.cancel_by_staff(ACTOR, booked.pk, "")
    assert operator.get(reverse("desk:party", args=[booked.pk])).status_code == 409


def test_a_caller_comes_for_another_kind_by_number_on_its_own_calendar(operator: Client, person: Person, slot: Slot) -> None:
    someone, own = person(), Schedule.objects.create(code="own", name="窓口2")
    kind = VisitKind.objects.create(code="pick-up", name="書類の受取", schedule=own, identification="number", is_open=True, position=9)
    there = Slot.objects.get(pk=slot.pk)
    there.pk, there.schedule = None, own
    there.save(force_insert=True)
    page = text(operator.get(reverse("desk:number", args=[someone.pk]) + "?kind=pick-up"))
    assert "書類の受取" in page
    assert f"slot={there.pk}&amp;kind=pick-up" in page
    address = address_for(someone, there) + "&kind=pick-up"
    assert "書類の受取" in text(operator.post(address, typed(there)))
    assert operator.post(address, typed(there, confirmed="yes")).status_code == 302
    booking = Booking.objects.get()
    assert (booking.kind, booking.slot) == (kind, there)


def test_a_slip_is_printed_for_who_has_no_mail(operator: Client, booked: Booking) -> None:
    address = reverse("desk:confirmation", args=[booked.pk])
    assert address in text(operator.get(reverse("desk:booking", args=[booked.pk])))
    page = text(operator.get(address))
    assert all(words in page for words in (booked.number, "9時00分", "本庁舎", "slip-code"))
    assert booked.attendees.get().credential.serial not in page
    # A page for the office is printed with who and when on every sheet; the citizen's slip names nobody of staff (S28).
    mark = 'class="print-mark"'
    office = text(operator.get(reverse("desk:booking", args=[booked.pk])))
    assert (mark in office, mark in page) == (True, False)
    assert "operator　個人情報の取扱いに注意" in office
    services.cancel_by_staff(ACTOR, booked.pk, "")
    assert operator.get(address).status_code == 409


def test_a_wrong_mail_address_is_corrected_and_the_mail_goes_there(operator: Client, booked: Booking) -> None:
    address = reverse("desk:address", args=[booked.pk])
    assert "a@example.jp" not in text(operator.get(address))
    assert operator.post(address, {"email": "だれか", "version": "1"}).status_code == 422
    for _turn in range(2):  # pressed twice it is one change
        booked.refresh_from_db()
        assert operator.post(address, {"email": "b@example.jp", "version": str(booked.version)}).status_code == 302
    booked.refresh_from_db()
    assert (booked.email, booked.version, booked.number) == ("b@example.jp", 2, Booking.objects.get().number)
    assert list(booked.mail_intents.values_list("kind", "version").order_by("version")) == [("confirmed", 1), ("confirmed", 2)]
    assert operator.post(address, {"email": "c@example.jp", "version": "1"}).status_code == 409
    assert violations() == []
    services.cancel_by_staff(ACTOR, booked.pk, "")
    assert operator.post(address, {"email": "c@example.jp"}).status_code == 409
