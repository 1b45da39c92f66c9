"""交付案内: from one card's record to the sheet that carries it, and what must be read on that sheet."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.delivery.dispatch.texts import NoticeText
from madoguchi.kernel.numbers import display_serial
from madoguchi.kernel.wareki import format_long
from madoguchi.platform.documents.batches import Layout
from madoguchi.platform.documents.codes import code_128, qr_svg
from madoguchi.platform.documents.fonts import Setting, Shelf
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology

# Where the window of a 長形3号 envelope shows the sheet, with room for it to slide; in millimetres.
WINDOW = Region(24, 16, 82, 42)
LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "notice.typ",
    Places(
        texts={"address": Region(20, 10, 96, 58), "facts": Region(19, 112, 124, 53), "foot": Region(134, 284.5, 58, 6)},
        codes={
            "qr": CodeRegion(Region(147, 112, 43, 38), Symbology.QR),
            "bars": CodeRegion(Region(132, 278, 62, 3), Symbology.CODE_128),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a notice says of one card and its person."""

    serial: str
    code: str | None
    name: str
    postcode: str
    address: tuple[str, ...]
    place: str
    telephone: str
    birthday_known: bool


@dataclass(frozen=True, slots=True)
class Composed:
    """A sheet ready to be set, and the code points on it that no font has."""

    sheet: Sheet
    missing: tuple[str, ...]


def address_lines(address: str, house: str) -> tuple[str, ...]:
    """Split an address as its list writes it: the building stands behind a full-width space or in a field of its own (方書)."""
    street, _, building = address.strip().partition("\u3000")
    return tuple(line for line in (street, building.strip(), house.strip()) if line)


def booking_address(public_url: str, recipient: Recipient) -> str:
    """Return what the QR code holds: the secret stands in the fragment, which no browser sends to a server (RFC 3986, 3.5).

    Empty where the person cannot book alone (生月日 unknown), or no public address is set.
    """
    if not public_url or not recipient.birthday_known:
        return ""
    secret = f"{recipient.serial}.{recipient.code}" if recipient.code else recipient.serial
    return f"{public_url.rstrip('/')}/q#{secret}"


def common_data(text: NoticeText, shelf: Shelf, *, today: dt.date, public_url: str) -> dict[str, object]:
    """Return what all sheets of a batch share, for the layout."""
    return {
        "window": {"left": WINDOW.left, "top": WINDOW.top, "width": WINDOW.width, "height": WINDOW.height},
        "text_families": shelf.text_families,
        "name_families": [face.family for face in shelf.names],
        "date": format_long(today),
        "sender": text.sender,
        "section": text.section,
        "title": text.title,
        "lead": text.lead,
        "facts_heading": "予約に使う番号と受け取り",
        "qr_caption": "スマートフォンで読み取ると\n予約の画面が開きます",
        "steps": _items(text.steps.replace("{public_url}", public_url.rstrip("/") or "市区町村のホームページ")),
        "steps_by_staff": _items(text.steps_by_staff),
        "bring_heading": "当日お持ちいただくもの",
        "bring": _items(text.bring),
        "notes_heading": "ご注意",
        "notes": _items(text.notes),
    }


def _items(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def compose(
    recipient: Recipient, text: NoticeText, shelf: Shelf, *, sheet_code: str, order: str, deadline: dt.date, public_url: str
) -> Composed:
    """Lay out the sheet of one recipient; `order` is its place in the batch (12 / 159)."""
    name = shelf.set_name(recipient.name.strip())
    lines = [shelf.set_name(line) for line in recipient.address]
    postcode = f"{recipient.postcode[:3]}-{recipient.postcode[3:]}" if recipient.postcode else ""
    facts = _facts(recipient, deadline)
    url = booking_address(public_url, recipient)
    sheet = Sheet(
        sheet_code,
        data={
            "postcode": postcode,
            "address": [line.runs for line in lines],
            "name": name.runs,
            "facts": [{"label": label, "value": value, "strong": strong} for label, value, strong in facts],
            "qr": qr_svg(url) if url else "",
            "by_staff": not recipient.birthday_known,
            "contact": _contact(recipient, text),
            "bars": code_128(sheet_code),
            "sheet_id": sheet_code,
            "order": order,
        },
        texts={
            "address": (f"〒{postcode}" if postcode else "") + _printed(lines) + name.printed + "様",
            "facts": "".join(label + value for label, value, _ in facts),
            "foot": sheet_code + order,
        },
        codes={"qr": url, "bars": sheet_code} if url else {"bars": sheet_code},
    )
    return Composed(sheet, tuple(dict.fromkeys(point for setting in (*lines, name) for point in setting.missing)))


def _printed(settings: Sequence[Setting]) -> str:
    return "".join(setting.printed for setting in settings)


def _facts(recipient: Recipient, deadline: dt.date) -> list[tuple[str, str, bool]]:
    facts = [("予約用ID", display_serial(recipient.serial), True)]
    if recipient.code:
        facts.append(("予約コード", f"{recipient.code[:4]} {recipient.code[4:]}", True))
    facts.append(("交付場所", recipient.place or "予約のときにお選びください", False))
    facts.append(("受取期限", f"{format_long(deadline)}まで", False))
    return facts


def _contact(recipient: Recipient, text: NoticeText) -> str:
    if text.contact.strip():
        return f"お問い合わせ\n{text.contact.strip()}"
    who = " ".join(part for part in (text.sender, text.section.replace("\n", " ")) if part)
    return f"お問い合わせ\n{who}" + (f"\n電話 {recipient.telephone}" if recipient.telephone else "")
