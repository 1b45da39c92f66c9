"""The language of the command line: Japanese, unless the locale names English.

Pages, letters and mails have languages of their own and never follow the locale of the process that makes them; so these words do not go
through Django, and are there before any zone is known.
"""

import gettext
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["ja", "en"]
CATALOGUES = Path(__file__).resolve().parent.parent / "locale"


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language that the locale asks for: the first of LC_ALL, LC_MESSAGES and LANG that is set decides (POSIX, 8.2)."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if named.lower().partition(".")[0].partition("_")[0] == "en" else "ja"


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    return gettext.translation("command", CATALOGUES, [language], fallback=True)


def say(japanese: str) -> str:
    """Return a sentence of the command line in the language of this process."""
    return _catalogue(language_of()).gettext(japanese)
