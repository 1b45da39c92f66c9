"""Collect every sentence that citizens can read into the catalogues of the languages (BK-14).

    python scripts/collect_messages.py            merge into src/madoguchi/locale/*/LC_MESSAGES/django.po
    python scripts/collect_messages.py --missing  print what has no translation yet

Only public pages, their forms and refusals are collected: templates that do not extend the staff's shell, and the modules named below.
Staff pages are Japanese. Mails have texts of their own (booking/notices/texts).
"""

import argparse
import ast
import datetime as dt
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "madoguchi"
LOCALE = SOURCE / "locale"
# Catalogues do not say when they were made: the same sentences give the same file.
EPOCH = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
# Folder of the catalogue by the code of its language, as Django names folders, and the language whose plurals it has.
CATALOGUES = {
    "ja-x-easy": ("ja_X-easy", "ja"),
    "en": ("en", "en"),
    "zh-hans": ("zh_Hans", "zh_Hans"),
    "zh-hant": ("zh_Hant", "zh_Hant"),
    "ko": ("ko", "ko"),
    "pt": ("pt", "pt"),
    "vi": ("vi", "vi"),
}
PUBLIC_MODULES = (
    "booking/applications/forms.py",
    "booking/applications/lookup.py",
    "booking/applications/questions.py",
    "booking/applications/stages.py",
    "booking/applications/views/**/*.py",
    "booking/calendar/holidays.py",
    "booking/calendar/kinds.py",
    "booking/citizens/**/*.py",
    "booking/guidance/forms.py",
    "booking/guidance/queries.py",
    "booking/guidance/words.py",
    "booking/municipality/shell.py",
    "booking/notices/appointments.py",
    "booking/notices/invitations.py",
    "booking/notices/queries.py",
    "booking/reservations/identification.py",
    "booking/reservations/models/bookings.py",
    "booking/reservations/rules.py",
    "platform/ui/forms.py",
    "platform/ui/problems.py",
    "platform/ui/views.py",
)
PUBLIC_TEMPLATES = ("booking/*/templates/**/*.html", "platform/ui/templates/ui/**/*.html")
# Parts that only staff pages are made of, and the pattern pages.
STAFF_TEMPLATES = re.compile(
    r"booking/(?:desk|figures)/|ui/(?:staff|chart|menu|lock_panel|screen_lock|quiet_refresh|match_band|key_band|pagination|progress|problem_staff|patterns_.*)\.html$"
    # The inbox of a demo is for whoever tries the product.
    r"|notices/mailbox"
)
STAFF_SHELL = re.compile(r"{%\s*extends\s+[\"']ui/staff\.html[\"']")
INCLUDE = re.compile(r"{%\s*include\s+[\"']([^\"']+)[\"']")
MARKERS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"})
NATIONAL_HOLIDAYS = (
    *("元日", "成人の日", "建国記念の日", "天皇誕生日", "春分の日", "昭和の日", "憲法記念日", "みどりの日", "こどもの日", "海の日"),
    *("山の日", "敬老の日", "秋分の日", "スポーツの日", "文化の日", "勤労感謝の日", "国民の休日", "振替休日"),
)
_STRING = r"""(u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
_IN_TEMPLATE = re.compile(rf"\b(n?gettext|_)\(\s*{_STRING}(?:\s*,\s*{_STRING})?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One message: the Japanese text, its plural where it counts something, and where it stands."""

    text: str
    plural: str
    file: str


def public_templates() -> list[Path]:
    """Return every template of a public page; a part belongs to them unless only staff pages include it."""
    files = sorted({path for pattern in PUBLIC_TEMPLATES for path in SOURCE.glob(pattern)})
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    staff = {path for path, text in texts.items() if STAFF_SHELL.search(text) or STAFF_TEMPLATES.search(path.as_posix())}
    by_name = {path.as_posix().partition("/templates/")[2]: path for path in files}
    included_by: dict[Path, set[Path]] = defaultdict(set)
    for path, text in texts.items():
        for name in INCLUDE.findall(text):
            if name in by_name:
                included_by[by_name[name]].add(path)
    changed = True
    while changed:
        more = {part for part, users in included_by.items() if part not in staff and users <= staff}
        staff |= more
        changed = bool(more)
    return [path for path in files if path not in staff]


def public_modules() -> list[Path]:
    """Return every module whose words reach a citizen."""
    return sorted({path for pattern in PUBLIC_MODULES for path in SOURCE.glob(pattern) if "tests" not in path.parts})


def sentences() -> Iterator[Sentence]:
    """Yield every sentence that a citizen can read, in Japanese."""
    for path in public_templates():
        yield from _of_template(path)
    for path in public_modules():
        yield from _of_module(path)
    rules = SOURCE / "kernel" / "required_documents.toml"
    for row in tomllib.loads(rules.read_text(encoding="utf-8"))["rule"]:
        yield from (Sentence(row[part], "", _where(rules)) for part in ("text", "note") if row.get(part))
    from madoguchi.kernel.documents import KINDS

    yield from (Sentence(kind.name, "", "kernel/documents.py") for kind in KINDS)
    yield from (Sentence(name, "", "国民の祝日に関する法律") for name in NATIONAL_HOLIDAYS)


def _where(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _of_template(path: Path) -> Iterator[Sentence]:
    from django.utils.translation.template import templatize

    code = templatize(path.read_text(encoding="utf-8"), origin=path.name)
    for marker, first, second in _IN_TEMPLATE.findall(code):
        plural = str(ast.literal_eval(second)) if marker == "ngettext" and second else ""
        yield Sentence(str(ast.literal_eval(first)), plural, _where(path))


def _of_module(path: Path) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MARKERS:
            continue
        match node.args:
            case [ast.Constant(value=str(text)), ast.Constant(value=str(plural)), *_] if node.func.id.startswith("ngettext"):
                yield Sentence(text, plural, _where(path))
            case [ast.Constant(value=str(text)), *_]:
                yield Sentence(text, "", _where(path))


def catalogue_file(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return LOCALE / CATALOGUES[language][0] / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it is kept; an empty one where there is none."""
    path = catalogue_file(language)
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def merged(language: str, found: list[Sentence]) -> Catalog:
    """Return the catalogue with exactly the sentences found; what was translated stays translated."""
    old = read_catalogue(language)
    new = Catalog(locale=CATALOGUES[language][1], project="madoguchi", version="1", charset="utf-8", fuzzy=False, creation_date=EPOCH)
    files: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sentence in found:
        files[sentence.text, sentence.plural].add(sentence.file)
    for (text, plural), where in sorted(files.items(), key=lambda item: (min(item[1]), item[0])):
        known = old.get(text)
        words = forms_of(known) if known is not None and not known.fuzzy else ()
        empty = ("",) * new.num_plurals
        kept = ((*words, *empty)[: new.num_plurals]) if plural else (words[0] if words else "")
        new.add((text, plural) if plural else text, kept, [(file, 0) for file in sorted(where)])
    return new


def forms_of(message: Message) -> tuple[str, ...]:
    """Return the translation of a message in every form of number."""
    string = message.string
    return tuple(str(form or "") for form in string) if isinstance(string, list | tuple) else (str(string or ""),)


def text_of(message: Message) -> str:
    """Return the Japanese sentence of a message."""
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


def write(language: str, catalogue: Catalog) -> None:
    """Write a catalogue, and compile it for this working copy."""
    path = catalogue_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=130, include_lineno=False, omit_header=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def main() -> int:
    """Merge, or say what is missing."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--missing", action="store_true", help="print every sentence without a translation; 1 when there is one")
    arguments = options.parse_args()
    found = list(sentences())
    missing = 0
    for language in CATALOGUES:
        catalogue = merged(language, found)
        lacking = [text_of(message) for message in catalogue if message.id and not all(forms_of(message))]
        missing += len(lacking)
        if arguments.missing:
            for text in lacking:
                print(f"{language}: {text!r}")
        else:
            write(language, catalogue)
            print(f"{language}: {len(catalogue)} sentences, {len(lacking)} to translate")
    return 1 if arguments.missing and missing else 0


if __name__ == "__main__":
    sys.exit(main())
