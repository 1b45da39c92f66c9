"""The monthly report as PDF (BS-13): what was agreed, what was measured, incidents and cases."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.booking.municipality.queries import current
from madoguchi.booking.service_level.audited import REPORT_PRINTED
from madoguchi.booking.service_level.models import Case, Incident
from madoguchi.booking.service_level.queries import agreed_on, cases_of, incidents_between, measured_between
from madoguchi.booking.service_level.rules import AgreedValues, Audience, Measured, missed, month_of
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_LAYOUT = Layout(
    Path(__file__).parent / "layouts" / "report.typ",
    Places(texts={"title": Region(15, 14, 180, 14), "body": Region(15, 40, 180, 235)}, codes={}),
)
_ROWS_A_PAGE = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison. `tone` is how the result looks on the page."""

    name: str
    agreed: str
    measured: str
    result: str
    tone: str


def figures_of(measured: Measured, agreed: AgreedValues) -> list[Line]:
    """Return the comparison of what was agreed with what was measured."""
    gone = {measure.value for measure in missed(measured, agreed)}
    known = [
        ("availability", _("稼働率"), f"{agreed.availability_percent}%", measured.availability_percent, "%"),
        ("p95", _("応答時間の95%"), _("%(ms)dミリ秒") % {"ms": agreed.p95_ms}, _rounded(measured.p95_ms), _("ミリ秒")),
        ("errors", _("誤りの割合"), f"{agreed.error_percent}%", measured.error_percent, "%"),
    ]
    lines = []
    for code, name, wanted, value, unit in known:
        result, tone = (_("未達"), "error") if code in gone else (_("達成"), "success")
        if value is None:
            lines.append(Line(name, wanted, _("記録なし"), "—", ""))
        else:
            lines.append(Line(name, wanted, f"{value}{unit}", result, tone))
    return lines


def _rounded(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)


def length_of(incident: Incident) -> str:
    """Return how long an incident lasted, in words."""
    if incident.ended_at is None:
        return _("続いています")
    return _("%(minutes)d分") % {"minutes": (incident.ended_at - incident.began_at).total_seconds() // 60}


def print_report(actor: Actor, month: dt.date) -> bytes:
    """Set the report of one month; it is read back before it is handed out. The caller has checked the right of `actor`."""
    first, after = month_of(month)
    measured, agreed = measured_between(first, after), agreed_on(first)
    staff = measured_between(first, after, Audience.STAFF)
    rows = [
        [_("項目"), _("合意値"), _("実測値"), _("結果")],
        *([line.name, line.agreed, line.measured, line.result] for line in figures_of(measured, agreed)),
    ]
    rows += [
        [_("市民の画面の応答の数"), "", str(measured.requests), ""],
        [_("職員の画面の応答の数"), "", str(staff.requests), ""],
        [_("応答しなかった時間"), "", _("%(minutes)d分") % {"minutes": measured.minutes - measured.minutes_answered}, ""],
    ]
    rows += _incident_rows(incidents_between(first, after)) + _case_rows(cases_of(first))
    pages = [rows[start : start + _ROWS_A_PAGE] for start in range(0, len(rows), _ROWS_A_PAGE)]
    title = _("サービス水準の月報　%(year)d年%(month)d月") % {"year": first.year, "month": first.month}
    sheets = [
        Sheet(
            sheet_id=f"report-{number}",
            data={"rows": page, "page": f"{number} / {len(pages)}"},
            texts={"title": title, "body": "".join(cell for row in page for cell in row)},
        )
        for number, page in enumerate(pages, start=1)
    ]
    shelf = zone_shelf()
    common = {
        "title": title,
        "subtitle": _("%(name)s　作成 %(at)s") % {"name": current().name, "at": f"{clock.now():%Y-%m-%d %H:%M}"},
        "text_families": shelf.text_families,
    }
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".report-") as folder:
        out = Path(folder, "report.pdf")
        made = print_batch(_LAYOUT, common, sheets, out, total=len(sheets), shelf=shelf, progress=Silent()).path.read_bytes()
    record(actor, REPORT_PRINTED, content={"month": f"{first:%Y-%m}", "pages": len(pages)})
    return made


def _incident_rows(incidents: Sequence[Incident]) -> list[list[str]]:
    return [
        [_("障害"), f"{one.began_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M}", length_of(one), ""] for one in sorted(incidents, key=_began)
    ]


def _began(incident: Incident) -> dt.datetime:
    return incident.began_at


def _case_rows(cases: Sequence[Case]) -> list[list[str]]:
    return [
        [
            _("未達：%(measure)s") % {"measure": case.get_measure_display()},
            _("原因　%(cause)s") % {"cause": case.cause or _("未記入")},
            _("対策　%(action)s") % {"action": case.action or _("未記入")},
            _("%(day)s 完了") % {"day": case.done_on.isoformat()} if case.done_on else _("対応中"),
        ]
        for case in cases
    ]
