"""差異報告書 of a 棚卸: as a workbook and as a printed table, with its counts, who counted and who settled it (S18)."""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from madoguchi.delivery.storage.models import StockTake
from madoguchi.delivery.storage.stock_taking import Line, LineKind
from madoguchi.kernel.tables import write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.documents.paper_tables import print_table

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (1.4, 1.6, 3.0, 2.0)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file ready to be handed over."""

    name: str
    content_type: str
    content: bytes


def kind_words() -> dict[LineKind, str]:
    """Return what each kind of difference is called."""
    return {
        LineKind.MISSING: _("見つからない"),
        LineKind.ELSEWHERE: _("ほかの場所の登録"),
        LineKind.UNKNOWN: _("登録にないコード"),
        LineKind.DOUBLE: _("二度読み取ったコード"),
    }


def make_report(take: StockTake, counts: Sequence[tuple[str, str]], lines: Sequence[Line], form: str, actor: Actor) -> MadeFile:
    """Make the report in the form `xlsx` or `pdf`; raises what `print_table` raises, and makes no file then."""
    words, name = kind_words(), f"tanaoroshi_{take.pk}_{clock.now():%Y%m%d_%H%M}"
    header = [_("差異"), _("コード"), _("登録の場所"), _("保管責任者")]
    cells = [[words[line.kind], line.code, line.place, line.custodian] for line in lines] or [[_("差異はありません"), "", "", ""]]
    about = [*_about(take), *counts]
    if form == "pdf":
        subtitle = "　".join(f"{term} {value}" for term, value in about)
        return MadeFile(f"{name}.pdf", "application/pdf", print_table(actor, _("棚卸の差異報告書"), subtitle, header, cells, _WIDTHS))
    book = io.BytesIO()
    write_xlsx(book, header, [*cells, ["", "", "", ""], *([term, value, "", ""] for term, value in about)])
    return MadeFile(f"{name}.xlsx", SPREADSHEET, book.getvalue())


def _about(take: StockTake) -> list[tuple[str, str]]:
    where = f"{take.box.safe} {take.box.name}" if take.box else _("全体")
    rows = [(_("場所"), f"{take.site.name} {where}"), (_("開始"), _moment(take.opened_at, take.opened_by))]
    if take.counted_at:
        rows.append((_("数え終わり"), _moment(take.counted_at, take.counted_by)))
    ended = _moment(take.closed_at, f"{take.closed_by}、{take.second_person}") if take.closed_at else take.get_state_display()
    return [*rows, (_("確定"), ended)]


def _moment(at: dt.datetime, by: str) -> str:
    return f"{at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M} {by}"
