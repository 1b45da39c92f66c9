"""廃棄証明書: A4 sheets that say what was disposed of, when and how, by which two, and who approved. No name of a citizen."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "certificate.typ",
    Places(texts={"facts": Region(20, 45, 170, 78), "rows": Region(20, 136, 170, 140)}, codes={}),
)
_ROWS = 20


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: facts as term and value (at most nine), one sentence, and what was disposed of in rows of three.

    `number` names the sheets; `widths` are those of the first two columns in mm.
    """

    number: str
    title: str
    facts: Sequence[tuple[str, str]]
    sentence: str
    rows: Sequence[tuple[str, str, str]]
    widths: tuple[int, int]


def print_certificate(certificate: Certificate, town: str) -> bytes:
    """Return the PDF of a certificate of the municipality `town`, read back. Raises what `print_batch` raises."""
    shelf, rows = zone_shelf(), certificate.rows
    parts = [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]
    facts = "".join(term + value for term, value in certificate.facts)
    sheets = [
        Sheet(
            f"{certificate.number}-{number}",
            data={"rows": part, "page": f"{number} / {len(parts)}"},
            texts={"facts": facts, "rows": "".join("".join(row) for row in part)},
        )
        for number, part in enumerate(parts, start=1)
    ]
    common = {
        "text_families": shelf.text_families,
        "title": certificate.title,
        "town": town,
        "day": format_long(clock.today()),
        "facts": certificate.facts,
        "sentence": certificate.sentence,
        "widths": certificate.widths,
    }
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".certificate-") as folder:
        printed = print_batch(_LAYOUT, common, sheets, Path(folder, "certificate.pdf"), total=len(sheets), shelf=shelf, progress=Silent())
        return printed.path.read_bytes()


def moment(at: dt.datetime) -> str:
    """Return a moment as certificates write it."""
    return at.astimezone(clock.TOKYO).strftime("%Y-%m-%d %H:%M")
