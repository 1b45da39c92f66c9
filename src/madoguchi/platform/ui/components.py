"""Plain values that component templates show."""

import dataclasses

from madoguchi.platform.ui.shell import Words


@dataclasses.dataclass(frozen=True, slots=True)
class SummaryRow:
    """One row of a summary list: what, its value, and where it can be changed."""

    term: Words
    value: object
    change_url: str = ""
