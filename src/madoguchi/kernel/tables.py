"""Tables as files: reading the lists of other systems to the byte, writing lists for people and for machines.

Reading streams: memory stays flat whatever the size of the file. A whole block is decoded and parsed at once (RFC 4180 by the
`csv` module); only what does not fit is looked at character by character, so that a damaged record is reported with its line,
cell and byte while all others go on. A file that cannot be such a table at all is refused before its first record.

Writing for people guards against formulas (OWASP, CSV injection; ASVS 5.0 1.2.10) and names what a CP932 file would lose.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, Self

from madoguchi.kernel import names

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

Encoding = Literal["utf-8", "cp932", "auto"]
Cell = str | int | None

BLOCK_SIZE = 1 << 18
LONGEST_LINE = 1 << 20
CELL_LIMIT = 4096
RESCANNED_LINES = 1 << 20
"""How many lines may be read again behind broken quotes before the file is given up as damaged."""

_UTF8_BOM = b"\xef\xbb\xbf"
_SIGNATURES = (
    (b"KFX1\n", "kfx"),
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"\x1f\x8b", "gzip"),
    (b"\xff\xfe", "utf16"),
    (b"\xfe\xff", "utf16"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
)
_JAPANESE_TWICE = re.compile("[\u3000-\uffef].*?[\u3000-\uffef]", re.DOTALL)
"""Two such characters in valid UTF-8 are UTF-8: the same bytes in CP932 would be a row of rare kanji that nobody writes."""
_SHIFTS_IN = re.compile(rb"\x1b\$[@B]")
"""How ISO-2022-JP (JIS) goes over to kanji; all its bytes are ASCII."""
_NEVER_IN_EUC = re.compile(rb"[\x80-\x8d\x90-\xa0\xff]")
_KANJI_IN_EUC = re.compile(rb"[\xe0-\xfe]")
_BLANK_RECORDS = frozenset([b"", b"\x1a"])
_SEPARATORS = (",", "\t", ";", "|")
_UNDECODED = {"utf-8": re.compile("[\udc80-\udcff]"), "cp932": re.compile("[\udc80-\udcff\x80\uf8f0-\uf8f3]")}
_UNASSIGNED_CP932 = "\x80\uf8f0\uf8f1\uf8f2\uf8f3"
"""What the codec makes of the bytes 80, A0 and FD to FF, which no character of CP932 has."""


def column_letter(place: int) -> str:
    """Return under which letters a spreadsheet shows the column at `place` (from 0): A to Z, AA to AZ, BA …"""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class Record(NamedTuple):
    """One record: its first physical line (from 1), its cells, and its bytes as they stand in the file, without line end."""

    line: int
    cells: list[str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class TableFault:
    """A record that cannot be read, reported in its place.

    `line` is its first physical line, `column` the number of the cell (both from 1; None where no cell can be named),
    `position` the offset of the faulty byte in the file (from 0). `code`: `bytes` (not a character of the encoding), `nul`,
    `quote` (a quotation mark that is not closed, or text behind a closing one), `columns` (too few or too many cells, how many in
    `found`), `long` (a cell over the limit).
    """

    line: int
    column: int | None
    code: str
    position: int | None = None
    found: int | None = None


class TableError(ValueError):
    """A file that is no such table as a whole, or a table that cannot be written.

    `code`: `missing`, `directory`, `unreadable`, `empty`; `utf16`, `xlsx`, `zip`, `xls`, `pdf`, `gzip`, `kfx`, `picture` (another
    kind of file); `encoding` (the one in `found`), `separator` (the one in `found`), `header` (the cell `column` is not the `expected`
    one), `columns` (every record has `found` cells instead of `expected`), `line` (a line over 1 MiB), `quotes` (damaged throughout);
    when writing `loss` (a character that the encoding lacks) and `rows` (more than a sheet holds). No cell of the file is in it.
    """

    def __init__(
        self,
        code: str,
        *,
        line: int | None = None,
        column: int | None = None,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        super().__init__(f"table: {code}")
        self.code = code
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found


def kind_of_file(head: bytes) -> str | None:
    """Name the other kind of file that these first bytes begin, as `TableError.code` does; None when they may be a text."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return "xlsx" if b"[Content_Types].xml" in head or b"xl/" in head else "zip"
    if head[:4096].count(0) * 3 > len(head[:4096]):
        return "utf16"
    return None


def _first_undecodable(raw: bytes, encoding: str) -> int | None:
    """Give the offset of the first byte of a line that is no character of the encoding."""
    try:
        text, failed = raw.decode(encoding), None
    except UnicodeDecodeError as error:
        text, failed = raw[: error.start].decode(encoding), error.start
    if encoding == "cp932":
        unassigned = _UNDECODED["cp932"].search(text)
        if unassigned:
            return len(text[: unassigned.start()].encode("cp932"))
    return failed


def _decoded(block: bytes, encoding: str) -> str | None:
    """Decode a block, or None when a byte of it is no character of the encoding."""
    try:
        text = block.decode(encoding)
    except UnicodeDecodeError:
        return None
    if encoding == "cp932" and not block.isascii() and any(char in text for char in _UNASSIGNED_CP932):
        return None
    return text


def reads_as(block: bytes, encoding: str) -> bool:
    """Tell whether every byte of a block belongs to a character of the encoding (for CP932: to one that it really has)."""
    return _decoded(block, encoding) is not None


def _undecodable_lines(lines: Iterable[bytes], encoding: str) -> int:
    return sum(_decoded(line, encoding) is None for line in lines)


def _is_euc(block: bytes) -> bool:
    """Tell whether a block is EUC-JP: it has kanji, and none of the bytes that kana and common kanji have in CP932 and UTF-8."""
    return not _NEVER_IN_EUC.search(block) and _KANJI_IN_EUC.search(block) is not None and _decoded(block, "euc_jp") is not None


def _likely_encoding(block: bytes) -> str:
    if _decoded(block, "utf-8") is not None:
        return "utf-8"
    lines = block.splitlines()
    return "utf-8" if _undecodable_lines(lines, "utf-8") < _undecodable_lines(lines, "cp932") else "cp932"


class Table:
    """A table being read: iterate over it once for `Record` and `TableFault` in the order of the file.

    `encoding` is the one in use (None while `auto` has met only ASCII), `size` the number of bytes if known, `bytes_read` how
    far reading has come (for progress), `spread` the first lines of the records so far that take more than one line, with how many
    further lines each takes: a spreadsheet shows such a record in one row.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        encoding: Encoding,
        separator: str,
        header: Sequence[str] | None,
        columns: int,
        cell_limit: int,
        quoting: bool,
        size: int | None,
        owned: bool,
    ) -> None:
        self.encoding = None if encoding == "auto" else encoding
        self.size = size
        self.bytes_read = 0
        self.spread: list[tuple[int, int]] = []
        self._stream = stream
        self._owned = owned
        self._separator = separator
        self._quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
        self._columns = columns
        self._cell_limit = cell_limit
        self._offsets: list[int] = []
        self._offset = 0  # of the first line held
        self._before = 0  # lines before the first line held
        self._bad: dict[int, int] = {}  # line number: place of its first undecodable byte
        self._rescanned = 0
        cell = rf'"[^"]*(?:""[^"]*)*"|[^"{re.escape(separator)}\r\n][^{re.escape(separator)}\r\n]*|'
        self._sound_cell = re.compile(rf"(?:{cell})(?={re.escape(separator)}|[\r\n]*\Z)")
        self._blocks = self._read_blocks()
        self._open(None if header is None else list(header))

    def _open(self, header: list[str] | None) -> None:
        first = next(self._blocks, b"")
        kind = kind_of_file(first)
        if kind:
            raise TableError(kind)
        marked = first.startswith(_UTF8_BOM)
        if marked:
            self._offset = len(_UTF8_BOM)
            first = first[len(_UTF8_BOM) :]
        if not first.strip(b"\r\n\x1a \t"):
            raise TableError("empty")
        if marked and self.encoding == "cp932":
            raise TableError("encoding", line=1, found="utf-8")
        if marked:
            self.encoding = "utf-8"
        self._refuse_other_encoding(first, header)
        self._raws = first.splitlines(keepends=True)
        self._texts = self._decode(first, self._raws)
        if header is None:
            self._skip = 0
            self._refuse_other_layout()
        else:
            self._skip = self._match_header(header)

    def _read_blocks(self) -> Iterator[bytes]:
        """Yield the file in blocks that end with a line end."""
        pending = b""
        while data := self._stream.read(BLOCK_SIZE):
            self.bytes_read += len(data)
            data = pending + data
            while data.endswith(b"\r") and (follower := self._stream.read(1)):
                self.bytes_read += 1
                data += follower
            cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
            if len(data) - cut > LONGEST_LINE:
                if kind := kind_of_file(data):
                    raise TableError(kind)
                raise TableError("line")
            pending = data[cut:]
            if cut:
                yield data[:cut]
        if pending:
            yield pending

    def _refuse_other_encoding(self, block: bytes, header: list[str] | None) -> None:
        """Refuse a file that clearly is in the other encoding, instead of reporting each of its lines."""
        if self.encoding is None:
            return
        other: Literal["utf-8", "cp932"] = "utf-8" if self.encoding == "cp932" else "cp932"
        if block.isascii() and _SHIFTS_IN.search(block):
            raise TableError("encoding", line=1, found="iso-2022-jp")
        lines = block.splitlines()
        telling = [line for line in lines if not line.isascii()]
        failing = _undecodable_lines(telling, self.encoding) if _decoded(block, self.encoding) is None else 0
        if len(telling) > 2 and (failing or self.encoding == "cp932") and _is_euc(block):
            raise TableError("encoding", line=1, found="euc-jp")
        text = _decoded(block, other)
        if text is None:
            return
        titled = header is not None and not lines[0].isascii()
        named = titled and self._cells_of(lines[0].decode(other, "replace")) == header
        unmistakable = other == "utf-8" and _JAPANESE_TWICE.search(text)
        if named or unmistakable or (len(telling) > 1 and failing * 2 >= len(telling)):
            raise TableError("encoding", line=1, found=other)

    def _cells_of(self, text: str, separator: str | None = None) -> list[str]:
        reader = csv.reader([text], delimiter=separator or self._separator, quoting=self._quoting)
        try:
            return [cell.strip() for cell in next(reader, [])]
        except csv.Error:  # a cell beyond all limits
            return []

    def _match_header(self, header: list[str]) -> int:
        """Compare the first record with the header and give the number of lines it takes."""
        reader = csv.reader(self._texts, delimiter=self._separator, quoting=self._quoting)
        try:
            cells = [cell.strip() for cell in next(reader)]
        except csv.Error:
            cells = []
        if cells == header:
            return reader.line_num
        self._refuse_other_separator(header)
        pairs = enumerate(zip(cells, header, strict=False))
        place = next((place for place, (cell, name) in pairs if cell != name), min(len(cells), len(header)))
        raise TableError("header", line=1, column=place + 1, expected=header[place] if place < len(header) else None)

    def _refuse_other_separator(self, header: list[str] | None = None) -> None:
        for other in _SEPARATORS:
            if other != self._separator:
                cells = self._cells_of(self._texts[0], other)
                if cells == header if header else len(cells) == self._columns > 1:
                    raise TableError("separator", line=1, found=other)

    def _refuse_other_layout(self) -> None:
        """Refuse a file without header whose records all have the same wrong number of cells."""
        reader = csv.reader(self._texts, delimiter=self._separator, quoting=self._quoting)
        try:
            counts = [len(cells) for cells in islice(reader, 50) if cells]
        except csv.Error:  # damaged: reported by line
            return
        if self._columns in counts:
            return
        self._refuse_other_separator()
        if len(counts) >= 3 and len(set(counts)) == 1:
            raise TableError("columns", line=1, expected=str(self._columns), found=str(counts[0]))

    def _decode(self, block: bytes, lines: list[bytes], held: int = 0) -> list[str]:
        """Decode a block into its lines with their ends; `held` lines stand before it. Notes undecodable bytes in `_bad`."""
        if self.encoding is None and not block.isascii():
            self.encoding = "utf-8" if _likely_encoding(block) == "utf-8" else "cp932"
        encoding = self.encoding or "ascii"
        text = _decoded(block, encoding)
        if text is not None:
            return list(io.StringIO(text, newline=""))
        texts = []
        for place, line in enumerate(lines, start=self._before + held + 1):
            bad = _first_undecodable(line, encoding)
            if bad is not None:
                self._bad[place] = bad
            texts.append(line.decode(encoding, "surrogateescape"))
        return texts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it came open; iterating to the end does it too."""
        if self._owned:
            self._stream.close()

    def __iter__(self) -> Iterator[Record | TableFault]:
        """Give every record or its fault. Raises TableError `line` or `quotes` where the rest cannot be read as a table."""
        with self:
            start = self._skip
            suspect = any(b"\0" in raw for raw in self._raws)
            for block in chain(self._blocks, (None,)):
                start = yield from self._records(start, last=block is None, suspect=suspect)
                if block is None:
                    return
                self._offset += sum(map(len, islice(self._raws, start)))
                self._offsets = []
                self._before += start
                self._bad = {line: place for line, place in self._bad.items() if line > self._before}
                held, held_texts = self._raws[start:], self._texts[start:]
                lines = block.splitlines(keepends=True)
                self._texts = held_texts + self._decode(block, lines, len(held)) if held else self._decode(block, lines)
                self._raws = held + lines if held else lines
                suspect = b"\0" in block or any(b"\0" in raw for raw in held)
                start = 0

    def _records(self, start: int, *, last: bool, suspect: bool) -> Generator[Record | TableFault, None, int]:
        """Yield the records of the lines held from `start`; return the first line that belongs to the next block."""
        raws, columns, limit, first_line = self._raws, self._columns, self._cell_limit, self._before + 1
        suspect = suspect or bool(self._bad)
        while start < len(raws):
            base = start
            lines = islice(self._texts, start, None) if start else iter(self._texts)
            reader = csv.reader(lines, delimiter=self._separator, quoting=self._quoting, strict=True)
            try:
                for cells in reader:
                    end = base + reader.line_num
                    if end - start > 1:
                        self.spread.append((first_line + start, end - start - 1))
                    raw = (raws[start] if end - start == 1 else b"".join(raws[start:end])).rstrip(b"\r\n")
                    if len(cells) == columns and len(raw) <= limit and not suspect:
                        yield Record(first_line + start, cells, raw)
                    elif raw not in _BLANK_RECORDS:
                        yield self._examine(start, end, cells, raw)
                    start = end
            except csv.Error:
                end = base + reader.line_num
                if end >= len(raws) and not last and sum(map(len, raws[start:])) <= LONGEST_LINE:
                    return start
                column, code = self._broken_cell(self._texts[start])
                yield TableFault(first_line + start, column, code)
                self._rescanned += end - start
                if self._rescanned > RESCANNED_LINES:
                    raise TableError("quotes", line=first_line + start) from None
                start += 1
        return start

    def _examine(self, start: int, end: int, cells: list[str], raw: bytes) -> Record | TableFault:
        """Judge a record that the quick test did not pass."""
        line = self._before + start + 1
        for bad_line in range(line, self._before + end + 1):
            if bad_line in self._bad:
                marks = _UNDECODED[self.encoding or "utf-8"]
                column = next((place for place, cell in enumerate(cells, start=1) if marks.search(cell)), None)
                return TableFault(line, column, "bytes", self._offset_of(bad_line - self._before - 1) + self._bad[bad_line])
        nul = next((place for place, cell in enumerate(cells, start=1) if "\0" in cell), None)
        if nul:
            within = b"".join(self._raws[start:end]).index(b"\0")
            return TableFault(line, nul, "nul", self._offset_of(start) + within)
        if len(cells) != self._columns:
            return TableFault(line, min(len(cells), self._columns) + 1, "columns", found=len(cells))
        long = next((place for place, cell in enumerate(cells, start=1) if len(cell) > self._cell_limit), None)
        if long:
            return TableFault(line, long, "long")
        return Record(line, cells, raw)

    def _offset_of(self, place: int) -> int:
        """Give the offset in the file of a line held; computed once for all lines held, since damage often comes in rows."""
        if not self._offsets:
            self._offsets = list(accumulate(map(len, self._raws), initial=self._offset))
        return self._offsets[place]

    def _broken_cell(self, text: str) -> tuple[int, str]:
        """Name the cell of a line that the `csv` module gave up on, and why: its quotation marks, or its length."""
        column, at = 1, 0
        while (cell := self._sound_cell.match(text, at)) and len(cell[0]) <= csv.field_size_limit():
            column, at = column + 1, cell.end() + 1
        return column, "long" if cell else "quote"


def open_table(
    source: Path | str | bytes | BinaryIO,
    *,
    encoding: Encoding,
    separator: str,
    header: Sequence[str] | None,
    columns: int,
    cell_limit: int = CELL_LIMIT,
    quoting: bool = True,
) -> Table:
    """Open a CSV or TSV file for reading, and refuse what is none before the first record is read.

    The file's own form never overrules the mapping: `encoding` and `separator` are those of the mapping, and a file that has
    others is refused with what it has. A byte order mark is dropped. `header` are the names that the first record must have
    (blanks around them aside), None where the file has no header; `columns` is the number of cells of every record. Lines end
    with LF, CRLF or CR; blank lines and a final Ctrl-Z are passed over; a quotation mark inside an unquoted cell is data.
    `quoting=False` makes every quotation mark data.

    Raises TableError (see its codes). The table is a context manager; reading it to the end closes the file as
    well, unless it came open.
    """
    size: int | None = None
    stream: BinaryIO
    if isinstance(source, bytes):
        stream, size = io.BytesIO(source), len(source)
    elif isinstance(source, str | Path):
        path = Path(source)
        try:
            if path.is_dir():
                raise TableError("directory")
            stream, size = path.open("rb", buffering=0), path.stat().st_size
        except FileNotFoundError:
            raise TableError("missing") from None
        except OSError:
            raise TableError("unreadable") from None
    else:
        stream = source
    try:
        return Table(
            stream,
            encoding=encoding,
            separator=separator,
            header=header,
            columns=columns,
            cell_limit=cell_limit,
            quoting=quoting,
            size=size,
            owned=stream is not source,
        )
    except BaseException:
        if stream is not source:
            stream.close()
        raise


_DOUBLE_BYTES = re.compile("[\x81-\x9f\xe0-\xfc][\x40-\xfc]")
_BAR_INSIDE = "\u017c"


def raw_cells(raw: bytes, separator: str, *, quoting: bool = True, encoding: str = "utf-8") -> list[bytes]:
    """Cut the bytes of a record into the bytes of its cells, quotation marks taken off, so that a name can be kept as it came.

    Encoding a cell anew would not do: CP932 has several codes for some characters. Quotation marks, line ends, comma, tab and
    semicolon are no part of another character in CP932 or UTF-8; the vertical bar is the second byte of some in CP932 (ポ is 83 7C) and
    is put aside there.

    Raises ValueError for any other separator.
    """
    if separator not in {",", "\t", ";", "|"}:
        raise ValueError("separator")
    text = raw.decode("latin-1")
    hides_bars = separator == "|" and encoding == "cp932"
    if hides_bars:
        text = _DOUBLE_BYTES.sub(lambda found: found[0].replace("|", _BAR_INSIDE), text)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE)
    return [(cell.replace(_BAR_INSIDE, "|") if hides_bars else cell).encode("latin-1") for cell in next(reader, [])]


_FORMULA_STARTS = tuple("=+-@\t\r\n\0＝＋－＠")


def guard_formula(cell: Cell) -> str:
    """Write a cell so that no spreadsheet takes it for a formula: what begins like one gets an apostrophe in front.

    Numbers are no text and stay as they are.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
    return str(cell)


def losses_in_cp932(text: str) -> list[tuple[int, str]]:
    """List the characters that a CP932 file would lose or change, each with its place (index into `text`).

    A character with a variation selector or a combining mark is named as a whole. 外字 (U+E000 to U+E757) are not lost.
    """
    try:
        if text.encode("cp932").decode("cp932") == text:
            return []
    except UnicodeEncodeError:
        pass
    losses, place = [], 0
    for cluster in names.graphemes(text):
        if _changed_by_cp932(cluster):
            losses.append((place, cluster))
        place += len(cluster)
    return losses


def _changed_by_cp932(text: str) -> bool:
    try:
        return text.encode("cp932").decode("cp932") != text or any(char in _UNASSIGNED_CP932 for char in text)
    except UnicodeEncodeError:
        return True


def write_csv(
    rows: Iterable[Sequence[Cell]],
    *,
    header: Sequence[str] | None = None,
    encoding: Literal["utf-8", "cp932"] = "utf-8",
    bom: bool = True,
    guard: bool = True,
    separator: str = ",",
    substitute: str | None = None,
) -> Iterator[bytes]:
    """Write a table as CSV (RFC 4180: CRLF, every cell quoted) and yield it in pieces of some kilobytes.

    For people: UTF-8 with byte order mark, so that Excel reads it, and `guard` against formulas. For machines: `bom=False,
    guard=False`, and the cells come out as they went in. A character that CP932 lacks raises TableError `loss` with line and
    column, unless the person was told what is lost (`losses_in_cp932`) and `substitute` (the 〓 of printers, say) stands for it.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    piece = bytearray(_UTF8_BOM if bom and encoding == "utf-8" else b"")
    line = 1
    for row in chain([header] if header else [], rows):
        cells = [guard_formula(cell) if guard else "" if cell is None else str(cell) for cell in row]
        if encoding == "cp932":
            cells = [_cp932_cell(cell, substitute, line, column) for column, cell in enumerate(cells, start=1)]
        writer.writerow(cells)
        written = buffer.getvalue()
        piece += written.encode(encoding)
        buffer.seek(0)
        buffer.truncate()
        line += written.count("\n")
        if len(piece) > 1 << 16:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _cp932_cell(cell: str, substitute: str | None, line: int, column: int) -> str:
    losses = losses_in_cp932(cell)
    if not losses:
        return cell
    if substitute is None:
        raise TableError("loss", line=line, column=column)
    pieces, after = [], 0
    for place, cluster in losses:
        pieces += [cell[after:place], substitute]
        after = place + len(cluster)
    return "".join([*pieces, cell[after:]])


SHEET_ROWS = 1_048_576
"""Rows of a worksheet (ECMA-376 as spreadsheet programs implement it), the header included."""


def write_xlsx(path: Path | BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a workbook for people and give the number of rows written, the header not counted.

    Every cell is text in text format, so that 23-digit numbers, leading zeros and dates stay as they are and nothing is a
    formula. Control characters, which XML forbids, become visible.

    Raises TableError `rows` when a sheet cannot hold them; then no file is written.
    """
    from openpyxl import Workbook  # takes 0.2 s to import, and few processes write a workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("一覧")
    sheet.freeze_panes = "A2"
    written = 0
    try:
        for count, row in enumerate(chain([header], rows)):
            if count >= SHEET_ROWS:
                raise TableError("rows")
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet)
                cell.value = names.display("" if value is None else str(value))
                cell.data_type = "s"
                cell.number_format = "@"
                cells.append(cell)
            sheet.append(cells)
            written = count
    except BaseException:
        sheet.close()
        raise
    book.save(path)
    return written
