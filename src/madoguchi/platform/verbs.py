"""What a command-line verb takes and gives: its outcome, its refusal, its progress."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Progress(Protocol):
    """Told how far long work has come; shows it to a person (a terminal line, a job's row)."""

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """Say that `done` of `total` units are finished (`total` None: not known)."""


class Silent:
    """Progress that nobody watches."""

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Outcome:
    """What a verb did: `data` is the JSON object, `lines` the same for a person."""

    data: Mapping[str, object]
    lines: Sequence[str] = field(default_factory=list)


def rows_as_json(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the lines of a JSON array with one row a line: what `--format json` prints, whether there are rows or none."""
    last = len(rows) - 1
    lines = (json.dumps(row, ensure_ascii=False, default=str) + ("," if number < last else "") for number, row in enumerate(rows))
    return ["[", *lines, "]"]


class Refusal(Exception):
    """The verb refuses and has changed nothing; the message says what is wrong, where, and what to do next."""

    def __init__(self, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data: dict[str, object] = {"error": message, **(data or {})}
