"""Pages of printing: choose and print, look at a batch, open it, pause and go on, scan it out, mark it sent."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.dispatch import lists, mailing, queries, rights, services
from madoguchi.delivery.dispatch.choosing import awaiting_counts
from madoguchi.delivery.dispatch.forms import AWAITING, BY_NUMBER, ChooseForm, ClearForm, LabelForm, PullForm, ScanForm, SendForm
from madoguchi.delivery.dispatch.labels import ADDRESSES as ADDRESS_SHEET
from madoguchi.delivery.dispatch.models import Batch, BatchState, Kind
from madoguchi.delivery.dispatch.rules import BY_NUMBER_ONLY
from madoguchi.delivery.printers.services import fitted, remember_labels
from madoguchi.delivery.printers.terminal import ADDRESSES, label_start, printer_of
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.jobs.queries import paused_with
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_PER_PAGE = 50
_SHOWN = 20
# What a mailed card needs is asked on a page of its own.
PRINTED_HERE = tuple(kind for kind in Kind if kind is not Kind.CARD)


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def list_page(request: HttpRequest) -> HttpResponse:
    """通知: print one kind of letter for cards that await it; the batches so far."""
    kind = _kind(request.GET.get("kind") or Kind.NOTICE)
    initial = {"which": BY_NUMBER if kind in BY_NUMBER_ONLY else AWAITING}
    form = ChooseForm(request.POST if request.method == "POST" else None, kind=kind, counts=awaiting_counts(kind), initial=initial)
    if request.method == "POST" and form.is_valid():
        job = jobs.start("dispatch.print", _("%(kind)sの印刷") % {"kind": kind.label}, actor_of(request), form.arguments())
        return redirect("jobs:job", job.pk)
    page = Paginator(queries.batches(), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "kind": kind,
        "kinds": PRINTED_HERE,
        "page": page,
        "stop": queries.open_stop(),
        "may_change_text": may(request, rights.CHANGE_TEXT),
        "may_mail": may(request, rights.MAIL_CARDS),
    }
    return render(request, "dispatch/list.html", context, status=422 if form.errors else 200)


def _kind(text: str) -> Kind:
    if text not in {kind.value for kind in PRINTED_HERE}:
        raise Http404
    return Kind(text)


@requires(rights.PRINT_LETTERS)
@require_safe
def batch_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One batch: how it stands, what is to be written by hand or pulled, and what can be done next."""
    return _show(request, _batch(pk))


@requires(rights.PRINT_LETTERS)
@require_POST
def scan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one envelope into the pile that goes to the post; a wrong one is refused with what to do with it."""
    batch, form = _batch(pk), ScanForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, scan_form=form)
    try:
        sheet, already = mailing.scan_out(batch, form.cleaned_data["code"], actor_of(request))
    except mailing.NotHere as wrong:
        form.add_error("code", _NOT_HERE[wrong.code])
        return _show(request, batch, scan_form=form)
    except mailing.Pull:
        form.add_error("code", _("この封筒は出せません。カードが停止、交付または予約されています。束から抜き取ってください。"))
        return _show(request, batch, scan_form=form)
    except services.WrongState:
        return _already_done(request, batch)
    words = _("%(number)s 枚目はすでに読み取っています。") if already else _("%(number)s 枚目を読み取りました。")
    messages.success(request, words % {"number": sheet.number})
    return redirect("dispatch:batch", pk)


_NOT_HERE = {
    "form": gettext_lazy("用紙番号ではありません。窓から見えるバーコードを読み取ってください。"),
    "unknown": gettext_lazy("この用紙番号の用紙はありません。読み取り直してください。"),
    "other": gettext_lazy("別の印刷分の用紙です。束から抜き取り、その印刷分の画面で読み取ってください。"),
    "void": gettext_lazy("無効の用紙です。刷り直したか、抜き取った用紙なので、束から抜き取って廃棄してください。"),
}


@requires(rights.PRINT_LETTERS)
@require_POST
def pull(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record which sheets were taken out of the pile."""
    batch = _batch(pk)
    form = _pull_form(request, batch)
    if form is None or not form.is_valid():
        return _show(request, batch, pull_form=form)
    try:
        pulled = mailing.pull(batch, form.cleaned_data["pulled"], actor_of(request))
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("%(count)s 枚を抜き取りました。用紙は廃棄してください。") % {"count": pulled})
    return redirect("dispatch:batch", pk)


@requires(rights.PRINT_LETTERS)
@require_POST
def mark_sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record that the scanned envelopes of a batch went to the post."""
    batch, form = _batch(pk), SendForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, send_form=form)
    try:
        sent = mailing.send_scanned(batch, actor_of(request), sent_on=form.cleaned_data["sent_on"])
    except mailing.PullFirst:
        form.add_error(
            None, _("読み取ったあとで停止されたカードの封筒があります。抜き取ってから発送済にしてください。何も変更していません。")
        )
        return _show(request, batch, send_form=form)
    except mailing.NothingScanned:
        form.add_error(None, _("読み取った封筒がありません。封筒を1通ずつ読み取ってから、発送済にしてください。何も変更していません。"))
        return _show(request, batch, send_form=form)
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("%(count)s 通を発送済にしました。") % {"count": f"{sent:,}"})
    return redirect("dispatch:batch", pk)


@requires(rights.PRINT_LETTERS)
@require_POST
def pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let a batch stand still after its next part."""
    batch = _batch(pk)
    try:
        services.ask_for_pause(batch, actor_of(request))
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("次の区切りで中断します。"))
    return redirect("dispatch:batch", pk)


@requires(rights.PRINT_LETTERS)
@require_POST
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go on with a batch that stands still."""
    batch = _batch(pk)
    if batch.state != BatchState.PAUSED:
        return _already_done(request, batch)
    title = _("%(kind)sの印刷の続き") % {"kind": batch.get_kind_display()}
    before = paused_with({"batch": str(pk), "paused": True})
    job = jobs.start("dispatch.resume", title, actor_of(request), {"batch": str(pk)}, goes_on_with=before)
    return redirect("jobs:job", job.pk)


@requires(rights.PRINT_LETTERS)
@require_POST
def give_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a batch that stands still for good."""
    batch = _batch(pk)
    try:
        services.give_up_batch(batch, actor_of(request))
    except services.WrongState:
        return _already_done(request, batch)
    messages.success(request, _("この印刷分を中止しました。カードの状態は変わっていません。"))
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
def open_pdf(request: HttpRequest, pk: UUID) -> FileResponse | HttpResponse:
    """Show the letters of a batch in the browser as this terminal's printer needs them; the opening is recorded before the first byte."""
    path = services.open_pdf(_batch(pk), actor_of(request))
    if path is None:
        raise Http404
    printer = printer_of(request)
    if printer is not None and printer.is_off:
        headers = {"Content-Disposition": f'inline; filename="letters-{pk}.pdf"'}
        return HttpResponse(fitted(path.read_bytes(), printer), content_type="application/pdf", headers=headers)
    return FileResponse(path.open("rb"), content_type="application/pdf", filename=f"letters-{pk}.pdf")


@requires(rights.PRINT_LETTERS)
@require_POST
def address_labels(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Print address labels for the sheets of a batch, from the place on the sheet of labels that is still free."""
    batch, form = _batch(pk), LabelForm(request.POST)
    if batch.state != BatchState.CHECKED:
        return _already_done(request, batch)
    if not form.is_valid():
        return _show(request, batch, label_form=form)
    start, printer = form.cleaned_data["start"], printer_of(request)
    pdf = fitted(lists.address_labels(batch, actor_of(request), start_at=start), printer)
    remember_labels(printer, ADDRESSES, start, batch.sheets.filter(void=False).count(), ADDRESS_SHEET.per_page)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="labels-{pk}.pdf"'})


def _batch(pk: UUID) -> Batch:
    batch = queries.batch(pk)
    if batch is None:
        raise Http404
    return batch


def _pull_form(request: HttpRequest, batch: Batch) -> PullForm | None:
    """Return the form of what has to be taken out of the pile, None when nothing has."""
    to_pull = [
        (sheet.code, _("%(number)s 枚目（用紙番号 %(code)s）") % {"number": sheet.number, "code": sheet.code})
        for sheet in mailing.sheets_to_pull(mailing.unsent(batch), Kind(batch.kind))
    ]
    is_posted = request.method == "POST" and request.resolver_match is not None and request.resolver_match.url_name == "pull"
    return PullForm(request.POST if is_posted else None, to_pull=to_pull) if to_pull else None


def _show(
    request: HttpRequest,
    batch: Batch,
    *,
    scan_form: ScanForm | None = None,
    pull_form: PullForm | None = None,
    send_form: SendForm | None = None,
    label_form: LabelForm | None = None,
    clear_form: ClearForm | None = None,
) -> HttpResponse:
    waits = batch.state == BatchState.CHECKED
    by_hand = waits and batch.kind == Kind.CARD
    stopped = batch.state == BatchState.STOPPED and batch.cleared_at is None
    wrong = [form for form in (scan_form, pull_form, send_form, label_form, clear_form) if form is not None and form.errors]
    unscanned = queries.unscanned_sheets(batch.pk) if waits and not by_hand else None
    context = {
        "batch": batch,
        "kept_until": queries.kept_until([str(batch)]).get(str(batch)) if batch.kept else None,
        "rows": _rows(batch),
        "by_hand": queries.sheets_with_missing(batch.pk),
        "uncoded": _uncoded(batch),
        "is_card": by_hand,
        "scan_form": (scan_form or ScanForm()) if waits and not by_hand else None,
        "pull_form": (pull_form or _pull_form(request, batch)) if waits else None,
        "send_form": (send_form or SendForm(initial={"sent_on": clock.today()})) if waits and not by_hand else None,
        "label_form": (label_form or LabelForm(initial={"start": label_start(request, ADDRESSES)})) if waits else None,
        "unscanned": [sheet.number for sheet in unscanned[:_SHOWN]] if unscanned is not None else [],
        "clear_form": (clear_form or ClearForm()) if stopped and may(request, rights.CLEAR_STOP) else None,
        "stopped": stopped,
        "has_errors": bool(wrong),
    }
    return render(request, "dispatch/batch.html", context, status=422 if wrong else 200)


def _uncoded(batch: Batch) -> list[dict[str, object]]:
    """Return how many sheets have no customer barcode for each reason, and the numbers of the first of them."""
    found = list(queries.uncoded_sheets(batch.pk).values_list("uncoded", "number"))
    numbers = {reason: [number for why, number in found if why == reason] for reason in sorted({why for why, _number in found})}
    return [
        {"reason": reason, "sheets": f"{len(those):,}", "first": those[:_SHOWN], "more": len(those) > _SHOWN}
        for reason, those in numbers.items()
    ]


def _rows(batch: Batch) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("種類"), batch.get_kind_display()),
        SummaryRow(_("状態"), batch.get_state_display()),
        SummaryRow(_("通数"), f"{batch.letters:,}"),  # type: ignore[attr-defined]  # annotated by queries.batches
        SummaryRow(_("読み取った封筒"), f"{batch.scanned:,}"),  # type: ignore[attr-defined]
        SummaryRow(_("発送した通数"), f"{batch.sent:,}"),  # type: ignore[attr-defined]
        SummaryRow(_("無効の用紙"), f"{batch.void_sheets:,}"),  # type: ignore[attr-defined]
        SummaryRow(_("受取期限"), f"{batch.deadline:%Y-%m-%d}"),
        SummaryRow(_("文面"), _("第%(number)s版") % {"number": batch.text_number} if batch.text_number else _("はじめの文面")),
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
