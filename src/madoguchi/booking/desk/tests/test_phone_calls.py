"""電話受付: caller, script and calendar on one screen, from the number to the result (S12)."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.desk import phone
from madoguchi.booking.desk.models import ContactTask, PhoneCall, WrapUp
from madoguchi.booking.reservations.models import Booking, BookingEvent, Credential
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]
SignedIn = Callable[..., Client]
AsAuditor = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _begins_fresh(town: Place) -> None:
    cache.clear()
    phone.set_up_wrap_ups(automatic("test"))


@pytest.fixture
def operator(signed_in_client: SignedIn) -> Client:
    return signed_in_client("operator")


def begin(client: Client, number: str) -> str:
    return client.post(reverse("desk:phone"), {"number": number}).headers["Location"]


def times_of(slot: Slot) -> str:
    return f"?place={slot.place.code}&day={slot.day.isoformat()}"


def test_a_call_from_the_number_to_the_result(
    operator: Client, person: Callable[..., Credential], slot: Slot, as_auditor: AsAuditor
) -> None:
    credential = person()
    address = begin(operator, credential.serial.lower())
    page = operator.get(address + times_of(slot)).content.decode()
    assert '<table class="calendar">' in page, "the calendar of the public site"
    pick = {"act": "pick", "slot": slot.pk, "email": "", "members": ""}
    early = operator.post(address + times_of(slot), pick)
    assert early.status_code == 422
    assert "本人確認がまだです" in early.content.decode()
    operator.post(address, {"act": "ask", "asked": ["birthday", "dispatch"], "right": ["letter", "dispatch"]})
    call = PhoneCall.objects.get()
    assert (call.asked, call.right) == (["birthday", "dispatch", "letter"], ["dispatch", "letter"])
    back = operator.post(address + times_of(slot), pick)
    assert "復唱してください" in back.content.decode()
    assert not Booking.objects.exists(), "nothing is booked before it is read back"
    key = back.context["key"]
    for _twice in range(2):
        operator.post(address + times_of(slot), {**pick, "act": "confirm", "key": str(key)})
    booking = Booking.objects.get()
    assert (booking.slot_id, booking.source) == (slot.pk, "phone")
    assert booking.number in operator.get(address).content.decode()
    result = WrapUp.objects.get(name="予約した")
    assert operator.post(address, {"act": "end"}).status_code == 422
    operator.post(address, {"act": "end", "wrap_up": result.pk})
    call.refresh_from_db()
    assert call.wrap_up == result
    with as_auditor():
        asked = AuditEvent.objects.get(process_code="desk.caller.ask")
        assert asked.content == {"asked": ["birthday", "dispatch", "letter"], "right": ["dispatch", "letter"]}
        assert {"desk.call.begin", "desk.call.end"} <= set(AuditEvent.objects.values_list("process_code", flat=True))
    operator.post(address, {"act": "ask", "right": []})
    call.refresh_from_db()
    assert call.right, "a call that is over stays as it ended"


def test_a_caller_with_a_booking_moves_it_and_another_caller_is_asked_anew(
    operator: Client, person: Callable[..., Credential], slot: Slot, town: Place
) -> None:
    one, other = person(), person()
    first = begin(operator, one.serial)
    operator.post(first, {"act": "ask", "right": ["code"]})
    operator.post(first + times_of(slot), {"act": "confirm", "slot": slot.pk, "email": "", "members": ""})
    booking = Booking.objects.get()
    second = begin(operator, booking.number)
    operator.post(second, {"act": "ask", "right": ["code"]})
    later = Slot.objects.get(place=town, day=slot.day + dt.timedelta(days=1), start=slot.start)
    given = {"slot": later.pk, "version": booking.version}
    assert "この日時に変える" in operator.post(second + times_of(later), {**given, "act": "pick"}).content.decode()
    operator.post(second + times_of(later), {**given, "act": "confirm"})
    booking.refresh_from_db()
    assert booking.slot_id == later.pk
    assert "電話で本人から申し出" in BookingEvent.objects.filter(booking=booking).order_by("version").last().reason  # type: ignore[union-attr]
    operator.post(second, {"act": "find", "number": other.serial})
    call = PhoneCall.objects.get(pk=int(second.rstrip("/").rsplit("/", 1)[1]))
    assert (call.credential, call.booking, call.right) == (other, None, []), "what was asked of somebody else counts no more"
    assert operator.post(second, {"act": "find", "number": "999999999"}).status_code == 422
    operator.post(second, {"act": "choose", "booking": str(booking.pk)})
    assert booking.number in operator.get(f"{second}?of={later.day.isoformat()}").content.decode()


def test_calling_back_with_and_without_a_booking(operator: Client, person: Callable[..., Credential], slot: Slot) -> None:
    address = operator.post(reverse("desk:phone"), {"without": "yes"}).headers["Location"]
    assert operator.post(address, {"act": "promise", "note": ""}).status_code == 422
    operator.post(address, {"act": "promise", "note": "通知書が届いたか確かめて折り返す"})
    assert "通知書が届いたか" in operator.get(reverse("desk:phone")).content.decode()
    call = PhoneCall.objects.get()
    assert call.call_back_on == clock.today()
    for _twice in range(2):
        operator.post(reverse("desk:called-back", args=[call.pk]))
    assert not phone.promised().exists()
    booked = begin(operator, person().serial)
    operator.post(booked, {"act": "ask", "right": ["code"]})
    operator.post(booked + times_of(slot), {"act": "confirm", "slot": slot.pk, "email": "", "members": ""})
    operator.post(booked, {"act": "promise", "note": "午後に折り返す"})
    assert ContactTask.objects.get().cause == ContactTask.Cause.BACK


def test_a_call_is_its_own_and_other_places_stay_shut(
    operator: Client, person: Callable[..., Credential], slot: Slot, signed_in_client: SignedIn
) -> None:
    address = begin(operator, person().serial)
    operator.post(address, {"act": "ask", "right": ["code"]})
    operator.post(address + times_of(slot), {"act": "confirm", "slot": slot.pk, "email": "", "members": ""})
    colleague = signed_in_client("operator", user_id="colleague")
    assert "ほかの職員が受けています" in colleague.post(address, {"act": "ask", "right": []}, follow=True).content.decode()
    assert signed_in_client("operator", user_id="far", place="branch").get(address).status_code == 404
    assert signed_in_client("auditor", user_id="aud").get(address).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        PhoneCall.objects.create(begun_at=clock.now(), begun_by="x", right=["code"])  # right, though never asked


def test_the_list_of_results_belongs_to_the_municipality(operator: Client, signed_in_client: SignedIn) -> None:
    admin = signed_in_client("administrator", user_id="admin")
    assert operator.get(reverse("desk:wrap-ups")).status_code == 403
    assert admin.post(reverse("desk:wrap-ups"), {"name": "予約した", "position": 1, "is_open": "on"}).status_code == 422
    admin.post(reverse("desk:wrap-ups"), {"name": "住所変更の案内", "position": 15, "is_open": "on"})
    closed = WrapUp.objects.get(name="間違い電話")
    admin.post(reverse("desk:wrap-up", args=[closed.pk]), {"name": closed.name, "position": closed.position})
    page = operator.get(operator.post(reverse("desk:phone"), {"without": "yes"}).headers["Location"]).content.decode()
    assert "住所変更の案内" in page
    address = reverse("desk:call", args=[PhoneCall.objects.get().pk])
    operator.post(address, {"act": "end", "wrap_up": WrapUp.objects.get(name="住所変更の案内").pk})
    told = signed_in_client("chief", user_id="head").get(reverse("figures:overview")).content.decode()
    assert "住所変更の案内" in told
    assert "間違い電話" not in page
