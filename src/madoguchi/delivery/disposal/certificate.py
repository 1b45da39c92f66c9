"""カード廃棄証明書: A4 sheets that say which cards were disposed of, when and how, by which two, and who approved. No name of a citizen."""

import datetime as dt
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction

from madoguchi.delivery.cards.presenting import number_words
from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.disposal import audited, queries
from madoguchi.delivery.disposal.models import DisposalBatch
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "certificate.typ",
    Places(texts={"facts": Region(20, 45, 170, 78), "cards": Region(20, 136, 170, 140)}, codes={}),
)
_ROWS = 20


def print_certificate(batch: DisposalBatch, actor: Actor) -> bytes:
    """Return the certificate of a disposal that was carried out. Raises ValueError before that, and what `print_batch` raises."""
    if batch.carried_out_at is None or batch.approved_at is None:
        raise ValueError("not carried out")
    shelf, items = zone_shelf(), list(queries.items(batch))
    facts = [
        ("番号", str(batch.pk)),
        ("枚数", f"{len(items)} 枚"),
        ("袋の番号", batch.bag),
        ("廃棄の方法", batch.method),
        ("起案", f"{_moment(batch.proposed_at)} {batch.proposed_by_name} ({batch.proposed_by})"),
        ("承認", f"{_moment(batch.approved_at)} {batch.approved_by_name} ({batch.approved_by})"),
        ("実施", f"{_moment(batch.carried_out_at)} {batch.carried_out_by_name} ({batch.carried_out_by})"),
        ("立会", f"{batch.witness_name} ({batch.witness})"),
    ]
    rows = [(str(number), number_words(item.card), item.reason) for number, item in enumerate(items, start=1)]
    parts = [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]
    sheets = [
        Sheet(
            f"disposal-{batch.pk}-{number}",
            data={"facts": facts, "rows": part, "page": f"{number} / {len(parts)}"},
            texts={"facts": "".join(term + value for term, value in facts), "cards": "".join("".join(row) for row in part)},
        )
        for number, part in enumerate(parts, start=1)
    ]
    common = {"text_families": shelf.text_families, "town": municipality().name, "day": format_long(clock.today())}
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".certificate-") as folder:
        printed = print_batch(_LAYOUT, common, sheets, Path(folder, "certificate.pdf"), total=len(sheets), shelf=shelf, progress=Silent())
        content = printed.path.read_bytes()
    with transaction.atomic():
        record(actor, audited.PRINT_CERTIFICATE, subject=f"disposal:{batch.pk}")
    return content


def _moment(at: dt.datetime) -> str:
    return at.astimezone(clock.TOKYO).strftime("%Y-%m-%d %H:%M")
