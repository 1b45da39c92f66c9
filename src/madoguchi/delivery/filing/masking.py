"""伏せ字: numbers on the picture of a filed paper are blacked out by two people (DL-32).

What everybody sees from then on is the masked picture, made anew from dots: nothing lies under the black. The scanned file and the
picture before are destroyed; only where the rule for the kind of paper says so is the picture before kept, sealed, and it is shown
only before a second person. Copies in backups are not reached.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import zxingcpp
from django.db import transaction
from PIL import Image, ImageDraw

from madoguchi.delivery.filing import audited
from madoguchi.delivery.filing.image_store import ImageStore, thumb_name, unmasked_name, view_name
from madoguchi.delivery.filing.models import ImageView, Mask, Page, StoredFile
from madoguchi.delivery.filing.reading import QUALITY, THUMB
from madoguchi.delivery.filing.services import Refused, touch
from madoguchi.kernel.numbers import is_individual_number
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

WHOLE = 1000
MOST_RECTANGLES = 4
_SMALLEST = 5
_TWELVE = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a picture, in thousandths of its width and height from the left upper corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def is_inside(self) -> bool:
        """Whether it lies on the picture and is large enough to hide something."""
        return (
            min(self.left, self.top) >= 0
            and min(self.width, self.height) >= _SMALLEST
            and self.left + self.width <= WHOLE
            and self.top + self.height <= WHOLE
        )

    def turned(self, angle: int) -> "Rectangle":
        """Return where it is after the picture was turned clockwise by `angle`."""
        match angle % 360:
            case 90:
                return Rectangle(WHOLE - self.top - self.height, self.left, self.height, self.width)
            case 180:
                return Rectangle(WHOLE - self.left - self.width, WHOLE - self.top - self.height, self.width, self.height)
            case 270:
                return Rectangle(self.top, WHOLE - self.left - self.width, self.height, self.width)
            case _:
                return self


def blacked(view: bytes, rectangles: Sequence[Rectangle]) -> bytes:
    """Return a picture of our own making with the rectangles filled black; what was under them is not in it any more."""
    with Image.open(io.BytesIO(view), formats=("JPEG",)) as kept:
        picture = kept.convert("RGB")
    draw, (width, height) = ImageDraw.Draw(picture), picture.size
    for one in rectangles:
        left, top = one.left * width // WHOLE, one.top * height // WHOLE
        # Rounded outwards: no column of dots of the number may be left.
        right, bottom = -(-(one.left + one.width) * width // WHOLE), -(-(one.top + one.height) * height // WHOLE)
        draw.rectangle((left, top, right, bottom), fill=(0, 0, 0))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def codes_with_numbers(view: bytes) -> list[Rectangle]:
    """Return where barcodes lie that hold a 個人番号. What they say is looked at and forgotten; printed digits are not read (no OCR)."""
    with Image.open(io.BytesIO(view), formats=("JPEG",)) as picture:
        width, height = picture.size
        found = [code.position for code in zxingcpp.read_barcodes(picture) if any(map(is_individual_number, _TWELVE.findall(code.text)))]
    rectangles = []
    for place in found:
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        across, down = [corner.x for corner in corners], [corner.y for corner in corners]
        # A little wider than the code, and a linear code is found as a line: at least a twentieth of the page high.
        left, top = max(0, min(across) * WHOLE // width - 10), max(0, min(down) * WHOLE // height - 25)
        right, bottom = min(WHOLE, max(across) * WHOLE // width + 10), min(WHOLE, max(down) * WHOLE // height + 25)
        rectangles.append(Rectangle(left, top, right - left, bottom - top))
    return rectangles[:MOST_RECTANGLES]


def proposed(page: Page) -> list[Rectangle]:
    """Return what might have to be masked on a page, as it is shown."""
    view = ImageStore().open(view_name(page.file.digest, page.file_page))
    return [one.turned(page.rotation) for one in codes_with_numbers(view)]


def mask(page: Page, shown: Sequence[Rectangle], actor: Actor, second: Staff, *, reason: str, expected_version: int) -> Mask:
    """Black the rectangles out, given on the page as it is shown. Cannot be taken back where the rule for the kind keeps nothing.

    The scanned file goes behind the transaction; what a fault leaves of it is removed by the nightly sweep.

    Raises:
        Refused: no rectangle, one beside the page, or somebody else changed the paper in between.
        PictureMissing: there is no picture.
    """
    if not 0 < len(shown) <= MOST_RECTANGLES or not all(one.is_inside for one in shown):
        raise Refused("伏せる場所を、画像の中に1つから4つまで決めてください。")
    rectangles = [one.turned(-page.rotation) for one in shown]
    digest, number, keeps = page.file.digest, page.file_page, page.document.document_class.keeps_unmasked
    store = ImageStore()
    before = store.open(view_name(digest, number))
    masked = blacked(before, rectangles)
    with transaction.atomic():
        touch(page.document_id, expected_version, actor)
        was_masked = Mask.objects.filter(page=page, keeps_unmasked=True).exists()
        row = Mask.objects.create(
            page=page,
            rectangles=[list(astuple(one)) for one in rectangles],
            keeps_unmasked=keeps,
            reason=reason,
            by=actor.user_id,
            by_name=actor.user_name,
            second=second.user_id,
            second_name=second.name,
        )
        if not keeps:
            StoredFile.objects.filter(pk=page.file_id).update(removed_at=clock.now())
        content = {"page": page.position, "rectangles": len(rectangles), "second": second.user_id, "kept": keeps}
        marked = page.document.document_class.holds_individual_number
        record(
            actor,
            audited.MASK_PAGE,
            subject=f"document:{page.document_id}",
            content=content,
            reason=reason,
            individual_number_access=marked,
        )
        # The pictures change last before the commit: a fault leaves a masked picture without its row, never the other way round.
        if keeps and not was_masked:
            store.keep(unmasked_name(digest, number), before)
        store.keep(view_name(digest, number), masked)
        store.keep(thumb_name(digest, number), _small(masked))
    if not keeps:
        store.remove(unmasked_name(digest, number))
        store.remove(digest)
    return row


def _small(view: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(view), formats=("JPEG",)) as picture:
        picture.thumbnail(THUMB)
        picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def keeps_what_was_there(page: Page) -> bool:
    """Return whether the picture before the mask is kept: the newest mask of the page decides."""
    newest = Mask.objects.filter(page=page).first()
    return newest is not None and newest.keeps_unmasked


@transaction.atomic
def open_unmasked(page: Page, actor: Actor, second: Staff, reason: str) -> bytes:
    """Return the picture before the mask, on record with who agreed to it and why.

    Raises:
        Refused: it is not kept.
        PictureMissing: it is not there.
    """
    if not keeps_what_was_there(page):
        raise Refused("伏せる前の画像は残っていません。")
    content = ImageStore().open(unmasked_name(page.file.digest, page.file_page))
    marked = page.document.document_class.holds_individual_number
    ImageView.objects.create(
        document_id=page.document_id,
        by=actor.user_id,
        by_name=actor.user_name,
        page=page.position,
        reason=reason,
        individual_number=marked,
    )
    record(
        actor,
        audited.VIEW_UNMASKED,
        subject=f"document:{page.document_id}",
        content={"page": page.position, "second": second.user_id},
        reason=reason,
        individual_number_access=marked,
    )
    return content
