"""A table of a report as a file or on paper. No person stands in it."""

import io
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.cards.queries import municipality
from madoguchi.delivery.reports.audited import REPORT_EXPORTED, REPORT_PRINTED
from madoguchi.delivery.reports.presenting import Table
from madoguchi.delivery.reports.queries import Scope
from madoguchi.kernel.tables import write_csv, write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.paper_tables import print_table

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = ("xlsx", "csv", "pdf")


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file ready to be handed over."""

    name: str
    content_type: str
    content: bytes


def make_file(actor: Actor, table: Table, scope: Scope, form: str) -> MadeFile:
    """Write one table in one of FORMS, and record who took it out."""
    made = _made(actor, table, scope, form)
    content = {"table": table.code, "form": form, "from": scope.first.isoformat(), "until": scope.last.isoformat()}
    record(actor, REPORT_PRINTED if form == "pdf" else REPORT_EXPORTED, content=content)
    return made


def _made(actor: Actor, table: Table, scope: Scope, form: str) -> MadeFile:
    stem = f"toukei_{table.code}_{clock.now():%Y%m%d_%H%M}"
    if form == "pdf":
        subtitle = _("%(name)s　%(first)s～%(last)s") % {"name": municipality().name, "first": scope.first, "last": scope.last}
        widths = [2.6, *([1.0] * (len(table.header) - 1))]
        return MadeFile(f"{stem}.pdf", "application/pdf", print_table(actor, table.title, subtitle, table.header, table.cells, widths))
    if form == "csv":
        return MadeFile(f"{stem}.csv", "text/csv; charset=utf-8", b"".join(write_csv(table.cells, header=table.header)))
    book = io.BytesIO()
    write_xlsx(book, table.header, table.cells)
    return MadeFile(f"{stem}.xlsx", SPREADSHEET, book.getvalue())
