"""The language of the command line: Japanese, unless the locale names English.

Pages, letters and mails have languages of their own and never follow the locale of the process that makes them; so these words do not go
through Django, and are there before any zone is known.
"""

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

Language = Literal["ja", "en"]
CATALOGUES = Path(__file__).resolve().parent.parent / "locale"


class Sentence(str):
    """A Japanese sentence that still knows its words and what fills their blanks, so that the command line can say it in another language.

    Everywhere else it is the Japanese text. What fills a blank may be a sentence itself.

    Args:
        words: the sentence with named blanks, as it stands in the catalogue.
        values: what fills the blanks.
    """

    __slots__ = ("values", "words")
    words: str
    values: dict[str, Any]

    def __new__(cls, words: str, /, **values: object) -> Self:
        sentence = super().__new__(cls, words.format(**values))
        sentence.words, sentence.values = words, values
        return sentence

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.words,), self.values

    def __getstate__(self) -> None:
        """Say that a copy needs nothing more than it is made from."""


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language that the locale asks for: the first of LC_ALL, LC_MESSAGES and LANG that is set decides (POSIX, 8.2)."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if named.lower().partition(".")[0].partition("_")[0] == "en" else "ja"


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    return gettext.translation("command", CATALOGUES, [language], fallback=True)


def say(japanese: str) -> str:
    """Return a sentence of the command line in the language of this process; what the catalogue does not know stays as it is."""
    translate = _catalogue(language_of()).gettext
    if not isinstance(japanese, Sentence):
        return translate(japanese) if japanese else ""
    values = {name: say(value) if isinstance(value, Sentence) else value for name, value in japanese.values.items()}
    return translate(japanese.words).format(**values)


def say_within(data: object) -> object:
    """Return `data` (what becomes JSON) with every sentence in it said in the language of this process; other texts are data and stay."""
    if isinstance(data, Sentence):
        return say(data)
    if isinstance(data, Mapping):
        return {key: say_within(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [say_within(value) for value in data]
    return data


def sentence_of(error: Exception) -> str:
    """Return what an exception was made with: `str(error)` would be its Japanese text alone."""
    sentence: str = error.args[0]
    return sentence
