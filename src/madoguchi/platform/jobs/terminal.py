"""Progress of a command on the terminal: on stderr, so that stdout stays for the outcome."""

import math
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import TextIO

from madoguchi.platform.language import Sentence, say

_LIVE_SECONDS = 0.1
_PLAIN_SECONDS = 2.0
_BAR_WIDTH = 24
_ERASE_LINE = "\r\x1b[K"


class TerminalProgress:
    """Shows how far work has come: one line rewritten on a terminal, plain lines at most every two seconds in a file or pipe.

    Work that ends within the first two seconds writes nothing into a file. `seconds` is the clock that only measures durations.
    """

    def __init__(self, stream: TextIO | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._seconds = seconds
        self._live = self._stream.isatty()
        self._shown_at = -math.inf if self._live else seconds()
        self._written = False

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """Show `done` of `total`; calls that come too quickly show nothing, except the last one on a terminal."""
        now = self._seconds()
        finished = total is not None and done >= total
        if now - self._shown_at < (_LIVE_SECONDS if self._live else _PLAIN_SECONDS) and not (finished and self._live):
            return
        self._shown_at = now
        self._write(line_of(done, total, say(note), with_bar=self._live))

    def close(self) -> None:
        """End the rewritten line, so that what follows starts on a line of its own."""
        if self._live and self._written:
            self._stream.write(_ERASE_LINE)
            self._stream.flush()
            self._written = False

    def _write(self, line: str) -> None:
        self._stream.write(f"{_ERASE_LINE}{line}" if self._live else f"{line}\n")
        self._stream.flush()
        self._written = True


def line_of(done: int, total: int | None, note: str, *, with_bar: bool) -> str:
    """Return the words for a stand of the work, with a bar where one can be drawn; at most 100 columns wide."""
    if total is None and done == 0 and note:
        return _cut(note, 100)  # nothing is counted, or nothing yet
    words = say(Sentence("{done:,} 件", done=done) if total is None else Sentence("{done:,}／{total:,} 件", done=done, total=total))
    share = min(done / total, 1.0) if total else None
    if share is not None:
        words += f" ({share:.0%})"
    if with_bar and share is not None:
        filled = round(share * _BAR_WIDTH)
        words = f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {words}"
    return _cut(f"{words} {note}".rstrip(), 100)


def _cut(text: str, columns: int) -> str:
    width = 0
    for position, sign in enumerate(text):
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width > columns:
            return text[:position]
    return text
