"""A scanned 交付一覧: the bar codes on its pages are the cards of the box, taken in as if each had been read by hand (DL-01).

What is on the paper is read by machine alone and nothing of it is kept. The cards still wait for 検品 by two people, one by one, and the
arrival closes only when delivery note, readings and inspections agree: a list that names a card too many keeps it open.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image, ImageSequence, UnidentifiedImageError

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.intake import audited
from madoguchi.delivery.intake.models import ArrivedCard
from madoguchi.delivery.intake.receiving import ReceivingRefused, scan_card
from madoguchi.kernel.numbers import find_individual_numbers
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_PAGES = 30
LARGEST = 50 * 1024 * 1024
_LARGEST_PICTURE = 60_000_000
_DOTS_PER_INCH = 200
_POINTS_PER_INCH = 72
_FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.ITF,
        zxingcpp.BarcodeFormat.QRCode,
    ]
)


class NoList(Exception):
    """A file is no scanned list; the message is a sentence for the clerk."""


@dataclass(frozen=True, slots=True)
class ScannedList:
    """What was read: the codes in the order of the pages, each once, and the pages on which there was none."""

    codes: tuple[str, ...]
    pages: int
    empty_pages: tuple[int, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the codes of a list: how many cards arrived with it, were there before, and what could not be taken in and why."""

    arrived: int
    known: int
    strangers: int
    refusals: tuple[str, ...]


def read_scanned(path: Path) -> ScannedList:
    """Read the bar codes of a picture (TIFF with pages, JPEG, PNG) or a PDF; raises NoList.

    A code that may be a 個人番号 is dropped here and counted, and goes no further.
    """
    seen: dict[str, None] = {}
    empty, dropped, number = [], 0, 0
    for number, picture in enumerate(_pictures(path), start=1):
        found = [code.text.strip().strip("*") for code in zxingcpp.read_barcodes(picture, formats=_FORMATS) if code.text.strip()]
        safe = [text for text in found if not find_individual_numbers(text)]
        dropped += len(found) - len(safe)
        seen |= dict.fromkeys(safe)
        if not found:
            empty.append(number)
    return ScannedList(tuple(seen), number, tuple(empty), dropped)


def _pictures(path: Path) -> Iterator[Image.Image]:
    if path.stat().st_size > LARGEST:
        raise NoList("ファイルが大きすぎます。50 MB までです。ページを分けてください。")
    with path.open("rb") as handle:
        is_pdf = handle.read(5) == b"%PDF-"
    yield from _of_pdf(path) if is_pdf else _of_picture(path)


def _of_pdf(path: Path) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise NoList("PDF として読めません。スキャンし直してください。") from error
    with closing(document):
        if len(document) > MOST_PAGES:
            raise NoList(f"ページが多すぎます。{MOST_PAGES} ページまでです。分けて読み込んでください。")
        for page in document:
            if page.get_width() * page.get_height() * (_DOTS_PER_INCH / _POINTS_PER_INCH) ** 2 > _LARGEST_PICTURE:
                raise NoList("ページが大きすぎます。A3 までの大きさでスキャンしてください。")
            yield page.render(scale=_DOTS_PER_INCH / _POINTS_PER_INCH, grayscale=True).to_pil()


def _of_picture(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path, formats=("TIFF", "JPEG", "PNG")) as image:
            if getattr(image, "n_frames", 1) > MOST_PAGES:
                raise NoList(f"ページが多すぎます。{MOST_PAGES} ページまでです。分けて読み込んでください。")
            for frame in ImageSequence.Iterator(image):
                if frame.width * frame.height > _LARGEST_PICTURE:
                    raise NoList("画像が大きすぎます。200dpi でスキャンしてください。")
                yield frame.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NoList("画像 (TIFF、JPEG、PNG) でも PDF でもありません。スキャンし直してください。") from error


def take_in_scanned(arrival_pk: int, scanned: ScannedList, actor: Actor) -> TakenIn:
    """Take the cards of a scanned list in, each as `receiving.scan_card` does; what cannot be is told and stops none of the others."""
    arrived = known = strangers = 0
    refusals: dict[str, None] = {}
    for code in scanned.codes:
        card = cards.by_any_number(code)
        if card is None:
            strangers += 1
            continue
        if ArrivedCard.objects.filter(arrival_id=arrival_pk, card=card).exists():
            known += 1
            continue
        try:
            scan_card(arrival_pk, code, actor)
        except ReceivingRefused as refused:
            refusals.setdefault(f"{card.serial}: {refused}")
        else:
            arrived += 1
    content = {"pages": scanned.pages, "codes": len(scanned.codes), "arrived": arrived, "strangers": strangers, "dropped": scanned.dropped}
    record(actor, audited.READ_SCANNED, subject=f"arrival:{arrival_pk}", content=content)
    return TakenIn(arrived, known, strangers, tuple(refusals))
