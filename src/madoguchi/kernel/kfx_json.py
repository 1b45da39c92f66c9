"""JSON as the exchange file needs it: one canonical spelling for signed parts, and a reader without leniency.

The canonical spelling is RFC 8785 for the subset that a header uses: objects, arrays, printable ASCII strings and
integers below 2**53. Within that subset RFC 8785 asks for sorted keys, no white space and shortest escapes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

MAX_INTEGER: Final = 2**53 - 1


def canonical(value: Mapping[str, object]) -> bytes:
    """Spell a value canonically.

    Raises:
        ValueError: the value lies outside the subset.
    """
    _check_subset(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def parse_canonical(text: bytes) -> dict[str, Any]:
    """Read an object that must be spelled canonically.

    Raises:
        ValueError: not JSON, not an object, outside the subset, or spelled otherwise than :func:`canonical` spells it.
    """
    value = parse_object(text)
    if canonical(value) != text:
        raise ValueError("not in canonical form")
    return value


def parse_object(text: bytes) -> dict[str, Any]:
    """Read one JSON object strictly: UTF-8, no key twice, no NaN, no fraction, no text that a database cannot hold.

    Raises:
        ValueError: for every other input.
    """
    try:
        value = _STRICT.decode(text.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if b"\\u" in text:
        spelled = json.dumps(value, ensure_ascii=False)
        spelled.encode("utf-8")  # refuses a lone surrogate: UnicodeEncodeError is a ValueError
        if "\\u0000" in spelled:
            raise ValueError("a zero character")
    return value


def _check_subset(value: object) -> None:
    match value:
        case bool() | int():
            if isinstance(value, bool) or abs(value) > MAX_INTEGER:
                raise ValueError("only integers below 2**53 are allowed")
        case str():
            if not all(" " <= character <= "~" for character in value):
                raise ValueError("only printable ASCII is allowed")
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise ValueError("keys must be strings")
                _check_subset(key)
                _check_subset(item)
        case Sequence() if not isinstance(value, (bytes, bytearray)):
            for item in value:
                _check_subset(item)
        case _:
            raise ValueError("only strings, integers, objects and arrays are allowed")


def _object_without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _refuse_number(_text: str) -> NoReturn:
    raise ValueError("only integers are allowed")


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_object_without_twins, parse_float=_refuse_number, parse_constant=_refuse_number)
