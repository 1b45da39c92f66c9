"""Lists in a form of their own: which cells of a source mean what, and reading them as if they stood in the order of the register.

A municipality describes the list of its own system once (`Source`): a workbook or a text with its encoding and separator, its columns by
title and position, which of them are taken, and which words stand for which. The records that come out go through the same checks as
those of the built-in layouts; a title that the description lacks refuses the whole file.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from madoguchi.delivery.intake.mappings import FIELDS, Column, Dates, Fixed, Layout, Source
from madoguchi.kernel.fixed_width import FixedTable, Span, Unit, overlapping
from madoguchi.kernel.tables import Record, Table, TableError, TableFault, open_table, raw_cells
from madoguchi.kernel.wareki import format_coded
from madoguchi.platform.language import Sentence

REQUIRED = ("application_id", "serial", "name", "born", "sex", "address")
"""Columns without which no card can be registered."""

MOST_COLUMNS = 80
LARGEST_WORKBOOK = 1 << 30
"""Bytes that a workbook may have when it is unpacked."""

ENCODINGS = ("utf-8", "cp932", "xlsx")
SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|"}
UNITS: Mapping[str, Unit] = {"bytes": "bytes", "characters": "characters"}
"""What stands in place of a separator for a list of fixed width: the unit in which its places are counted."""
DATES = ("wareki", "slash", "compact", "coded")
LONGEST_RECORD = 10_000
_EXACT = 1 << 53
"""From here on a workbook's number has lost digits: a 申請書ID written as a number is refused, not guessed."""
_RAW_SEPARATOR = b"\t"


class WrongSource(Exception):
    """A file is no list of this description, or the description itself is wrong; the message is a sentence for the clerk."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of a source: its title, the column of the register it fills (empty: not taken), and words in place of others.

    `start` (from 1) and `width` say where it stands in a list of fixed width.
    """

    title: str
    field: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    start: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """How a list is read, as staff describe it."""

    encoding: Literal["utf-8", "cp932", "xlsx"]
    separator: str
    has_header: bool
    dates: Dates
    columns: tuple[SourceColumn, ...]
    ends_trimmed: bool = False

    @property
    def unit(self) -> Unit | None:
        """The unit of the places of a list of fixed width, None for a list with separators."""
        return UNITS.get(self.separator)

    def as_json(self) -> dict[str, Any]:
        """Return the description as it is stored."""
        columns: list[dict[str, Any]] = [
            {"title": one.title, "field": one.field, "codes": [list(pair) for pair in one.codes]} for one in self.columns
        ]
        if self.unit:
            for column, one in zip(columns, self.columns, strict=True):
                column |= {"start": one.start, "width": one.width}
        return {
            **({"ends_trimmed": self.ends_trimmed} if self.unit else {}),
            "encoding": self.encoding,
            "separator": self.separator,
            "has_header": self.has_header,
            "dates": self.dates,
            "columns": columns,
        }

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> "Description":
        """Return the description that was stored."""
        columns = tuple(
            SourceColumn(
                one["title"],
                one["field"],
                tuple((str(source), str(ours)) for source, ours in one["codes"]),
                int(one.get("start", 0)),
                int(one.get("width", 0)),
            )
            for one in spec["columns"]
        )
        return cls(spec["encoding"], spec["separator"], bool(spec["has_header"]), spec["dates"], columns, bool(spec.get("ends_trimmed")))

    def faults(self) -> Iterator[str]:
        """Yield what keeps the description from being used, as sentences."""
        taken = [one.field for one in self.columns if one.field]
        if not self.columns:
            yield "列がありません。見本の一覧を読み込んでください。"
            return
        if len(self.columns) > MOST_COLUMNS:
            yield f"列が多すぎます。{MOST_COLUMNS} 列までです。"
        for field in REQUIRED:
            if field not in taken:
                yield f"「{FIELDS[field].title}」になる列がありません。カードの登録に要ります。"
        for field in sorted({field for field in taken if taken.count(field) > 1}):
            yield f"「{FIELDS[field].title}」になる列が二つあります。一つにしてください。"
        if self.unit:
            yield from self._faults_of_places()
        titles = [one.title for one in self.columns]
        if self.has_header and not self.unit:
            for title in sorted({title for title in titles if titles.count(title) > 1}):
                yield f"見出し「{title}」が二つあります。見出しのない一覧として位置で読んでください。"

    def _faults_of_places(self) -> Iterator[str]:
        if self.encoding == "xlsx":
            yield "ブックは固定長では読めません。ファイルの形か区切り方を選び直してください。"
        for one in self.columns:
            if one.start < 1 or one.width < 1 or one.start + one.width - 1 > LONGEST_RECORD:
                yield f"列「{one.title}」の位置がありません。始まりと長さを入力してください。"
                return
        taken = [one for one in self.columns if one.field]
        twice = overlapping([Span(one.start, one.width) for one in taken])
        if twice:
            yield f"列「{taken[twice[0]].title}」と「{taken[twice[1]].title}」の位置が重なっています。"

    def layout(self, code: str, name: str, version: int) -> Layout:
        """Return the layout that the checks go by; raises WrongSource when the description has faults."""
        for fault in self.faults():
            raise WrongSource(fault)
        picked = [(place, one) for place, one in enumerate(self.columns) if one.field]
        columns = tuple(Column(one.title, one.field, FIELDS[one.field].reader) for _place, one in picked)
        is_workbook = self.encoding == "xlsx"
        source = Source(
            separator=SEPARATORS.get(self.separator, ","),
            header=tuple(one.title for one in self.columns) if self.has_header else None,
            width=len(self.columns),
            picks=tuple(place for place, _one in picked),
            codes=tuple(dict(one.codes) for _place, one in picked),
            is_workbook=is_workbook,
            fixed=Fixed(
                self.unit,
                tuple(Span(one.start, one.width) for _place, one in picked),
                max(one.start + one.width - 1 for one in self.columns),
                self.ends_trimmed,
            )
            if self.unit
            else None,
        )
        return Layout(
            code=code,
            name=name,
            version=version,
            encoding="cp932" if self.encoding == "cp932" else "utf-8",
            # What the picked records are written in: see `_picked`.
            separator="\t",
            has_header=self.has_header,
            quoting=False,
            dates=self.dates,
            columns=columns,
            source=source,
        )


def open_list(path: Path, layout: Layout) -> AbstractContextManager["Table | PickedTable"]:
    """Open a list for reading in `layout`, built in or described; raises TableError or WrongSource when it is none as a whole."""
    source = layout.source
    if source is None:
        return open_table(
            path,
            encoding=layout.encoding,
            separator=layout.separator,
            header=layout.header,
            columns=len(layout.columns),
            quoting=layout.quoting,
        )
    return _opened(path, layout, source)


@dataclass
class PickedTable:
    """The records of a described list; `bytes_read` tells how far the file has been read."""

    records: Iterator[Record | TableFault]
    table: Table | FixedTable | None = None

    @property
    def bytes_read(self) -> int:
        return self.table.bytes_read if self.table is not None else 0

    @property
    def spread(self) -> list[tuple[int, int]]:
        """The records that take more than one line, as `kernel.tables.Table` tells them; no other kind of file has such."""
        return self.table.spread if isinstance(self.table, Table) else []

    def __iter__(self) -> Iterator[Record | TableFault]:
        return self.records


@contextmanager
def _opened(path: Path, layout: Layout, source: Source) -> Iterator[PickedTable]:
    if source.is_workbook:
        yield PickedTable(_of_workbook(path, layout, source))
        return
    if source.fixed is not None:
        with _read_bytes(path) as stream:
            fixed = FixedTable(
                stream,
                layout.encoding,
                source.fixed.unit,
                source.fixed.spans,
                source.fixed.width,
                ends_trimmed=source.fixed.ends_trimmed,
                passes_first=layout.has_header,
            )
            yield PickedTable((_with_codes(item, source) for item in fixed), fixed)
        return
    with open_table(
        path,
        encoding=layout.encoding,
        separator=source.separator,
        header=list(source.header) if source.header is not None else None,
        columns=source.width,
    ) as table:
        yield PickedTable((_picked(item, source, layout.encoding) for item in table), table)


def _read_bytes(path: Path) -> BinaryIO:
    """Open a file; raises TableError as `open_table` does."""
    try:
        if path.is_dir():
            raise TableError("directory")
        return path.open("rb")
    except FileNotFoundError:
        raise TableError("missing") from None
    except OSError:
        raise TableError("unreadable") from None


def _with_codes(item: Record | TableFault, source: Source) -> Record | TableFault:
    if isinstance(item, TableFault):
        return item
    return item._replace(cells=[codes.get(cell, cell) for codes, cell in zip(source.codes, item.cells, strict=True)])


def _picked(item: Record | TableFault, source: Source, encoding: str) -> Record | TableFault:
    """Return the record with the picked cells only, in order, their codes replaced and their bytes beside them."""
    if isinstance(item, TableFault):
        # A fault is told by the title of its own column: of one that is not taken, by the whole record.
        place = source.picks.index(item.column - 1) + 1 if item.column is not None and item.column - 1 in source.picks else None
        return TableFault(item.line, place, item.code, item.position, item.found)
    cells = [item.cells[place] for place in source.picks]
    if encoding == "utf-8":
        raw = b""
    else:
        parts = raw_cells(item.raw, source.separator, encoding=encoding)
        raw = _RAW_SEPARATOR.join(parts[place].translate(_NO_BREAKS) for place in source.picks)
    return Record(item.line, [codes.get(cell, cell) for codes, cell in zip(source.codes, cells, strict=True)], raw)


# Tab and line ends cannot stand in a picked record's bytes; no name and no address has one that is accepted.
_NO_BREAKS = bytes(0x20 if code in b"\t\r\n" else code for code in range(256))


def _of_workbook(path: Path, layout: Layout, source: Source) -> Iterator[Record | TableFault]:
    for line, cells in workbook_rows(path, layout.dates):
        if source.header is not None and line == 1:
            _match_titles(cells, source)
            continue
        if not any(cells):
            continue
        if any(cells[source.width :]):
            yield TableFault(line, None, "columns", None, len(cells))
            continue
        padded = cells + [""] * (source.width - len(cells))
        picked = [codes.get(padded[place], padded[place]) for place, codes in zip(source.picks, source.codes, strict=True)]
        yield Record(line, picked, b"")


def _match_titles(cells: list[str], source: Source) -> None:
    assert source.header is not None
    found = [cell.strip() for cell in cells]
    while found and not found[-1]:
        found.pop()
    for place in range(max(len(found), source.width)):
        here = found[place] if place < len(found) else ""
        expected = source.header[place] if place < source.width else ""
        if here != expected:
            raise WrongSource(
                Sentence(
                    "見出しが違います。{column} 列目は「{expected}」のはずです。何も取り込んでいません。",
                    column=place + 1,
                    expected=expected,
                )
            )


def workbook_rows(path: Path, dates: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet of an XLSX workbook with their numbers from 1; raises WrongSource when the file is none.

    Numbers lose a fraction of zero, dates are written in the form `dates`, formulas give their last value.
    """
    from openpyxl import load_workbook  # takes 0.2 s to import, and few processes read a workbook

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_WORKBOOK:
                raise WrongSource("ブックが大きすぎます。一覧を分けてください。")
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except WrongSource:
        raise
    except Exception as error:  # a damaged workbook raises whatever its parts raise
        raise WrongSource("Excel のブック (XLSX) として読めません。ファイルを確かめてください。") from error
    try:
        rows = sheet.iter_rows(values_only=True)
        for line, row in enumerate(rows, start=1):
            cells = [_cell(value, dates) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield line, cells
    except WrongSource:
        raise
    except Exception as error:  # so does a damaged sheet
        raise WrongSource("Excel のブック (XLSX) が途中で壊れています。元のシステムから出し直してください。") from error
    finally:
        book.close()


def _cell(value: object, dates: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        if dates == "coded":
            return format_coded(value)
        form = {"slash": "%Y/%m/%d", "compact": "%Y%m%d", "wareki": "%Y年%m月%d日"}[dates]
        return value.strftime(form) if value.year >= 1000 else ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample shows before anything is described: its titles, or how many columns it has."""

    titles: tuple[str, ...]


def look_at_fixed(path: Path, description: Description) -> None:
    """Compare the first record of a sample of fixed width with the places that were described. Raises WrongSource."""
    needed = max(one.start + one.width - 1 for one in description.columns)
    with path.open("rb") as handle:
        lines = [handle.readline(LONGEST_RECORD * 4) for _line in range(2)]
    line = (lines[1] if description.has_header else lines[0].removeprefix(b"\xef\xbb\xbf")).rstrip(b"\r\n")
    try:
        text = line.decode(description.encoding)
    except (UnicodeDecodeError, LookupError):
        raise WrongSource("文字コードが違います。別の文字コードを選んでください。") from None
    found, words = (len(line), "バイト") if description.unit == "bytes" else (len(text), "文字")
    if not found or (found < needed and not description.ends_trimmed):
        raise WrongSource(f"見本の行は {found} {words}です。列の位置は {needed} {words}まであります。位置と単位を確かめてください。")


def look_at(path: Path, encoding: str, separator: str, *, has_header: bool) -> Sample:
    """Return the columns of a sample: its titles where it has a header, else their positions. Raises WrongSource."""
    if encoding == "xlsx":
        first = next((cells for _line, cells in workbook_rows(path, "slash") if cells), [])
    else:
        with path.open("rb") as handle:
            head = handle.read(1 << 20)
        try:
            text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="strict" if len(head) < 1 << 20 else "ignore")
        except UnicodeDecodeError:
            raise WrongSource("文字コードが違います。別の文字コードを選んでください。") from None
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATORS.get(separator, ",")), [])
    if len(first) < len(REQUIRED):
        raise WrongSource("列が足りません。区切り文字と文字コードを確かめてください。")
    if len(first) > MOST_COLUMNS:
        raise WrongSource(f"列が多すぎます。{MOST_COLUMNS} 列までです。")
    titles = [cell.strip()[:60] for cell in first] if has_header else [f"{place}列目" for place in range(1, len(first) + 1)]
    return Sample(tuple(titles))
