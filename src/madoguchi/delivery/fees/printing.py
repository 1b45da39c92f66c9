"""Receipts and the daily report on paper, read back before they are handed out."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.delivery.cards.queries import own_municipality
from madoguchi.delivery.fees.audited import RECEIPT_PRINTED
from madoguchi.delivery.fees.models import Entry
from madoguchi.delivery.fees.queries import DayReport, shown_number
from madoguchi.delivery.fees.rules import EntryKind, Method
from madoguchi.kernel.fees import ITEM_NAMES, REASON_BY_CODE
from madoguchi.kernel.wareki import format_long, format_wareki
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import Layout, print_batch
from madoguchi.platform.documents.readback import Places, Region, Sheet
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_HERE = Path(__file__).parent / "layouts"
_RECEIPT = Layout(_HERE / "receipt.typ", Places(texts={"number": Region(100, 10, 40, 8), "amount": Region(15, 34, 118, 16)}, codes={}))
_REPORT = Layout(_HERE / "report.typ", Places(texts={"balance": Region(15, 30, 180, 10)}, codes={}))
_ROWS_A_SHEET = 34


def print_receipt(entry: Entry, back: Entry | None, actor: Actor) -> bytes:
    """Print 領収書 of a payment (A6); one that was taken back bears 取消 or 返金済. Recorded before a byte is handed out.

    Raises what `print_batch` raises.
    """
    town = own_municipality()
    number, amount = shown_number(entry), f"{entry.yen:,}円"
    data = {
        "number": f"No. {number}",
        "day": format_long(entry.taken_on),
        "amount": amount,
        "for": _("ただし、個人番号カード等の手数料として"),
        "items": [[ITEM_NAMES.get(item, item), f"{yen:,}円"] for item, yen in entry.lines],
        "method": Method(entry.method).label,
        "town": f"{town.prefecture}{town.name}",
        "place": entry.drawer_day.drawer.place.name,
        "clerk": entry.by,
        "mark": f"{EntryKind(back.kind).label}済" if back else "",
    }
    sheet = Sheet(number, data=data, texts={"number": f"No. {number}", "amount": amount})
    content = _print(_RECEIPT, {"title": _("領収書")}, [sheet])
    record(actor, RECEIPT_PRINTED, subject=entry.subject, content={"entry": entry.pk, "taken_back": back is not None})
    return content


def print_report(report: DayReport, actor: Actor) -> bytes:
    """Print 手数料日計表 on as many A4 sheets as it needs. Raises what `print_batch` raises."""
    balance = _("差し引き %(yen)s円　%(state)s") % {
        "yen": f"{report.balance:,}",
        "state": _("すべて日計済") if report.all_closed else _("日計の終わっていないつり銭箱があります"),
    }
    drawers = [
        [
            one.day.drawer.name,
            f"{one.day.opening_yen:,}",
            f"{one.cash:,}",
            f"{one.cashless:,}",
            "" if one.day.counted_yen is None else f"{one.day.counted_yen:,}",
            "" if one.day.cash_difference is None else f"{one.day.cash_difference + (one.day.cashless_difference or 0):+,}",
            one.day.explanation,
        ]
        for one in report.drawers
    ]
    rows = [
        [
            shown_number(entry),
            EntryKind(entry.kind).label,
            entry.drawer_day.drawer.name,
            Method(entry.method).label,
            f"{entry.yen:,}",
            REASON_BY_CODE[entry.reason].name if entry.reason in REASON_BY_CODE else entry.reason,
            entry.by,
        ]
        for entry in report.entries
    ]
    owed = [
        [
            shown_number(one.entry),
            f"{one.entry.taken_on:%Y-%m-%d}",
            one.entry.drawer_day.drawer.name,
            Method(one.entry.method).label,
            f"{one.entry.yen:,}",
            one.reason,
        ]
        for one in report.owed_back
    ]
    # Drawers stand on sheets of their own, so that a day with many drawers has room too.
    pages = [("drawers", part) for part in _parts(drawers)] + [("entries", part) for part in _parts(rows)]
    pages += [("owed", part) for part in _parts(owed)]
    pages = pages or [("drawers", [])]
    sheets = [
        Sheet(
            f"{report.day}-{number}",
            data={"kind": kind, "rows": part, "balance": balance, "page": f"{number} / {len(pages)}"},
            texts={"balance": balance},
        )
        for number, (kind, part) in enumerate(pages, start=1)
    ]
    common = {
        "title": _("手数料日計表　%(day)s") % {"day": format_long(report.day)},
        "printed": f"{format_wareki(clock.today())} {actor.user_name or actor.user_id}",
    }
    return _print(_REPORT, common, sheets)


def _parts(rows: Sequence[list[str]]) -> list[list[list[str]]]:
    return [list(rows[start : start + _ROWS_A_SHEET]) for start in range(0, len(rows), _ROWS_A_SHEET)]


def _print(layout: Layout, common: Mapping[str, object], sheets: Sequence[Sheet]) -> bytes:
    shelf = zone_shelf()
    folder = Path(settings.MADOGUCHI_FOLDER) / "fees"
    folder.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        out = Path(place, "paper.pdf")
        print_batch(
            layout, {"text_families": shelf.text_families, **common}, sheets, out, total=len(sheets), shelf=shelf, progress=Silent()
        )
        return out.read_bytes()
