"""Cover sheets (帳票の表紙): one A4 sheet for each kind of paper of a card. It carries codes, never a name: it lies about on scanners."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from madoguchi.delivery.filing.models import CoverSheet
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.codes import code_128, qr_svg
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "cover.typ",
    Places(
        texts={"code": Region(20, 38, 170, 16)},
        codes={
            "qr": CodeRegion(Region(20, 60, 66, 66), Symbology.QR),
            "bars": CodeRegion(Region(92, 70, 108, 44), Symbology.CODE_128),
        },
    ),
)


def print_covers(covers: Sequence[CoverSheet]) -> bytes:
    """Return the PDF of cover sheets, each read back. Raises what `print_batch` raises; nothing is handed out then."""
    shelf = zone_shelf()
    common = {"text_families": shelf.text_families}
    sheets = [
        Sheet(
            cover.code,
            data={
                "code": cover.code,
                "kind": cover.document_class.name,
                "business": cover.document_class.business,
                "qr": qr_svg(cover.code),
                "bars": code_128(cover.code),
            },
            texts={"code": cover.code},
            codes={"qr": cover.code, "bars": cover.code},
        )
        for cover in covers
    ]
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".covers-") as folder:
        printed = print_batch(_LAYOUT, common, sheets, Path(folder, "covers.pdf"), total=len(sheets), shelf=shelf, progress=Silent())
        return printed.path.read_bytes()
