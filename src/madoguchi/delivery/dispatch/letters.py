"""From one card's record to the sheet that carries it, and what must be read on that sheet; for every kind of letter."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.dispatch.models import Kind, OtherAddress, Way
from madoguchi.delivery.dispatch.texts import LetterWords, filled
from madoguchi.kernel import customer_barcode
from madoguchi.kernel.numbers import display_serial
from madoguchi.kernel.wareki import format_long
from madoguchi.platform.documents.batches import Layout
from madoguchi.platform.documents.codes import code_128, qr_svg
from madoguchi.platform.documents.fonts import Setting, Shelf
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology

# Where the window of a 長形3号 envelope shows the sheet, with room for it to slide; in millimetres.
WINDOW = Region(24, 16, 82, 42)
_ADDRESS_HEIGHT = 29
_CODES = {
    "bars": CodeRegion(Region(20, 14, 62, 8), Symbology.CODE_128),
    # 1.62 mm are half a long bar: the middle of the region is the middle of the bars.
    "customer": CodeRegion(Region(27, WINDOW.top + WINDOW.height - 5.24 + 1.62 - 3, 75, 6), Symbology.CUSTOMER),
}
_QR = {"qr": CodeRegion(Region(147, 112, 43, 38), Symbology.QR)}
_ADDRESS, _FOOT = Region(20, 21, 96, 37), Region(134, 284.5, 58, 6)


def _layout(name: str, facts: Region, codes: Mapping[str, CodeRegion]) -> Layout:
    path = Path(__file__).parent / "layouts" / f"{name}.typ"
    return Layout(path, Places(texts={"address": _ADDRESS, "facts": facts, "foot": _FOOT}, codes=codes))


_NOTICE = _layout("notice", Region(19, 112, 124, 53), {**_CODES, **_QR})
_REMINDER = _layout("reminder", Region(19, 112, 124, 53), {**_CODES, **_QR})
LAYOUT_OF: Mapping[Kind, Layout] = MappingProxyType(
    {
        Kind.NOTICE: _NOTICE,
        Kind.RESEND: _NOTICE,
        Kind.CODE: _NOTICE,
        Kind.REMIND: _REMINDER,
        Kind.URGE: _REMINDER,
        Kind.WARNING: _REMINDER,
        Kind.INQUIRY: _layout("inquiry", Region(19, 108.5, 172, 24.5), _CODES),
        Kind.CARD: _layout("enclosure", Region(19, 112, 172, 53), _CODES),
    }
)
BAND_OF = MappingProxyType({Kind.REMIND: "督促（1回目）", Kind.URGE: "督促（2回目）", Kind.WARNING: "廃棄予告"})
# Letters with which a person books: they carry the code.
WITH_CODE = frozenset({Kind.NOTICE, Kind.RESEND, Kind.REMIND, Kind.URGE, Kind.WARNING, Kind.CODE, Kind.LABEL})


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a letter says of one card and its person."""

    serial: str
    code: str | None
    name: str
    postcode: str
    address: tuple[str, ...]
    place: str
    telephone: str
    birthday_known: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What all sheets of a batch share: its kind, its words with every placeholder filled, its days, the public address."""

    kind: Kind
    words: LetterWords
    made_on: dt.date
    deadline: dt.date
    public_url: str
    shelf: Shelf
    way: Way = Way.ORDINARY


@dataclass(frozen=True, slots=True)
class Composed:
    """A sheet ready to be set, the code points on it that no font has, and why it has no customer barcode (empty: it has one)."""

    sheet: Sheet
    missing: tuple[str, ...]
    uncoded: str = ""


def frame(
    kind: Kind,
    words: LetterWords,
    shelf: Shelf,
    *,
    made_on: dt.date,
    deadline: dt.date,
    public_url: str,
    municipality: str,
    way: Way = Way.ORDINARY,
) -> Frame:
    """Fill the placeholders of `words` for one batch; raises texts.UnknownPlaceholder: nothing is set with a brace that nobody knows."""
    values = {
        "public_url": public_url.rstrip("/") or "市区町村のホームページ",
        "municipality": municipality,
        "deadline": format_long(deadline),
        "today": format_long(made_on),
    }
    return Frame(kind, filled(words, values), made_on, deadline, public_url, shelf, way)


def address_lines(address: str, house: str) -> tuple[str, ...]:
    """Split an address as its list writes it: the building stands behind a full-width space or in a field of its own (方書)."""
    street, _, building = address.strip().partition("\u3000")
    return tuple(line for line in (street, building.strip(), house.strip()) if line)


def address_of(card: Card, other: OtherAddress | None) -> str:
    """Return the address that a letter bears, as 発送管理 keeps it: the other one (送付先) where there is one."""
    return other.address if other else "\u3000".join(address_lines(card.address, card.house))


def booking_address(public_url: str, recipient: Recipient) -> str:
    """Return what the QR code holds: the secret stands in the fragment, which no browser sends to a server (RFC 3986, 3.5).

    Empty where the person cannot book alone (生月日 unknown), or no public address is set.
    """
    if not public_url or not recipient.birthday_known:
        return ""
    secret = f"{recipient.serial}.{recipient.code}" if recipient.code else recipient.serial
    return f"{public_url.rstrip('/')}/q#{secret}"


def common_data(frame: Frame) -> dict[str, object]:
    """Return what all sheets of a batch share, for the layout."""
    words, shelf = frame.words, frame.shelf
    return {
        "window": {"left": WINDOW.left, "top": WINDOW.top, "width": WINDOW.width, "height": WINDOW.height, "address": _ADDRESS_HEIGHT},
        "text_families": shelf.text_families,
        "name_families": [face.family for face in shelf.names],
        "date": format_long(frame.made_on),
        "band": BAND_OF.get(frame.kind, ""),
        "deadline_words": f"受取期限 {format_long(frame.deadline)}",
        "sender": words.sender,
        "section": words.section,
        "title": words.title,
        "lead": words.lead,
        "facts_heading": _FACTS_HEADING.get(frame.kind, "予約に使う番号と受け取り"),
        "qr_caption": "スマートフォンで読み取ると\n予約の画面が開きます",
        "steps": _items(words.steps),
        "steps_by_staff": _items(words.steps_by_staff),
        "bring_heading": "同封しているもの" if frame.kind is Kind.CARD else "当日お持ちいただくもの",
        "bring": _items(words.bring),
        "notes_heading": "ご注意",
        "notes": _items(words.notes),
        **_ANSWER,
    }


_FACTS_HEADING = {Kind.INQUIRY: "照会する申請", Kind.CARD: "お届けするカード"}
_ANSWER = {
    "answer_heading": "回 答 書",
    "answer_lead": "上の照会について、私が申請したもので、マイナンバーカードの交付を受ける意思があることを回答します。",
    "answer_rows": ["回答した日", "氏名（自署）", "生年月日", "日中の電話番号"],
    "attorney_heading": "委任状（代理の方が受け取るときだけ）",
    "attorney_rows": ["代理の方の氏名", "代理の方の住所", "頼む理由"],
}


def _items(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def compose(recipient: Recipient, frame: Frame, *, sheet_code: str, order: str) -> Composed:
    """Lay out the sheet of one recipient; `order` is its place in the batch (12 / 159)."""
    shelf = frame.shelf
    name = shelf.set_name(recipient.name.strip())
    lines = [shelf.set_name(line) for line in recipient.address]
    postcode = f"{recipient.postcode[:3]}-{recipient.postcode[3:]}" if recipient.postcode else ""
    facts = facts_of(recipient, frame)
    url = booking_address(frame.public_url, recipient) if frame.kind in BOOKS_BY_QR else ""
    customer, uncoded = _customer_bars(recipient)
    sheet = Sheet(
        sheet_code,
        data={
            "postcode": postcode,
            "address": [line.runs for line in lines],
            "name": name.runs,
            "facts": [{"label": label, "value": value, "strong": strong} for label, value, strong in facts],
            "qr": qr_svg(url) if url else "",
            "by_staff": not recipient.birthday_known,
            "contact": _contact(recipient, frame.words),
            "bars": code_128(sheet_code),
            "customer": customer,
            "sheet_id": sheet_code,
            "order": order,
        },
        texts={
            "address": (f"〒{postcode}" if postcode else "") + _printed(lines) + name.printed + "様",
            "facts": "".join(label + value for label, value, _ in facts),
            "foot": sheet_code + order,
        },
        codes={"bars": sheet_code} | ({"qr": url} if url else {}) | ({"customer": customer} if customer else {}),
    )
    return Composed(sheet, tuple(dict.fromkeys(point for setting in (*lines, name) for point in setting.missing)), uncoded)


BOOKS_BY_QR = WITH_CODE - {Kind.LABEL}


def _customer_bars(recipient: Recipient) -> tuple[str, str]:
    try:
        return customer_barcode.bars(customer_barcode.characters(recipient.postcode, "\u3000".join(recipient.address))), ""
    except customer_barcode.NotCodable as refused:
        return "", refused.reason


def _printed(settings: Sequence[Setting]) -> str:
    return "".join(setting.printed for setting in settings)


def facts_of(recipient: Recipient, frame: Frame) -> list[tuple[str, str, bool]]:
    """Return what a letter says of the card, by its kind: label, value, and whether it is set large."""
    if frame.kind is Kind.CARD:
        return [("製造管理番号", display_serial(recipient.serial), False), ("送り方", str(Way(frame.way).label), False)]
    facts = [("予約用ID", display_serial(recipient.serial), frame.kind in WITH_CODE)]
    if recipient.code and frame.kind in WITH_CODE:
        facts.append(("予約コード", f"{recipient.code[:4]} {recipient.code[4:]}", True))
    if frame.kind is Kind.INQUIRY:
        facts.append(("回答期限", f"{format_long(frame.deadline)}まで", False))
        return facts
    facts.append(("交付場所", recipient.place or "予約のときにお選びください", False))
    if frame.kind is Kind.CODE:
        return facts  # the deadline is that of the notice before: this letter sets none
    facts.append(("受取期限", f"{format_long(frame.deadline)}まで", False))
    return facts


def _contact(recipient: Recipient, words: LetterWords) -> str:
    if words.contact.strip():
        return f"お問い合わせ\n{words.contact.strip()}"
    who = " ".join(part for part in (words.sender, words.section.replace("\n", " ")) if part)
    return f"お問い合わせ\n{who}" + (f"\n電話 {recipient.telephone}" if recipient.telephone else "")
