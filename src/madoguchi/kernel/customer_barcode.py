"""カスタマバーコード: the four-state bars that the post office sorts by, made of a postcode and what an address says behind the town.

Source: 日本郵便「郵便番号・バーコードマニュアル」 (sizes, characters, how the 住所表示番号 is taken out of an address, check digit).
An address that the rules cannot code gets no bars: a wrong code goes astray, a missing one only costs the discount.
"""

from __future__ import annotations

import re
import unicodedata

LONG, UPPER, LOWER, TIMING = "1234"
START, STOP = "13", "31"
ADDRESS_CHARACTERS, POSTCODE_DIGITS = 13, 7
BARS = len(START) + 3 * (POSTCODE_DIGITS + ADDRESS_CHARACTERS + 1) + len(STOP)
_FILL = "CC4"
# In the order of their values for the check digit: 0 to 9, the hyphen, CC1 to CC8.
_CHARACTERS: tuple[str, ...] = (*"0123456789", "-", *(f"CC{number}" for number in range(1, 9)))
_BARS = (
    *("144", "114", "132", "312", "123", "141", "321", "213", "231", "411"),
    "414",
    *("324", "342", "234", "432", "243", "423", "441", "111"),
)
_BARS_OF = dict(zip(_CHARACTERS, _BARS, strict=True))
_CHARACTER_OF = {bars: character for character, bars in _BARS_OF.items()}
_VALUE_OF = {character: value for value, character in enumerate(_CHARACTERS)}
_MODULUS = 19

_KANJI = "〇一二三四五六七八九"
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_LEFT_OUT = dict.fromkeys(map(ord, "&/・."))
_NUMERAL = f"[{_KANJI}十百千]+"
_COUNTED = r"(?:丁目|丁(?=[0-9\s-]|$)|番地|番(?![町丁])|号(?!町)|地割|線)"
# A number counts from the first that is no part of a town's name (北24条西).
_BEGIN = re.compile(rf"[0-9]+(?![0-9条])|{_NUMERAL}(?={_COUNTED})")
_NUMERAL_BEHIND = re.compile(rf"{_NUMERAL}(?={_COUNTED}|[のノ])")
_PIECE = re.compile(r"(?P<kept>[0-9]+|(?<![A-Z])[A-Z](?![A-Z]))|.", re.DOTALL)
_AROUND_A_LETTER = re.compile("-?([A-Z])-?")
_FLOOR = re.compile(r"(?<=[0-9])F(?![A-Z])")


class NotCodable(ValueError):
    """The rules give no code: `reason` is `postcode` (none, or one of a whole town) or `number` (no number behind the town)."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"customer barcode: {reason}")
        self.reason = reason


def address_number(address: str) -> str:
    """Take the 住所表示番号 out of an address: digits, hyphens and single letters behind the name of the town.

    Returns an empty string when no number stands behind the town.
    """
    text = unicodedata.normalize("NFKC", address).upper().translate(_HYPHENS).translate(_LEFT_OUT)
    text = re.sub("(?<=[0-9])ー(?=[0-9])", "-", text)
    begin = _BEGIN.search(text)
    if begin is None:
        return ""
    behind = _NUMERAL_BEHIND.sub(lambda found: str(_value(found.group())), text[begin.start() :])
    parts: list[str] = []
    apart = False
    for piece in _PIECE.finditer(_FLOOR.sub(" ", behind)):
        if kept := piece["kept"]:
            parts += ["-", kept] if apart and parts else [kept]
        apart = not kept
    found: str = _AROUND_A_LETTER.sub(r"\1", "".join(parts))
    return found


def _value(numeral: str) -> int:
    """Read a number in kanji, by position (二三) or by powers (二十三)."""
    if not any(power in numeral for power in "十百千"):
        return int("".join(str(_KANJI.index(char)) for char in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in _KANJI:
            digit = _KANJI.index(char)
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    return total + digit


def characters(postcode: str, address: str) -> tuple[str, ...]:
    """Return the twenty characters of the code of an address, before its check digit.

    Raises NotCodable for a postcode that is none or that stands for all the rest of a town (it ends in 00), and for an address without a
    number behind the town.
    """
    if not re.fullmatch("[0-9]{7}", postcode, re.ASCII) or postcode.endswith("00"):
        raise NotCodable("postcode")
    number = address_number(address)
    if not number:
        raise NotCodable("number")
    coded = [character for char in number for character in _coded(char)][:ADDRESS_CHARACTERS]
    return (*postcode, *coded, *[_FILL] * (ADDRESS_CHARACTERS - len(coded)))


def _coded(char: str) -> tuple[str, ...]:
    if not char.isalpha():
        return (char,)
    tens, ones = divmod(ord(char) - ord("A"), 10)
    return f"CC{tens + 1}", str(ones)


def check_character(coded: tuple[str, ...]) -> str:
    """Return the character that brings the sum of the values to a multiple of 19."""
    return _CHARACTERS[-sum(_VALUE_OF[character] for character in coded) % _MODULUS]


def bars(coded: tuple[str, ...]) -> str:
    """Return the 67 bars of a code with its check digit: 1 long, 2 upper, 3 lower, 4 timing."""
    return START + "".join(_BARS_OF[character] for character in (*coded, check_character(coded))) + STOP


def read_bars(read: str) -> tuple[str, ...]:
    """Return the characters in 67 bars; raises ValueError when they are no whole code or the check digit does not fit."""
    if len(read) != BARS or not read.startswith(START) or not read.endswith(STOP):
        raise ValueError("no customer barcode")
    found = [read[place : place + 3] for place in range(len(START), BARS - len(STOP), 3)]
    if not all(three in _CHARACTER_OF for three in found):
        raise ValueError("no character has these bars")
    *coded, check = (_CHARACTER_OF[three] for three in found)
    if check != check_character(tuple(coded)):
        raise ValueError("the check digit does not fit")
    return tuple(coded)
