"""伏せ字: how the values that name a person stand where they need not be read, and which of a card's values do (DL-05, SF-05).

No database and no page here. A mask never shows a whole part of a name, also not of one character; what a reader counts as one character
(a kanji with its variation selector, a half-width kana with its voiced mark) is shown or hidden as one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.kernel import names, wareki
from madoguchi.platform.ui.shell import Words

HIDDEN = "＊"
_NUMERALS_IN_NAMES = frozenset("一二三四五六七八九十百千万")
_POSTCODE_SHOWN = 3


def masked(name: str) -> str:
    """Show the first character of each part of a name and hide the others: 髙橋　一郎 → 髙＊　一＊.

    A part of one character shows only as the family name before another part: 林　一 → 林　＊, 一 → ＊.
    """
    parts = [names.graphemes(part) for part in names.display(name).replace("　", " ").split(" ") if part]
    shown = []
    for place, part in enumerate(parts):
        is_family_name = place == 0 and len(parts) > 1
        shown.append(part[0] + HIDDEN * (len(part) - 1) if len(part) > 1 or is_family_name else HIDDEN)
    return "　".join(shown)


def masked_birth(born: str) -> str:
    """Show the year of a birth date (ISO, 00 for unknown parts) and hide month and day."""
    return f"{born[:4]}-**-**"


def masked_address(address: str) -> str:
    """Show an address up to its first number, the part of town, and hide what follows."""
    for place, char in enumerate(address):
        if char.isnumeric() and char not in _NUMERALS_IN_NAMES:
            return f"{address[:place]}{HIDDEN}"
    return f"{address[: max(len(address) // 2, 1)]}{HIDDEN}"


def masked_postcode(postcode: str) -> str:
    """Show the first three digits, which name the post office."""
    return f"{postcode[:_POSTCODE_SHOWN]}-****" if len(postcode) > _POSTCODE_SHOWN else HIDDEN


def born_words(born: str) -> str:
    """Write a birth date with its era; unknown parts are said to be unknown."""
    year, month, day = (int(part) for part in born.split("-"))
    if not year:
        return "生年月日不詳"
    return f"{wareki.format_wareki(wareki.PartialDate(year, month or None, day or None))} ({born})"


def _all(_text: str) -> str:
    return HIDDEN * 3


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a card that stands masked: its title, how it is masked, how it is written when it is opened."""

    title: Words
    mask: Callable[[str], str]
    whole: Callable[[str], str] = names.display
    tells_where: bool = False
    """Whether it says where the person lives: of somebody under 支援措置 nothing of it shows until it is opened."""


FIELDS: Mapping[str, Field] = {
    "name": Field(_("氏名"), masked),
    "kana": Field(_("氏名カナ"), masked),
    "former_name": Field(_("旧氏"), masked),
    "alias": Field(_("通称"), masked),
    "born": Field(_("生年月日"), masked_birth, born_words),
    "postcode": Field(_("郵便番号"), masked_postcode, tells_where=True),
    "address": Field(_("住所"), masked_address, tells_where=True),
    "house": Field(_("方書"), _all, tells_where=True),
}
"""The masked values of a card by column. Each is opened alone, by a POST that is on record."""


def mask_of(card: Card, field: str, *, is_protected: bool) -> str:
    """Return how a value of FIELDS stands on a page until it is opened; empty where the card has none."""
    value: str = getattr(card, field)
    if not value:
        return ""
    return _all(value) if is_protected and FIELDS[field].tells_where else FIELDS[field].mask(value)


def whole_of(card: Card, field: str) -> str:
    """Return a value of FIELDS as it stands when it is opened."""
    return FIELDS[field].whole(getattr(card, field))
