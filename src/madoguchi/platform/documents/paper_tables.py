"""Any list as a printed table: divided into pages, each read back before the file exists."""

import math
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

# What fits in the table's 165 mm: a row costs its padding and its lines.
_PAGE_MM, _ROW_MM, _LINE_MM, _WIDTH_MM, _HALF_WIDTH_MM, _CELL_PADDING_MM = 160.0, 3.1, 4.1, 273.0, 1.62, 3.2
_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "table.typ",
    Places(texts={"table": Region(10, 24, 277, 170), "mark": Region(10, 196, 225, 12)}, codes={}),
)


def print_table(
    actor: Actor, title: str, subtitle: str, header: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[float]
) -> bytes:
    """Set a table page by page and return the PDF; who printed it and when stands on every page.

    Args:
        actor: who prints; named in the mark.
        title: what the list is.
        subtitle: which days, how many rows.
        header: the words above the columns.
        cells: the rows; what is too long for its column is wrapped, never cut.
        widths: how wide the columns are beside each other.

    Raises:
        BatchStopped, NoRoom, TypesettingFailed: a page does not say what it should; there is no file.
    """
    pages = _pages(header, cells, widths)
    mark = _("出力 %(at)s %(user)s　個人情報の取扱いに注意") % {
        "at": date_format(timezone.localtime(clock.now()), "Y-m-d H:i"),
        "user": actor.user_id,
    }
    sheets = [
        Sheet(
            sheet_id=f"table-{number}",
            data={"rows": page, "page": f"{number} / {len(pages)}"},
            texts={"table": "".join([*header, *(cell for row in page for cell in row)]), "mark": mark},
        )
        for number, page in enumerate(pages, start=1)
    ]
    shelf = zone_shelf()
    common = {
        "title": title,
        "subtitle": subtitle,
        "header": header,
        "widths": widths,
        "mark": mark,
        "text_families": shelf.text_families,
    }
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".table-") as folder:
        out = Path(folder, "table.pdf")
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
