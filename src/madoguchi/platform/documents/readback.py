"""Reading finished sheets back: what stands on the paper must be what stands in the record, sheet by sheet, before anything is released.

Documents of one person have gone to another because a print job was believed and not read. The reader here shares nothing with the
compiler: PDFium takes the text out of each region of the page, ZXing reads the codes from the picture of the page.
"""

import enum
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image

from madoguchi.kernel import customer_barcode
from madoguchi.platform.documents.fonts import BREAK

_POINTS_PER_MM = 72 / 25.4
_DOTS_PER_POINT = (3.0, 6.0)  # 216 dpi; a code that does not read there is looked at once more, twice as large, with all the reader can do
_ARM_MM, _RUN = 1.08, re.compile(b"\x01+")
_IS_DARK = bytes(grey < 128 for grey in range(256))
_HYPHENS_AT_LINE_END = ("\ufffe", "\x02")  # what PDFium makes of a hyphen before a line break


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the page in millimetres from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


class Symbology(enum.Enum):
    """Which kind of code stands in a region."""

    QR = zxingcpp.BarcodeFormat.QRCode
    CODE_128 = zxingcpp.BarcodeFormat.Code128
    CUSTOMER = "customer"  # the post office's four-state bars, which ZXing does not know; the region's middle is that of the bars


@dataclass(frozen=True, slots=True)
class CodeRegion:
    """Where a code stands, and of what kind it is."""

    region: Region
    symbology: Symbology


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a layout that are read back, by name: rectangles of text, and codes."""

    texts: Mapping[str, Region]
    codes: Mapping[str, CodeRegion]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to be set: its id, its data for the layout, and what must be read on it.

    `texts` maps a region's name to everything that stands in it, in reading order, as printed (`fonts.Setting.printed`); white space is
    not compared, since a line may break anywhere. `codes` maps a region's name to the content of the code in it.
    """

    sheet_id: str
    data: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A sheet that does not carry its record: which one, and in which region. Never the text itself."""

    sheet_id: str
    region: str


def bare(text: str) -> str:
    """Return `text` without white space and break opportunities, which depend on where lines end."""
    for mark in _HYPHENS_AT_LINE_END:
        text = text.replace(mark, "-")
    return "".join(text.replace(BREAK, "").split())


def check_part(pdf: bytes, sheets: Sequence[Sheet], places: Places) -> list[Mismatch]:
    """Read every page of `pdf` and compare it with the sheet that should be on it, in order.

    A page too many or too few is a mismatch of the sheet where the count went wrong. Returns every mismatch; an empty list means that
    all sheets are right.
    """
    document = pypdfium2.PdfDocument(pdf)
    try:
        if len(document) != len(sheets):
            last = sheets[min(len(document), len(sheets) - 1)]
            return [Mismatch(last.sheet_id, "pages")]
        return [mismatch for page, sheet in zip(document, sheets, strict=True) for mismatch in _check_page(page, sheet, places)]
    finally:
        document.close()


def _check_page(page: pypdfium2.PdfPage, sheet: Sheet, places: Places) -> Iterator[Mismatch]:
    height = page.get_height()
    text_page = page.get_textpage()
    for name, expected in sheet.texts.items():
        region = places.texts[name]
        found = text_page.get_text_bounded(
            left=region.left * _POINTS_PER_MM,
            top=height - region.top * _POINTS_PER_MM,
            right=(region.left + region.width) * _POINTS_PER_MM,
            bottom=height - (region.top + region.height) * _POINTS_PER_MM,
        )
        if bare(found) != bare(expected):
            yield Mismatch(sheet.sheet_id, name)
    for name, expected in sheet.codes.items():
        if _read_code(page, places.codes[name]) != [expected]:
            yield Mismatch(sheet.sheet_id, name)


def _read_code(page: pypdfium2.PdfPage, place: CodeRegion) -> list[str]:
    """Read the codes in a region from its picture; a picture in which none is found is made once more with more dots."""
    if place.symbology is Symbology.CUSTOMER:
        states = bar_states(_picture(page, place.region, _DOTS_PER_POINT[0]), _DOTS_PER_POINT[0] * _POINTS_PER_MM)
        return [states] if states else []
    for scale in _DOTS_PER_POINT:
        picture = _picture(page, place.region, scale)
        thorough = scale != _DOTS_PER_POINT[0]
        read = zxingcpp.read_barcodes(
            picture,
            formats=zxingcpp.BarcodeFormats(place.symbology.value),
            try_rotate=thorough,
            try_downscale=thorough,
            try_invert=thorough,
        )
        if read:
            return [code.text for code in read]
    return []


def _picture(page: pypdfium2.PdfPage, region: Region, scale: float) -> Image.Image:
    width, height = page.get_size()
    picture: Image.Image = page.render(
        scale=scale,
        grayscale=True,
        may_draw_forms=False,
        crop=(
            region.left * _POINTS_PER_MM,
            height - (region.top + region.height) * _POINTS_PER_MM,
            width - (region.left + region.width) * _POINTS_PER_MM,
            region.top * _POINTS_PER_MM,
        ),
    ).to_pil()
    return picture


def bar_states(picture: Image.Image, dots_per_mm: float) -> str:
    """Read the bars of a customer barcode in whose middle line `picture` has its own: 1 long, 2 upper, 3 lower, 4 timing.

    Empty when there is no bar. The middle line meets every bar; a millimetre above and below it stands what makes them differ.
    """
    width, height = picture.size
    grey = picture.convert("L").tobytes()
    middle, reach = height // 2, round(_ARM_MM * dots_per_mm)
    if not reach < middle:
        return ""

    def row(y: int) -> bytes:
        return grey[y * width : (y + 1) * width].translate(_IS_DARK)

    above, below = row(middle - reach), row(middle + reach)
    states = {(1, 1): customer_barcode.LONG, (1, 0): customer_barcode.UPPER, (0, 1): customer_barcode.LOWER}
    bars = [(found.start() + found.end()) // 2 for found in _RUN.finditer(row(middle))]
    return "".join(states.get((above[x], below[x]), customer_barcode.TIMING) for x in bars)


def page_digests(pdf: pikepdf.Pdf) -> list[str]:
    """Return a digest of each page's content with everything it draws from: fonts, pictures, sizes.

    Pages with one digest are printed alike. It shows that the merged file holds exactly the pages that were checked in its parts, in
    their order, without reading each page a second time.
    """
    known: dict[tuple[int, int], str] = {}
    return [
        hashlib.sha256(
            b"".join(_digest(page.obj.get(name), known) for name in ("/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents"))
        ).hexdigest()
        for page in pdf.pages
    ]


# Where an object is filed and how its bytes are packed says nothing about what is printed.
_NOT_PRINTED = frozenset(["/Parent", "/P", "/StructParents", "/StructParent", "/Length", "/Filter", "/DecodeParms"])


def _digest(value: object, known: dict[tuple[int, int], str]) -> bytes:
    if not isinstance(value, pikepdf.Object):
        return f"{type(value).__name__}:{value!r};".encode()
    number = value.objgen
    if number in known:
        return known[number].encode()
    content = hashlib.sha256()
    if isinstance(value, pikepdf.Array):
        for item in value:
            content.update(_digest(item, known))
    elif isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        for key in sorted(value.keys()):
            if key not in _NOT_PRINTED:
                content.update(key.encode() + b"=" + _digest(value[key], known))
        if isinstance(value, pikepdf.Stream):
            content.update(b"stream:" + value.read_bytes())
    else:
        content.update(value.unparse())
    digest = content.hexdigest()
    if number != (0, 0):
        known[number] = digest
    return digest.encode()


def digests_of_part(pdf: bytes) -> list[str]:
    """Return `page_digests` of a part as it came from the press."""
    with pikepdf.open(io.BytesIO(pdf)) as part:
        return page_digests(part)
