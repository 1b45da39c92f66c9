"""Pages of the exchange: making files, taking files in, the media ledger. Every zone mounts them beside its own pages."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.kernel.kfx import is_medium_number
from madoguchi.kernel.kfx_refusals import REFUSALS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import queries
from madoguchi.platform.exchange.audited import DIRECT_RUN
from madoguchi.platform.exchange.direct import certificates, runs
from madoguchi.platform.exchange.forms import ExportForm, ImportForm, LetInForm, SizeLimit, WithdrawForm
from madoguchi.platform.exchange.handlers import received_types
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.media_forms import LedgerForm
from madoguchi.platform.exchange.models import LedgerEntry, OutgoingFile
from madoguchi.platform.exchange.rights import EXPORT, IMPORT, LEDGER, RELEASE, RULES
from madoguchi.platform.exchange.services import media_ledger, receiving, sending
from madoguchi.platform.exchange.wording import carrier_of, fault_name, line_fault, refusal_words, type_name
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link
from madoguchi.platform.verbs import Refusal

SHOWN_ROWS = 100
ALREADY_TAKEN = "E12"


@requires(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def export_page(request: HttpRequest) -> HttpResponse:
    """Make a file; below, the files whose receipt is not back yet."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                issued = sending.issue_file(form.cleaned_data["type"], actor_of(request))
            except sending.SendingRefusedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request,
                    _("%(type)sのファイルを作りました(第%(seq)s号、%(rows)s件)。一覧からダウンロードして、媒体に保存してください。")
                    % {"type": type_name(issued.type), "seq": issued.seq, "rows": issued.rows},
                )
                return redirect("exchange:export")
        status = 422
    files = [_file_row(file) for file in queries.open_files()]
    context = {
        "form": form,
        "files": files,
        "media": media_ledger.carried_by(actor_of(request).user_id),
        "rules": media_ledger.rules(),
        "may_release": may(request, RELEASE),
        "user_id": actor_of(request).user_id,
    }
    return render(request, "exchange/export.html", context, status=status)


def _file_row(file: OutgoingFile) -> dict[str, object]:
    if clock.now() > file.expires_at:
        state, tone = _("期限切れ"), "error"
    elif file.answer:
        state, tone = _("相手が拒否しました(%(code)s)") % {"code": file.answer}, "error"
    elif getattr(file, "is_written", False):
        state, tone = _("受領書待ち"), "info"
    else:
        state, tone = _("まだ書き出していません"), "warning"
    return {"file": file, "type": type_name(file.type), "state": state, "tone": tone, "may_withdraw": getattr(file, "is_last", False)}


@requires(EXPORT, IMPORT)
@require_POST
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a sealed file to the browser, as often as needed; the ledger has its line first."""
    issued = get_object_or_404(OutgoingFile, pk=pk)
    medium, actor = request.POST.get("medium", "")[:32], actor_of(request)
    code = media_ledger.refusal_of_release(issued) or media_ledger.refusal_of_medium(medium, actor)
    if code:
        media_ledger.note_refused(LedgerEntry.Movement.WRITE, code, actor, issued, medium if is_medium_number(medium) else "")
        what, then = refusal_words(REFUSALS[code])
        links = (Link(_("連携ファイルの書き出しに戻る"), reverse("exchange:export")), Link(_("媒体"), reverse("exchange:media")))
        title = _("書き出せません（%(code)s）") % {"code": code}
        return render_problem(request, 409, title=title, message=what, next_steps=(then,), links=links)
    try:
        content = sending.hand_out_copy(issued, actor, medium=medium if is_medium_number(medium) else "")
    except sending.SendingRefusedError as error:
        return render_problem(
            request,
            410,
            title=_("このファイルはもうありません"),
            message=str(error),
            next_steps=(_("書き出しの画面から新しく作ってください。"),),
        )
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{issued.file_name}"', "Cache-Control": "no-store"},
    )


@requires(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw the last file of its stream, with a reason."""
    issued = get_object_or_404(OutgoingFile, pk=pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                sending.withdraw_last(issued, actor_of(request), reason=form.cleaned_data["reason"])
            except sending.SendingRefusedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("第%(seq)s号を取り下げました。新しいファイルを作ってください。") % {"seq": issued.seq})
                return redirect("exchange:export")
        status = 422
    return render(request, "exchange/withdraw.html", {"form": form, "file": issued, "type": type_name(issued.type)}, status=status)


@requires(IMPORT)
@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """Take a file in; below, what was taken in last."""
    request.upload_handlers.insert(0, SizeLimit(request))
    return _import_page(request)


@csrf_protect
def _import_page(request: HttpRequest) -> HttpResponse:
    media = [medium.number for medium in media_ledger.carried_by(actor_of(request).user_id)]
    form = ImportForm(request.POST, request.FILES, media=media) if request.method == "POST" else ImportForm(media=media)
    page: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            uploaded = form.cleaned_data["file"]
            assert isinstance(uploaded, TemporaryUploadedFile)  # the zone's settings have every upload on disk
            medium = form.cleaned_data["medium"]
            code = media_ledger.refusal_of_medium(medium, actor_of(request))
            if code:
                media_ledger.note_refused(LedgerEntry.Movement.READ, code, actor_of(request), medium=medium)
                form.add_error("medium", " ".join(refusal_words(REFUSALS[code])))
                return _render_import(request, page, status)
            try:
                path = Path(uploaded.temporary_file_path())
                outcome = receiving.import_file(path, actor_of(request), name=uploaded.name or "", medium=medium)
            except KeyRefusedError as error:
                form.add_error(None, str(error))
            else:
                page |= _outcome_words(outcome)
                status = 422 if outcome.refusal else 200
    return _render_import(request, page, status)


def _render_import(request: HttpRequest, page: dict[str, object], status: int) -> HttpResponse:
    page |= {
        "imports": [{"file": file, "type": type_name(file.type)} for file in queries.recent_imports()],
        "held": [_ledger_row(entry) for entry in queries.held_up()],
        "types": [type_name(name) for name in sorted(received_types())],
    }
    return render(request, "exchange/import.html", page, status=status)


@requires(IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def held_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that would change too much at once: two people let it in, with a reason (E24)."""
    held = get_object_or_404(queries.held_up(), pk=pk)
    form = LetInForm(request.POST if request.method == "POST" else None)
    witness_form = WitnessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        second = witness_form.witness(RELEASE, actor_of(request))
        if second is not None:
            try:
                receiving.let_in(held, actor_of(request), second=second, reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                direct = held.transport == LedgerEntry.Transport.DIRECT
                again = _("次の直接連携で取り込みます。") if direct else _("同じファイルを、もう一度取り込んでください。")
                messages.success(request, _("承認しました。%(again)s") % {"again": again})
                return redirect("exchange:import")
    context = {"held": held, "type": type_name(held.type), "form": form, "witness_form": witness_form}
    return render(request, "exchange/held.html", context, status=422 if form.errors or witness_form.errors else 200)


def _outcome_words(outcome: receiving.ImportOutcome) -> dict[str, object]:
    words: dict[str, object] = {"outcome": outcome, "outcome_type": type_name(outcome.type), "has_errors": outcome.refusal is not None}
    if outcome.refusal is not None:
        words["banner_kind"] = "info" if outcome.refusal.code == ALREADY_TAKEN else "error"
        words["what"], words["next_step"] = refusal_words(outcome.refusal)
        words["faults"] = [{"row": row, "fault": fault_name(row.fault)} for row in outcome.rows[:SHOWN_ROWS]]
        words["more_faults"] = max(0, len(outcome.rows) - SHOWN_ROWS)
    return words


def _ledger_row(entry: LedgerEntry) -> dict[str, object]:
    return {"entry": entry, "type": type_name(entry.type), "carrier": carrier_of(entry)}


@requires(LEDGER, EXPORT, IMPORT)
@require_safe
def direct_page(request: HttpRequest) -> HttpResponse:
    """直接連携: whether it is used, how it stands, and what it brought last (EX-05)."""
    rules, state, certificate = media_ledger.rules(), runs.state(), certificates.standing()
    waiting = list(queries.waiting_for_direct(released_only=rules.release_required))
    certificate_row = _("ありません")
    if certificate is not None:
        until = timezone.localtime(certificate.until)
        certificate_row = _("%(until)s まで（残り%(days)d日）") % {"until": f"{until:%Y-%m-%d}", "days": certificate.days_left}
    calls = settings.MADOGUCHI_ZONE == runs.CALLER
    rows = [
        SummaryRow(_("設定"), _("使う") if rules.direct_on else _("使わない（媒体で運びます）")),
        SummaryRow(_("役割"), _("このシステムからつなぎます") if calls else _("このシステムは待ち受けます")),
        SummaryRow(_("証明書の期限"), certificate_row),
        SummaryRow(_("運ぶのを待つファイル"), _("%(count)d件") % {"count": len(waiting)}),
    ]
    if calls:
        moments = (
            (_("最後につないだ日時"), state.tried_at),
            (_("最後に終わりまで届いた日時"), state.done_at),
            (_("次の予定"), state.next_at),
        )
        rows += [SummaryRow(str(word), f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else _("まだありません")) for word, at in moments]
    context = {
        "rows": rows,
        "rules": rules,
        "calls": calls,
        "certificate": certificate,
        "fault": line_fault(state.fault) if state.fault else "",
        "failures": state.failures,
        "entries": [_ledger_row(entry) for entry in queries.direct_entries()],
        "may_call": calls and rules.direct_on and may(request, EXPORT) and may(request, IMPORT),
        "may_set": may(request, RULES),
    }
    return render(request, "exchange/direct.html", context)


@requires(EXPORT)
@require_POST
def call_now(request: HttpRequest) -> HttpResponse:
    """Let the next minute's run call at once."""
    if not may(request, IMPORT):
        raise PermissionDenied
    if settings.MADOGUCHI_ZONE != runs.CALLER or not media_ledger.rules().direct_on:
        messages.error(request, _("この区画からは直接つなぎません。何も変わっていません。設定を確かめてください。"))
        return redirect("exchange:direct")
    runs.call_soon()
    record(actor_of(request), DIRECT_RUN, content={"asked": True})
    messages.success(request, _("1分以内につなぎます。この画面を読み込み直すと、結果が出ます。"))
    return redirect("exchange:direct")


@requires(LEDGER)
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The newest lines of the media ledger (媒体管理簿)."""
    entries = [_ledger_row(entry) for entry in queries.ledger()]
    today = clock.today()
    form = LedgerForm(initial={"day_from": today.replace(day=1), "day_until": today}, auto_id="print-%s")
    return render(request, "exchange/ledger.html", {"entries": entries, "form": form})
