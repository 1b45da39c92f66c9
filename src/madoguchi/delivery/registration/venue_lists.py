"""The list that goes along to a venue: as a workbook and as sheets of paper with numbered rows, and back as CSV or workbook.

Neither carries anything of a person when it leaves, so a lost one harms nobody; each row's number knows it again when it comes back.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.conf import settings

from madoguchi.delivery.registration.models import Venue
from madoguchi.delivery.registration.rules import COLUMNS, Applicant, Fault, is_blank, read_row
from madoguchi.kernel.tables import write_xlsx
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.codes import code_128
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

LARGEST_FILE = 4 * 1024 * 1024
_MOST_UNPACKED = 40 * 1024 * 1024
_MOST_ROWS = 1000
_MOST_CELLS = 40
ROWS_ON_A_SHEET = 8
_TOP, _STEP = 48.0, 28.0
_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "venue.typ",
    Places(
        texts={},
        codes={
            f"row {number + 1}": CodeRegion(Region(10, _TOP + number * _STEP, 68, 20), Symbology.CODE_128)
            for number in range(ROWS_ON_A_SHEET)
        },
    ),
)


class NoList(Exception):
    """A file is no list of a venue; the message is a sentence for the person who brought it."""


def as_workbook(venue: Venue) -> bytes:
    """Return the list as a workbook: row numbers, and places to write."""
    out = io.BytesIO()
    write_xlsx(out, COLUMNS, ([row_id, *[""] * (len(COLUMNS) - 1)] for row_id in venue.row_ids()))
    return out.getvalue()


def as_sheets(venue: Venue) -> bytes:
    """Return the list as sheets of paper, each row with its number in bars; read back before they are handed out."""
    row_ids, shelf = venue.row_ids(), zone_shelf()
    parts = [row_ids[start : start + ROWS_ON_A_SHEET] for start in range(0, len(row_ids), ROWS_ON_A_SHEET)]
    sheets = [
        Sheet(
            f"venue-{venue.pk}-{number}",
            data={"rows": [{"id": row_id, "bars": code_128(row_id)} for row_id in part], "page": f"{number} / {len(parts)}"},
            codes={f"row {place}": row_id for place, row_id in enumerate(part, start=1)},
        )
        for number, part in enumerate(parts, start=1)
    ]
    common = {
        "text_families": shelf.text_families,
        "venue": venue.name,
        "day": format_long(venue.day),
        "place": venue.place.name,
        "top": _TOP,
        "step": _STEP,
    }
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".venue-") as folder:
        printed = print_batch(_LAYOUT, common, sheets, Path(folder, "venue.pdf"), total=len(sheets), shelf=shelf, progress=Silent())
        return printed.path.read_bytes()


def read_list(content: bytes, venue: Venue) -> tuple[list[Applicant], list[tuple[int, str, str]]]:
    """Read a list that came back: the applicants, and what is wrong as (line, column, sentence). Raises NoList.

    Rows left free are passed over. A row number that stands twice in the file is a fault.
    """
    if len(content) > LARGEST_FILE:
        raise NoList("ファイルが大きすぎます (4 MB まで)。会場の一覧か確かめてください。")
    row_ids, today = frozenset(venue.row_ids()), clock.today()
    found: dict[str, Applicant] = {}
    faults: list[tuple[int, str, str]] = []
    for line, cells in _records(content):
        if is_blank(cells):
            continue
        try:
            applicant = read_row(cells, row_ids, today)
            if applicant.row_id in found:
                raise Fault("行番号", "同じ行番号が2回あります。")
            if any(other.person.application_id == applicant.person.application_id for other in found.values()):
                raise Fault("申請書ID", "同じ申請書IDが2回あります。")
        except Fault as fault:
            faults.append((line, fault.column, fault.sentence))
        else:
            found[applicant.row_id] = applicant
    if not found and not faults:
        raise NoList("記入された行がありません。会場で記入した一覧を選んでください。")
    return list(found.values()), faults


def _records(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    rows = _workbook_rows(content) if content[:4] == b"PK\x03\x04" else _csv_rows(content)
    header = [cell.strip() for cell in next(rows, [])]
    if header[: len(COLUMNS)] != list(COLUMNS):
        raise NoList("見出しが会場の一覧と違います。この画面から出した一覧に記入してください。列を動かさないでください。")
    for line, row in enumerate(rows, start=2):
        if line > _MOST_ROWS:
            raise NoList("行が多すぎます。この会場の一覧か確かめてください。")
        yield line, dict(zip(COLUMNS, [*row, *[""] * len(COLUMNS)], strict=False))


def _workbook_rows(content: bytes) -> Iterator[Sequence[str]]:
    from openpyxl import load_workbook  # takes 0.2 s to import, and few processes read a workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
                raise NoList("ファイルの中身が大きすぎます。会場の一覧か確かめてください。")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=_MOST_CELLS):
            yield ["" if cell is None else str(cell) for cell in row]
    except NoList:
        raise
    except Exception as fault:  # what the library raises on damaged workbooks is no closed list
        raise NoList("XLSX として読めません。表計算ソフトで保存し直してください。") from fault


def _csv_rows(content: bytes) -> Iterator[Sequence[str]]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise NoList("文字コードが UTF-8 でも Shift_JIS でもありません。CSV (UTF-8) で保存し直してください。")
    if "\0" in text:
        raise NoList("CSV として読めません。CSV (UTF-8) か XLSX で保存し直してください。")
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as fault:
        raise NoList("CSV として読めません。引用符を確かめて、保存し直してください。") from fault
