"""A queue as a file; its name tells kind and time of making, and nothing of anybody."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi.delivery.queues.audited import QUEUE_EXPORTED
from madoguchi.delivery.queues.listing import COLUMNS, Row, Wanted
from madoguchi.kernel.tables import write_csv, write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_ROWS = 20_000
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file ready to be handed over."""

    name: str
    content_type: str
    content: bytes


def make_file(actor: Actor, kind: str, rows: Sequence[Row], columns: Sequence[str], wanted: Wanted, *, purpose: str) -> MadeFile:
    """Write the rows as `xlsx` or `csv`, and record who took them out, which columns, and what for."""
    header, cells = [str(COLUMNS[column]) for column in columns], [[row.cell(column) for column in columns] for row in rows]
    content = {"queue": wanted.queue.value if wanted.queue else "", "rows": len(rows), "columns": list(columns), "file": kind}
    record(actor, QUEUE_EXPORTED, content=content, reason=purpose)
    stem = f"sagyo_{clock.now():%Y%m%d_%H%M}"
    if kind == "csv":
        return MadeFile(f"{stem}.csv", "text/csv; charset=utf-8", b"".join(write_csv(cells, header=header)))
    book = io.BytesIO()
    write_xlsx(book, header, cells)
    return MadeFile(f"{stem}.xlsx", SPREADSHEET, book.getvalue())
