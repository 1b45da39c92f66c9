"""Labels of letters: the concealing label for J-LIS's postcard, and address labels; each is read back before release."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.delivery.dispatch.letters import Frame, Recipient, facts_of
from madoguchi.kernel import customer_barcode
from madoguchi.platform.documents.batches import Layout, Printed, print_batch
from madoguchi.platform.documents.codes import code_128
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.labels import pages_with_start
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.verbs import Progress

_LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True, slots=True)
class Grid:
    """How labels lie on an A4 sheet: columns and rows, the size of one, and the margins; in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    def cell(self, number: int) -> Region:
        """Return the place of the label `number` of a page, counted from 0 across and down."""
        down, across = divmod(number, self.columns)
        return Region(self.left + across * self.width, self.top + down * self.height, self.width, self.height)

    def as_data(self) -> dict[str, float]:
        """Return the grid as a layout reads it."""
        return {"columns": self.columns, "width": self.width, "height": self.height, "left": self.left, "top": self.top}


CONCEALING = Grid(2, 5, 86.4, 50.8, 18.6, 21.5)  # ten labels of 86.4 × 50.8 mm, as sold for cards
ADDRESSES = Grid(2, 6, 86.4, 42.3, 18.6, 21.6)  # twelve labels of 86.4 × 42.3 mm


@dataclass(frozen=True, slots=True)
class Concealing:
    """One concealing label: what it says, the code of its sheet, and its place in the batch."""

    recipient: Recipient
    sheet_code: str
    order: str


def _layout(name: str, grid: Grid, *, customer: bool) -> Layout:
    cells = [grid.cell(number) for number in range(grid.per_page)]
    codes = {f"bars {number}": CodeRegion(cell, Symbology.CODE_128) for number, cell in enumerate(cells)}
    if customer:
        # The bars lie 4.5 mm above the lower edge of their label; their middle is that of the region.
        codes = {
            f"customer {number}": CodeRegion(Region(cell.left + 4, cell.top + cell.height - 9.12, cell.width - 6, 6), Symbology.CUSTOMER)
            for number, cell in enumerate(cells)
        }
    return Layout(_LAYOUTS / f"{name}.typ", Places({f"label {number}": cell for number, cell in enumerate(cells)}, codes))


_CONCEALING = _layout("concealing", CONCEALING, customer=False)
_ADDRESSES = _layout("address-labels", ADDRESSES, customer=True)


def print_concealing(labels: Sequence[Concealing], frame: Frame, out: Path, *, progress: Progress, start_at: int = 1) -> Printed:
    """Print concealing labels: code, place, deadline and 「要予約」, to be stuck over the numbers of J-LIS's postcard.

    Neither name nor address is on it: the 予約用ID says to whose postcard it belongs. Raises what `print_batch` raises.
    """
    sheets, left = list[Sheet](), list(labels)
    for number, places in enumerate(pages_with_start(len(labels), CONCEALING.per_page, start_at), start=1):
        here = [(place, left.pop(0)) for place in places]
        facts = [facts_of(label.recipient, frame) for _place, label in here]
        sheets.append(
            Sheet(
                sheet_id=here[0][1].sheet_code,
                data={
                    "labels": [
                        {
                            "place": place,
                            "facts": [{"label": name, "value": value, "strong": strong} for name, value, strong in fact],
                            "bars": code_128(label.sheet_code),
                            "code": label.sheet_code,
                            "order": label.order,
                        }
                        for (place, label), fact in zip(here, facts, strict=True)
                    ],
                    "number": number,
                },
                texts={
                    f"label {place}": frame.words.title
                    + frame.words.lead
                    + "".join(name + value for name, value, _strong in fact)
                    + label.sheet_code
                    + label.order
                    for (place, label), fact in zip(here, facts, strict=True)
                },
                codes={f"bars {place}": label.sheet_code for place, label in here},
            )
        )
    common = {
        "grid": CONCEALING.as_data(),
        "window": {},
        "text_families": frame.shelf.text_families,
        "title": frame.words.title,
        "lead": frame.words.lead,
    }
    return print_batch(_CONCEALING, common, sheets, out, total=len(sheets), shelf=frame.shelf, progress=progress)


def print_addresses(recipients: Sequence[Recipient], out: Path, *, shelf: Shelf, progress: Progress, start_at: int = 1) -> Printed:
    """Print address labels with the customer barcode where there is one. Raises what `print_batch` raises."""
    sheets, left = list[Sheet](), list(recipients)
    for number, places in enumerate(pages_with_start(len(recipients), ADDRESSES.per_page, start_at), start=1):
        labels, texts, codes = [], {}, {}
        for place in places:
            recipient = left.pop(0)
            name = shelf.set_name(recipient.name.strip())
            lines = [shelf.set_name(line) for line in recipient.address]
            postcode = f"{recipient.postcode[:3]}-{recipient.postcode[3:]}" if recipient.postcode else ""
            try:
                states = customer_barcode.bars(customer_barcode.characters(recipient.postcode, "\u3000".join(recipient.address)))
            except customer_barcode.NotCodable:
                states = ""
            labels.append(
                {"place": place, "postcode": postcode, "address": [line.runs for line in lines], "name": name.runs, "customer": states}
            )
            words = "".join(line.printed for line in lines) + name.printed
            texts[f"label {place}"] = (f"〒{postcode}" if postcode else "") + words + "様"
            if states:
                codes[f"customer {place}"] = states
        sheets.append(Sheet(f"addresses-{number}", {"labels": labels}, texts, codes))
    common = {
        "grid": ADDRESSES.as_data(),
        "text_families": shelf.text_families,
        "name_families": [face.family for face in shelf.names],
        "window": {"width": ADDRESSES.width - 12, "address": ADDRESSES.height - 14},
    }
    return print_batch(_ADDRESSES, common, sheets, out, total=len(sheets), shelf=shelf, progress=progress)
