"""What must be true at the end of a month: one line for each book, with both sides of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.platform.language import Sentence, say


@dataclass(frozen=True, slots=True)
class Book:
    """One book: its name, what was expected, what was found. It balances when both are the same."""

    name: Sentence
    expected: int
    found: int

    @property
    def balances(self) -> bool:
        """Tell whether both sides are the same."""
        return self.expected == self.found

    def as_json(self) -> dict[str, object]:
        """Return the book as the command's JSON shows it."""
        return {"name": say(self.name), "expected": self.expected, "found": self.found, "balances": self.balances}

    def as_told(self) -> dict[str, object]:
        """Return the book as one process tells it to another, its name still in words that can be translated."""
        return {"name": _told(self.name), "expected": self.expected, "found": self.found}


def read(told: Iterable[Mapping[str, Any]]) -> list[Book]:
    """Read books that another process told."""
    return [Book(_heard(row["name"]), row["expected"], row["found"]) for row in told]


def _told(name: Sentence) -> dict[str, object]:
    return {"words": name.words, "values": {key: _told(one) if isinstance(one, Sentence) else one for key, one in name.values.items()}}


def _heard(told: Mapping[str, Any]) -> Sentence:
    return Sentence(told["words"], **{key: _heard(one) if isinstance(one, Mapping) else one for key, one in told["values"].items()})


def table(books: Sequence[Book]) -> list[str]:
    """Return the books as lines for a person: both sides, and a mark where they differ."""
    width = len(f"{max((max(book.expected, book.found) for book in books), default=0):,}")
    return [
        f"{'○' if one.balances else '×'} {one.expected:>{width},} {'=' if one.balances else '≠'} {one.found:>{width},}  {say(one.name)}"
        for one in books
    ]
