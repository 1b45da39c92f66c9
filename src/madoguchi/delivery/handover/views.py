"""Pages of the counter: the board of the day, reception, and one page per visit that always shows the one next step."""

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.rights import CHANGE_CARDS, SEE_CARDS
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.fees.queries import live_payment
from madoguchi.delivery.fees.rights import SEE_FEES
from madoguchi.delivery.handover import audited, presenting, queries, services
from madoguchi.delivery.handover.cases import checklist
from madoguchi.delivery.handover.forms import CaseForm, DocumentsForm, ReasonForm, ReceiveForm, RefuseForm, ScanForm, SettingForm
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rights import COUNTER_CONFIRM, COUNTER_SERVE
from madoguchi.delivery.handover.rules import (
    Certificates,
    EncounterState,
    FeeKind,
    OldCard,
    PinWay,
    RefusalKind,
    ScanAnswer,
    Step,
    next_step,
)
from madoguchi.delivery.matching.queries import card_of_booking, is_booked_by_slip, visits_on
from madoguchi.kernel.wareki import format_wareki
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.queries import taken_in_up_to
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@requires(COUNTER_SERVE)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Today's people by time, those being served, those done; numbers only, no names on a screen that visitors may see."""
    today = clock.today()
    expected, unfinished, ended = list(visits_on(today)), list(queries.unfinished()), list(queries.ended_on(today)[:50])
    own = queries.paper_rules()
    record(actor_of(request), audited.BOARD_VIEWED, content={"expected": len(expected), "serving": len(unfinished), "ended": len(ended)})
    context = {
        "form": ReceiveForm(),
        "today": format_wareki(today),
        "as_of": taken_in_up_to("bookings"),
        "expected": presenting.expected_rows(expected),
        "serving": [presenting.serving_row(visit, today, own) for visit in unfinished],
        "ended": [presenting.ended_row(visit) for visit in ended],
    }
    return render(request, "handover/board.html", context)


@requires(COUNTER_SERVE)
@require_http_methods(["GET", "HEAD", "POST"])
def receive_page(request: HttpRequest) -> HttpResponse:
    """Begin a visit by the number that the person brought."""
    form, actor = ReceiveForm(request.POST or None), actor_of(request)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        card = cards.by_sleeve(code) or cards.by_serial(code) or card_of_booking(code)
        if card is None:
            form.add_error("code", _("この番号のカードはありません。番号を確かめて、もう一度読み取ってください。"))
        else:
            try:
                encounter = services.receive(card, actor, place=actor.place)
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


def _forms(encounter: Encounter, step: Step) -> dict[str, forms.Form]:
    """Return the forms that the page may show, by their names in the template, as they are before anything is entered."""
    case = encounter.case()
    chosen = {
        "owner": case.owner,
        "guardianship": case.guardianship,
        # Of a child it is always asked who came along.
        "visitor": case.visitor if encounter.case_decided else "",
        "reason": case.reason,
        "circumstances": encounter.circumstances,
    }
    found: dict[str, forms.Form] = {
        "case_form": CaseForm(initial=chosen),
        "refuse_form": RefuseForm(),
        "interrupt_form": ReasonForm(auto_id="id_interrupt_%s"),
        "keep_form": ReasonForm(auto_id="id_keep_%s"),
    }
    if step in {Step.SLEEVE, Step.NOTICE}:
        found["scan"] = ScanForm()
    if step is Step.DOCUMENTS:
        found["documents_form"] = DocumentsForm(encounter=encounter, initial=presenting.shown_so_far(encounter))
    if step is Step.FEE:
        found["setting_form"] = SettingForm(encounter=encounter)
    if step is Step.CONFIRM:
        found["witness_form"] = WitnessForm()
    return found


def _show(
    request: HttpRequest,
    encounter: Encounter,
    *,
    wrong: Mapping[str, forms.Form] | None = None,
    answer: ScanAnswer | None = None,
) -> HttpResponse:
    """Show the visit; `wrong` is the form that was sent, by its name in the template."""
    today = clock.today()
    facts = queries.facts_of(encounter)
    step = next_step(facts, today)
    card = encounter.card
    record(actor_of(request), audited.ENCOUNTER_VIEWED, subject=f"card:{card.pk}", content={"encounter": encounter.pk, "step": step.value})
    all_forms = _forms(encounter, step) | dict(wrong or {})
    faulty = next((form for form in all_forms.values() if form.errors), None)
    context = {
        **all_forms,
        "wrong": faulty,
        "has_errors": faulty is not None,
        "encounter": encounter,
        "step": step,
        "steps": presenting.step_row(encounter, step),
        "state": EncounterState(encounter.state),
        "person": presenting.person_rows(encounter),
        "warnings": presenting.warnings(encounter, cards.open_holds(card.pk)),
        "wanted": presenting.wanted_lines(checklist(facts.case, today, with_notice=facts.notice_matched, own=facts.paper_rules)),
        "done": presenting.done_rows(encounter),
        "payment": live_payment(queries.subject_of(encounter)) if may(request, SEE_FEES) else None,
        "two_people": cards.municipality().second_person_at_handover,
        "interrupted": encounter.interrupted_at is not None and step is not Step.ENDED,
        "may_see_card": may(request, SEE_CARDS),
        "may_correct": may(request, CHANGE_CARDS),
        "answer": answer,
    }
    status = 409 if answer is ScanAnswer.NO_MATCH else 422 if faulty else 200
    return render(request, "handover/encounter.html", context, status=status)


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
        links=(Link(_("今の状態を開く"), reverse("handover:encounter", args=[encounter.pk])),),
    )


def _carry_out(
    request: HttpRequest,
    encounter: Encounter,
    name: str,
    form: forms.Form,
    command: Callable[[], object],
    *,
    says: str = "",
    field: str | None = None,
) -> HttpResponse:
    """Carry a command out with what `form` (called `name` in the template) brought, and show the next step or what is wrong."""
    if not form.is_valid():
        return _show(request, encounter, wrong={name: form})
    try:
        command()
    except NotAllowed as error:
        form.add_error(field, str(error))
        return _show(request, _encounter(encounter.pk), wrong={name: form})
    except Conflict as error:
        return _conflict(request, encounter, error)
    if says:
        messages.success(request, says)
    return redirect("handover:encounter", pk=encounter.pk)


def _scan(request: HttpRequest, pk: int, command: Callable[..., ScanAnswer], found: str, missed: str) -> HttpResponse:
    encounter = _encounter(pk)
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _show(request, encounter, wrong={"scan": form})
    try:
        answer = command(encounter, form.cleaned_data["code"], actor_of(request), expected_version=_seen_version(request))
    except (NotAllowed, Conflict) as error:
        return _conflict(request, encounter, error)
    if answer is ScanAnswer.MATCH:
        messages.success(request, found, extra_tags="match")
        return redirect("handover:encounter", pk=pk)
    form.add_error("code", missed)
    return _show(request, encounter, wrong={"scan": form}, answer=answer)


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
    """Compare the number on the notice with the card of the visit. The sleeve once more is a double scan and no mismatch."""
    read = cards.by_sleeve(request.POST.get("code", ""))
    if read is not None and Encounter.objects.filter(pk=pk, card=read, sleeve_matched=True).exists():
        messages.info(request, _("同じスリーブをもう一度読み取りました。何も変わっていません。次は、交付通知書を読み取ります。"))
        return redirect("handover:encounter", pk=pk)
    is_slip = is_booked_by_slip(_encounter(pk).card_id, request.POST.get("code", ""))
    return _scan(
        request,
        pk,
        services.scan_notice,
        _("予約が一致しました。交付通知書がないので、書類を多く確かめます。") if is_slip else _("交付通知書が一致しました。"),
        _("交付通知書の番号がこのカードと違います。ご家族の通知書と取り違えていないか確かめてください。"),
    )


@requires(COUNTER_SERVE)
@require_POST
def without_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on without the notice: more papers are asked."""
    encounter = _encounter(pk)
    try:
        services.go_on_without_notice(encounter, actor_of(request), expected_version=_seen_version(request))
    except (NotAllowed, Conflict) as error:
        return _conflict(request, encounter, error)
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep whose card it is and who came."""
    encounter, form = _encounter(pk), CaseForm(request.POST)

    def decide() -> None:
        services.decide_case(encounter, form.case(encounter), actor_of(request), expected_version=_seen_version(request))

    return _carry_out(request, encounter, "case_form", form, decide)


@requires(COUNTER_SERVE)
@require_POST
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which papers were shown."""
    encounter = _encounter(pk)
    form = DocumentsForm(request.POST, encounter=encounter)
    if not form.is_valid():
        return _show(request, encounter, wrong={"documents_form": form})
    given = form.cleaned_data
    checked = services.Checked(
        documents=given["kinds"],
        escort_documents=given.get("escort_kinds", ()),
        proofs=given.get("proofs", ()),
        copies=given["copies"],
        copies_masked=given["copies_masked"],
        face_compared=given["face_compared"],
        certificates_explained=given["certificates_explained"],
        changed=given.get("changed"),
    )
    try:
        services.check_documents(encounter, checked, actor_of(request), expected_version=_seen_version(request))
    except NotAllowed as error:
        form.add_error("copies", str(error))
        return _show(request, encounter, wrong={"documents_form": form})
    except Conflict as error:
        return _conflict(request, encounter, error)
    sentences = services.what_is_missing(encounter)
    if sentences:
        for sentence in sentences:
            form.add_error("kinds", sentence)
        return _show(request, encounter, wrong={"documents_form": form})
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def fee(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep how the card was set up, what came back, and whether a fee was due."""
    encounter = _encounter(pk)
    form = SettingForm(request.POST, encounter=encounter)

    def settle() -> None:
        given = form.cleaned_data
        setting = services.Setting(
            PinWay(given["pin_way"]),
            Certificates(given["certificates"]),
            OldCard(given["old_card"]),
            given["returned"],
            endorsed=given.get("endorsed", False),
        )
        services.set_up_and_settle(
            encounter,
            setting,
            FeeKind(given["fee"]),
            actor_of(request),
            reason=given["reason"],
            expected_version=_seen_version(request),
            drawer_day=int(given["drawer_day"]) if given["drawer_day"] else None,
            exemption=given["exemption"],
        )

    return _carry_out(request, encounter, "setting_form", form, settle)


@requires(COUNTER_SERVE)
@sensitive_post_parameters()
@require_POST
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the card over; by setting with a second person at the same screen."""
    encounter = _encounter(pk)
    form, second_person = WitnessForm(request.POST), ""
    if cards.municipality().second_person_at_handover:
        second = form.witness(COUNTER_CONFIRM, actor_of(request))
        if second is None:
            return _show(request, encounter, wrong={"witness_form": form})
        second_person = second.user_id
    try:
        services.hand_over(encounter, actor_of(request), second_person=second_person, expected_version=_seen_version(request))
    except NotAllowed as error:
        form.is_valid()
        form.add_error(None, str(error))
        return _show(request, _encounter(pk), wrong={"witness_form": form})
    except Conflict as error:
        return _conflict(request, encounter, error)
    messages.success(request, _("交付を記録しました。暗証番号の控えとお持ち物の忘れ物がないか、お声かけください。"))
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def refuse_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End the visit without handing over."""
    encounter, form = _encounter(pk), RefuseForm(request.POST)

    def refuse() -> None:
        given = form.cleaned_data
        services.refuse(
            encounter, given["reason"], actor_of(request), kind=RefusalKind(given["kind"]), expected_version=_seen_version(request)
        )

    says = _("交付できなかったことを記録しました。カードを棚に戻してください。")
    return _carry_out(request, encounter, "refuse_form", form, refuse, says=says, field="reason")


@requires(COUNTER_SERVE)
@require_POST
def interrupt(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop for a while; somebody goes on at the same step."""
    encounter, form = _encounter(pk), ReasonForm(request.POST, auto_id="id_interrupt_%s")

    def stop() -> None:
        services.interrupt(encounter, form.cleaned_data["reason"], actor_of(request), expected_version=_seen_version(request))

    says = _("対応を中断しました。「本日の窓口」から、だれでも同じところから再開できます。")
    return _carry_out(request, encounter, "interrupt_form", form, stop, says=says, field="reason")


@requires(COUNTER_SERVE)
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with an interrupted visit."""
    encounter = _encounter(pk)
    try:
        services.resume(encounter, actor_of(request), expected_version=_seen_version(request))
    except (NotAllowed, Conflict) as error:
        return _conflict(request, encounter, error)
    return redirect("handover:encounter", pk=pk)


@requires(COUNTER_SERVE)
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the card for the person until the terminal works again (預り)."""
    encounter, form = _encounter(pk), ReasonForm(request.POST, auto_id="id_keep_%s")

    def put_aside() -> None:
        services.keep(encounter, form.cleaned_data["reason"], actor_of(request), expected_version=_seen_version(request))

    says = _("預りを記録しました。カードを元の場所に戻してください。本人がもう一度来たら、番号を読み取ると続きから始まります。")
    return _carry_out(request, encounter, "keep_form", form, put_aside, says=says, field="reason")
