"""What is in a scanned file: its pages as pictures that any browser shows, and the codes of our cover sheets on them.

Nothing that comes from outside is trusted: sizes are looked at before anything is unpacked, and whatever a damaged file does to a
library ends as one sentence. This module knows neither Django nor the database; it runs in a process of its own (`reader_process`).
"""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from PIL import Image

from madoguchi.kernel.labels import COVER_LETTER, LabelError, read_own_code

LARGEST_FILE = 64 * 1024 * 1024
MOST_PAGES = 200
# An A3 sheet at 400 dpi has 31 million dots.
MOST_DOTS = 80_000_000
_VIEW_WIDTH, _VIEW_HEIGHT = 1700, 2400
THUMB = (180, 240)
QUALITY = 72
_POINTS_PER_INCH = 72
_HIGHEST_RATIO = 40

SENTENCES = {
    "empty": "ファイルが空です。スキャンし直してください。",
    "large": "ファイルが大きすぎます (64 MB まで)。分けてスキャンしてください。",
    "kind": "読めない種類のファイルです。TIFF、JPEG、PNG、PDF のどれかにしてください。",
    "pages": "ページが多すぎます (200 ページまで)。分けてスキャンしてください。",
    "dots": "画像が大きすぎます。解像度を 400 dpi までに下げて、スキャンし直してください。",
    "shape": "紙とは思えない細長い画像です。スキャンし直してください。",
    "locked": "パスワードの付いた PDF です。パスワードを外してから入れてください。",
    "damaged": "ファイルが壊れています。スキャンし直してください。",
}


class Unreadable(Exception):
    """A file is refused; `code` is a key of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page: a JPEG for the screen, a small one for the overview, its size in dots, and the code of a cover sheet on it (or "")."""

    view: bytes
    thumb: bytes
    width: int
    height: int
    cover: str


def mime_of(content: bytes) -> str:
    """Return the kind of a file by its first bytes; raises Unreadable. What its name says does not count."""
    if not content:
        raise Unreadable("empty")
    if len(content) > LARGEST_FILE:
        raise Unreadable("large")
    if content[:4] in {b"II*\0", b"MM\0*"}:
        return "image/tiff"
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if content[:5] == b"%PDF-":
        return "application/pdf"
    raise Unreadable("kind")


def read_pages(content: bytes) -> Iterator[PagePicture]:
    """Yield the pages of a scanned file in their order; raises Unreadable for whatever is wrong with it."""
    pages = _pdf_pages(content) if mime_of(content) == "application/pdf" else _picture_pages(content)
    try:
        for number, page in enumerate(pages):
            if number >= MOST_PAGES:
                raise Unreadable("pages")
            yield _finished(page)
    except Unreadable:
        raise
    except Exception as fault:  # what libraries raise on damaged files is no closed list
        raise Unreadable("damaged") from fault


def _picture_pages(content: bytes) -> Iterator[Image.Image]:
    Image.MAX_IMAGE_PIXELS = None  # every frame is measured below, before it is unpacked
    with Image.open(io.BytesIO(content), formats=("TIFF", "JPEG", "PNG")) as picture:
        frames = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
        if frames > MOST_PAGES:
            raise Unreadable("pages")
        for number in range(frames):
            picture.seek(number)
            _measure(*picture.size)
            yield picture.convert("L" if picture.mode in {"1", "L", "I;16", "I", "F"} else "RGB")


def _pdf_pages(content: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        raise Unreadable("locked" if "password" in str(fault).lower() else "damaged") from fault
    try:
        if not 0 < len(document) <= MOST_PAGES:
            raise Unreadable("pages" if len(document) else "damaged")
        for page in document:
            width, height = page.get_size()
            if not (math.isfinite(width) and math.isfinite(height)):
                raise Unreadable("damaged")
            _measure(max(1, int(width)), max(1, int(height)))
            scale = min(200 / _POINTS_PER_INCH, _VIEW_WIDTH * 2 / max(width, 1), _VIEW_HEIGHT * 2 / max(height, 1))
            yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
            page.close()
    finally:
        document.close()


def _measure(width: int, height: int) -> None:
    if width * height > MOST_DOTS:
        raise Unreadable("dots")
    if min(width, height) < 1 or max(width, height) > _HIGHEST_RATIO * min(width, height):
        raise Unreadable("shape")


def _finished(picture: Image.Image) -> PagePicture:
    width, height = picture.size
    picture.thumbnail((_VIEW_WIDTH, _VIEW_HEIGHT))
    view, thumb = io.BytesIO(), io.BytesIO()
    picture.save(view, "JPEG", quality=QUALITY)
    cover = _cover_on(picture)
    picture.thumbnail(THUMB)
    picture.save(thumb, "JPEG", quality=QUALITY)
    return PagePicture(view.getvalue(), thumb.getvalue(), width, height, cover)


def _cover_on(picture: Image.Image) -> str:
    """Return the code of our cover sheet on a page. No other code is looked at: the one on a card's back is a 個人番号."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
    for found in zxingcpp.read_barcodes(picture, formats=formats):
        try:
            return read_own_code(found.text, COVER_LETTER)
        except LabelError:
            continue
    return ""
