"""The outbox against a real mail server in its moods: nothing is lost, nothing is sent twice, no address stays behind."""

import re
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.queries import dead_mails
from madoguchi.booking.notices.rules import ATTEMPTS, LEASE
from madoguchi.booking.notices.services import drain_outbox, forget_addresses, outbox, send_again
from madoguchi.booking.notices.tests.conftest import ADDRESS, MailServer, later
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Draft, MailIntent
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

Booked = Callable[..., tuple[Draft, Booking]]


def test_a_booking_with_an_address_gets_one_mail(server: MailServer, booked: Booked) -> None:
    _draft, booking = booked()
    for _run in range(3):
        drain_outbox()
    (mail,) = server.taken
    assert mail["To"] == ADDRESS
    assert booking.number in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # there is a plain body
    assert not MailIntent.objects.exists()
    sent = Mail.objects.get()
    assert (sent.state, sent.address) == ("sent", "")


def test_the_mail_names_neither_number_nor_code_nor_birthday(server: MailServer, booked: Booked) -> None:
    draft, booking = booked()
    drain_outbox()
    whole = "".join(part.get_content() for part in server.taken[0].walk() if part.get_content_maintype() == "text")
    assert draft.credential.serial not in whole
    assert "12345674" not in whole
    body = server.taken[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]  # there is a plain body
    # Chance may put any four digits into the booking's number or the secret at the end of an address.
    assert "0908" not in re.sub(r"/[0-9a-f]{40}/", "/", body.replace(booking.number, ""))


def test_a_booking_without_an_address_owes_nothing(server: MailServer, booked: Booked) -> None:
    booked("")
    drain_outbox()
    assert server.taken == []


def test_cancelling_sends_the_event_away_and_forgets_the_address(server: MailServer, booked: Booked) -> None:
    draft, booking = booked()
    drain_outbox()
    services.cancel(draft, client="192.0.2.7")
    drain_outbox()
    made, gone = server.taken
    assert not Mail.objects.exclude(address="").exists()
    assert forget_addresses() == 0, "the cancellation can still be taken back"
    with later(minutes=31):
        assert forget_addresses() == 1
    booking.refresh_from_db()
    assert booking.email == ""
    files = [next(part.get_content() for part in mail.walk() if part.get_content_type() == "text/calendar") for mail in (made, gone)]
    assert "METHOD:REQUEST" in files[0]
    assert "METHOD:CANCEL" in files[1]
    assert "SEQUENCE:0" in files[0]
    assert "SEQUENCE:1" in files[1]
    assert len({line for file in files for line in file.splitlines() if line.startswith("UID")}) == 1


def test_a_confirmation_that_came_too_late_is_not_sent_behind_the_cancellation(server: MailServer, booked: Booked) -> None:
    draft, _booking = booked()
    services.cancel(draft, client="192.0.2.7")
    drain_outbox()
    (mail,) = server.taken
    assert "取り消しました" in mail["Subject"]


def test_while_the_server_is_down_mails_wait_and_go_when_it_is_back(server: MailServer, booked: Booked, settings: Any) -> None:
    booked()
    up, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _run in range(5):
        assert not drain_outbox().reached
    assert Mail.objects.get().state == "waiting"
    settings.EMAIL_PORT = up
    assert drain_outbox().counts == {"sent": 1}
    assert len(server.taken) == 1


def test_a_busy_server_is_asked_again_after_a_growing_wait(server: MailServer, booked: Booked) -> None:
    booked()
    server.answer = "451 4.3.0 try later"
    assert drain_outbox().counts == {"later": 1}
    assert drain_outbox().counts == {}, "not yet due again"
    with later(seconds=20):
        assert drain_outbox().counts == {"later": 1}
    server.answer = "250 taken"
    with later(seconds=50):
        assert drain_outbox().counts == {}
    with later(minutes=2):
        assert drain_outbox().counts == {"sent": 1}
    assert len(server.taken) == 1
    assert Mail.objects.get().failures == 2


def test_an_address_that_does_not_exist_is_not_tried_again(server: MailServer, booked: Booked) -> None:
    booked()
    server.answer = "550 5.1.1 no such user"
    assert drain_outbox().counts == {"refused": 1}
    with later(days=1):
        assert drain_outbox().counts == {}
    assert (Mail.objects.get().state, Mail.objects.get().address) == ("refused", "")


def test_one_bad_mail_does_not_hold_up_the_others(server: MailServer, booked: Booked) -> None:
    booked()
    _draft, bad = booked()
    Booking.objects.filter(pk=bad.pk).update(email="not,one@address.example")
    booked()
    assert drain_outbox().counts == {"sent": 2, "refused": 1}


def test_a_worker_that_dies_in_the_middle_gives_the_mail_back(server: MailServer, booked: Booked) -> None:
    booked()
    outbox.take_in()
    with mock.patch.object(outbox, "_handle", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        drain_outbox()
    assert drain_outbox().counts == {}, "still leased to the one that died"
    with later(seconds=int(LEASE.total_seconds()) + 1):
        assert drain_outbox().counts == {"sent": 1}
    assert len(server.taken) == 1


def test_a_worker_that_overslept_its_lease_settles_nothing(server: MailServer, booked: Booked) -> None:
    booked()
    outbox.take_in()
    slept = outbox._claim()
    assert slept is not None
    with later(seconds=int(LEASE.total_seconds()) + 1):
        assert outbox._claim() is not None
    outbox._settle(slept, Mail.objects.get(), Mail.State.SENT)
    assert Mail.objects.get().state == "waiting"


def test_a_mail_for_a_day_that_is_over_is_not_sent(server: MailServer, booked: Booked) -> None:
    booked()
    outbox.take_in()
    with later(days=30):
        assert drain_outbox().counts == {"void": 1}
    assert server.taken == []


def test_what_was_sent_stands_in_the_operation_log_without_the_address(
    server: MailServer, booked: Booked, as_auditor: Callable[[], Any]
) -> None:
    _draft, booking = booked()
    drain_outbox()
    with as_auditor():
        event = AuditEvent.objects.get(process_code="notices.mail.send")
        assert event.subject == f"booking:{booking.pk}"
        assert ADDRESS not in str(event.content)


def test_references_differ(server: MailServer, booked: Booked) -> None:
    booked()
    booked()
    drain_outbox()
    assert len({mail["Message-ID"] for mail in server.taken}) == 2
    assert all(uuid.UUID(mail["Message-ID"].strip("<>").split("@")[0]) for mail in server.taken)


def test_a_mail_that_is_put_off_for_days_is_given_up_with_an_alarm_and_can_be_sent_again(server: MailServer, booked: Booked) -> None:
    booked()
    outbox.take_in()
    Mail.objects.update(failures=ATTEMPTS - 2)
    server.answer = "451 4.3.0 try later"
    assert drain_outbox().counts == {"later": 1}
    assert dead_mails() == 0
    with later(hours=2):
        assert drain_outbox().counts == {"dead": 1}
    assert (Mail.objects.get().state, Mail.objects.get().address) == ("dead", "")
    assert dead_mails() == 1
    server.answer = "250 taken"
    assert send_again(automatic("test"), Mail.objects.get())
    assert not send_again(automatic("test"), Mail.objects.get()), "it waits already"
    assert drain_outbox().counts == {"sent": 1}
    assert dead_mails() == 0


def test_an_outage_however_long_gives_no_mail_up(server: MailServer, booked: Booked, settings: Any) -> None:
    booked()
    up, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _run in range(ATTEMPTS + 1):
        assert not drain_outbox().reached
    settings.EMAIL_PORT = up
    assert drain_outbox().counts == {"sent": 1}


def test_a_cancellation_taken_back_needs_no_mail_of_it(server: MailServer, booked: Booked) -> None:
    draft, _booking = booked()
    drain_outbox()
    services.cancel(draft, client="192.0.2.7")
    services.undo_cancel(draft, client="192.0.2.7")
    drain_outbox()
    assert not [mail for mail in server.taken if "取り消しました" in mail["Subject"]]
    assert Mail.objects.filter(kind="cancelled", state="void", why="overtaken").exists()
