"""The municipalities of Japan: 全国地方公共団体コード, prefecture and name, from a data file beside this module.

The list follows 総務省's 全国地方公共団体コード (JIS X 0401 and JIS X 0402 with the check digit): 1,741 cities, special wards, towns and
villages; wards of designated cities are parts of their city. Towns and villages carry their 郡, as addresses do.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_DISTRICT = re.compile(".+?郡(.+[町村])")
_ANY_PREFECTURE = re.compile("北海道|東京都|京都府|大阪府|[^\\s0-9０-９]{2,3}?県")
_ANY_CITY = re.compile("[^\\s0-9０-９]{1,6}?[市郡]")


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality. `name` is what stands in an address behind the prefecture (本巣郡北方町), `short_name` the name alone (北方町)."""

    code: str
    prefecture: str
    name: str

    @property
    def short_name(self) -> str:
        found = _DISTRICT.fullmatch(self.name)
        return found[1] if found else self.name

    def is_elsewhere(self, address: str) -> bool:
        """Tell whether `address` names another municipality; an address that names none (朝日町１番地) may be one of ours."""
        prefix = self.prefecture + self.name
        if address.startswith(prefix):
            return False
        rest = address.removeprefix(self.prefecture)
        if rest.startswith((self.name, self.short_name)):
            return False
        return (len(rest) != len(address) and bool(rest)) or _ANY_PREFECTURE.match(rest) is not None or _ANY_CITY.match(rest) is not None


@cache
def _by_code() -> dict[str, Municipality]:
    text = resources.files("madoguchi.kernel").joinpath("municipalities.csv").read_text(encoding="utf-8")
    return {row["code"]: Municipality(row["code"], row["prefecture"], row["name"]) for row in csv.DictReader(text.splitlines())}


def find(code: str) -> Municipality | None:
    """Return the municipality with the six-digit `code`, or None when there is none."""
    return _by_code().get(code)


def every() -> list[Municipality]:
    """Return all municipalities in the order of their codes."""
    return list(_by_code().values())
