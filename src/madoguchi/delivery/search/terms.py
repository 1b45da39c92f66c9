"""What is asked for: which parts are enough, how they are folded, and whether a record answers to them. No database here.

Two of 氏名, 住所 and 生年月日 are needed (DL-14); 性別 narrows and does not count, and 氏名 by kanji and by kana is one. Fewer would let a
clerk leaf through the residents; a number needs nothing else.
"""

from dataclasses import dataclass

from madoguchi.kernel import names
from madoguchi.kernel.wareki import PartialDate

NEEDED = 2
_NUMERALS_IN_NAMES = frozenset("一二三四五六七八九十百千万")


@dataclass(frozen=True, slots=True)
class Terms:
    """The parts that were typed, as typed; blank where nothing was."""

    name: str = ""
    kana: str = ""
    address: str = ""
    born: PartialDate | None = None
    sex: str = ""

    @property
    def name_key(self) -> str:
        return names.search_key(self.name)

    @property
    def kana_key(self) -> str:
        return names.kana_key(self.kana)

    @property
    def address_key(self) -> str:
        return names.search_key(self.address)

    @property
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
    """What a record says of a person, as far as it is searched."""

    name: str
    former_name: str
    alias: str
    kana: str
    address: str
    born: str
    sex: str
    is_protected: bool


def answers(terms: Terms, person: Described) -> bool:
    """Tell whether a record answers to the terms.

    A record under 支援措置 is never found by an address, and an address does not count towards what is enough for it: that somebody
    is found, or not, at an address would tell where the person lives (DL-30).
    """
    if person.is_protected and len([part for part in terms.counted if part != "address"]) < NEEDED:
        return False
    written = [names.search_key(text) for text in (person.name, person.former_name, person.alias)]
    return (
        (not terms.name_key or any(terms.name_key in text for text in written))
        and (not terms.kana_key or terms.kana_key in names.kana_key(person.kana))
        and (person.is_protected or not terms.address_key or terms.address_key in names.search_key(person.address))
        and (terms.born is None or person.born in possible_births(terms.born))
        and (not terms.sex or terms.sex == person.sex)
    )


def possible_births(born: PartialDate) -> tuple[str, ...]:
    """Return the birth dates in the register that may be meant: the day itself, and records of which a part is unknown."""
    whole = born.iso()
    return tuple(dict.fromkeys((whole, f"{whole[:7]}-00", f"{whole[:4]}-00-00", "0000-00-00")))


def beginning(key: str) -> str:
    """Return the LIKE pattern of all keys that begin with `key`."""
    return key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def masked_birth(born: str) -> str:
    """Show the year of a birth date and hide month and day."""
    return f"{born[:4]}-**-**"


def masked_address(address: str) -> str:
    """Show an address up to its first number and hide what follows."""
    for place, char in enumerate(address):
        if char.isnumeric() and char not in _NUMERALS_IN_NAMES:
            return f"{address[:place]}＊"
    return f"{address[: max(len(address) // 2, 1)]}＊"
