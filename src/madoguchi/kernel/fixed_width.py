"""Lists without separators: every record is a line, every cell stands at a fixed place of it, counted in bytes or in characters.

Old host systems write such lists. As with separated tables, a damaged record is reported with its line and cell while all others go on,
and a file that cannot be such a list as a whole is refused before its first record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Literal

from madoguchi.kernel.tables import LONGEST_LINE, Record, TableError, TableFault, kind_of_file, reads_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Unit = Literal["bytes", "characters"]
_HEAD = 1 << 18
_UTF8_BOM = b"\xef\xbb\xbf"
_BLANKS = " \u3000"
_RAW_SEPARATOR = b"\t"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a cell stands: its first place, counted from 1, and how many places it takes."""

    start: int
    width: int

    @property
    def end(self) -> int:
        """The last place of the cell, counted from 1."""
        return self.start + self.width - 1


@dataclass(slots=True)
class FixedTable:
    """A list being read: iterate over it once for `Record` and `TableFault`.

    A record's cells are those of `spans`, blanks around them taken off; its `raw` holds their bytes, put together with tabs. `width` is the
    length that every line has. A shorter one is refused, unless `ends_trimmed` says that the source leaves blanks off at the end of a line;
    a longer one only when there is more than blanks behind. `passes_first` leaves the first line out (titles, or a record of the sender).
    """

    stream: BinaryIO
    encoding: Literal["utf-8", "cp932"]
    unit: Unit
    spans: Sequence[Span]
    width: int
    ends_trimmed: bool = False
    passes_first: bool = False
    bytes_read: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Look at the beginning of the file; raises TableError (`empty`, `encoding`, and the kinds of other files)."""
        head = self.stream.read(_HEAD)
        self.stream.seek(0)
        if kind := kind_of_file(head):
            raise TableError(kind)
        if not head.strip(b"\r\n\x1a \t"):
            raise TableError("empty")
        whole = head[: head.rfind(b"\n") + 1] or head
        other: Literal["utf-8", "cp932"] = "utf-8" if self.encoding == "cp932" else "cp932"
        if head.startswith(_UTF8_BOM) and self.encoding == "cp932":
            raise TableError("encoding", line=1, found="utf-8")
        lines = [line for line in whole.splitlines() if not line.isascii()]
        failing = sum(not reads_as(line, self.encoding) for line in lines)
        if lines and reads_as(whole, other) and (failing * 2 >= len(lines) or (other == "utf-8" and failing)):
            raise TableError("encoding", line=1, found=other)

    def __iter__(self) -> Iterator[Record | TableFault]:
        """Give every record or its fault; raises TableError `line` for a line that no list has."""
        number = 0
        while line := self.stream.readline(LONGEST_LINE):
            number += 1
            self.bytes_read += len(line)
            if len(line) == LONGEST_LINE:
                raise TableError("line")
            if number == 1:
                line = line.removeprefix(_UTF8_BOM)
            line = line.rstrip(b"\r\n")
            if line in {b"", b"\x1a"} or (number == 1 and self.passes_first):
                continue
            yield self._record(number, line)

    def _record(self, number: int, line: bytes) -> Record | TableFault:
        if b"\0" in line:
            return TableFault(number, None, "nul", line.index(b"\0"))
        return self._by_bytes(number, line) if self.unit == "bytes" else self._by_characters(number, line)

    def _by_bytes(self, number: int, line: bytes) -> Record | TableFault:
        if not self._fits(len(line), line[self.width :].strip()):
            return TableFault(number, None, "width", None, len(line))
        cells, raws = [], []
        for place, span in enumerate(self.spans, start=1):
            piece = line[span.start - 1 : span.end]
            if not reads_as(piece, self.encoding):
                return TableFault(number, place, "bytes")
            cell = piece.decode(self.encoding)
            cells.append(cell.strip(_BLANKS))
            raws.append(self._bare(piece, cell))
        return Record(number, cells, _RAW_SEPARATOR.join(raws))

    def _by_characters(self, number: int, line: bytes) -> Record | TableFault:
        if not reads_as(line, self.encoding):
            return TableFault(number, None, "bytes")
        text = line.decode(self.encoding)
        if not self._fits(len(text), text[self.width :].strip()):
            return TableFault(number, None, "width", None, len(text))
        # Each character's first byte: what it would be encoded to anew need not be what stood there.
        starts = [0]
        for char in text:
            starts.append(starts[-1] + _length_in(line, starts[-1], char, self.encoding))
        cells, raws = [], []
        for span in self.spans:
            cell = text[span.start - 1 : span.end]
            first, last = min(span.start - 1, len(text)), min(span.end, len(text))
            cells.append(cell.strip(_BLANKS))
            raws.append(self._bare(line[starts[first] : starts[last]], cell))
        return Record(number, cells, _RAW_SEPARATOR.join(raws))

    def _fits(self, length: int, behind: bytes | str) -> bool:
        return not behind and (length >= self.width or self.ends_trimmed)

    def _bare(self, piece: bytes, cell: str) -> bytes:
        """Take the blanks around a cell off its bytes too; a tab inside is a blank, as in no name is one."""
        before = len(cell[: len(cell) - len(cell.lstrip(_BLANKS))].encode(self.encoding))
        behind = len(cell[len(cell.rstrip(_BLANKS)) :].encode(self.encoding)) if cell.strip(_BLANKS) else 0
        return piece[before : len(piece) - behind].replace(_RAW_SEPARATOR, b" ")


def _length_in(line: bytes, at: int, char: str, encoding: str) -> int:
    if encoding == "utf-8":
        return len(char.encode())
    lead = line[at]
    return 2 if 0x81 <= lead <= 0x9F or 0xE0 <= lead <= 0xFC else 1


def overlapping(spans: Sequence[Span]) -> tuple[int, int] | None:
    """Return the places (from 0) of two spans that share a position, None when none do."""
    ordered = sorted(range(len(spans)), key=lambda place: spans[place].start)
    for earlier, later in pairwise(ordered):
        if spans[later].start <= spans[earlier].end:
            return earlier, later
    return None
