"""An address is proved by its reader's button, stopped by it, and nothing else: no GET, no other booking's link, no old one."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.notices.kinds import Kind, Standing, may_go
from madoguchi.booking.notices.models import Contact, Link, Mail
from madoguchi.booking.notices.queries import link_of, reachable, standing_of
from madoguchi.booking.notices.rules import PROOFS_AT_MOST
from madoguchi.booking.notices.services import LinkRefused, ask_for_proof, drain_outbox, forget_addresses, prove, send_message, stop
from madoguchi.booking.notices.services.contacts import note_failure
from madoguchi.booking.notices.tests.conftest import ADDRESS, SITE, MailServer, later
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import citizen
from madoguchi.booking.reservations.mail_intents import owe
from madoguchi.booking.reservations.models import Booking, Credential, Draft, MailIntent
from madoguchi.booking.reservations.services import Wanted
from madoguchi.platform.audit.actors import anonymous, automatic

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]

Booked = Callable[..., tuple[Draft, Booking]]


def address_in(server: MailServer, purpose: str) -> str:
    """Return the path of the newest mail's link."""
    found = re.search(rf"{SITE}(mail/{purpose}/[0-9a-f]{{40}}/)", server.last_text())
    assert found is not None, server.last_text()
    return f"/{found[1]}"


def token_in(server: MailServer, purpose: str) -> str:
    return address_in(server, purpose).rstrip("/").rpartition("/")[2]


def link_in(server: MailServer, purpose: str) -> Link:
    found = link_of(Link.Purpose(purpose), token_in(server, purpose))
    assert found is not None
    return found


def test_the_first_mail_goes_to_an_unproved_address_and_carries_the_link(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    assert standing_of(booking) is Standing.UNPROVED
    assert booking.state == "confirmed", "the booking stands without the proof"
    assert address_in(server, "prove") != address_in(server, "manage")


def test_opening_the_link_proves_nothing_and_its_button_does_on_any_device(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    address, other_device = address_in(server, "prove"), Client()
    for _time in range(3):
        page = other_device.get(address)
        assert page.status_code == 200
        assert "このメールアドレスを確認する" in page.content.decode()
    assert other_device.head(address).status_code == 200
    assert standing_of(booking) is Standing.UNPROVED
    assert "メールアドレスを確認しました" in other_device.post(address).content.decode()
    assert standing_of(booking) is Standing.PROVED
    assert "メールアドレスを確認しました" in other_device.post(address).content.decode(), "pressed twice it is no fault"
    assert "確認が済んでいます" in other_device.get(address).content.decode()


def test_a_page_of_a_link_shows_neither_address_nor_number(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    for purpose in ("prove", "manage", "stop"):
        page = Client().get(address_in(server, purpose)).content.decode()
        assert booking.number not in page
        assert booking.email not in page


def test_a_link_is_kept_as_a_hash_and_is_nothing_at_another_door(server: MailServer, booked: Booked) -> None:
    booked()
    drain_outbox()
    tokens = {purpose: token_in(server, purpose) for purpose in ("prove", "manage", "stop")}
    assert len(set(tokens.values())) == 3
    kept = str(list(Link.objects.values()))
    assert not [token for token in tokens.values() if token in kept]
    for purpose, token in tokens.items():
        for other in {"prove", "manage", "stop"} - {purpose}:
            answer = Client().get(f"/mail/{other}/{token}/")
            assert answer.status_code == 410


@pytest.mark.parametrize("token", ["0" * 40, "x", "-", "f" * 400])
@pytest.mark.parametrize("purpose", ["prove", "manage", "stop"])
def test_unknown_links_are_over(purpose: str, token: str, town: Any) -> None:
    for answer in (Client().get(f"/mail/{purpose}/{token}/"), Client().post(f"/mail/{purpose}/{token}/")):
        assert answer.status_code == 410


def test_a_link_that_is_too_old_offers_a_new_one(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    old = address_in(server, "prove")
    with later(days=4):
        assert Client().get(old).status_code == 410
        assert Client().post(old).status_code == 410
        assert standing_of(booking) is Standing.UNPROVED
        assert Client().post(old, {"again": "1"}, follow=True).status_code == 410
        assert drain_outbox().counts == {"sent": 1}
        assert "メールアドレスの確認のお願い" in server.taken[-1]["Subject"]
        assert Client().post(address_in(server, "prove")).status_code == 200
    assert standing_of(booking) is Standing.PROVED


def test_nobodys_mailbox_is_filled_by_the_button(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    assert ask_for_proof(booking, anonymous("192.0.2.7"))
    assert not ask_for_proof(booking, anonymous("192.0.2.7")), "too soon"
    asked = 1
    for minutes in range(2, 60, 2):
        with later(minutes=minutes):
            asked += ask_for_proof(booking, anonymous("192.0.2.7"))
    assert asked == PROOFS_AT_MOST


def test_another_address_begins_anew(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    prove(link_in(server, "prove"), client="")
    Booking.objects.filter(pk=booking.pk).update(email="taro@example.jp")
    booking.refresh_from_db()
    assert standing_of(booking) is Standing.UNPROVED
    with pytest.raises(LinkRefused):
        prove(link_in(server, "prove"), client="")
    assert Client().get(address_in(server, "prove")).status_code == 410


def test_an_address_put_right_is_proved_anew_and_what_waited_goes_to_no_wrong_one(
    server: MailServer, booked: Booked, settings: Any
) -> None:
    draft, booking = booked("wrong@example.jp")
    up, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    drain_outbox()
    person = citizen(draft.credential_id, "192.0.2.7")
    services.set_own_address(person, booking.pk, ADDRESS)
    settings.EMAIL_PORT = up
    drain_outbox()
    assert [mail["To"] for mail in server.taken] == [ADDRESS], "the second mail says all that the first one would"
    before = link_in(server, "prove")
    services.set_own_address(person, booking.pk, "new@example.jp")
    drain_outbox()
    assert server.taken[-1]["To"] == "new@example.jp"
    with pytest.raises(LinkRefused):
        prove(Link.objects.select_related("booking").get(pk=before.pk), client="192.0.2.7")
    assert prove(link_in(server, "prove"), client="192.0.2.7")
    assert standing_of(Booking.objects.get(pk=booking.pk)) is Standing.PROVED


def test_a_cancelled_booking_has_nothing_to_prove(server: MailServer, booked: Booked) -> None:
    draft, _booking = booked()
    drain_outbox()
    services.cancel(draft, client="192.0.2.7")
    assert Client().post(address_in(server, "prove")).status_code == 410
    assert not Contact.objects.filter(proved_at__isnull=False).exists()


def test_the_link_to_the_booking_asks_for_the_birthday_and_opens_the_booking(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    device, address = Client(), address_in(server, "manage")
    assert booking.number not in device.get(address).content.decode()
    assert device.post(address, {"birthday": "0101"}).status_code == 422
    assert Credential.objects.get().wrong_birthdays == 1
    opened = device.post(address, {"birthday": "０９０８"}, follow=True)
    assert opened.status_code == 200
    assert booking.number[:4] in opened.content.decode()


def test_the_fifth_wrong_birthday_locks_and_then_the_right_one_does_not_open(server: MailServer, booked: Booked) -> None:
    booked()
    drain_outbox()
    address = address_in(server, "manage")
    for _guess in range(5):
        Client().post(address, {"birthday": "0101"})
    assert Credential.objects.get().locked_at is not None
    assert Client().post(address, {"birthday": "0908"}).status_code in {422, 429}


def test_mails_stop_by_the_button_and_by_the_one_of_a_mail_program(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    address = address_in(server, "stop")
    assert Client().get(address).status_code == 200
    assert standing_of(booking) is Standing.UNPROVED, "a GET never acts"
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 302
    assert standing_of(booking) is Standing.STOPPED
    assert "もう一度メールを受け取る" in strict.get(address).content.decode()
    strict.post(address, {"resume": "1"})
    assert standing_of(booking) is Standing.UNPROVED


def test_nothing_goes_to_an_address_that_was_stopped(server: MailServer, booked: Booked) -> None:
    draft, _booking = booked()
    drain_outbox()
    stop(link_in(server, "stop"), client="")
    services.cancel(draft, client="192.0.2.7")
    drain_outbox()
    assert len(server.taken) == 1
    assert Mail.objects.get(kind="cancelled").why == "stopped"


def test_the_office_writes_only_to_a_proved_address(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    booking.message = "入口は北側です。"
    booking.save()
    assert not send_message(automatic("test"), booking)
    assert reachable([booking.pk]) == set()
    prove(link_in(server, "prove"), client="")
    assert reachable([booking.pk]) == {booking.pk}
    assert send_message(automatic("test"), booking)
    assert not send_message(automatic("test"), booking), "the same is told once"
    drain_outbox()
    assert "入口は北側です。" in server.last_text()
    assert "/mail/prove/" not in server.last_text(), "proved already"
    assert server.taken[-1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("kind", list(Kind))
def test_who_gets_what(kind: Kind) -> None:
    assert not may_go(kind, Standing.STOPPED)
    assert not may_go(kind, Standing.FAILED)
    assert may_go(kind, Standing.PROVED) is (kind is not Kind.PROOF)
    assert may_go(kind, Standing.UNPROVED) is (kind not in {Kind.REMINDER, Kind.MESSAGE})


def test_addresses_and_links_are_forgotten(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    with later(days=20):
        assert forget_addresses() == 0
    with later(days=40):
        assert forget_addresses() == 1
        assert forget_addresses() == 0
    booking.refresh_from_db()
    assert booking.email == ""
    assert not Link.objects.exists()


def test_an_address_that_failed_is_proved_anew_when_its_owner_asks(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    prove(link_in(server, "prove"), client="")
    note_failure(booking, ADDRESS, "5.1.1", for_good=True)
    assert standing_of(booking) is Standing.FAILED
    assert ask_for_proof(booking, automatic("test"))
    assert standing_of(booking) is Standing.UNPROVED
    drain_outbox()
    prove(link_in(server, "prove"), client="")
    assert standing_of(booking) is Standing.PROVED


def test_what_the_waiting_list_offers_can_be_taken_by_the_link_of_its_mail(
    server: MailServer, visitor: Callable[..., tuple[str, Draft]], slot: Slot, client: Client
) -> None:
    Slot.objects.filter(day=slot.day).exclude(pk=slot.pk).update(is_open=False)
    Slot.objects.filter(pk=slot.pk).update(capacity=1, public_capacity=1)
    key, had_it = visitor()
    services.confirm(key, services.hold(had_it, slot.pk, client="192.0.2.7").idempotency_key, client="192.0.2.7")
    waits = visitor()[1]
    services.wish(waits, Wanted(slot.day, slot.day), email=ADDRESS, client="192.0.2.7")
    services.cancel(had_it, client="192.0.2.7")
    drain_outbox()
    answer = client.post(address_in(server, "manage"), {"birthday": "0908"})
    assert answer["Location"] == "/waiting/"
    client.post("/waiting/take/")
    assert Booking.objects.get(slot=slot, state="confirmed").attendees.get(live=True).credential_id == waits.credential_id


def test_people_whose_day_is_stopped_are_written_to_although_nobody_has_proved_the_address(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    drain_outbox()
    owe(booking.pk, MailIntent.Kind.STOPPED)
    drain_outbox()
    assert "受付を中止" in server.taken[-1]["Subject"]
    assert booking.number in server.last_text()
