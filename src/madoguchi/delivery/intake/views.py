"""Pages of the intake: lists (read, look at the result, let a second person approve), arrivals, inspection, 交付前設定."""

import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.presenting import care_words
from madoguchi.delivery.intake import audited, queries, receiving, scanned_lists, services, undoing
from madoguchi.delivery.intake.difference_views import difference_links
from madoguchi.delivery.intake.forms import (
    ArrivalForm,
    CorrectForm,
    DiscardForm,
    InspectForm,
    LabelForm,
    ListSizeLimit,
    MassChangeForm,
    PresetForm,
    ScanForm,
    ScannedListForm,
    UndoForm,
    UploadForm,
)
from madoguchi.delivery.intake.models import Arrival, ImportBatch, ImportProblem
from madoguchi.delivery.intake.rights import APPROVE_LISTS, ENTER_PRESETS, IMPORT_LISTS, RECEIVE_CARDS
from madoguchi.delivery.printers.services import fitted, remember_labels
from madoguchi.delivery.printers.terminal import SLEEVES, label_start, printer_of
from madoguchi.platform.accounts.access import actor_for, actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.labels import PER_PAGE, Label, print_labels
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Silent

StepForm = ScanForm | InspectForm | CorrectForm | ScannedListForm
_PER_PAGE = 50
_READ_AT_ONCE = 2_000_000  # bytes; a larger list is read by the worker, with a page that shows how far it is
_APPLY_AT_ONCE = 5_000  # cards


@requires(IMPORT_LISTS, APPROVE_LISTS)
@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@require_http_methods(["GET", "HEAD", "POST"])
def lists(request: HttpRequest) -> HttpResponse:
    """カード発行一覧: read one; the lists so far."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _lists(request)


@csrf_protect
def _lists(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and not may(request, IMPORT_LISTS):
        form.add_error(None, _("一覧を取り込む権限がありません。権限のある職員に頼んでください。"))
    elif request.method == "POST" and form.is_valid():
        answer = _read(request, form)
        if answer is not None:
            return answer
    page = Paginator(queries.batches(), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "may_import": may(request, IMPORT_LISTS)}
    return render(request, "intake/lists.html", context, status=422 if form.errors else 200)


def _read(request: HttpRequest, form: UploadForm) -> HttpResponse | None:
    """Read the uploaded list now or in the background; None when it is refused and the form says why."""
    uploaded, entered = form.cleaned_data["file"], form.cleaned_data
    assert isinstance(uploaded, TemporaryUploadedFile)  # the zone's settings have every upload on disk
    path = Path(uploaded.temporary_file_path())
    if uploaded.size and uploaded.size > services.LARGEST_FILE:
        form.add_error("file", _("ファイルが大きすぎます。カード発行一覧か確かめ、正しいときは分けて出力してください。"))
        return None
    if uploaded.size and uploaded.size > _READ_AT_ONCE:
        arguments = {
            "path": str(_keep_for_the_worker(path)),
            "layout": entered["layout"],
            "expect_rows": entered["expect_rows"],
            "file_name": uploaded.name,
        }
        return redirect("jobs:job", jobs.start("intake.read", _("カード発行一覧の読み込み"), actor_of(request), arguments).pk)
    try:
        wanted = services.Wanted(
            services.layout_named(entered["layout"]),
            expect_rows=entered["expect_rows"],
            keeps_faulty=True,
            file_name=uploaded.name or "",
        )
        report = services.read_list(path, wanted, actor_of(request), Silent())
    except services.ImportRefused as refused:
        form.add_error("file", refused.message)
        return None
    if report.batch is None:
        messages.info(request, _("変わるところはありません。この一覧の内容は、すべて登録簿にあります。"))
        return redirect("intake:lists")
    return redirect("intake:batch", report.batch)


def _keep_for_the_worker(path: Path) -> Path:
    """Move an upload to where the worker finds it; its name says nothing."""
    folder = Path(settings.MADOGUCHI_FOLDER) / "lists-to-read"
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = folder / uuid.uuid4().hex
    with path.open("rb") as source, kept.open("xb") as target:
        kept.chmod(0o600)
        while piece := source.read(1 << 20):
            target.write(piece)
    return kept


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_safe
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """取り込みの結果: counts, every problem with line and column, and who may do what next."""
    return _show_batch(request, _batch(pk))


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve as the signed-in second person, or let one confirm on this screen; then apply."""
    batch, actor = _batch(pk), actor_of(request)
    confirmation = MassChangeForm(request.POST, changed=batch.changed)
    if batch.is_mass_change and not confirmation.is_valid():
        return _show_batch(request, batch, mass_change_form=confirmation)
    if may(request, APPROVE_LISTS) and batch.imported_by != actor.user_id:
        return _apply(request, batch, actor)
    form = WitnessForm(request.POST)
    second = form.witness(APPROVE_LISTS, actor)
    if second is None:
        return _show_batch(request, batch, witness_form=form)
    return _apply(request, batch, actor_for(second, client=actor.client, session_ref=actor.session_ref))


def _apply(request: HttpRequest, batch: ImportBatch, approver: Actor) -> HttpResponse:
    """Apply at once or in the background; where a large share changes, the approver has typed the number by now."""
    confirmed = batch.changed if batch.is_mass_change else None
    if batch.state == ImportBatch.State.WAITING and batch.new + batch.changed > _APPLY_AT_ONCE:
        arguments = {"batch": batch.pk, "confirmed_changes": confirmed}
        return redirect("jobs:job", jobs.start("intake.apply", _("カード発行一覧の反映"), approver, arguments).pk)
    try:
        services.apply(batch.pk, approver, Silent(), confirmed_changes=confirmed)
    except services.ImportRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("承認し、反映しました。"))
    return redirect("intake:batch", batch.pk)


@requires(IMPORT_LISTS)
@require_POST
def leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on without the refused rows."""
    try:
        services.leave_out_rejected(_batch(pk).pk, actor_of(request))
    except services.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("intake:batch", pk)


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a list away."""
    batch, form = _batch(pk), DiscardForm(request.POST)
    if not form.is_valid():
        return _show_batch(request, batch, discard_form=form)
    try:
        services.discard(pk, actor_of(request), form.cleaned_data["reason"])
    except services.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("intake:batch", pk)


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo an applied list with a second person at this screen."""
    batch, form, witness = _batch(pk), UndoForm(request.POST), WitnessForm(request.POST)
    actor = actor_of(request)
    second = witness.witness(APPROVE_LISTS, actor) if form.is_valid() else None
    if second is None:
        return _show_batch(request, batch, undo_form=form, witness_form=witness if form.is_valid() else None)
    try:
        undoing.undo(pk, actor, second.user_id, form.cleaned_data["undo_reason"])
    except services.ImportRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("取り込みを取り消しました。"))
    return redirect("intake:batch", pk)


def _batch(pk: int) -> ImportBatch:
    batch = queries.batch(pk)
    if batch is None:
        raise Http404
    return batch


def _show_batch(
    request: HttpRequest,
    batch: ImportBatch,
    *,
    witness_form: WitnessForm | None = None,
    discard_form: DiscardForm | None = None,
    mass_change_form: MassChangeForm | None = None,
    undo_form: UndoForm | None = None,
) -> HttpResponse:
    record(actor_of(request), audited.VIEW_LIST, subject=f"import:{batch.pk}")
    wrong = witness_form or discard_form or mass_change_form or undo_form
    context = {
        "batch": batch,
        "rows": _summary(batch),
        "differences": difference_links(batch),
        "page": _problems(request, batch),
        "is_waiting": batch.state == ImportBatch.State.WAITING,
        "is_faulty": batch.state == ImportBatch.State.FAULTY,
        "may_approve_now": may(request, APPROVE_LISTS) and batch.imported_by != actor_of(request).user_id,
        "may_import": may(request, IMPORT_LISTS),
        "witness_form": witness_form or WitnessForm(),
        "discard_form": discard_form or DiscardForm(),
        "undo_form": undo_form or UndoForm(),
        "may_undo": undoing.is_undoable(batch),
        "mass_change_form": mass_change_form or MassChangeForm(changed=batch.changed),
        "wrong": wrong,
    }
    return render(request, "intake/batch.html", context, status=422 if wrong else 200)


def _problems(request: HttpRequest, batch: ImportBatch) -> Page[ImportProblem]:
    """Return one page of what is wrong, each with the letter of its column."""
    page = Paginator(queries.problems(batch.pk), _PER_PAGE).get_page(request.GET.get("page"))
    layout = services.layout_of_batch(batch)
    for problem in page:
        problem.letter = layout.letter_of(problem.column)
    return page


def _summary(batch: ImportBatch) -> list[SummaryRow]:
    return [
        SummaryRow(_("状態"), batch.get_state_display()),
        SummaryRow(_("ファイル"), batch.file_name),
        SummaryRow(_("対応付け"), f"{batch.layout} (第{batch.layout_version}版)"),
        SummaryRow(_("件数"), f"{batch.rows:,}"),
        SummaryRow(_("受付"), f"{batch.accepted:,}"),
        SummaryRow(_("受け付けられない行"), f"{batch.rejected:,}"),
        SummaryRow(_("注意のある行"), f"{batch.warned:,}"),
        SummaryRow(_("新規・変更・変更なし"), f"{batch.new:,}・{batch.changed:,}・{batch.unchanged:,}"),
        SummaryRow(_("一覧にない未着カード"), f"{batch.gone:,}"),
        SummaryRow(_("取り込んだ人"), batch.imported_by),
        SummaryRow(_("承認した人"), batch.approved_by or _("まだいません")),
        *([SummaryRow(_("取り消した人"), f"{batch.undone_by}、{batch.undone_with}: {batch.undo_reason}")] if batch.undone_at else []),
    ]


@requires(RECEIVE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def arrivals(request: HttpRequest) -> HttpResponse:
    """受入: open one for a box that came; those so far."""
    form = ArrivalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        opened = receiving.open_arrival(entered["place"], entered["expected"], entered["note"], actor_of(request))
        return redirect("intake:arrival", opened.pk)
    page = Paginator(queries.arrivals(), _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "intake/arrivals.html", {"form": form, "page": page}, status=422 if form.errors else 200)


@requires(RECEIVE_CARDS)
@require_safe
def arrival_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One arrival: expected against read, labels, inspection, closing."""
    return _show_arrival(request, _arrival(pk))


@requires(RECEIVE_CARDS)
@require_POST
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one card of the box."""
    form = ScanForm(request.POST, auto_id="scan-%s")
    return _step(request, pk, form, "code", lambda given: receiving.scan_card(pk, given["code"], actor_of(request)))


@requires(RECEIVE_CARDS)
@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@require_POST
def scanned_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in the cards whose bar codes stand on a scanned 交付一覧."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _scanned_list(request, pk)


@csrf_protect
def _scanned_list(request: HttpRequest, pk: int) -> HttpResponse:
    arrival, form = _arrival(pk), ScannedListForm(request.POST, request.FILES, auto_id="list-%s")
    if not form.is_valid():
        return _show_arrival(request, arrival, form)
    uploaded = form.cleaned_data["file"]
    assert isinstance(uploaded, TemporaryUploadedFile)  # the zone's settings have every upload on disk
    try:
        scanned = scanned_lists.read_scanned(Path(uploaded.temporary_file_path()))
    except scanned_lists.NoList as wrong:
        form.add_error("file", str(wrong))
        return _show_arrival(request, arrival, form)
    taken = scanned_lists.take_in_scanned(pk, scanned, actor_of(request))
    return _show_arrival(request, arrival, scanned=scanned, taken=taken)


def _sheet_goes_on(request: HttpRequest) -> int | None:
    """Return where the sheet of labels in this terminal's printer goes on, None for a whole sheet."""
    start = label_start(request, SLEEVES)
    return start if start > 1 else None


@requires(RECEIVE_CARDS)
@require_POST
def labels(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the sleeve labels of the cards that wait for inspection, each read back before it is shown."""
    form = LabelForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["start"])))
        return redirect("intake:arrival", pk)
    try:
        wanted = receiving.print_labels(_arrival(pk).pk, actor_of(request))
    except receiving.ReceivingRefused as refused:
        messages.error(request, str(refused))
        return redirect("intake:arrival", pk)
    start, printer = form.cleaned_data["start"] or 1, printer_of(request)
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER) as folder:
        out = Path(folder) / "labels.pdf"
        print_labels(
            [Label(code, (serial,)) for code, serial in wanted],
            out,
            shelf=zone_shelf(),
            progress=Silent(),
            start_at=start,
        )
        pdf = fitted(out.read_bytes(), printer)
    remember_labels(printer, SLEEVES, start, len(wanted), PER_PAGE)
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="labels.pdf"'})


@requires(RECEIVE_CARDS)
@require_POST
def inspect(request: HttpRequest, pk: int) -> HttpResponse:
    """Inspect one card as the second person."""
    form = InspectForm(request.POST, auto_id="inspect-%s")
    done = _("検品済にしました。")
    return _step(
        request, pk, form, "sleeve", lambda given: receiving.inspect(pk, given["sleeve"], given["number"], actor_of(request)), done
    )


@requires(RECEIVE_CARDS)
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the number on the delivery note."""
    form = CorrectForm(request.POST, auto_id="correct-%s")
    return _step(
        request, pk, form, "expected", lambda given: receiving.correct_expected(pk, given["expected"], given["reason"], actor_of(request))
    )


@requires(RECEIVE_CARDS)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an arrival."""
    try:
        receiving.close_arrival(_arrival(pk).pk, actor_of(request))
    except receiving.ReceivingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("受入を完了しました。"))
    return redirect("intake:arrival", pk)


def _step(
    request: HttpRequest, pk: int, form: StepForm, field: str, act: Callable[[Mapping[str, Any]], object], done: str = ""
) -> HttpResponse:
    """Do one step of an arrival with what stands in `form`; what is refused is said at `field` on the page of the arrival."""
    arrival = _arrival(pk)
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except receiving.ReceivingRefused as refused:
            form.add_error(field, str(refused))
        else:
            if done:
                messages.success(request, done)
            return redirect("intake:arrival", pk)
    return _show_arrival(request, arrival, form)


def _arrival(pk: int) -> Arrival:
    arrival = queries.arrival(pk)
    if arrival is None:
        raise Http404
    return arrival


def _show_arrival(
    request: HttpRequest,
    arrival: Arrival,
    wrong: StepForm | None = None,
    *,
    scanned: scanned_lists.ScannedList | None = None,
    taken: scanned_lists.TakenIn | None = None,
) -> HttpResponse:
    """Show an arrival with its forms, one of which may be `wrong`, and what a scanned list brought."""
    record(actor_of(request), audited.VIEW_ARRIVAL, subject=f"arrival:{arrival.pk}")
    tally = queries.tally(arrival.pk)
    context = {
        "arrival": arrival,
        "tally": tally,
        "waiting": [(item, care_words(item.card)) for item in queries.waiting_for_inspection(arrival.pk)[:_PER_PAGE]],
        "scan_form": wrong if isinstance(wrong, ScanForm) else ScanForm(auto_id="scan-%s"),
        "label_form": LabelForm(auto_id="label-%s", initial={"start": _sheet_goes_on(request)}),
        "inspect_form": wrong if isinstance(wrong, InspectForm) else InspectForm(auto_id="inspect-%s"),
        "correct_form": wrong if isinstance(wrong, CorrectForm) else CorrectForm(auto_id="correct-%s"),
        "list_form": wrong if isinstance(wrong, ScannedListForm) else ScannedListForm(auto_id="list-%s"),
        "scanned": scanned,
        "taken": taken,
        "is_complete": tally.is_complete(arrival.expected),
        "wrong": wrong,
    }
    return render(request, "intake/arrival.html", context, status=422 if wrong else 200)


@requires(ENTER_PRESETS)
@require_http_methods(["GET", "HEAD", "POST"])
def presets(request: HttpRequest) -> HttpResponse:
    """交付前設定の結果: one card after the other by scan."""
    form = PresetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        kind = rules.HoldKind(entered["kind"]) if entered["kind"] else None
        try:
            receiving.enter_preset(
                entered["code"], is_ok=entered["result"] == "ok", kind=kind, reason=entered["reason"], actor=actor_of(request)
            )
        except receiving.ReceivingRefused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("結果を登録しました。"))
            return redirect("intake:presets")
    page = Paginator(queries.waiting_for_preset(), _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "intake/presets.html", {"form": form, "page": page}, status=422 if form.errors else 200)
