"""Shifting finished sheets for a printer that lies off: the boxes of the pages move, what is drawn on them does not change.

The sheets were read back before. So that the record of each sheet still holds, the digests of all pages, their boxes aside, are compared
before and after; a file that differs in anything else is not given out.
"""

import io
from decimal import Decimal

import pikepdf

from madoguchi.platform.documents.batches import BatchStopped
from madoguchi.platform.documents.readback import Mismatch, page_digests

_POINTS_PER_MM = Decimal(72) / Decimal("25.4")
_BOXES = ("/MediaBox", "/CropBox")


def shifted(pdf: bytes, right_mm: Decimal, down_mm: Decimal) -> bytes:
    """Return the PDF with everything on its pages so many millimetres further right and further down (less than zero: left, up).

    Raises BatchStopped when a page of the result draws anything else than before.
    """
    if not right_mm and not down_mm:
        return pdf
    right, down = right_mm * _POINTS_PER_MM, down_mm * _POINTS_PER_MM
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as whole:
        before = _digests_without_boxes(whole)
    with pikepdf.open(io.BytesIO(pdf)) as whole:
        for page in whole.pages:
            left, bottom, far, top = (Decimal(str(side)) for side in page.mediabox)
            box = [left - right, bottom + down, far - right, top + down]
            for name in _BOXES:
                page.obj[name] = pikepdf.Array([round(side, 3) for side in box])
        whole.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(io.BytesIO(out.getvalue())) as whole:
        after = _digests_without_boxes(whole)
    if before != after:
        raise BatchStopped([Mismatch("", "shifted")])
    return out.getvalue()


def _digests_without_boxes(whole: pikepdf.Pdf) -> list[str]:
    for page in whole.pages:
        for name in _BOXES:
            if name in page.obj:
                del page.obj[name]
    return page_digests(whole)
