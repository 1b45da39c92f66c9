"""The built-in mail texts of every language (`texts/*.toml`), and small words that stand in them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from madoguchi.booking.notices.kinds import Kind
from madoguchi.platform.ui.languages import CODES, JAPANESE

FOLDER = Path(__file__).parent / "texts"
# What the small words of every language are: a block with a link names it {リンク}, the number of people {人数}.
WORDS = ("people", "bring_by_kind", "prove", "manage", "site", "stop")


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body of a mail, with placeholders."""

    subject: str
    body: str


@cache
def _file(language: str) -> dict[str, dict[str, str]]:
    code = language if language in CODES else JAPANESE
    with (FOLDER / f"{code}.toml").open("rb") as handle:
        return tomllib.load(handle)


def built_in(kind: Kind, language: str) -> Wording:
    """Return the product's own text of a mail; in Japanese for a language that it does not speak."""
    text = _file(language)[kind.value]
    return Wording(text["subject"], text["body"].strip("\n"))


def word(name: str, language: str) -> str:
    """Return one of WORDS in a language."""
    return _file(language)["words"][name].strip("\n")
