"""手数料日計表 as a workbook: the ledger, then every drawer."""

import io

from django.utils.translation import gettext as _

from madoguchi.delivery.fees.queries import DayReport, shown_number
from madoguchi.delivery.fees.rules import EntryKind, Method
from madoguchi.kernel.fees import REASON_BY_CODE
from madoguchi.kernel.tables import Cell, write_xlsx


def header() -> list[str]:
    """Return the names of the columns."""
    return [
        _("番号"),
        _("種類"),
        _("徴収日"),
        _("つり銭箱"),
        _("徴収区分"),
        _("金額"),
        _("徴収の理由"),
        _("元の記録"),
        _("取消・返金の理由"),
        _("担当"),
        _("二人目"),
    ]


def lines(report: DayReport) -> list[list[Cell]]:
    """Return the ledger, one line an entry, then the sums, what is still to be given back, and what is left."""
    found: list[list[Cell]] = [
        [
            shown_number(entry),
            EntryKind(entry.kind).label,
            entry.taken_on.isoformat(),
            entry.drawer_day.drawer.name,
            Method(entry.method).label,
            str(entry.yen),
            REASON_BY_CODE[entry.reason].name if entry.reason in REASON_BY_CODE else entry.reason,
            shown_number(entry.reverses) if entry.reverses else "",
            entry.reversal_reason,
            entry.by,
            entry.second_person,
        ]
        for entry in report.entries
    ]
    for one in report.drawers:
        day = one.day
        state = _("日計済") if day.state == "closed" else _("未日計")
        found.append([state, _("現金"), "", day.drawer.name, "", str(one.cash), day.explanation])
        found.append([state, _("キャッシュレス"), "", day.drawer.name, "", str(one.cashless), ""])
        found.append([state, _("過不足"), "", day.drawer.name, "", str((day.cash_difference or 0) + (day.cashless_difference or 0)), ""])
    for owed in report.owed_back:
        entry = owed.entry
        found.append(
            [
                shown_number(entry),
                _("返金待ち"),
                entry.taken_on.isoformat(),
                entry.drawer_day.drawer.name,
                Method(entry.method).label,
                str(-entry.yen),
                REASON_BY_CODE[entry.reason].name if entry.reason in REASON_BY_CODE else entry.reason,
                "",
                owed.reason,
                owed.by,
                "",
            ]
        )
    found.append(["", _("差し引き"), "", "", "", str(report.balance), ""])
    return found


def as_xlsx(report: DayReport) -> bytes:
    """Return the report as a workbook."""
    book = io.BytesIO()
    write_xlsx(book, header(), lines(report))
    return book.getvalue()
