"""The virus scanner that the machine has: ClamAV's daemon over its socket, or its command (SF-14, seed 003 7(1)⑧).

`zone.json` names it: `virus_scanner` is `clamd:/run/clamav/clamd.ctl` or `command:/usr/bin/clamscan`, or empty. What is older than
31 days does not count as protection: patterns of that age refuse every file.
"""

import datetime as dt
import io
import re
import socket
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from madoguchi.platform import clock
from madoguchi.platform.language import Sentence

OLDEST_PATTERNS_DAYS = 31
_SECONDS = 60
_PIECE = 1 << 20
_VERSION = re.compile(r"ClamAV [^/]*/\d+/(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})")


class NotClean(Exception):
    """A file may not be taken in: something was found, or nothing could be looked for; the message is for the person who brought it."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """What is configured, and how old its patterns are; `fault` says why it protects nothing now (empty: it does)."""

    configured: bool
    patterns_of: dt.date | None = None
    fault: str = ""


def scanner() -> Scanner:
    """Ask the configured scanner how it is."""
    named = str(getattr(settings, "MADOGUCHI_VIRUS_SCANNER", ""))
    if not named:
        return Scanner(configured=False)
    try:
        found = _VERSION.search(_version(named))
    except (OSError, subprocess.SubprocessError, ValueError):
        return Scanner(configured=True, fault=Sentence("ウイルス対策ソフトが答えません。管理者に知らせてください。"))
    if found is None:
        return Scanner(configured=True, fault=Sentence("ウイルス対策ソフトのパターンの日付が分かりません。管理者に知らせてください。"))
    day = dt.datetime.strptime(" ".join(found[1].split()), "%a %b %d %H:%M:%S %Y").date()  # noqa: DTZ007 ClamAV names no zone
    if (clock.today() - day).days > OLDEST_PATTERNS_DAYS:
        return Scanner(
            configured=True, patterns_of=day, fault=Sentence("ウイルス対策ソフトのパターンが31日より古いため、ファイルを受け取れません。")
        )
    return Scanner(configured=True, patterns_of=day)


def require_clean(content: bytes | Path, *, takes_unscanned: bool) -> bool:
    """Have a file scanned; returns whether it was (False: no scanner is configured and `takes_unscanned`). Raises NotClean."""
    now = scanner()
    if not now.configured:
        if takes_unscanned:
            return False
        raise NotClean(Sentence("ウイルス対策ソフトが設定されていないため、ファイルを受け取れません。管理者に知らせてください。"))
    if now.fault:
        raise NotClean(now.fault)
    try:
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
            clean = _is_clean(str(settings.MADOGUCHI_VIRUS_SCANNER), stream)
    except (OSError, subprocess.SubprocessError, ValueError):
        raise NotClean(Sentence("ウイルスの検査が終わらなかったため、ファイルを受け取れません。管理者に知らせてください。")) from None
    if not clean:
        raise NotClean(Sentence("ウイルスが見つかりました。ファイルには触れず、すぐに管理者に知らせてください。"))
    return True


def _version(named: str) -> str:
    kind, _, where = named.partition(":")
    if kind == "clamd":
        return _ask(where, b"zVERSION\0", None)
    if kind == "command":
        return subprocess.run([where, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True).stdout  # noqa: S603 from zone.json
    raise ValueError(kind)


def _is_clean(named: str, content: BinaryIO) -> bool:
    kind, _, where = named.partition(":")
    if kind == "clamd":
        answer = _ask(where, b"zINSTREAM\0", content)
        if answer.endswith(" OK"):
            return True
        if answer.endswith(" FOUND"):
            return False
        raise ValueError("no verdict")
    command = [where, "--no-summary", "--stdout", "-"]
    done = subprocess.run(command, input=content.read(), capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 from zone.json
    if done.returncode in {0, 1}:
        return done.returncode == 0
    raise ValueError("no verdict")


def _ask(path: str, command: bytes, content: BinaryIO | None) -> str:
    """Send one command of clamd's protocol (z form), with the content in pieces behind INSTREAM, and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_SECONDS)
        line.connect(path)
        line.sendall(command)
        if content is not None:
            while piece := content.read(_PIECE):
                line.sendall(struct.pack(">I", len(piece)) + piece)
            line.sendall(struct.pack(">I", 0))
        answer = b""
        while part := line.recv(4096):
            answer += part
            if b"\0" in part:
                break
    return answer.rstrip(b"\0").decode("utf-8", "replace")
