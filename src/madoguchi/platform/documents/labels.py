"""Sheets of labels with an own code in bars: sleeves of cards, boxes, slots. Each code is read back before the sheet is released."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.platform.documents.batches import Layout, Printed, print_batch
from madoguchi.platform.documents.codes import code_128
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.verbs import Progress

COLUMNS, ROWS = 3, 8
_WIDTH, _HEIGHT = 70.0, 33.9
_TOP = (297 - ROWS * _HEIGHT) / 2
PER_PAGE = COLUMNS * ROWS


@dataclass(frozen=True, slots=True)
class Label:
    """One label: a code of our own (it begins with a letter, so that no scanner takes it for a 個人番号) and up to two lines below it."""

    code: str
    lines: tuple[str, ...] = ()


def _cell(number: int) -> Region:
    return Region((number % COLUMNS) * _WIDTH, _TOP + (number // COLUMNS) * _HEIGHT, _WIDTH, _HEIGHT)


_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "labels.typ",
    Places(
        texts={f"label {number + 1}": _cell(number) for number in range(PER_PAGE)},
        codes={f"bars {number + 1}": CodeRegion(_cell(number), Symbology.CODE_128) for number in range(PER_PAGE)},
    ),
)


def pages_with_start(count: int, per_page: int, start_at: int) -> list[list[int]]:
    """Return for each page the places (from 0) of `count` labels, the first of which lies at the place `start_at` (from 1).

    Raises ValueError when no label of the sheet is at `start_at`.
    """
    if not 1 <= start_at <= per_page:
        raise ValueError("start_at")
    places = range(start_at - 1, start_at - 1 + count)
    return [
        [place % per_page for place in places if place // per_page == page]
        for page in range(places.start // per_page, (places.stop - 1) // per_page + 1)
    ]


def print_labels(labels: Sequence[Label], out: Path, *, shelf: Shelf, progress: Progress, start_at: int = 1) -> Printed:
    """Print `labels` to the PDF `out`, 24 on a page, in the order given; the first lies at the place `start_at` of a sheet used before.

    Raises ValueError when a code does not begin with a letter or is too long for a label, and what `print_batch` raises.
    """
    for label in labels:
        if not label.code[:1].isalpha() or len(label.code) > 12:
            raise ValueError("a label's code begins with a letter and has at most twelve characters")
    left = iter(labels)
    pages = [[(place, next(left)) for place in places] for places in pages_with_start(len(labels), PER_PAGE, start_at)]
    sheets = [
        Sheet(
            sheet_id=f"labels-{number}",
            data={
                "labels": [
                    {"place": place, "code": label.code, "lines": label.lines, "bars": code_128(label.code)} for place, label in page
                ]
            },
            texts={f"label {place + 1}": label.code + "".join(label.lines) for place, label in page},
            codes={f"bars {place + 1}": label.code for place, label in page},
        )
        for number, page in enumerate(pages, start=1)
    ]
    common = {"text_families": shelf.text_families, "columns": COLUMNS, "width": _WIDTH, "height": _HEIGHT, "top": _TOP}
    return print_batch(_LAYOUT, common, sheets, out, total=len(sheets), shelf=shelf, progress=progress)
