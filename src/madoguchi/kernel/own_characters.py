"""A municipality's own characters (外字): their codes in Unicode and in CP932, and texts that hold them (DL-17).

A private-use code means another character in each town, and only the town's own table says which. In Unicode these are U+E000 to
U+F8FF and the planes 15 and 16 (行政事務標準文字 without a code of their own stand there); in CP932 the user-defined area F040 to F9FC,
which every decoder maps to U+E000 to U+E757, 188 characters a lead byte.
"""

import re
from collections.abc import Iterable, Mapping

from madoguchi.kernel.names import private_use_positions

PRIVATE_USE_PATTERN = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
"""A regular expression for one such character, also for PostgreSQL."""

_UNICODE = re.compile(r"U\+([0-9A-F]{4,6})\Z")
_CP932 = re.compile(r"(?:0X)?(F[0-9])([0-9A-F]{2})\Z")
_ROW = 188
_LEADS = range(0xF0, 0xFA)
_LAST_OF_CP932 = 0xE000 + _ROW * len(_LEADS) - 1


class CodeError(ValueError):
    """A code that names no private-use character. `code`: `form`, `bare` (Unicode without U+), `range`."""

    def __init__(self, code: str) -> None:
        super().__init__(f"own character: {code}")
        self.code = code


def is_private_use(code_point: int) -> bool:
    """Tell whether `code_point` is one of those that each municipality fills itself."""
    return 0xE000 <= code_point <= 0xF8FF or 0xF0000 <= code_point <= 0xFFFFD or 0x100000 <= code_point <= 0x10FFFD


def code_point(text: str) -> int:
    """Read a code as a table writes it: `U+E000`, or a code of CP932 (`F040`, `0xF040`), or the character itself.

    A bare `E000` is refused: F040 is a code of both, so what has no `U+` is CP932. Raises CodeError.
    """
    written = text.strip()
    if len(written) == 1 and is_private_use(ord(written)):
        return ord(written)
    written = written.upper().replace("Ｕ＋", "U+")
    if found := _UNICODE.match(written):
        point = int(found[1], 16)
        if not is_private_use(point):
            raise CodeError("range")
        return point
    if found := _CP932.match(written):
        return _from_cp932(int(found[1], 16), int(found[2], 16))
    raise CodeError("bare" if re.fullmatch(r"[0-9A-F]{4,6}", written) else "form")


def _from_cp932(lead: int, trail: int) -> int:
    if lead not in _LEADS or not (0x40 <= trail <= 0x7E or 0x80 <= trail <= 0xFC):
        raise CodeError("range")
    return 0xE000 + (lead - _LEADS.start) * _ROW + trail - 0x40 - (trail > 0x7F)


def unicode_code(point: int) -> str:
    """Write a code point as the tables do: U+E000."""
    return f"U+{point:04X}"


def cp932_code(point: int) -> str:
    """Give the code of CP932 that decoders turn into `point`; empty where there is none (U+E758 and above)."""
    if not 0xE000 <= point <= _LAST_OF_CP932:
        return ""
    row, place = divmod(point - 0xE000, _ROW)
    trail = 0x40 + place + (place >= 0x3F)
    return f"{_LEADS.start + row:02X}{trail:02X}"


def points_in(texts: Iterable[str]) -> list[int]:
    """List the private-use code points of `texts`, each once, in order."""
    return list(dict.fromkeys(ord(text[place]) for text in texts for place in private_use_positions(text)))


def with_substitutes(text: str, substitutes: Mapping[int, str]) -> str:
    """Write the documented substitute in place of each own character that has one; for search and narrow outputs, never stored."""
    return text.translate(substitutes) if private_use_positions(text) else text
