"""Names of people: kept as they came, shown as they are, folded only to be found.

A name is opaque. What is stored and shown is never normalised: NFC and NFKC replace characters that families insist on
(U+FA19 becomes U+795E), and the municipality's own characters (外字, U+E000..U+E757) mean something else in each town, so the
bytes of the source are kept beside the text (DL-17). Two folded keys exist for search alone: `search_key` for what is written
(NFKC, old and variant forms of kanji, one kind of kana) and `kana_key` for what is spoken (清音化, as the 住民記録 systems do).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from madoguchi.kernel.kanji_variants import VARIANT_GROUPS


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text of another system with the bytes it was decoded from, so that a 外字 can be looked up again at its origin."""

    raw: bytes
    encoding: str
    text: str


_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)


def _make_visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"‹U+{code:04X}›"


def display(text: str) -> str:
    """Give the text to show: itself, except that control characters and marks of writing direction become visible.

    Such a character would hide a part of a name or reorder a line on the screen or on a letter (Unicode UTR #36).
    """
    return _UNSAFE.sub(_make_visible, text)


def has_control_characters(text: str) -> bool:
    """Tell whether the text holds characters that `display` has to make visible; no name has any."""
    return _UNSAFE.search(text) is not None


_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in [*range(0x3041, 0x3097), 0x309D, 0x309E]}
_SMALL_KANA = dict(
    zip("ァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ", "アイウエオツヤユヨワカケクシストヌハヒフヘホムラリルレロ", strict=True)
)
_DASHES_IN_NAMES = "‐‑‒–—―−﹣－"
_DROPPED = " \u3000\t\r\n\v\f\u00a0\u1680\u202f\u205f・･·‧'’‘ʼ＇`´"
_DROPPED_RANGES = (
    range(0x2000, 0x2010),
    range(0x180B, 0x1810),
    range(0xFE00, 0xFE10),
    range(0xE0100, 0xE01F0),
    range(0x3099, 0x309D),
)


def _search_table() -> dict[int, str | int | None]:
    table: dict[int, str | int | None] = dict(_HIRAGANA_TO_KATAKANA)
    small = {ord(lesser): greater for lesser, greater in _SMALL_KANA.items()}
    for hiragana, katakana in _HIRAGANA_TO_KATAKANA.items():
        table[hiragana] = small.get(katakana, chr(katakana))
    table |= small
    table |= dict.fromkeys(map(ord, _DASHES_IN_NAMES), "-")
    for group in VARIANT_GROUPS:
        table |= dict.fromkeys(map(ord, group[1:]), group[0])
    table |= dict.fromkeys(map(ord, _DROPPED), None)
    for dropped in _DROPPED_RANGES:
        table |= dict.fromkeys(dropped, None)
    return table


_SEARCH_TABLE = _search_table()
_ACCENTED = re.compile("[\u00c0-\u036f\u1e00-\u1eff]")
_STROKED = str.maketrans("ĐđØøŁłĦħŦŧıİ", "DdOoLlHhTtiI")
_REPEATED = re.compile("(.)々")


def _without_accents(text: str) -> str:
    """Drop accents from Latin letters, leaving the voiced marks of kana: passports and keyboards drop them too."""
    bare = _ACCENTED.sub(
        lambda found: "".join(part for part in unicodedata.normalize("NFKD", found[0]) if not unicodedata.combining(part)), text
    )
    return bare.translate(_STROKED)


def search_key(text: str) -> str:
    """Fold a name or an address so that it is found however a clerk types it; for search only, never shown or stored alone.

    NFKC, blanks, middle dots, apostrophes and variation selectors dropped, old and variant kanji to one form (髙=高, 邊=辺,
    齋=斉), hiragana and small kana to large katakana, 々 written out, Latin letters without case and accents.
    """
    if text.isascii():
        return text.translate(_SEARCH_TABLE).casefold()
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if _ACCENTED.search(text):
        text = _without_accents(text)
    key = text.translate(_SEARCH_TABLE).casefold()
    if "々" in key:
        while (doubled := _REPEATED.sub(r"\1\1", key)) != key:
            key = doubled
    return key


_PLAIN_KANA = dict(
    zip(
        "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴヷヸヹヺヰヱヲヮ",
        "カキクケコサシスセソタシステトハヒフヘホハヒフヘホウワイエオイエオワ",
        strict=True,
    )
)
_V_SOUNDS = re.compile("ヴ[ァィェォアイエオ]?")
_V_TO_H = {"ヴァ": "ハ", "ヴィ": "ヒ", "ヴ": "フ", "ヴェ": "ヘ", "ヴォ": "ホ", "ヴア": "ハ", "ヴイ": "ヒ", "ヴエ": "ヘ", "ヴオ": "ホ"}


def _kana_table() -> dict[int, str | int | None]:
    table = dict(_SEARCH_TABLE)
    for source, target in list(table.items()):
        if isinstance(target, str) and target in _PLAIN_KANA:
            table[source] = _PLAIN_KANA[target]
    table |= {ord(voiced): plain for voiced, plain in _PLAIN_KANA.items()}
    table |= dict.fromkeys(map(ord, _DASHES_IN_NAMES + "-〜～~ｰ"), "ー")
    table |= dict.fromkeys(range(0x3099, 0x309D), None)
    table |= dict.fromkeys(map(ord, ".,．，。、･゛゜ﾞﾟ"), None)
    return table


_KANA_TABLE = _kana_table()
_LONG_VOWEL = re.compile("(.?)ー+")
_LONG_AFTER = {
    **dict.fromkeys("アカサタナハマヤラワ", "ア"),
    **dict.fromkeys("イキシチニヒミリ", "イ"),
    **dict.fromkeys("ウクスツヌフムユル", "ウ"),
    **dict.fromkeys("エケセテネヘメレ", "イ"),
    **dict.fromkeys("コソトノホモヨロ", "ウ"),
    "オ": "オ",
}


def kana_key(text: str) -> str:
    """Fold a reading so that it is found however it is written; for search only (清音化かな of the 住民記録 systems).

    Half-width to full-width, hiragana to katakana, small to large, voiced marks dropped (ガ=カ, パ=ハ, ヂ=ジ=シ, ヅ=ズ=ス), ヱヰヲ to
    エイオ, ヴ to the row of ハ, blanks and dots dropped. A long mark becomes the vowel that official readings write in its
    place: コー=コウ, ケー=ケイ, オー=オオ, マリー=マリイ. オオ and オウ stay two readings, since 大野 and 王野 are two families.
    """
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if "ヴ" in text or "ゔ" in text:
        text = _V_SOUNDS.sub(lambda found: _V_TO_H[found[0]], text.translate(_HIRAGANA_TO_KATAKANA))
    if _ACCENTED.search(text):
        text = _without_accents(text)
    key = text.translate(_KANA_TABLE)
    if "ー" in key:
        key = _LONG_VOWEL.sub(lambda found: found[1] + _LONG_AFTER.get(found[1], ""), key)
    return key.casefold()


def bigrams(key: str) -> list[str]:
    """Cut a folded key into its overlapping pairs, each once and in order; a key of one character gives itself.

    Given names mostly have two kanji, which trigrams cannot find.
    """
    if len(key) < 2:
        return [key] if key else []
    return list(dict.fromkeys(first + second for first, second in pairwise(key)))


_VARIATION_SEQUENCE = re.compile(".[\ufe00-\ufe0f\U000e0100-\U000e01ef]", re.DOTALL)
_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_SIMPLE = re.compile("[\x20-\x7e\u2010-\u2015\u2460-\u24ff\u3000-\u3029\u3041-\u3096\u309b-\u33ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9d]*")
_JOINER = "\u200d"
_EXTENDING = frozenset(["\u200c", _JOINER, "\uff9e", "\uff9f", *map(chr, range(0x1F3FB, 0x1F400))])


def _extends(char: str) -> bool:
    return char in _EXTENDING or unicodedata.category(char)[0] == "M"


def graphemes(text: str) -> list[str]:
    """Split a text into what a reader counts as characters (Unicode UAX #29, extended grapheme clusters as names need them).

    A variation selector, a combining mark and a half-width voiced mark stay with their base, as do joined sequences.
    """
    if _SIMPLE.fullmatch(text):
        return list(text)
    clusters: list[str] = []
    for char in text:
        if clusters and (_extends(char) or clusters[-1].endswith(_JOINER)):
            clusters[-1] += char
        else:
            clusters.append(char)
    return clusters


def length(text: str) -> int:
    """Count the characters a reader sees: 神󠄁 with its variation selector is one, and so is 𠮷."""
    if _SIMPLE.fullmatch(text):
        return len(text)
    return len(graphemes(text))


def variation_sequences(text: str) -> list[str]:
    """List the characters that carry a variation selector (IVS, UTS #37), each with it, in order."""
    return _VARIATION_SEQUENCE.findall(text)


def private_use_positions(text: str) -> list[int]:
    """Give the places (index into `text`) of private-use characters: 外字 and 行政事務標準文字 without a code of their own."""
    return [found.start() for found in _PRIVATE_USE.finditer(text)]


def has_gaiji(text: str) -> bool:
    """Tell whether a character is in it whose shape only its own municipality knows."""
    return _PRIVATE_USE.search(text) is not None
