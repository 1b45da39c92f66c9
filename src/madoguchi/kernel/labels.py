"""Codes of our own that go on labels: a letter, a number, a check digit.

They begin with a letter so that no scanner takes them for a 個人番号 (the card's own QR, which is never read) or for another number.
The check digit is Damm's: it finds every single wrong digit and every swap of neighbours (H. M. Damm, 2004).
"""

from __future__ import annotations

import re

from madoguchi.kernel.numbers import DASHES, SPACES

SLEEVE_LETTER = "S"
BOX_LETTER = "B"
SLOT_LETTER = "P"
SAFE_LETTER = "K"
SHEET_LETTER = "L"
TRANSFER_LETTER = "T"
COVER_LETTER = "F"
"""Of cover sheets, under which papers are filed as images."""

_SLOTS = 1000
# The QR of a notice holds an address with the number behind the sign #, and often a secret behind that, which is left alone.
_IN_AN_ADDRESS = re.compile(r"[#/=]([0-9A-Z]{3}[0-9]{6})(?:\.[0-9]*)?$", re.ASCII)
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_FORM = re.compile(r"[A-Z][0-9]{9,10}", re.ASCII)
_TYPED = {**{code + 0xFEE0: chr(code) for code in range(0x21, 0x7F)}, **dict.fromkeys(map(ord, DASHES + SPACES), None)}


class LabelError(ValueError):
    """Not a code of ours.

    `code`: `form` (not written like one), `check` (the check digit does not fit), `kind` (another label's letter).
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"label: {code}")
        self.code = code


def check_digit(digits: str) -> int:
    """Compute Damm's check digit for `digits`."""
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return state


def own_code(letter: str, number: int) -> str:
    """Make the code number `number` of the kind `letter`: the letter, eight or more digits, check digit."""
    body = f"{number:08d}"
    return f"{letter}{body}{check_digit(body)}"


def read_own_code(text: str, letter: str) -> str:
    """Read a scanned or typed code of the kind `letter` and give its one form; raises LabelError."""
    bare = text.translate(_TYPED).upper()
    if not _FORM.fullmatch(bare):
        raise LabelError("form")
    if bare[0] != letter:
        raise LabelError("kind")
    if check_digit(bare[1:]) != 0:
        raise LabelError("check")
    return bare


def sleeve_code(number: int) -> str:
    """Make the code of the sleeve label number `number`."""
    return own_code(SLEEVE_LETTER, number)


def read_sleeve_code(text: str) -> str:
    """Read a scanned or typed sleeve code and give its one form; raises LabelError."""
    return read_own_code(text, SLEEVE_LETTER)


def read_safe_code(text: str) -> int:
    """Read a scanned or typed code of a safe (金庫) as the number of one of its boxes; raises LabelError."""
    return int(read_own_code(text, SAFE_LETTER)[1:-1])


def slot_code(box_number: int, slot: int) -> str:
    """Make the code of one slot (1 to 999) of the box whose number is `box_number`; it names both."""
    return own_code(SLOT_LETTER, box_number * _SLOTS + slot)


def read_slot_code(text: str) -> tuple[int, int]:
    """Read a scanned or typed slot code as the number of its box and the slot; raises LabelError."""
    return divmod(int(read_own_code(text, SLOT_LETTER)[1:-1]), _SLOTS)


def serial_on_notice(text: str) -> str | None:
    """Return the 製造管理番号 in the address that the QR of a notice holds; None for any other text. The secret behind it is left alone."""
    found = _IN_AN_ADDRESS.search(text.strip().upper())
    return found.group(1) if found else None
