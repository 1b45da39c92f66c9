"""Small lists whose header names the columns: read by the headings that a person says, in any order, with further columns passed over.

Unlike a card list, such a list comes from systems that nobody here knows beforehand (the terminal's own lists, the resident register's
list of changes). Nothing is guessed: a heading that is missing or stands there twice refuses the file.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from madoguchi.kernel.tables import Encoding, Record, TableError, open_table


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read: its first physical line, from 1."""

    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its first physical line, and its cells by field, blanks around them taken off."""

    line: int
    cells: Mapping[str, str]


def read_headed(data: bytes, headings: Mapping[str, str], *, encoding: Encoding = "auto") -> Iterator[Row | Fault]:
    """Yield the records of a list. `headings` says for each field under which heading it stands; an empty heading: it is not there.

    Raises TableError: `header` with the heading that is missing or stands there twice in `expected`, and what `open_table` raises.
    """
    first = data.lstrip(b"\r\n").split(b"\n", 1)[0].split(b"\r", 1)[0]
    separator = "\t" if b"\t" in first and b"," not in first else ","
    found = _headings(first, separator, encoding)
    with open_table(data, encoding=encoding, separator=separator, header=found, columns=len(found)) as table:
        places: dict[str, int] = {}
        for field, heading in headings.items():
            if not heading:
                continue
            if found.count(heading.strip()) != 1:
                raise TableError("header", expected=heading)
            places[field] = found.index(heading.strip())
        for item in table:
            if isinstance(item, Record):
                yield Row(item.line, {field: item.cells[place].strip() for field, place in places.items()})
            else:
                yield Fault(item.line)


def _headings(line: bytes, separator: str, encoding: Encoding) -> list[str]:
    for tried in ("utf-8-sig", "cp932") if encoding == "auto" else ("utf-8-sig" if encoding == "utf-8" else encoding,):
        try:
            return [cell.strip() for cell in next(csv.reader(io.StringIO(line.decode(tried)), delimiter=separator), [""])]
        except (UnicodeDecodeError, csv.Error):
            continue
    return [""]
