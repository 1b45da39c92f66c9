"""The reader of scanned files as a process of its own: bounded memory, bounded time, no database, no keys.

A file that brings a library down, or fills the memory, ends this process and not the server's. `read_apart` is the caller's side; the
process takes the file on stdin and answers with lengths and pictures on stdout.
"""

import json
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from madoguchi.delivery.filing.reading import PagePicture, Unreadable, mime_of, read_pages

_LENGTH = struct.Struct(">I")
_SECONDS = 120
_MEMORY = 3 * 1024**3
_REFUSED = 3


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A scanned file: what kind it is and its pages."""

    mime: str
    pages: tuple[PagePicture, ...]


def read_apart(content: bytes) -> ReadFile:
    """Read a scanned file in a process of its own; raises Unreadable, also when that process breaks down or takes too long."""
    mime = mime_of(content)
    command = [sys.executable, "-m", "madoguchi.delivery.filing.reader_process"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 own module, fixed arguments
    except subprocess.TimeoutExpired:
        raise Unreadable("damaged") from None
    if done.returncode == _REFUSED:
        raise Unreadable(done.stdout.decode("ascii"))
    if done.returncode != 0:
        raise Unreadable("damaged")
    return ReadFile(mime, tuple(_pages(done.stdout)))


def _pages(answer: bytes) -> Iterator[PagePicture]:
    parts, at = [], 0
    while at < len(answer):
        (size,) = _LENGTH.unpack_from(answer, at)
        at += _LENGTH.size
        parts.append(answer[at : at + size])
        at += size
    for facts, view, thumb in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        width, height, cover = json.loads(facts)
        yield PagePicture(view, thumb, width, height, cover)


def main() -> int:
    """Read the file on stdin; write its pages, or the code of the refusal with status 3."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    content, out = sys.stdin.buffer.read(), []
    try:
        for page in read_pages(content):
            facts = json.dumps([page.width, page.height, page.cover]).encode()
            out += [part for whole in (facts, page.view, page.thumb) for part in (_LENGTH.pack(len(whole)), whole)]
    except Unreadable as refused:
        sys.stdout.buffer.write(refused.code.encode("ascii"))
        return _REFUSED
    sys.stdout.buffer.write(b"".join(out))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
