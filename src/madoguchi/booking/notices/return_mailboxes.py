"""Where reports of undeliverable mail arrive: a Maildir folder of the own machine, or a mailbox asked by IMAP over TLS.

A mail is taken out of the mailbox only when what it said has been noted; until then it stays where it is.
"""

import imaplib
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from madoguchi.booking.notices.returns import LARGEST
from madoguchi.platform import secrets

# So many at a time; the next run takes the rest.
AT_ONCE = 200
_SECONDS = 20


class Unreachable(Exception):
    """The mailbox cannot be read now, or the setting names none; the text holds no password."""


class Mailbox(Protocol):
    """A mailbox for returns."""

    def mails(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and content of the mails, the oldest first. Raises Unreachable."""

    def remove(self, key: str) -> None:
        """Take a mail out that has been noted. Raises Unreachable."""

    def close(self) -> None:
        """Let go of the mailbox."""


def open_mailbox(address: str) -> Mailbox:
    """Return the mailbox that the setting `mail_returns_mailbox` names.

    Args:
        address: `maildir:/var/mail/returns`, or `imaps://user@host:993/INBOX`; the password is the zone's secret `returns`.

    Raises Unreachable.
    """
    parts = urlsplit(address)
    if parts.scheme == "maildir" and parts.path:
        return Maildir(Path(parts.path))
    if parts.scheme == "imaps" and parts.hostname and parts.username:
        try:
            password = secrets.read("returns").decode().strip()
        except (secrets.SecretMissing, UnicodeDecodeError):
            raise Unreachable("the secret of the mailbox for returns is missing") from None
        folder = unquote(parts.path.strip("/")) or "INBOX"
        return Imap(parts.hostname, parts.port or 993, unquote(parts.username), password, folder)
    raise Unreachable("the mailbox for returns is named by maildir:/folder or imaps://user@host/folder")


class Maildir:
    """A Maildir: each mail is a file in `new` or `cur`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self) -> Iterator[tuple[str, bytes]]:
        """Yield the oldest mails; other files and what vanishes meanwhile are passed over."""
        if not (self.folder / "new").is_dir():
            raise Unreachable("the folder of the mailbox for returns has no `new`")
        names = [
            f"{part}/{entry.name}" for part in ("new", "cur") if (self.folder / part).is_dir() for entry in os.scandir(self.folder / part)
        ]
        for name in sorted(names, key=lambda name: name.partition("/")[2])[:AT_ONCE]:
            path = self.folder / name
            if path.is_symlink() or not path.is_file():
                continue
            with suppress(FileNotFoundError), path.open("rb") as handle:
                yield name, handle.read(LARGEST)

    def remove(self, key: str) -> None:
        """Delete the file."""
        (self.folder / key).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held."""


class Imap:
    """A mailbox on a mail server, over TLS."""

    def __init__(self, host: str, port: int, user: str, password: str, folder: str, *, context: ssl.SSLContext | None = None) -> None:
        try:
            self._server = imaplib.IMAP4_SSL(host, port, ssl_context=context or ssl.create_default_context(), timeout=_SECONDS)
            self._server.login(user, password)
            answer, _data = self._server.select(f'"{folder}"')
        except (OSError, imaplib.IMAP4.error):
            raise Unreachable("the mailbox for returns does not answer or refuses the sign-in") from None
        if answer != "OK":
            raise Unreachable("the mailbox for returns has no such folder")

    def mails(self) -> Iterator[tuple[str, bytes]]:
        """Yield the oldest mails, each read without marking it."""
        for key in self._ask("SEARCH", "ALL")[0].split()[:AT_ONCE]:
            for part in self._ask("FETCH", key.decode("ascii"), f"(BODY.PEEK[]<0.{LARGEST}>)"):
                # The answer to a fetch is a pair of its first line and the content, then a closing line.
                if isinstance(part, tuple):
                    yield key.decode("ascii"), bytes(part[1])

    def _ask(self, *command: str) -> list[Any]:
        try:
            answer, data = self._server.uid(*command)
        except (OSError, imaplib.IMAP4.error):
            raise Unreachable("the mailbox for returns does not answer") from None
        if answer != "OK":
            raise Unreachable("the mailbox for returns refuses")
        return [part for part in data if part is not None]

    def remove(self, key: str) -> None:
        """Delete the mail; it is gone when the mailbox is closed."""
        self._ask("STORE", key, "+FLAGS.SILENT", r"(\Deleted)")

    def close(self) -> None:
        """Take the deleted mails out and sign off."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._server.expunge()
            self._server.logout()
