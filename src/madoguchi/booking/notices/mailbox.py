"""The mailbox of trials and practice: mails that go nowhere are kept as files, and those files are read.

The demo has a mail server that delivers nothing; an installation for training or verification asks no mail server at all. Nothing here runs
in an installation that is for the work itself.
"""

import datetime as dt
import email
import email.policy
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from madoguchi.platform import clock

# Made by us alone: arrival time and a random part. Nothing else is ever read from the folder.
FILE_NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{12}\.eml")
SHOWN_AT_MOST = 200


class MailboxFolder:
    """A handler for aiosmtpd's Controller: takes every mail and writes it into `folder` as one .eml file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 aiosmtpd's names
        """Keep the mail; answer 250 only when the whole file stands under its name."""
        try:
            keep(self.folder, envelope.original_content or envelope.content)
        except OSError:
            return "452 4.3.1 the mailbox folder cannot be written"
        return "250 2.0.0 kept"


def keep(folder: Path, raw: bytes) -> Path:
    """Write `raw` as a new file of the mailbox, whole or not at all; return its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(6)}"
    draft = folder / f"{name}.part"
    with draft.open("xb") as handle:
        handle.write(raw)
        handle.flush()
        os.fsync(handle.fileno())
    return draft.rename(folder / f"{name}.eml")


class KeptHere(EmailBackend):
    """Takes the place of the mail server where no mail may leave the installation: every mail is kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def open(self) -> bool:
        """There is nothing to connect to; what is sent is taken."""
        self.connection = True  # type: ignore[assignment]  # stands for a connection where the caller asks whether there is one
        return True

    def close(self) -> None:
        """See `open`."""
        self.connection = None

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        """Keep each mail; returns how many. Raises OSError when one cannot be written."""
        for one in email_messages:
            keep(self.folder, one.message().as_bytes(linesep="\r\n"))
        return len(email_messages)


def folder_of_zone() -> Path:
    """Return where this zone keeps mails that go nowhere."""
    return Path(settings.MADOGUCHI_FOLDER) / "mailbox"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as the mailbox page shows it."""

    name: str
    arrived: dt.datetime
    sent: dt.datetime | None
    sender: str
    recipient: str
    subject: str
    text: str
    calendar_file: str


def letters(folder: Path) -> list[Letter]:
    """Return the newest mails of the mailbox, newest first."""
    if not folder.is_dir():
        return []
    names = sorted((path.name for path in folder.iterdir() if FILE_NAME.fullmatch(path.name)), reverse=True)
    return [found for name in names[:SHOWN_AT_MOST] if (found := letter(folder, name)) is not None]


def letter(folder: Path, name: str) -> Letter | None:
    """Return the mail kept under `name`, or None when there is none of that name (any other path included)."""
    if not FILE_NAME.fullmatch(name):
        return None
    try:
        raw = (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Letter(
        name=name,
        arrived=dt.datetime.strptime(name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=clock.TOKYO),
        sent=_date(str(message["Date"] or "")),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_part(message, "text/plain"),
        calendar_file=_part(message, "text/calendar"),
    )


def _date(written: str) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(written).astimezone(clock.TOKYO)
    except ValueError:
        return None


def _part(message: EmailMessage, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload(decode=True)
            return payload.decode(part.get_content_charset() or "utf-8", errors="replace") if isinstance(payload, bytes) else ""
    return ""
