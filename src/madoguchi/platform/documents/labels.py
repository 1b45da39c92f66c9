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


def print_labels(labels: Sequence[Label], out: Path, *, shelf: Shelf, progress: Progress) -> Printed:
    """Print `labels` to the PDF `out`, 24 on a page, in the order given.

    Raises ValueError when a code does not begin with a letter or is too long for a label, and what `print_batch` raises.
    """
    for label in labels:
        if not label.code[:1].isalpha() or len(label.code) > 12:
            raise ValueError("a label's code begins with a letter and has at most twelve characters")
    pages = [labels[start : start + PER_PAGE] for start in range(0, len(labels), PER_PAGE)]
    sheets = [
        Sheet(
            sheet_id=f"labels-{number}",
            data={"labels": [{"code": label.code, "lines": label.lines, "bars": code_128(label.code)} for label in page]},
            texts={f"label {place}": label.code + "".join(label.lines) for place, label in enumerate(page, start=1)},
            codes={f"bars {place}": label.code for place, label in enumerate(page, start=1)},
        )
        for number, page in enumerate(pages, start=1)
    ]
    common = {"text_families": shelf.text_families, "columns": COLUMNS, "width": _WIDTH, "height": _HEIGHT, "top": _TOP}
    return print_batch(_LAYOUT, common, sheets, out, total=len(sheets), shelf=shelf, progress=progress)
