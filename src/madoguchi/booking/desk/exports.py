"""The booking list as files: a workbook, CSV in two encodings, the printed 予約者リスト; each with its purpose in the operation log."""

import datetime as dt
import enum
import io
import math
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from madoguchi.booking.desk.audited import LIST_PRINTED
from madoguchi.booking.desk.listing import COLUMNS, ListedBooking, Wanted
from madoguchi.booking.reservations.audited import LIST_EXPORTED
from madoguchi.kernel.tables import losses_in_cp932, write_csv, write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

# What fits in the table's 165 mm: a row costs its padding and its lines.
_PAGE_MM, _ROW_MM, _LINE_MM, _WIDTH_MM, _HALF_WIDTH_MM, _CELL_PADDING_MM = 160.0, 3.1, 4.1, 273.0, 1.62, 3.2
MOST_ROWS = 20_000
# 〓 is what printers set for a sign that they do not have.
SUBSTITUTE = "〓"
_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "roster.typ",
    Places(texts={"table": Region(10, 24, 277, 170), "mark": Region(10, 196, 225, 12)}, codes={}),
)
# How wide a column is on paper, beside the others.
_WIDTHS = {
    "place": 4,
    "requests": 4.6,
    "serial": 3.4,
    "number": 3.7,
    "day": 3.6,
    "booked": 3.6,
    "time": 2.6,
    "people": 1.4,
    "kind": 2.6,
    "mail": 1.6,
    "language": 1.5,
}


class FileKind(enum.StrEnum):
    """In which form the list leaves the screen."""

    XLSX = "xlsx"
    CSV = "csv"
    CSV_CP932 = "csv-cp932"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file ready to be handed over; its name tells kind and time of making, and nothing of anybody."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Loss:
    """A sign that CP932 does not have, and in how many cells it stands."""

    sign: str
    cells: int


def cells_of(rows: Sequence[ListedBooking], columns: Sequence[str]) -> list[list[str]]:
    """Return the table that a file holds."""
    return [[row.cell(column) for column in columns] for row in rows]


def losses(cells: Sequence[Sequence[str]]) -> list[Loss]:
    """List what a CP932 file of these cells would lose, most frequent first (BS-03)."""
    found = Counter(sign for row in cells for cell in row for sign in {sign for _place, sign in losses_in_cp932(cell)})
    return [Loss(sign, count) for sign, count in found.most_common()]


def make_file(actor: Actor, kind: FileKind, rows: Sequence[ListedBooking], wanted: Wanted, *, purpose: str, title: str = "") -> MadeFile:
    """Write the list as a file of `kind` and record who took it out, what it holds and what for.

    The caller of this function has checked the right of `actor`, and that a loss in CP932 was shown and accepted.
    """
    header = [str(COLUMNS[column]) for column in wanted.columns]
    cells = cells_of(rows, wanted.columns)
    stamp = f"{clock.now():%Y%m%d_%H%M}"
    content = {
        "from": wanted.day_from.isoformat(),
        "until": wanted.day_until.isoformat(),
        "place": wanted.place,
        "rows": len(rows),
        "columns": list(wanted.columns),
        "file": kind.value,
    }
    record(actor, LIST_PRINTED if kind is FileKind.PDF else LIST_EXPORTED, content=content, reason=purpose)
    if kind is FileKind.PDF:
        return MadeFile(f"yoyakusha_{stamp}.pdf", "application/pdf", _printed(actor, header, cells, wanted, title))
    if kind is FileKind.XLSX:
        book = io.BytesIO()
        write_xlsx(book, header, cells)
        spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return MadeFile(f"yoyaku_{stamp}.xlsx", spreadsheet, book.getvalue())
    if kind is FileKind.CSV:
        return MadeFile(f"yoyaku_{stamp}.csv", "text/csv; charset=utf-8", b"".join(write_csv(cells, header=header)))
    pieces = write_csv(cells, header=header, encoding="cp932", substitute=SUBSTITUTE)
    return MadeFile(f"yoyaku_{stamp}_sjis.csv", "text/csv; charset=Shift_JIS", b"".join(pieces))


def _printed(actor: Actor, header: Sequence[str], cells: Sequence[Sequence[str]], wanted: Wanted, title: str) -> bytes:
    """Set the list page by page; each page is read back before the file exists."""
    widths = [_WIDTHS.get(column, 2.2) for column in wanted.columns]
    pages = _pages(header, cells, widths)
    mark = _("出力 %(at)s %(user)s　個人情報の取扱いに注意") % {
        "at": date_format(timezone.localtime(clock.now()), "Y-m-d H:i"),
        "user": actor.user_id,
    }
    sheets = [
        Sheet(
            sheet_id=f"roster-{number}",
            data={"rows": page, "page": f"{number} / {len(pages)}"},
            texts={"table": "".join([*header, *(cell for row in page for cell in row)]), "mark": mark},
        )
        for number, page in enumerate(pages, start=1)
    ]
    shelf = zone_shelf()
    common = {
        "title": title or _("予約者リスト"),
        "subtitle": _("%(days)s　全%(rows)d件") % {"days": _days(wanted.day_from, wanted.day_until), "rows": len(cells)},
        "header": header,
        "widths": widths,
        "mark": mark,
        "text_families": shelf.text_families,
    }
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".roster-") as folder:
        out = Path(folder, "roster.pdf")
        return print_batch(_LAYOUT, common, sheets, out, total=len(sheets), shelf=shelf, progress=Silent()).path.read_bytes()


def _pages(header: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[float]) -> list[list[Sequence[str]]]:
    """Divide the rows into pages by the height that each takes, estimated from the widths of its signs (UAX #11)."""
    room = [_WIDTH_MM * width / sum(widths) - _CELL_PADDING_MM for width in widths]

    def height(row: Sequence[str]) -> float:
        lines = max((math.ceil(_half_widths(cell) * _HALF_WIDTH_MM / space) for cell, space in zip(row, room, strict=True)), default=1)
        return _ROW_MM + _LINE_MM * max(lines, 1)

    pages: list[list[Sequence[str]]] = [[]]
    used = top = height(header)
    for row in cells:
        needed = height(row)
        if used + needed > _PAGE_MM and pages[-1]:
            pages.append([])
            used = top
        pages[-1].append(row)
        used += needed
    return pages


def _half_widths(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def _days(first: dt.date, last: dt.date) -> str:
    words = date_format(first, "Y-m-d（D）")
    return words if first == last else f"{words}～{date_format(last, 'Y-m-d（D）')}"
