"""調整用紙: rulers at all edges by which the offset is measured, and bars of three sizes by which the scanner is tried on this print."""

import tempfile
from pathlib import Path

from django.conf import settings

from madoguchi.delivery.printers.models import Printer
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.codes import code_128
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

CODES = {"TEST-050": 0.5, "TEST-033": 0.33, "TEST-025": 0.25}
"""What each of the codes says, and how wide (mm) its thinnest bar is: sleeves and letters use the second, the third is the finest."""
_TOP, _STEP = 150.0, 34.0
_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "test-sheet.typ",
    Places(
        texts={"facts": Region(30, 30, 150, 20)},
        codes={
            code: CodeRegion(Region(30, _TOP + number * _STEP, 150, _STEP - 2), Symbology.CODE_128) for number, code in enumerate(CODES)
        },
    ),
)


def print_test_sheet(printer: Printer) -> bytes:
    """Return the sheet as PDF, read back and not yet shifted; raises what `print_batch` raises."""
    facts = [printer.name, f"右へ {printer.offset_x} mm、下へ {printer.offset_y} mm", format_long(clock.today())]
    bars = [
        {"code": code, "module": width, "bars": code_128(code), "top": _TOP + number * _STEP}
        for number, (code, width) in enumerate(CODES.items())
    ]
    sheet = Sheet("test-sheet", data={"facts": facts, "bars": bars}, texts={"facts": "".join(facts)}, codes={code: code for code in CODES})
    shelf = zone_shelf()
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".printer-") as folder:
        common = {"text_families": shelf.text_families}
        printed = print_batch(_LAYOUT, common, [sheet], Path(folder, "sheet.pdf"), total=1, shelf=shelf, progress=Silent())
        return printed.path.read_bytes()
