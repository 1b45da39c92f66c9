"""The booking list as files: a workbook, CSV in two encodings, the printed 予約者リスト; each with its purpose in the operation log."""

import datetime as dt
import enum
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from madoguchi.booking.desk.audited import LIST_PRINTED
from madoguchi.booking.desk.listing import COLUMNS, ListedBooking, Wanted
from madoguchi.booking.reservations.audited import LIST_EXPORTED
from madoguchi.kernel.tables import losses_in_cp932, write_csv, write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.paper_tables import print_table

MOST_ROWS = 20_000
# 〓 is what printers set for a sign that they do not have.
SUBSTITUTE = "〓"
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
    made = _made(actor, kind, cells_of(rows, wanted.columns), wanted, title)
    content = {
        "from": wanted.day_from.isoformat(),
        "until": wanted.day_until.isoformat(),
        "place": wanted.place,
        "rows": len(rows),
        "columns": list(wanted.columns),
        "file": kind.value,
    }
    record(actor, LIST_PRINTED if kind is FileKind.PDF else LIST_EXPORTED, content=content, reason=purpose)
    return made


def _made(actor: Actor, kind: FileKind, cells: Sequence[Sequence[str]], wanted: Wanted, title: str) -> MadeFile:
    header = [str(COLUMNS[column]) for column in wanted.columns]
    stamp = f"{clock.now():%Y%m%d_%H%M}"
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
    widths = [_WIDTHS.get(column, 2.2) for column in wanted.columns]
    subtitle = _("%(days)s　全%(rows)d件") % {"days": _days(wanted.day_from, wanted.day_until), "rows": len(cells)}
    return print_table(actor, title or _("予約者リスト"), subtitle, header, cells, widths)


def _days(first: dt.date, last: dt.date) -> str:
    words = date_format(first, "Y-m-d（D）")
    return words if first == last else f"{words}～{date_format(last, 'Y-m-d（D）')}"
