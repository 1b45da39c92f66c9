"""申請予約票: one A4 sheet for each application, read back before it is handed out."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from madoguchi.delivery.applications.audited import APPLICATION_PRINTED
from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.presenting import answer_lines, visit_lines, why_no_answers
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.codes import qr_svg
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.readback import CodeRegion, Places, Region, Sheet, Symbology
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

MOST_SHEETS = 100
_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "application.typ",
    Places(
        texts={"visit": Region(18, 34, 130, 56), "answers": Region(18, 92, 175, 178)},
        codes={"qr": CodeRegion(Region(152, 32, 42, 42), Symbology.QR)},
    ),
)


def print_applications(rows: Sequence[Application], actor: Actor) -> bytes:
    """Print one sheet for each of `rows` and return the PDF. Each is recorded as printed before a byte is handed out.

    Raises what `print_batch` raises; nothing is handed out then.
    """
    shelf = zone_shelf()
    folder = Path(settings.MADOGUCHI_FOLDER) / "applications"
    folder.mkdir(mode=0o700, exist_ok=True)
    common = {
        "text_families": shelf.text_families,
        "title": "申請予約票",
        "printed": f"{format_long(clock.today())} {clock.now().astimezone(clock.TOKYO):%H:%M} {actor.user_name or actor.user_id}",
    }
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place, "applications.pdf")
        print_batch(_LAYOUT, common, [_sheet(row, shelf) for row in rows], out, total=len(rows), shelf=shelf, progress=Silent())
        content = out.read_bytes()
    with transaction.atomic():
        for row in rows:
            record(actor, APPLICATION_PRINTED, subject=f"application:{row.pk}")
    return content


def _sheet(row: Application, shelf: Shelf) -> Sheet:
    visit = visit_lines(row)
    answers = [(term, shelf.set_name(value)) for term, value in answer_lines(row)]
    note = why_no_answers(row)
    return Sheet(
        row.number,
        data={
            "visit": visit,
            "answers": [{"term": term, "runs": value.runs} for term, value in answers],
            "note": note,
            "qr": qr_svg(f"Y{row.number}"),
        },
        texts={
            "visit": "".join(term + value for term, value in visit),
            "answers": "".join(term + value.printed for term, value in answers) + note,
        },
        codes={"qr": f"Y{row.number}"},
    )
