"""Pages of the counter: the board of the day, reception, and one page per visit that always shows the one next step."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.handover import audited, queries, services
from madoguchi.delivery.handover.forms import DocumentsForm, FeeForm, ReceiveForm, RefuseForm, ScanForm
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rights import COUNTER_CONFIRM, COUNTER_SERVE
from madoguchi.delivery.handover.rules import EncounterState, FeeKind, ScanAnswer, Step, next_step
from madoguchi.delivery.matching.queries import card_of_booking, visits_on
from madoguchi.kernel.documents import KIND_BY_CODE
from madoguchi.kernel.names import display
from madoguchi.kernel.numbers import display_serial
from madoguchi.kernel.wareki import format_wareki
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

STEPS = (Step.SLEEVE, Step.NOTICE, Step.DOCUMENTS, Step.FEE, Step.CONFIRM)


@requires(COUNTER_SERVE)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Today's people by time, those being served, those done; numbers only, no names on a screen that visitors may see."""
    today = clock.today()
    expected, serving, ended = list(visits_on(today)), list(queries.open_encounters()), list(queries.ended_on(today)[:50])
    record(actor_of(request), audited.BOARD_VIEWED, content={"expected": len(expected), "serving": len(serving), "ended": len(ended)})
    return render(
        request,
        "handover/board.html",
        {"form": ReceiveForm(), "today": format_wareki(today), "expected": expected, "serving": serving, "ended": ended},
    )


@requires(COUNTER_SERVE)
@require_http_methods(["GET", "HEAD", "POST"])
def receive_page(request: HttpRequest) -> HttpResponse:
    """Begin a visit by the number that the person brought."""
    form = ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        card = cards.by_sleeve(code) or cards.by_serial(code) or card_of_booking(code)
        if card is None:
            form.add_error("code", _("この番号のカードはありません。番号を確かめて、もう一度読み取ってください。"))
        else:
            try:
                encounter = services.receive(card, actor_of(request))
            except (NotAllowed, Conflict) as error:
                form.add_error("code", str(error))
            else:
                return redirect("handover:encounter", pk=encounter.pk)
    return render(request, "handover/receive.html", {"form": form}, status=422 if form.errors else 200)


def _encounter(pk: int) -> Encounter:
    return get_object_or_404(Encounter.objects.select_related("card", "booking"), pk=pk)


@requires(COUNTER_SERVE)
@require_safe
def encounter_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The visit with its one next step; shows whose card it is, and that view is recorded."""
    return _show(request, _encounter(pk))


def _show(
    request: HttpRequest,
    encounter: Encounter,
    *,
    scan: ScanForm | None = None,
    documents_form: DocumentsForm | None = None,
    fee_form: FeeForm | None = None,
    witness_form: WitnessForm | None = None,
    refuse_form: RefuseForm | None = None,
    answer: ScanAnswer | None = None,
) -> HttpResponse:
    step = next_step(encounter.facts(), clock.today())
    card = encounter.card
    record(actor_of(request), audited.ENCOUNTER_VIEWED, subject=f"card:{card.pk}", content={"encounter": encounter.pk, "step": step.value})
    forms = {
        "scan": scan or ScanForm(),
        "documents_form": documents_form or DocumentsForm(initial={"kinds": encounter.documents, "face_compared": encounter.face_compared}),
        "fee_form": fee_form or FeeForm(initial={"fee": FeeKind.FREE.value, "reason": "first"}),
        "witness_form": witness_form or WitnessForm(),
        "refuse_form": refuse_form or RefuseForm(),
    }
    wrong = [form for form in forms.values() if form.errors]
    context = {
        **forms,
        "wrong": wrong[0] if wrong else None,
        "encounter": encounter,
        "step": step,
        "steps": [{"label": each.label, "done": STEPS.index(each) < _position(step), "now": each is step} for each in STEPS],
        "state": EncounterState(encounter.state),
        "person": [
            SummaryRow(_("氏名"), display(card.name)),
            SummaryRow(_("生年月日"), card.born),
            SummaryRow(_("製造管理番号"), display_serial(card.serial)),
            SummaryRow(_("予約"), _booking_words(encounter)),
            SummaryRow(_("点字"), card.braille or _("なし")),
        ],
        "done": _done_rows(encounter),
        "answer": answer,
    }
    status = 409 if answer is ScanAnswer.NO_MATCH else 422 if wrong else 200
    return render(request, "handover/encounter.html", context, status=status)


def _position(step: Step) -> int:
    return STEPS.index(step) if step in STEPS else len(STEPS)


def _booking_words(encounter: Encounter) -> str:
    booking = encounter.booking
    if booking is None:
        return _("予約なし")
    return f"{booking.day:%Y-%m-%d} {booking.start:%H:%M} ({booking.number})"


def _done_rows(encounter: Encounter) -> list[SummaryRow]:
    rows = []
    if encounter.sleeve_matched:
        rows.append(SummaryRow(Step.SLEEVE.label, _("一致")))
    if encounter.notice_matched or encounter.without_notice:
        rows.append(SummaryRow(Step.NOTICE.label, _("一致") if encounter.notice_matched else _("通知書なし")))
    if encounter.documents:
        rows.append(SummaryRow(Step.DOCUMENTS.label, "、".join(KIND_BY_CODE[code].name for code in encounter.documents)))
    if encounter.fee:
        rows.append(SummaryRow(Step.FEE.label, f"{FeeKind(encounter.fee).label} {encounter.fee_yen}円"))
    if encounter.second_person:
        rows.append(SummaryRow(_("二人目"), encounter.second_person))
    if encounter.reason:
        rows.append(SummaryRow(_("理由"), encounter.reason))
    return rows


def _seen_version(request: HttpRequest) -> int:
    """Return the version of the visit that the page showed; one that is missing fits no visit."""
    text = str(request.POST.get("version", ""))
    return int(text) if text.isdigit() and len(text) < 10 else -1


def _conflict(request: HttpRequest, encounter: Encounter, error: Exception) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("先に更新されています"),
        message=str(error),
        next_steps=(_("今の状態を開いて、続きから操作してください。"),),
        links=(Link(_("今の状態を開く"), f"/counter/{encounter.pk}/"),),
    )


def _scan(request: HttpRequest, pk: int, command: Callable[..., ScanAnswer], found: str, missed: str) -> HttpResponse:
    encounter = _encounter(pk)
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _show(request, encounter, scan=form)
    try:
        answer = command(encounter, form.cleaned_data["code"], actor_of(request), expected_version=_seen_version(request))
    except Conflict as error:
        return _conflict(request, encounter, error)
    if answer is ScanAnswer.MATCH:
        messages.success(request, found)
        return redirect("handover:encounter", pk=pk)
    form.add_error("code", missed)
    return _show(request, encounter, scan=form, answer=answer)


@requires(COUNTER_SERVE)
@require_POST
def sleeve(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare the scanned sleeve with the card of the visit."""
    return _scan(
        request,
        pk,
        services.scan_sleeve,
        _("スリーブが一致しました。"),
        _("この来庁のカードではありません。棚に戻し、予約一覧の保管場所から正しいカードを取ってください。"),
    )


@requires(COUNTER_SERVE)
@require_POST
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare the number on the notice with the card of the visit."""
    return _scan(
        request,
        pk,
        services.scan_notice,
        _("交付通知書が一致しました。"),
        _("交付通知書の番号がこのカードと違います。ご家族の通知書と取り違えていないか確かめてください。"),
    )


@requires(COUNTER_SERVE)
@require_POST
def without_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on without the notice: more papers are asked."""
    encounter = _encounter(pk)
    try:
        services.go_on_without_notice(encounter, actor_of(request), expected_version=_seen_version(request))
    except Conflict as error:
        return _conflict(request, encounter, error)
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which papers were shown."""
    encounter = _encounter(pk)
    form = DocumentsForm(request.POST)
    if not form.is_valid():
        return _show(request, encounter, documents_form=form)
    try:
        services.check_documents(
            encounter,
            form.cleaned_data["kinds"],
            actor_of(request),
            face_compared=form.cleaned_data["face_compared"],
            certificates_explained=form.cleaned_data["certificates_explained"],
            expected_version=_seen_version(request),
        )
    except Conflict as error:
        return _conflict(request, encounter, error)
    if next_step(encounter.facts(), clock.today()) is Step.DOCUMENTS:
        form.add_error("kinds", services.what_is_missing(encounter))
        return _show(request, encounter, documents_form=form)
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def fee(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep whether a fee was due."""
    encounter = _encounter(pk)
    form = FeeForm(request.POST)
    if not form.is_valid():
        return _show(request, encounter, fee_form=form)
    try:
        services.settle_fee(
            encounter,
            FeeKind(form.cleaned_data["fee"]),
            actor_of(request),
            yen=form.cleaned_data["yen"] or 0,
            reason=form.cleaned_data["reason"],
            expected_version=_seen_version(request),
        )
    except NotAllowed as error:
        form.add_error("yen", str(error))
        return _show(request, encounter, fee_form=form)
    except Conflict as error:
        return _conflict(request, encounter, error)
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@sensitive_post_parameters()
@require_POST
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the card over with a second person at the same screen."""
    encounter = _encounter(pk)
    form = WitnessForm(request.POST)
    second = form.witness(COUNTER_CONFIRM, actor_of(request))
    if second is None:
        return _show(request, encounter, witness_form=form)
    try:
        services.hand_over(encounter, actor_of(request), second_person=second.user_id, expected_version=_seen_version(request))
    except NotAllowed as error:
        form.add_error(None, str(error))
        return _show(request, encounter, witness_form=form)
    except Conflict as error:
        return _conflict(request, encounter, error)
    messages.success(request, _("交付を記録しました。暗証番号の控えとお持ち物の忘れ物がないか、お声かけください。"))
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def refuse_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End the visit without handing over."""
    encounter = _encounter(pk)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _show(request, encounter, refuse_form=form)
    try:
        services.refuse(encounter, form.cleaned_data["reason"], actor_of(request), expected_version=_seen_version(request))
    except NotAllowed as error:
        form.add_error("reason", str(error))
        return _show(request, encounter, refuse_form=form)
    except Conflict as error:
        return _conflict(request, encounter, error)
    messages.success(request, _("交付できなかったことを記録しました。カードを棚に戻してください。"))
    return redirect("handover:encounter", pk=pk)
