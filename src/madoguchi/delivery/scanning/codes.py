"""What a scanner or a keyboard gave: which of our papers it comes from, or what it is instead. Pure; nothing is looked up here."""

import re
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.kernel import labels, numbers


class Kind(Labelled):
    """The paper that a code stands on."""

    SLEEVE = "sleeve", "スリーブのラベル"
    NOTICE = "notice", "交付通知書"
    BOOKING = "booking", "予約の控え"
    SERIAL = "serial", "製造管理番号"
    APPLICATION = "application", "申請書ID"
    DISPATCH = "dispatch", "発送番号"
    SHEET = "sheet", "通知の用紙番号"
    SAFE = "safe", "金庫のラベル"
    BOX = "box", "箱のラベル"
    SLOT = "slot", "位置のラベル"
    TRANSFER = "transfer", "移送票"
    COVER = "cover", "帳票の表紙"


OF_A_CARD = frozenset({Kind.SLEEVE, Kind.NOTICE, Kind.BOOKING, Kind.SERIAL, Kind.APPLICATION, Kind.DISPATCH, Kind.SHEET})
"""Papers that belong to one card: two of them lying together must name the same one."""

BY_LETTER = {
    labels.SLEEVE_LETTER: Kind.SLEEVE,
    labels.SAFE_LETTER: Kind.SAFE,
    labels.BOX_LETTER: Kind.BOX,
    labels.SLOT_LETTER: Kind.SLOT,
    labels.SHEET_LETTER: Kind.SHEET,
    labels.TRANSFER_LETTER: Kind.TRANSFER,
    labels.COVER_LETTER: Kind.COVER,
}
_SLIP = re.compile(r"Y?[0-9]{10}", re.ASCII)
DISPATCH_DIGITS = range(8, 21)


@dataclass(frozen=True, slots=True)
class Read:
    """A code that was understood: its kind and its one form. `number` is what the value is where the paper alone does not tell it."""

    kind: Kind
    value: str
    number: Kind | None = None

    @property
    def may_be_individual_number(self) -> bool:
        """Tell whether the code has the form and the check digit of an individual number."""
        return (self.number or self.kind) is Kind.DISPATCH and numbers.is_individual_number(self.value)


class NotOurs(ValueError):
    """The code is none of ours; `sentence` says what it is, as far as one can see. The code itself is in no attribute."""

    def __init__(self, sentence: str) -> None:
        super().__init__("not a code of ours")
        self.sentence = sentence


def read(text: str) -> Read:
    """Tell what was scanned or typed; raises NotOurs.

    Twelve figures are a 発送番号 only where a card has it; one in eleven of them could be an individual number
    (`may_be_individual_number`), and is called that where no card has it.
    """
    bare = numbers.normalise_digits(text.strip()).upper()
    return _of_own_letter(text) or _of_an_address(text) or _of_figures(text, bare)


def _of_own_letter(text: str) -> Read | None:
    """Read a code that begins with one of our letters; a torn one is said to be so."""
    for letter, kind in BY_LETTER.items():
        try:
            return Read(kind, labels.read_own_code(text, letter))
        except labels.LabelError as error:
            if error.code == "check":
                raise NotOurs(
                    f"{kind.label}のようですが、検査数字が合いません。読み取りが欠けています。もう一度読み取ってください。"
                ) from None
    return None


def _of_an_address(text: str) -> Read | None:
    serial = labels.serial_on_notice(text)
    if serial:
        return Read(Kind.NOTICE, serial)
    if text.strip().upper().startswith("HTTP"):
        raise NotOurs("Webページのアドレスです。交付通知書のQRコードではありません。")
    return None


def _of_figures(text: str, bare: str) -> Read:
    try:
        return Read(Kind.SERIAL, numbers.serial_number(text))
    except numbers.NumberError:
        pass
    try:
        return Read(Kind.APPLICATION, numbers.application_id(text))
    except numbers.NumberError:
        pass
    if _SLIP.fullmatch(bare):
        return Read(Kind.BOOKING, bare.removeprefix("Y"))
    if bare.isascii() and bare.isdigit() and len(bare) in DISPATCH_DIGITS:
        return Read(Kind.DISPATCH, bare)
    raise NotOurs(_what_else(bare))


def _what_else(bare: str) -> str:
    if not bare.isascii():
        return "当システムのコードではありません。かなや漢字が混じっています。日本語入力を切って、もう一度読み取ってください。"
    if bare.isdigit():
        return f"{len(bare)}けたの数字です。当システムのコードではありません。商品や書籍のバーコードを読んでいないか確かめてください。"
    if len(bare) >= 1 and bare[0] in BY_LETTER:
        return f"{BY_LETTER[bare[0]].label}に似ていますが、けた数が違います。読み取りが欠けています。もう一度読み取ってください。"
    return "当システムのコードではありません。スリーブ、金庫、箱、通知書、予約の控えのどれかを読み取ってください。"
