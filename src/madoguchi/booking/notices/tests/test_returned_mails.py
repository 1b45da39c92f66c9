"""Reports of undeliverable mail in the forms that real mail systems give them, and a mailbox that empties only what was noted."""

import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.booking.notices.models import Contact, Mail
from madoguchi.booking.notices.queries import calls_needed, standing_of
from madoguchi.booking.notices.return_mailboxes import Imap, Unreachable, open_mailbox
from madoguchi.booking.notices.returns import read_report
from madoguchi.booking.notices.rules import TEMPORARY_FAILURES_UNTIL_FAILED
from madoguchi.booking.notices.services import drain_outbox, note_call, take_back
from madoguchi.booking.notices.tests.conftest import MailServer
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.platform.audit.actors import automatic

REFERENCE = uuid.UUID("8f6d2f64-51f4-4f0e-9a3f-3f8b1c1f3a10")


def report(
    reference: uuid.UUID = REFERENCE,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "returns@city.example",
    part: str = "text/rfc822-headers",
) -> bytes:
    """Return a report as RFC 3464 gives its example, with the returned headers or the whole mail."""
    returned = f"From: yoyaku@city.example\nTo: hanako@example.jp\nMessage-ID: <{reference}@city.example>\nSubject: x\n"
    return (
        f"From: MAILER-DAEMON@mx.example.jp\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is the mail system.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.jp\n\n"
        f"Final-Recipient: rfc822; hanako@example.jp\nAction: {action}\nStatus: {status}\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user\n\n"
        f"--b\nContent-Type: {part}\n\n{returned}\n--b--\n"
    ).encode()


@pytest.mark.parametrize("part", ["text/rfc822-headers", "message/rfc822"])
def test_the_mail_is_found_by_its_message_id(part: str) -> None:
    found = read_report(report(part=part))
    assert found is not None
    assert (found.reference, found.status, found.for_good) == (REFERENCE, "5.1.1", True)


def test_the_mail_is_found_by_the_address_the_report_was_sent_to() -> None:
    other = uuid.uuid4()
    found = read_report(report(other, to=f"returns+{REFERENCE.hex}@city.example"))
    assert found is not None
    assert found.reference == REFERENCE


def test_a_passing_failure_is_no_failure_for_good() -> None:
    found = read_report(report(status="4.4.7"))
    assert found is not None
    assert not found.for_good


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed", status="4.4.1"),
        report(action="delivered", status="2.0.0"),
        b"From: a@example.jp\nSubject: out of office\nAuto-Submitted: auto-replied\n\nback on Monday",
        report().replace(b"Message-ID", b"X-Other"),
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_failure_of_ours_is_nothing(raw: bytes) -> None:
    assert read_report(raw) is None


@given(raw=st.binary(max_size=600))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    assert read_report(raw) is None


@given(cut=st.integers(0, len(report())), junk=st.binary(max_size=40))
def test_any_damage_to_a_report_can_be_read(cut: int, junk: bytes) -> None:
    raw = report()
    found = read_report(raw[:cut] + junk + raw[cut + len(junk) :])
    assert found is None or isinstance(found.reference, uuid.UUID)


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Path:
    """A Maildir for returns, named by the setting."""
    for part in ("new", "cur", "tmp"):
        (tmp_path / "returns" / part).mkdir(parents=True)
    settings.MADOGUCHI_MAIL_RETURNS_MAILBOX = f"maildir:{tmp_path / 'returns'}"
    settings.MADOGUCHI_MAIL_RETURNS = "returns@city.example"
    return tmp_path / "returns"


Booked = Callable[..., tuple[Draft, Booking]]


@pytest.mark.django_db
def test_the_envelope_carries_the_reference_and_the_header_does_not(server: MailServer, booked: Booked, mailbox: Path) -> None:
    booked()
    drain_outbox()
    reference = Mail.objects.get().reference
    assert server.senders == [f"returns+{reference.hex}@city.example"]
    assert "returns" not in server.taken[0]["From"]


@pytest.mark.django_db
def test_a_mail_that_comes_back_marks_its_address_and_asks_for_a_call(server: MailServer, booked: Booked, mailbox: Path) -> None:
    _draft, booking = booked()
    drain_outbox()
    sent = Mail.objects.get()
    (mailbox / "new" / "1.a").write_bytes(report(sent.reference))
    (mailbox / "cur" / "2.b:2,S").write_bytes(report(sent.reference))
    (mailbox / "new" / "3.c").write_bytes(b"Subject: an advertisement\n\n")
    done = take_back()
    assert (done.noted, done.others) == (1, 2)
    assert not [path for path in mailbox.rglob("*") if path.is_file()]
    sent.refresh_from_db()
    assert sent.returned_status == "5.1.1"
    assert standing_of(booking) == "failed"
    (contact,) = calls_needed()
    assert note_call(automatic("test"), contact)
    assert not note_call(automatic("test"), contact)
    assert list(calls_needed()) == []


@pytest.mark.django_db
def test_passing_failures_count_together(server: MailServer, booked: Booked, mailbox: Path) -> None:
    _draft, booking = booked()
    drain_outbox()
    first = Mail.objects.get()
    for number in range(TEMPORARY_FAILURES_UNTIL_FAILED):
        assert standing_of(booking) == "unproved"
        reference = uuid.uuid4()
        Mail.objects.create(
            reference=reference,
            booking=booking,
            kind="message",
            version=1,
            once=f"message:{number + 1}",
            state="sent",
            due_at=first.due_at,
            created_at=first.created_at,
            settled_at=first.due_at,
        )
        (mailbox / "new" / f"{number}.a").write_bytes(report(reference, status="4.2.2"))
        assert take_back().noted == 1
    assert standing_of(booking) == "failed"
    assert Contact.objects.get().temporary_failures == TEMPORARY_FAILURES_UNTIL_FAILED


@pytest.mark.django_db
def test_a_report_that_nobody_of_ours_is_named_in_changes_nothing(server: MailServer, booked: Booked, mailbox: Path) -> None:
    _draft, booking = booked()
    drain_outbox()
    (mailbox / "new" / "1.a").write_bytes(report(uuid.uuid4()))
    assert take_back().noted == 0
    assert standing_of(booking) == "unproved"


@pytest.mark.django_db
def test_a_mailbox_that_cannot_be_read_is_no_fault_of_anything_else(settings: Any, tmp_path: Path) -> None:
    for address in (f"maildir:{tmp_path / 'nowhere'}", "http://x", "imaps://user@127.0.0.1:1/INBOX"):
        settings.MADOGUCHI_MAIL_RETURNS_MAILBOX = address
        assert not take_back().reached
    settings.MADOGUCHI_MAIL_RETURNS_MAILBOX = ""
    assert take_back().reached


def test_the_setting_is_read_strictly() -> None:
    for address in ("", "maildir:", "imap://user@host/INBOX", "imaps://host/INBOX"):
        with pytest.raises(Unreachable):
            open_mailbox(address)


class ImapServer(threading.Thread):
    """A mail server with one mailbox that speaks as much of RFC 9051 over TLS as a client asks here."""

    def __init__(self, certificate: ssl.SSLContext, mails: dict[int, bytes]) -> None:
        super().__init__(daemon=True)
        self.mails, self.deleted, self.commands = mails, set[int](), list[str]()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.certificate = certificate

    def run(self) -> None:
        plain, _client = self.listening.accept()
        with suppress(ssl.SSLError), self.listening, self.certificate.wrap_socket(plain, server_side=True) as line:
            reader = line.makefile("rb")
            line.sendall(b"* OK ready\r\n")
            for raw in reader:
                tag, _blank, command = raw.decode().strip().partition(" ")
                self.commands.append(command)
                line.sendall(self.answer(command) + f"{tag} OK done\r\n".encode())
                if command == "LOGOUT":
                    return

    def answer(self, command: str) -> bytes:
        words = command.split()
        if words[0] == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if words[0] == "SELECT":
            return f"* {len(self.mails)} EXISTS\r\n".encode()
        if words[:2] == ["UID", "SEARCH"]:
            return f"* SEARCH {' '.join(map(str, self.mails))}\r\n".encode()
        if words[:2] == ["UID", "FETCH"]:
            mail = self.mails[int(words[2])]
            return f"* 1 FETCH (UID {words[2]} BODY[]<0> {{{len(mail)}}}\r\n".encode() + mail + b")\r\n"
        if words[:2] == ["UID", "STORE"]:
            self.deleted.add(int(words[2]))
        if words[0] == "EXPUNGE":
            self.mails = {key: mail for key, mail in self.mails.items() if key not in self.deleted}
        return b""


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for 127.0.0.1 and a client that knows it."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    begins = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, begins + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(serialization.Encoding.PEM).decode())


@pytest.fixture
def imap(certificates: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[ImapServer]:
    running = ImapServer(certificates[0], {7: report(), 9: b"Subject: x\r\n\r\nhello"})
    running.start()
    yield running
    running.join(5)


def test_a_mailbox_is_read_by_imap_and_only_what_was_noted_goes(
    imap: ImapServer, certificates: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    box = Imap("127.0.0.1", imap.port, "returns", "a password", "INBOX", context=certificates[1])
    found = dict(box.mails())
    assert found == {"7": report(), "9": b"Subject: x\r\n\r\nhello"}
    box.remove("7")
    box.close()
    imap.join(5)
    assert list(imap.mails) == [9]
    assert not [command for command in imap.commands if "RFC822" in command], "nothing is marked as read"


def test_a_server_that_is_not_who_it_says_gets_no_password(imap: ImapServer) -> None:
    with pytest.raises(Unreachable):
        Imap("127.0.0.1", imap.port, "returns", "a password", "INBOX")
    assert imap.commands == []
