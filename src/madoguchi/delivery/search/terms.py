"""What is asked for: which parts are enough, how they are folded, and whether a record answers to them. No database here.

Two of 氏名, 住所 and 生年月日 are needed (DL-14); 性別 narrows and does not count, and 氏名 by kanji and by kana is one. Fewer would let a
clerk leaf through the residents; a number needs nothing else.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from madoguchi.kernel import names
from madoguchi.kernel.wareki import PartialDate

NEEDED = 2
_NUMERAL = re.compile("[0-9]")


@dataclass(frozen=True)
class Terms:
    """The parts that were typed, as typed; blank where nothing was. Folded once, compared with every candidate."""

    name: str = ""
    kana: str = ""
    address: str = ""
    born: PartialDate | None = None
    sex: str = ""

    @cached_property
    def name_key(self) -> str:
        return names.search_key(self.name)

    @cached_property
    def kana_key(self) -> str:
        return names.kana_key(self.kana)

    @cached_property
    def address_key(self) -> str:
        return names.search_key(self.address)

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Return which of 氏名, 住所, 生年月日 are given; signs that fold to nothing (blanks, dots) give nothing."""
        given = {"name": self.name_key or self.kana_key, "address": self.address_key, "born": self.born is not None}
        return tuple(part for part, there in given.items() if there)

    @property
    def are_enough(self) -> bool:
        return len(self.counted) >= NEEDED

    def folded(self) -> dict[str, str]:
        """Return the given parts as they are compared, by name."""
        parts = {"name": self.name_key, "kana": self.kana_key, "address": self.address_key, "sex": self.sex}
        if self.born is not None:
            parts["born"] = self.born.iso()
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class Described:
    """What a record says of a person, as far as it is searched, and the keys by which the register knows name, reading and address."""

    name: str
    former_name: str
    alias: str
    kana: str
    address: str
    born: str
    sex: str
    is_protected: bool
    name_key: str
    kana_key: str
    address_key: str

    def is_called(self, key: str) -> bool:
        """Tell whether `key` is a part of the name, of 旧氏 or of 通称."""
        return key in self.name_key or any(key in names.search_key(other) for other in (self.former_name, self.alias) if other)

    def lives_at(self, key: str) -> bool:
        """Tell whether `key` is a part of the address, 方書 included."""
        return key in self.address_key or key in names.search_key(self.address)


def answers(terms: Terms, person: Described) -> bool:
    """Tell whether a record answers to the terms.

    A record under 支援措置 is never found by an address, and an address does not count towards what is enough for it: that somebody
    is found, or not, at an address would tell where the person lives (DL-30).
    """
    if person.is_protected and len([part for part in terms.counted if part != "address"]) < NEEDED:
        return False
    return (
        (not terms.name_key or person.is_called(terms.name_key))
        and (not terms.kana_key or terms.kana_key in person.kana_key)
        and (person.is_protected or not terms.address_key or person.lives_at(terms.address_key))
        and (terms.born is None or person.born in possible_births(terms.born))
        and (not terms.sex or terms.sex == person.sex)
    )


def possible_births(born: PartialDate) -> tuple[str, ...]:
    """Return the birth dates in the register that may be meant: the day itself, and records of which a part is unknown."""
    whole = born.iso()
    return tuple(dict.fromkeys((whole, f"{whole[:7]}-00", f"{whole[:4]}-00-00", "0000-00-00")))


def area_of(key: str) -> str:
    """Return the part of town and the 丁目 of a folded address: what stands up to its first numeral (Card.area_key)."""
    found = _NUMERAL.search(key)
    return key[: found.end()] if found else key


def beginning(key: str) -> str:
    """Return the LIKE pattern of all keys that begin with `key`."""
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
