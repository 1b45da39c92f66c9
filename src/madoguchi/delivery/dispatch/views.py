"""Pages of letters: choose and print, look at a batch, open it, mark it sent; the words of the notice."""

import dataclasses
import tempfile
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.queries import by_any_number, open_holds
from madoguchi.delivery.cards.rules import Effect, blocking_holds
from madoguchi.delivery.dispatch import queries, rights, services
from madoguchi.delivery.dispatch.choosing import awaiting_counts
from madoguchi.delivery.dispatch.forms import ChooseForm, ClearForm, HistoryForm, SendForm, TextForm
from madoguchi.delivery.dispatch.models import Batch, BatchState
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_PER_PAGE = 50


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def list_page(request: HttpRequest) -> HttpResponse:
    """通知: print for cards that await their notice; the batches so far."""
    form = ChooseForm(request.POST if request.method == "POST" else None, counts=awaiting_counts(), initial={"which": "awaiting"})
    if request.method == "POST" and form.is_valid():
        job = jobs.start("dispatch.print", _("交付案内の印刷"), actor_of(request), form.arguments())
        return redirect("jobs:job", job.pk)
    page = Paginator(queries.batches(), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "stop": queries.open_stop(), "may_change_text": may(request, rights.CHANGE_TEXT)}
    return render(request, "dispatch/list.html", context, status=422 if form.errors else 200)


@requires(rights.PRINT_LETTERS)
@require_safe
def batch_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One batch: how it stands, what is to be written by hand or pulled, and what can be done next."""
    return _show(request, _batch(pk))


@requires(rights.PRINT_LETTERS)
@require_POST
def mark_sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record that the letters of a batch went to the post."""
    batch = _batch(pk)
    form = _send_form(request, batch)
    if not form.is_valid():
        return _show(request, batch, send_form=form)
    try:
        sent = services.mark_sent(
            batch, actor_of(request), sent_on=form.cleaned_data["sent_on"], pulled=form.cleaned_data.get("pulled", ())
        )
    except services.PullFirst:
        form.add_error(
            None, _("抜き取る用紙があります。一覧の用紙をすべて抜き取り、印を付けてから発送済にしてください。何も変更していません。")
        )
        return _show(request, batch, send_form=form)
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("%(count)s 通を発送済にしました。PDFは消しました。") % {"count": f"{sent:,}"})
    return redirect("dispatch:batch", pk)


@requires(rights.CLEAR_STOP)
@require_POST
def clear_stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let printing go on after a mismatch was looked into."""
    batch, form = _batch(pk), ClearForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, clear_form=form)
    try:
        services.clear_stop(batch, actor_of(request), reason=form.cleaned_data["reason"])
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("印刷の停止を解除しました。"))
    return redirect("dispatch:list")


@requires(rights.PRINT_LETTERS)
@require_safe
def open_pdf(request: HttpRequest, pk: UUID) -> FileResponse:
    """Show the letters of a batch in the browser; the opening is recorded before the first byte."""
    path = services.open_pdf(_batch(pk), actor_of(request))
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), content_type="application/pdf", filename=f"letters-{pk}.pdf")


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def history_page(request: HttpRequest) -> HttpResponse:
    """発送の履歴: what was sent for one card, when, where to, and what came back. The number is posted, so that no address holds it."""
    form = HistoryForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        card = by_any_number(form.cleaned_data["number"])
        if card is None:
            form.add_error("number", _("この番号のカードはありません。番号を確かめてください。"))
        elif blocking_holds(open_holds(card.pk), Effect.PLACE_LIST):
            form.add_error("number", _("このカードは停止中のため、宛先を表示できません。責任者に確かめてください。"))
        else:
            context |= {"card": card, "dispatches": services.look_up_history(card, actor_of(request))}
    return render(request, "dispatch/history.html", context, status=422 if form.errors else 200)


@requires(rights.CHANGE_TEXT)
@require_http_methods(["GET", "HEAD", "POST"])
def text_page(request: HttpRequest) -> HttpResponse:
    """通知の文面: the words that staff may change."""
    form = TextForm(request.POST if request.method == "POST" else None, initial=dataclasses.asdict(queries.notice_text()))
    if request.method == "POST" and form.is_valid() and not services.fits(form.text()):
        form.add_error(None, _("文面が長く、1枚に収まりません。短くしてください。何も保存していません。"))
    if request.method == "POST" and form.is_valid():
        services.change_text(form.text(), actor_of(request))
        messages.success(request, _("文面を保存しました。見本で確かめてください。"))
        return redirect("dispatch:text")
    return render(request, "dispatch/text.html", {"form": form}, status=422 if form.errors else 200)


@requires(rights.CHANGE_TEXT)
@require_safe
def sample_pdf(_request: HttpRequest) -> HttpResponse:
    """Show one notice to a person who does not exist, with the words as they are now."""
    with tempfile.TemporaryDirectory(dir=services.letters_folder()) as folder:
        pdf = services.print_sample(Path(folder, "sample.pdf"), queries.notice_text()).read_bytes()
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="sample.pdf"'})


def _batch(pk: UUID) -> Batch:
    batch = queries.batch(pk)
    if batch is None:
        raise Http404
    return batch


def _send_form(request: HttpRequest, batch: Batch) -> SendForm:
    to_pull = [
        (sheet.code, _("%(number)s 枚目（用紙番号 %(code)s）") % {"number": sheet.number, "code": sheet.code})
        for sheet in services.sheets_to_pull(batch)
    ]
    return SendForm(request.POST if request.method == "POST" else None, to_pull=to_pull, initial={"sent_on": clock.today()})


def _show(request: HttpRequest, batch: Batch, *, send_form: SendForm | None = None, clear_form: ClearForm | None = None) -> HttpResponse:
    sendable = batch.state == BatchState.CHECKED
    stopped = batch.state == BatchState.STOPPED and batch.cleared_at is None
    context = {
        "batch": batch,
        "rows": _rows(batch),
        "by_hand": queries.sheets_with_missing(batch.pk),
        "send_form": (send_form or _send_form(request, batch)) if sendable else None,
        "clear_form": (clear_form or ClearForm()) if stopped and may(request, rights.CLEAR_STOP) else None,
        "stopped": stopped,
    }
    wrong = (send_form and send_form.errors) or (clear_form and clear_form.errors)
    return render(request, "dispatch/batch.html", context, status=422 if wrong else 200)


def _rows(batch: Batch) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("状態"), batch.get_state_display()),
        SummaryRow(_("通数"), f"{batch.letters:,}"),  # type: ignore[attr-defined]  # annotated by queries.batches
        SummaryRow(_("無効の用紙"), f"{batch.void_sheets:,}"),  # type: ignore[attr-defined]
        SummaryRow(_("受取期限"), f"{batch.deadline:%Y-%m-%d}"),
        SummaryRow(_("作成者"), batch.made_by),
    ]
    if batch.sent_on:
        rows.append(SummaryRow(_("発送日"), f"{batch.sent_on:%Y-%m-%d}"))
    return rows


def _already_done(request: HttpRequest, batch: Batch) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("この印刷分は、先にほかの職員が処理しました"),
        message=_("何も変更していません。今の状態を確かめてください。"),
        links=(Link(_("印刷分を開く"), f"../../{batch.pk}/"),),
    )
