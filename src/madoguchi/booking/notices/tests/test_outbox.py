"""The outbox against a real mail server in its moods: nothing is lost, nothing is sent twice, no address stays behind."""

import datetime as dt
import email
import email.policy
import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage  # noqa: TC003 kept where readers look for it
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.controller import Controller

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.notices import services as notices
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.rules import LEASE
from madoguchi.booking.notices.services import drain_outbox
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Draft, MailIntent
from madoguchi.platform import clock
from madoguchi.platform.audit.models import AuditEvent

pytestmark = pytest.mark.django_db

ADDRESS = "hanako@example.jp"
Visitor = Callable[..., tuple[str, Draft]]


class Server:
    """A mail server whose answers the test sets."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answer = "250 2.0.0 taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        if self.answer.startswith("2"):
            self.taken.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
        return self.answer


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    mails = Server()
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    yield mails
    controller.stop()


@pytest.fixture
def booked(visitor: Visitor, slot: Slot) -> Callable[..., tuple[Draft, Booking]]:
    """Book for a new person who wants a mail."""

    def book(address: str = ADDRESS) -> tuple[Draft, Booking]:
        key, draft = visitor()
        held = services.hold(draft, slot.pk, client="192.0.2.7")
        services.choose_contact(draft, email=address, requests=[])
        services.confirm(key, held.idempotency_key, client="192.0.2.7")
        return draft, Booking.objects.get(pk=held.pk)

    return book


def later(**span: int) -> Any:
    return mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(**span))


def test_a_booking_with_an_address_gets_one_mail(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    _draft, booking = booked()
    for _run in range(3):
        drain_outbox()
    (mail,) = server.taken
    assert mail["To"] == ADDRESS
    assert booking.number in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # there is a plain body
    assert not MailIntent.objects.exists()
    sent = Mail.objects.get()
    assert (sent.state, sent.address) == ("sent", "")


def test_the_mail_names_neither_number_nor_code_nor_birthday(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    draft, booking = booked()
    drain_outbox()
    whole = "".join(part.get_content() for part in server.taken[0].walk() if part.get_content_maintype() == "text")
    assert draft.credential.serial not in whole
    assert "12345674" not in whole
    body = server.taken[0].get_body(("plain",))
    assert "0908" not in body.get_content().replace(booking.number, "")  # type: ignore[union-attr]  # there is a plain body


def test_a_booking_without_an_address_owes_nothing(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked("")
    drain_outbox()
    assert server.taken == []


def test_cancelling_sends_the_event_away_and_forgets_the_address(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    draft, booking = booked()
    drain_outbox()
    services.cancel(draft, client="192.0.2.7")
    drain_outbox()
    made, gone = server.taken
    booking.refresh_from_db()
    assert booking.email == ""
    assert not Mail.objects.exclude(address="").exists()
    files = [next(part.get_content() for part in mail.walk() if part.get_content_type() == "text/calendar") for mail in (made, gone)]
    assert "METHOD:REQUEST" in files[0]
    assert "METHOD:CANCEL" in files[1]
    assert "SEQUENCE:0" in files[0]
    assert "SEQUENCE:1" in files[1]
    assert len({line for file in files for line in file.splitlines() if line.startswith("UID")}) == 1


def test_a_confirmation_that_came_too_late_is_not_sent_behind_the_cancellation(
    server: Server, booked: Callable[..., tuple[Draft, Booking]]
) -> None:
    draft, _booking = booked()
    services.cancel(draft, client="192.0.2.7")
    drain_outbox()
    (mail,) = server.taken
    assert "取り消しました" in mail["Subject"]


def test_while_the_server_is_down_mails_wait_and_go_when_it_is_back(
    server: Server, booked: Callable[..., tuple[Draft, Booking]], settings: Any
) -> None:
    booked()
    up, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _run in range(5):
        assert not drain_outbox().reached
    assert Mail.objects.get().state == "waiting"
    settings.EMAIL_PORT = up
    assert drain_outbox().counts == {"sent": 1}
    assert len(server.taken) == 1


def test_a_busy_server_is_asked_again_after_a_growing_wait(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
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


def test_an_address_that_does_not_exist_is_not_tried_again(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    server.answer = "550 5.1.1 no such user"
    assert drain_outbox().counts == {"refused": 1}
    with later(days=1):
        assert drain_outbox().counts == {}
    assert (Mail.objects.get().state, Mail.objects.get().address) == ("refused", "")


def test_one_bad_mail_does_not_hold_up_the_others(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    _draft, bad = booked()
    Booking.objects.filter(pk=bad.pk).update(email="not,one@address.example")
    booked()
    assert drain_outbox().counts == {"sent": 2, "refused": 1}


def test_a_worker_that_dies_in_the_middle_gives_the_mail_back(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    notices.take_in()
    with mock.patch.object(notices, "_handle", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        drain_outbox()
    assert drain_outbox().counts == {}, "still leased to the one that died"
    with later(seconds=int(LEASE.total_seconds()) + 1):
        assert drain_outbox().counts == {"sent": 1}
    assert len(server.taken) == 1


def test_a_worker_that_overslept_its_lease_settles_nothing(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    notices.take_in()
    slept = notices._claim()
    assert slept is not None
    with later(seconds=int(LEASE.total_seconds()) + 1):
        assert notices._claim() is not None
    notices._settle(slept, Mail.objects.get(), Mail.State.SENT)
    assert Mail.objects.get().state == "waiting"


def test_a_mail_for_a_day_that_is_over_is_not_sent(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    notices.take_in()
    with later(days=30):
        assert drain_outbox().counts == {"void": 1}
    assert server.taken == []


def test_what_was_sent_stands_in_the_operation_log_without_the_address(
    server: Server, booked: Callable[..., tuple[Draft, Booking]], as_auditor: Callable[[], Any]
) -> None:
    _draft, booking = booked()
    drain_outbox()
    with as_auditor():
        event = AuditEvent.objects.get(process_code="notices.mail.send")
        assert event.subject == f"booking:{booking.pk}"
        assert ADDRESS not in str(event.content)


def test_references_differ(server: Server, booked: Callable[..., tuple[Draft, Booking]]) -> None:
    booked()
    booked()
    drain_outbox()
    assert len({mail["Message-ID"] for mail in server.taken}) == 2
    assert all(uuid.UUID(mail["Message-ID"].strip("<>").split("@")[0]) for mail in server.taken)
