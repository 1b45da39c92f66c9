"""The table of own characters as a CSV file: read without changing anything, and written so that it can be read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.cards.models import OwnCharacter
from madoguchi.delivery.cards.own_characters import Entry
from madoguchi.kernel.headed import Fault, read_headed
from madoguchi.kernel.names import has_control_characters, has_gaiji, length
from madoguchi.kernel.own_characters import CodeError, code_point, cp932_code, unicode_code
from madoguchi.kernel.tables import TableError, write_csv

HEADINGS = {"code": "文字コード", "substitute": "代替文字", "note": "説明"}
MOST_ROWS = 20_000
_LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one line; the value itself is not repeated."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Read:
    """The lines of a file as entries, and what is wrong with the others."""

    entries: tuple[Entry, ...]
    wrong: tuple[Wrong, ...]


def read_table(data: bytes) -> Read:
    """Read a table. Raises TableError for a file that is none."""
    entries: dict[int, Entry] = {}
    wrong: list[Wrong] = []
    for row in read_headed(data, HEADINGS):
        if isinstance(row, Fault):
            wrong.append(Wrong(row.line, "", _("行が壊れています。引用符と列の数を確かめてください。")))
            continue
        if not any(row.cells.values()):
            continue
        try:
            point = code_point(row.cells["code"])
        except CodeError as error:
            wrong.append(Wrong(row.line, HEADINGS["code"], sentences()[error.code]))
            continue
        fault = fault_of_substitute(row.cells["substitute"])
        if fault:
            wrong.append(Wrong(row.line, HEADINGS["substitute"], fault))
        elif len(row.cells["note"]) > _LONGEST_NOTE:
            wrong.append(Wrong(row.line, HEADINGS["note"], _("説明は200文字以内にしてください。")))
        elif point in entries:
            wrong.append(Wrong(row.line, HEADINGS["code"], _("同じ文字コードが前の行にあります。")))
        else:
            entries[point] = Entry(point, row.cells["substitute"], row.cells["note"])
    if len(entries) > MOST_ROWS:
        raise TableError("rows")
    return Read(tuple(entries.values()), tuple(wrong))


def sentences() -> Mapping[str, str]:
    """Return what is wrong with a code, in words."""
    return {
        "form": _("文字コードは「U+E000」(Unicode)か「F040」(CP932)の形で入力してください。"),
        "bare": _("Unicodeの文字コードには「U+」を付けてください。付けないものはCP932の「F040」から「F9FC」です。"),
        "range": _("外字の範囲ではありません。U+E000からU+F8FF、15面と16面、CP932のF040からF9FCが外字です。"),
    }


def fault_of_substitute(text: str) -> str:
    """Say what is wrong with a substitute; empty when nothing is, or there is none."""
    if not text:
        return ""
    if length(text) != 1:
        return _("代替文字は1文字にしてください。")
    if has_gaiji(text) or has_control_characters(text) or not text.isprintable():
        return _("代替文字には、外字でない、表示できる文字を入力してください。")
    return ""


def as_csv(rows: Sequence[OwnCharacter]) -> bytes:
    """Write the table in force; the code of CP932 stands beside for reading."""
    header = [*HEADINGS.values(), "CP932", "版", "登録者", "二人目"]
    cells: list[list[str | int | None]] = [
        [unicode_code(row.code_point), row.substitute, row.note, cp932_code(row.code_point), row.version, row.made_by, row.second]
        for row in rows
    ]
    return b"".join(write_csv(cells, header=header))
