"""Numbers of the field: 申請書ID, 製造管理番号, 発送番号, booking code, 生月日, check digits, and the refusal of a
個人番号.

Reading is generous (full-width digits, hyphens of every kind, spaces), what comes out has one form. A `NumberError`
never
carries the value: messages end up on pages and in logs, and several of these numbers are personal.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

DASHES = "-－‐‑‒–—―−﹣ーｰ〜～~"
"""Everything that people and programs type where a hyphen is meant, the long vowel mark and the wave dash included."""

SPACES = " \u3000\t\n\r\v\f\u00a0\u2002\u2003\u2009\u200b\ufeff"
"""Blank characters that come along when a number is typed or pasted."""

_FULL_WIDTH = {code + 0xFEE0: chr(code) for code in range(0x21, 0x7F)}
_BLANKS_AND_DASHES = dict.fromkeys(map(ord, DASHES + SPACES), None)
_BARE = {**_FULL_WIDTH, **_BLANKS_AND_DASHES}
_BARE_DIGITS = {**_BARE, **dict.fromkeys(map(ord, ".．。・･,，、/／"), None)}

_SERIAL = re.compile(r"[0-9A-Z]{3}[0-9]{6}", re.ASCII)

_APPLICATION_DIGITS = 23
_DISPATCH_DIGITS = 20
_BOOKING_CODE_DIGITS = 8
_INDIVIDUAL_DIGITS = 12
_RESIDENT_DIGITS = 11
_MUNICIPALITY_DIGITS = 6


class NumberError(ValueError):
    """A number that cannot be one of its kind.

    `code` names the reason for programs (`missing`, `length`, `digits`, `form`, `impossible`, `check`,
    `individual_number`);
    the value itself is in no attribute.
    """

    def __init__(self, code: str, notion: str) -> None:
        super().__init__(f"{notion}: {code}")
        self.code = code
        self.notion = notion


def normalise_digits(text: str) -> str:
    """Make full-width characters half-width and drop blanks, hyphens, dots and slashes; nothing is checked."""
    if text.isascii() and text.isdigit():
        return text
    return text.translate(_BARE_DIGITS)


def application_id(text: str) -> str:
    """Read a 申請書ID: 23 digits, in one piece or in groups as printed on the application form (seed 003, item
    申請書ID).

    Raises NumberError: `missing` when blank, `digits` when another character is in it, `length` when not 23 long.
    """
    if len(text) == _APPLICATION_DIGITS and text.isascii() and text.isdigit():
        return text
    bare = text.translate(_BARE)
    if not bare:
        raise NumberError("missing", "application_id")
    if not (bare.isascii() and bare.isdigit()):
        raise NumberError("digits", "application_id")
    if len(bare) != _APPLICATION_DIGITS:
        raise NumberError("length", "application_id")
    return bare


def display_application_id(number: str) -> str:
    """Group a 申請書ID by four as the application form prints it, the last group holding three (4-4-4-4-4-3)."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def serial_number(text: str) -> str:
    """Read a 製造管理番号 (the 予約用ID of seed 000): three letters or digits and six digits, returned without hyphen
    in capitals.

    Raises NumberError: `missing` when blank, `form` otherwise.
    """
    if _SERIAL.fullmatch(text):
        return text
    bare = text.translate(_BARE).upper()
    if not bare:
        raise NumberError("missing", "serial_number")
    if not _SERIAL.fullmatch(bare):
        raise NumberError("form", "serial_number")
    return bare


def display_serial(number: str) -> str:
    """Show a 製造管理番号 as the notice prints it: three characters, hyphen, six digits."""
    return f"{number[:3]}-{number[3:]}"


def dispatch_number(text: str) -> str:
    """Read a 発送番号: digits only. Its length differs between sources, so 1 to 20 digits are taken.

    Raises NumberError: `missing` when blank, `digits` when another character is in it, `length` when longer than 20.
    """
    if not (text.isascii() and text.isdigit()):
        text = text.translate(_BARE)
        if not text:
            raise NumberError("missing", "dispatch_number")
        if not (text.isascii() and text.isdigit()):
            raise NumberError("digits", "dispatch_number")
    if len(text) > _DISPATCH_DIGITS:
        raise NumberError("length", "dispatch_number")
    return text


def luhn_check_digit(body: str) -> int:
    """Compute the check digit of ISO/IEC 7812-1 annex B (Luhn) that goes behind `body`."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return -total % 10


def booking_code(randbelow: Callable[[int], int]) -> str:
    """Make a booking code: seven random digits and a Luhn digit, so that a slip of the finger is told from a wrong
    guess.

    `randbelow` is `secrets.randbelow` in production; the kernel has no source of chance of its own.
    """
    body = f"{randbelow(10 ** (_BOOKING_CODE_DIGITS - 1)):07d}"
    return f"{body}{luhn_check_digit(body)}"


def is_booking_code(text: str) -> bool:
    """Tell whether `text` (already normalised digits) is eight digits whose last one fits."""
    return len(text) == _BOOKING_CODE_DIGITS and text.isascii() and text.isdigit() and luhn_check_digit(text[:-1]) == int(text[-1])


_MONTH_DAY_PARTS = re.compile(r"(\d{1,2})(?:\s*[月/.・,、\-]\s*|\s+)(\d{1,2})\s*日?", re.ASCII)
_MONTH_DAY_DIGITS = re.compile(r"(\d{1,2})(\d{2})", re.ASCII)
_MONTH_DAY_TYPED = {
    **_FULL_WIDTH,
    **dict.fromkeys(map(ord, DASHES), "-"),
    **dict.fromkeys(map(ord, SPACES), " "),
    ord("･"): "・",
    ord("。"): ".",
}
_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十]+")
_LONGEST_MONTH = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def kanji_number(text: str) -> int:
    """Read a number below 10,000 in kanji numerals, counted (五十五) or digit by digit (一九八〇)."""
    digits = {char: value for value, char in enumerate("〇一二三四五六七八九")}
    digits["零"] = 0
    scales = {"十": 10, "百": 100, "千": 1000}
    if not any(char in scales for char in text):
        return int("".join(str(digits[char]) for char in text))
    total = held = 0
    for char in text:
        if char in scales:
            total += (held or 1) * scales[char]
            held = 0
        else:
            held = digits[char]
    return total + held


def mmdd(text: str) -> str:
    """Read the 生月日 that a person types (seed 000: password MMDD; BK-01) and give its four digits.

    Taken are 0908, 908, 9/8, 9-8, 9.8, 9 8, 9月8日, 9 月 8 日, the same in full-width digits and in kanji numerals. 0229 is a
    birthday.

    Raises NumberError: `missing` when blank, `form` when not a month and a day, `impossible` when the calendar has no
    such day.
    """
    typed = text.translate(_MONTH_DAY_TYPED).strip()
    if not typed:
        raise NumberError("missing", "mmdd")
    typed = _KANJI_NUMBER.sub(lambda found: str(kanji_number(found[0])), typed)
    parts = _MONTH_DAY_PARTS.fullmatch(typed) or _MONTH_DAY_DIGITS.fullmatch(typed.replace(" ", ""))
    if not parts:
        raise NumberError("form", "mmdd")
    month, day = int(parts[1]), int(parts[2])
    if not (1 <= month <= 12 and 1 <= day <= _LONGEST_MONTH[month]):
        raise NumberError("impossible", "mmdd")
    return f"{month:02d}{day:02d}"


def _weighted_check_digit(body: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(body), start=1):
        total += int(digit) * (place + 1 if place <= 6 else place - 5)
    rest = total % 11
    return 0 if rest <= 1 else 11 - rest


def individual_number_check_digit(body11: str) -> int:
    """Compute the check digit of a 個人番号 from its first eleven digits (番号法に基づく総務省令:
    検査用数字を算出する算式).
    """
    return _weighted_check_digit(body11)


def is_individual_number(digits12: str) -> bool:
    """Tell whether twelve half-width digits could be a 個人番号; about one in eleven of any twelve digits does."""
    return (
        len(digits12) == _INDIVIDUAL_DIGITS
        and digits12.isascii()
        and digits12.isdigit()
        and _weighted_check_digit(digits12[:-1]) == int(digits12[-1])
    )


def is_resident_code(digits11: str) -> bool:
    """Tell whether eleven half-width digits could be a 住民票コード (住民基本台帳法施行規則: ten digits and a check
    digit).
    """
    return (
        len(digits11) == _RESIDENT_DIGITS
        and digits11.isascii()
        and digits11.isdigit()
        and _weighted_check_digit(digits11[:-1]) == int(digits11[-1])
    )


_DIGIT = "[0-9０-９]"
_LINK = f"[{re.escape(DASHES + SPACES)}.．・･_＿/／]"
_DIGIT_GROUP = re.compile(f"{_DIGIT}+")
_DIGIT_CHAIN = re.compile(f"{_DIGIT}(?:{_LINK}{{0,3}}{_DIGIT}){{11,}}")
_TO_HALF = {code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF1A)}
_DASH_SET = frozenset(DASHES)


def _kind_of_link(link: str) -> str:
    """Name what stands between two groups of digits: all dashes are one kind, every other separator is its own."""
    return "-" if link[0] in _DASH_SET else link[0]


def _stands_alone(groups: list[tuple[int, int]], kinds: list[str], first: int, last: int) -> bool:
    """Tell whether groups first..last are one number of their own and not the middle of a longer one.

    They are joined by one kind of link; a neighbour joined by the same kind makes the number longer, unless it is as
    short as
    a house number in front of three groups of four, which is how a 個人番号 is printed.
    """
    inner = set(kinds[first:last])
    if len(inner) > 1:
        return first == 0 and last == len(groups) - 1
    own = inner.pop() if inner else None
    printed = last - first == 2 and all(end - start == 4 for start, end in groups[first : last + 1])
    neighbours = []
    if first > 0 and kinds[first - 1] == own:
        neighbours.append(groups[first - 1])
    if last < len(groups) - 1 and kinds[last] == own:
        neighbours.append(groups[last + 1])
    return all(printed and end - start <= 2 for start, end in neighbours)


def _numbers_in_chain(text: str, groups: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kinds = [_kind_of_link(text[end:start]) for (_, end), (start, _) in pairwise(groups)]
    spans = []
    for first in range(len(groups)):
        digits = ""
        for last in range(first, len(groups)):
            start, end = groups[last]
            digits += text[start:end]
            if len(digits) >= _INDIVIDUAL_DIGITS:
                break
        if (
            len(digits) == _INDIVIDUAL_DIGITS
            and is_individual_number(digits.translate(_TO_HALF))
            and (first == last or _stands_alone(groups, kinds, first, last))
        ):
            spans.append((groups[first][0], groups[last][1]))
    return spans


def find_individual_numbers(text: str) -> list[tuple[int, int]]:
    """Find what could be a 個人番号 in a name, an address or free text (SF-05), as spans of `text`.

    Found are twelve digits with a right check digit: in one piece, or in groups joined by one kind of hyphen, blank
    or dot
    (1234 5678 9018, １２３４－５６７８－９０１８). Not found is a part of a longer number: 申請書ID, telephone and
    13-digit numbers.
    """
    if len(text) < _INDIVIDUAL_DIGITS:
        return []
    chain = _DIGIT_CHAIN.search(text)
    if chain is None:
        return []
    spans: list[tuple[int, int]] = []
    while chain is not None:
        groups = [found.span() for found in _DIGIT_GROUP.finditer(text, *chain.span())]
        spans += _numbers_in_chain(text, groups)
        chain = _DIGIT_CHAIN.search(text, chain.end())
    return spans


_INDIVIDUAL_WORDS = re.compile("個人番号|マイナンバー|ﾏｲﾅﾝﾊﾞｰ|まいなんばー|my ?number|12桁の番号|１２桁の番号", re.IGNORECASE)


def mentions_individual_number(text: str) -> bool:
    """Tell whether free text speaks of the 個人番号, in which case twelve fitting digits are refused without asking
    (SF-05).
    """
    return _INDIVIDUAL_WORDS.search(text) is not None


def refuse_individual_number(text: str, *, known: Collection[str] = ()) -> None:
    """Raise NumberError `individual_number` when `text` holds what could be a 個人番号.

    `known` are numbers of ours in half-width digits (発送番号, 追跡番号) that may stand there although their check
    digit fits.
    """
    for start, end in find_individual_numbers(text):
        if normalise_digits(text[start:end]) not in known:
            raise NumberError("individual_number", "text")


def municipality_code(text: str) -> str:
    """Read a 全国地方公共団体コード: five digits (JIS X 0401, JIS X 0402) and the check digit that 総務省 defines.

    Raises NumberError: `missing`, `digits`, `length`, or `check` when the last digit does not fit.
    """
    bare = text.translate(_BARE)
    if not bare:
        raise NumberError("missing", "municipality_code")
    if not (bare.isascii() and bare.isdigit()):
        raise NumberError("digits", "municipality_code")
    if len(bare) != _MUNICIPALITY_DIGITS:
        raise NumberError("length", "municipality_code")
    total = sum(int(digit) * weight for digit, weight in zip(bare[:5], (6, 5, 4, 3, 2), strict=True))
    if (11 - total % 11) % 10 != int(bare[5]):
        raise NumberError("check", "municipality_code")
    return bare
