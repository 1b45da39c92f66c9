"""The mail server is a real one (aiosmtpd) in each of its bad moods."""

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.links import Links
from madoguchi.booking.notices.mails import UnusableAddress, compose
from madoguchi.booking.notices.placeholders import PLACEHOLDERS
from madoguchi.booking.notices.posting import post
from madoguchi.booking.notices.rules import Verdict, verdict_of, wait_after
from madoguchi.booking.notices.tests.test_calendar_files import appointment
from madoguchi.booking.notices.wording import built_in


class Server:
    """A mail server whose answers the test sets."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.recipient_answer = ""
        self.data_answer = "250 2.0.0 taken"
        self.pause = 0.0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.pause)
        if self.data_answer.startswith("2"):
            self.taken.append(envelope.original_content)
        return self.data_answer


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def connect(server: Server, unused_port: int) -> Iterator[Callable[..., EmailBackend]]:
    controller = Controller(server, hostname="127.0.0.1", port=unused_port)
    controller.start()
    yield lambda timeout=5.0: EmailBackend(host="127.0.0.1", port=unused_port, timeout=timeout)
    controller.stop()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


LINKS = Links(
    "https://city.example/",
    "https://city.example/mail/prove/1/",
    "https://city.example/mail/manage/1/",
    "https://city.example/mail/stop/1/",
)
FACTS = {
    **{placeholder.name: placeholder.name for placeholder in PLACEHOLDERS},
    "市区町村名": "藤沢市",
    "予約番号": "4821-9376-05",
    "日時": "2026年（令和8年）12月3日（木） 9時00分から9時15分まで",
    "場所": "本庁舎",
}


def mail(kind: Kind = Kind.CONFIRMED, address: str = "hanako@example.jp", links: Links = LINKS) -> EmailMessage:
    return compose(
        kind,
        built_in(kind, "ja"),
        FACTS,
        address,
        reference="c0ffee",
        appointment=appointment(),
        links=links,
        language="ja",
    )


Connect = Callable[..., EmailBackend]


@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.CANCELLED])
def test_the_server_takes_a_plain_japanese_mail_with_a_calendar_file(kind: Kind, server: Server, connect: Connect) -> None:
    assert post(mail(kind), connect()) is Verdict.SENT
    (raw,) = server.taken
    read = email.message_from_bytes(raw, policy=email.policy.default)
    body, calendar = list(read.iter_parts())

    assert "藤沢市" in read["Subject"]
    assert read["Message-ID"] == "<c0ffee@localhost>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert "2026年（令和8年）12月3日（木） 9時00分から9時15分まで" in body.get_content()
    assert "4821-9376-05" in body.get_content()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == {Kind.CONFIRMED: "REQUEST", Kind.CANCELLED: "CANCEL"}[kind]
    assert "BEGIN:VCALENDAR" in calendar.get_content()


def test_the_mail_keeps_its_message_id_when_it_is_sent_again() -> None:
    assert mail().message()["Message-ID"] == mail().message()["Message-ID"]


@pytest.mark.parametrize(
    ("recipient_answer", "data_answer", "verdict"),
    [
        ("450 4.2.1 mailbox busy", "", Verdict.LATER),
        ("550 5.1.1 no such user", "", Verdict.REFUSED),
        ("", "451 4.3.0 try again", Verdict.LATER),
        ("", "452 4.3.1 disk full", Verdict.LATER),
        ("", "554 5.7.1 refused", Verdict.REFUSED),
        ("", "250 2.0.0 taken", Verdict.SENT),
    ],
)
def test_the_servers_answer_decides(recipient_answer: str, data_answer: str, verdict: Verdict, server: Server, connect: Connect) -> None:
    server.recipient_answer, server.data_answer = recipient_answer, data_answer or server.data_answer
    assert post(mail(), connect()) is verdict


def test_a_server_that_is_down_or_silent_gets_the_mail_later(server: Server, connect: Connect, unused_port: int) -> None:
    server.pause = 3
    assert post(mail(), connect(timeout=0.2)) is Verdict.LATER
    nobody_listens = EmailBackend(host="127.0.0.1", port=1, timeout=1)
    assert post(mail(), nobody_listens) is Verdict.LATER


@pytest.mark.parametrize(
    "address", ["a@example.jp\nBcc: b@example.jp", "a@example.jp\r\n\r\nHello", "no address", "", "a@example.jp, b@example.jp"]
)
def test_an_address_that_would_forge_a_header_reaches_nobody(address: str, server: Server, connect: Connect) -> None:
    with pytest.raises(UnusableAddress) as refusal:
        mail(address=address)
    assert "example" not in str(refusal.value)
    if "\n" in address:
        past_the_check = EmailMessage("subject", "text", "yoyaku@city.example", [address])
        assert post(past_the_check, connect()) is Verdict.REFUSED
    assert server.taken == []


def test_waits_grow_and_stay_below_the_hour() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] == 15
    assert waits[-1] == 3600


@pytest.mark.parametrize(
    ("code", "verdict"), [(250, Verdict.SENT), (421, Verdict.LATER), (599, Verdict.REFUSED), (0, Verdict.LATER), (-1, Verdict.LATER)]
)
def test_codes_are_judged_by_their_first_digit(code: int, verdict: Verdict) -> None:
    assert verdict_of(code) is verdict
