"""Pages of the take-over: the lists, the template, a dry run, one list with its stock-takings, its labels and its sign-off."""

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.dispatch.rights import PRINT_LETTERS
from madoguchi.delivery.printers.services import fitted
from madoguchi.delivery.printers.terminal import printer_of
from madoguchi.delivery.takeover import audited, reading, services
from madoguchi.delivery.takeover.columns import COLUMNS, HEADINGS, HOLDS, MISSING, TAKEN
from madoguchi.delivery.takeover.forms import StockFileForm
from madoguchi.delivery.takeover.models import StockList
from madoguchi.delivery.takeover.rights import APPROVE_STOCK, READ_STOCK
from madoguchi.kernel.tables import write_csv, write_xlsx
from madoguchi.platform.accounts.access import actor_of, may, requires, staff_of
from madoguchi.platform.approvals.queries import seen_by
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.labels import Label, print_labels
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal, Silent
from madoguchi.platform.virus_scan import NotClean, require_clean

if TYPE_CHECKING:
    from django.db.models import QuerySet

_WRONG_SHOWN = 300
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAMPLE = {
    "application_id": "12345678901234567890123",
    "serial": "A1B000001",
    "name": "見本　太郎",
    "kana": "ミホン タロウ",
    "born": "1980/9/8",
    "sex": "男",
    "address": "(行を消してから使います)",
    "progress": "交付前設定済",
    "arrived_on": "2026/10/1",
    "site": "01",
    "safe": "A",
    "box": "1",
    "slot": "1",
}


@requires(READ_STOCK, APPROVE_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
def lists_page(request: HttpRequest) -> HttpResponse:
    """移行: a spreadsheet to read as a dry run or to hand in, and those so far."""
    posted = request.POST if request.method == "POST" else None
    form, read = StockFileForm(posted, request.FILES if posted is not None else None), None
    if posted is not None and not may(request, READ_STOCK):
        # Whoever approves lists does not hand them in: reading one, also as a trial, has a right of its own.
        raise PermissionDenied
    if posted is not None and form.is_valid():
        uploaded = form.cleaned_data["file"]
        try:
            read = _read(uploaded)
            if not read.wrong and "hand_in" in request.POST:
                kept = services.hand_in(read, uploaded.name or "", actor_of(request))
                messages.success(request, _("承認に出しました。別の職員が承認すると反映されます。"))
                return redirect("takeover:list", kept.pk)
        except (Refusal, NotClean) as refused:
            form.add_error("file", str(refused))
    context = {
        "form": form,
        "read": read,
        "wrong": read.wrong[:_WRONG_SHOWN] if read else (),
        "lists": StockList.objects.all()[:100],
        "columns": [(column.heading, column.is_needed) for column in COLUMNS],
        "states": "、".join(TAKEN),
        "holds": "、".join(HOLDS),
        "missing": MISSING,
        "may_read": may(request, READ_STOCK),
    }
    return render(request, "takeover/lists.html", context, status=422 if form.errors or (read and read.wrong) else 200)


def _read(uploaded: object) -> reading.Read:
    assert isinstance(uploaded, TemporaryUploadedFile)  # the zone's settings have every upload on disk
    path = Path(uploaded.temporary_file_path())
    require_clean(path, takes_unscanned=True)
    return reading.read_stock(path)


@requires(READ_STOCK, APPROVE_STOCK)
@require_safe
def template(_request: HttpRequest, kind: str) -> HttpResponse:
    """The template: its headings, and one row as an example."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    header, row = list(HEADINGS.values()), [_SAMPLE.get(field, "") for field in HEADINGS]
    if kind == "csv":
        content, content_type = b"".join(write_csv([row], header=header)), "text/csv; charset=utf-8"
    else:
        book = io.BytesIO()
        write_xlsx(book, header, [row])
        content, content_type = book.getvalue(), _SPREADSHEET
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="ikou.{kind}"'})


@requires(READ_STOCK, APPROVE_STOCK)
@require_safe
def list_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: who read, approved and signed it off; which places were counted since."""
    kept = _list(pk)
    rows = [
        SummaryRow(_("状態"), kept.get_state_display()),
        SummaryRow(_("ファイル"), kept.file_name),
        SummaryRow(_("件数"), f"{kept.rows:,}"),
        SummaryRow(_("読み込んだ人"), kept.read_by),
        SummaryRow(_("承認した人"), kept.approved_by),
        SummaryRow(_("締めた人"), kept.signed_off_by),
    ]
    context = {
        "kept": kept,
        "rows": rows,
        "takes": services.stock_takes_of(kept),
        "is_applied": kept.state == StockList.State.APPLIED,
        "is_being_applied": kept.state == StockList.State.APPLYING,
        "approval": seen_by(staff_of(request)).filter(kind=services.APPROVAL, subject=f"stock-list:{pk}", state="open").first(),
        "has_labels": _sleeved(kept).exists(),
        "without_code": services.count_without_code(kept) if may(request, PRINT_LETTERS) and kept.applied_at else 0,
        "may_sign": may(request, APPROVE_STOCK),
    }
    return render(request, "takeover/list.html", context)


def _list(pk: int) -> StockList:
    kept = StockList.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    return kept


def _sleeved(kept: StockList) -> "QuerySet[Card]":
    """The cards that get a label: also those that are looked for, whose label is stuck on when they turn up."""
    return Card.objects.filter(taken_over__source=kept, place_kind__in=["stored", "missing"], sleeve_code__isnull=False)


@requires(READ_STOCK, APPROVE_STOCK)
@require_safe
def labels(request: HttpRequest, pk: int) -> HttpResponse:
    """The sleeve labels of a list's cards in the order of their boxes; two people stick them on, comparing number and name."""
    kept = _list(pk)
    found = [card for card in _sleeved(kept).order_by("-place_kind", "site__code", "safe", "box", "pk") if card.sleeve_code]
    if not found:
        raise Http404
    record(actor_of(request), audited.PRINT_LABELS, subject=f"stock-list:{pk}", content={"labels": len(found)})
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER) as folder:
        out = Path(folder) / "labels.pdf"
        print_labels([Label(card.sleeve_code or "", (card.serial,)) for card in found], out, shelf=zone_shelf(), progress=Silent())
        pdf = fitted(out.read_bytes(), printer_of(request))
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="labels.pdf"'})


@requires(PRINT_LETTERS)
@require_POST
def print_codes(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the letter with the booking code for those whom the old system notified."""
    _list(pk)
    try:
        job = services.print_codes(pk, actor_of(request))
    except Refusal as refused:
        messages.error(request, refused.message)
        return redirect("takeover:list", pk)
    return redirect("jobs:job", job.pk)


@requires(APPROVE_STOCK)
@require_POST
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the take-over off once every place was counted in full."""
    _list(pk)
    try:
        services.sign_off(pk, actor_of(request))
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("移行を締めました。"))
    return redirect("takeover:list", pk)
