"""Plain values that component templates show."""

import dataclasses

from madoguchi.platform.ui.shell import Words


@dataclasses.dataclass(frozen=True, slots=True)
class SummaryRow:
    """One row of a summary list: what, its value, and where it can be changed."""

    term: Words
    value: object
    change_url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """A number, what it counts, and the list that explains it; `is_pressing` where somebody should look at once."""

    number: int
    words: Words
    address: str = ""
    hint: Words = ""
    is_pressing: bool = False
