"""A mail server whose answers the test sets, and people who booked and wish mail."""

import datetime as dt
import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage  # noqa: TC003 kept where readers look for it
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.controller import Controller

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.platform import clock

ADDRESS = "hanako@example.jp"
SITE = "https://yoyaku.city.example/"


class MailServer:
    """Takes what it is sent while its answer begins with 2."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []
        self.answer = "250 2.0.0 taken"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        if self.answer.startswith("2"):
            self.taken.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
            self.senders.append(envelope.mail_from)
        return self.answer

    def last_text(self) -> str:
        """The plain text of the newest mail."""
        body = self.taken[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MADOGUCHI_PUBLIC_URL = SITE
    mails = MailServer()
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    yield mails
    controller.stop()


@pytest.fixture
def booked(visitor: Callable[..., tuple[str, Draft]], slot: Slot) -> Callable[..., tuple[Draft, Booking]]:
    """Book for a new person who wants a mail."""

    def book(address: str = ADDRESS, language: str = "ja") -> tuple[Draft, Booking]:
        key, draft = visitor()
        if language != "ja":
            Draft.objects.filter(pk=draft.pk).update(language=language)
        held = services.hold(draft, slot.pk, client="192.0.2.7")
        services.choose_contact(draft, email=address, requests=[])
        services.confirm(key, held.idempotency_key, client="192.0.2.7")
        return draft, Booking.objects.get(pk=held.pk)

    return book


def later(**span: int) -> Any:
    """Let the product's clock show a later moment."""
    return mock.patch.object(clock, "now", return_value=clock.now() + dt.timedelta(**span))
