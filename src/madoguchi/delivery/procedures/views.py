"""Pages of visits without stock: reception and who waits, one visit with its one next step, the figures of a month."""

import calendar
import datetime as dt
import io
from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.applications.models import Application
from madoguchi.delivery.applications.rights import OPEN_APPLICATIONS
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.fees.queries import live_payment
from madoguchi.delivery.fees.rights import SEE_FEES
from madoguchi.delivery.handover.cases import VISITOR_NAMES, Case, Shown
from madoguchi.delivery.handover.presenting import wanted_lines
from madoguchi.delivery.handover.queries import paper_rules
from madoguchi.delivery.handover.rules import FeeKind
from madoguchi.delivery.procedures import audited, queries, services
from madoguchi.delivery.procedures.forms import CaseForm, LeftForm, PapersForm, ReceiveForm, ResultForm
from madoguchi.delivery.procedures.models import ProcedureVisit
from madoguchi.delivery.procedures.rights import SEE_PROCEDURE_FIGURES, SERVE_PROCEDURES
from madoguchi.delivery.procedures.rules import ProcedureKind, ProcedureStep, VisitState, next_step, wanted
from madoguchi.kernel.documents import KIND_BY_CODE
from madoguchi.kernel.numbers import normalise_digits
from madoguchi.kernel.tables import Cell, write_xlsx
from madoguchi.kernel.wareki import format_wareki
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@requires(SERVE_PROCEDURES)
@require_http_methods(["GET", "HEAD", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """在庫のない手続き: reception, who waits, what ended today; numbers only."""
    form, actor = ReceiveForm(request.POST or None), actor_of(request)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        number = normalise_digits(given["number"]).upper().removeprefix("Y")
        application = Application.objects.filter(number=number).first() if number else None
        try:
            if number and application is None:
                raise NotAllowed(_("この番号の申請予約はありません。番号を確かめるか、空のまま受け付けてください。"))
            place = DeliveryPlace.objects.get(code=given["place"])
            made = services.receive(ProcedureKind(given["kind"]), place, actor, application=application)
        except NotAllowed as error:
            form.add_error("number", str(error))
        else:
            messages.success(request, _("受付番号 %(number)s で受け付けました。") % {"number": made.number})
            return redirect("procedures:visit", made.pk)
    today = clock.today()
    waiting, ended = list(queries.waiting()), list(queries.ended_on(today)[:50])
    record(actor, audited.BOARD_VIEWED, content={"waiting": len(waiting), "ended": len(ended)})
    context = {
        "form": form,
        "today": format_wareki(today),
        "waiting": [_row(visit) for visit in waiting],
        "ended": [_row(visit) for visit in ended],
        "may_see_figures": may(request, SEE_PROCEDURE_FIGURES),
    }
    return render(request, "procedures/board.html", context, status=422 if form.errors else 200)


def _row(visit: ProcedureVisit) -> dict[str, object]:
    state = VisitState(visit.state)
    tones = {VisitState.DONE: "success", VisitState.FAILED: "warning", VisitState.LEFT: "warning"}
    return {"visit": visit, "kind": ProcedureKind(visit.kind).label, "state": state.label, "tone": tones.get(state, "info")}


def _visit(pk: int) -> ProcedureVisit:
    return get_object_or_404(ProcedureVisit.objects.select_related("place", "application", "card"), pk=pk)


@requires(SERVE_PROCEDURES)
@require_safe
def visit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One visit with its one next step."""
    return _show(request, _visit(pk))


def _forms(visit: ProcedureVisit, step: ProcedureStep) -> dict[str, forms.Form]:
    case, kind = visit.case(), ProcedureKind(visit.kind)
    if step is ProcedureStep.START:
        return {"left_form": LeftForm()}
    if step is ProcedureStep.DOCUMENTS:
        chosen = {"owner": case.owner, "guardianship": case.guardianship, "visitor": case.visitor}
        shown = {"kinds": visit.documents, "escort_kinds": visit.escort_documents, "proofs": visit.proofs}
        return {
            "case_form": CaseForm(initial=chosen, auto_id="id_case_%s"),
            "papers_form": PapersForm(visit=visit, case=case, initial=shown),
            "result_form": ResultForm(kind=kind, initial={"result": VisitState.FAILED.value}),
        }
    if step is ProcedureStep.RESULT:
        return {"result_form": ResultForm(kind=kind, initial={"result": VisitState.DONE.value})}
    return {}


def _show(request: HttpRequest, visit: ProcedureVisit, wrong: Mapping[str, forms.Form] | None = None) -> HttpResponse:
    step = next_step(VisitState(visit.state), documents_done=visit.documents_done)
    record(actor_of(request), audited.VISIT_VIEWED, subject=services.subject_of(visit), content={"step": step.value})
    all_forms = _forms(visit, step) | dict(wrong or {})
    faulty = next((form for form in all_forms.values() if form.errors), None)
    context = {
        **all_forms,
        "wrong": faulty,
        "has_errors": faulty is not None,
        "visit": visit,
        "kind": ProcedureKind(visit.kind),
        "step": step,
        "state": VisitState(visit.state),
        "rows": _rows(visit),
        "wanted": wanted_lines(wanted(ProcedureKind(visit.kind), visit.case(), clock.today(), paper_rules())),
        "may_open": visit.application is not None and may(request, OPEN_APPLICATIONS, visit.application.place),
        "payment": live_payment(services.subject_of(visit)) if may(request, SEE_FEES) else None,
    }
    return render(request, "procedures/visit.html", context, status=422 if faulty else 200)


def _rows(visit: ProcedureVisit) -> list[SummaryRow]:
    rows = [
        (_("受付番号"), f"{visit.number}"),
        (_("場所"), visit.place.name),
        (_("予約番号"), visit.application.number if visit.application else _("予約なし")),
        (_("来た人"), VISITOR_NAMES[visit.visitor]),
        (_("受付"), _time(visit.received_at)),
        (_("対応開始"), _time(visit.started_at)),
        (_("終了"), _time(visit.ended_at)),
        (_("かかった時間"), _minutes(visit)),
        (_("本人の書類"), _kinds(visit.documents)),
        (_("来た人の書類"), _kinds(visit.escort_documents)),
        (_("電子証明書"), _("発行した") if visit.certificates_issued else ""),
        (_("暗証番号"), _("設定した") if visit.pins_set else ""),
        (_("手数料"), f"{FeeKind(visit.fee).label} {visit.fee_yen:,}円" if visit.fee else ""),
        (_("理由"), visit.reason),
        (_("対応者"), visit.served_by),
    ]
    return [SummaryRow(term, value) for term, value in rows if value]


def _kinds(codes: list[str]) -> str:
    return "、".join(KIND_BY_CODE[code].name for code in codes)


def _time(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(clock.TOKYO):%H:%M}" if moment else ""


def _minutes(visit: ProcedureVisit) -> str:
    if visit.started_at is None or visit.ended_at is None:
        return ""
    return _("%(minutes)s分") % {"minutes": round((visit.ended_at - visit.started_at).total_seconds() / 60)}


def _seen_version(request: HttpRequest) -> int:
    text = str(request.POST.get("version", ""))
    return int(text) if text.isdigit() and len(text) < 10 else -1


def _carry_out(
    request: HttpRequest, visit: ProcedureVisit, command: Callable[[], object], *, name: str = "", form: forms.Form | None = None
) -> HttpResponse:
    """Carry a command out with what `form` (called `name` in the template) brought, and show the next step or what is wrong."""
    if form is not None and not form.is_valid():
        return _show(request, visit, {name: form})
    try:
        command()
    except (NotAllowed, Conflict) as error:
        if form is None or isinstance(error, Conflict):
            return render_problem(
                request,
                409,
                title=_("先に更新されています"),
                message=str(error),
                next_steps=(_("今の状態を開いて、続きから操作してください。"),),
                links=(Link(_("今の状態を開く"), reverse("procedures:visit", args=[visit.pk])),),
            )
        form.add_error(None, str(error))
        return _show(request, _visit(visit.pk), {name: form})
    return redirect("procedures:visit", visit.pk)


@requires(SERVE_PROCEDURES)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to serve."""
    visit = _visit(pk)
    return _carry_out(request, visit, lambda: services.start(visit, actor_of(request), expected_version=_seen_version(request)))


@requires(SERVE_PROCEDURES)
@require_POST
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep who came; what has to be shown changes with it."""
    visit, form = _visit(pk), CaseForm(request.POST, auto_id="id_case_%s")

    def decide() -> None:
        services.check_documents(visit, form.case(), Shown(), actor_of(request), expected_version=_seen_version(request))

    return _carry_out(request, visit, decide, name="case_form", form=form)


@requires(SERVE_PROCEDURES)
@require_POST
def documents(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which papers were shown."""
    visit = _visit(pk)
    chosen: Case = visit.case()
    form = PapersForm(request.POST, visit=visit, case=chosen)

    def check() -> None:
        given = form.cleaned_data
        shown = Shown(given.get("kinds", ()), given.get("escort_kinds", ()), given.get("proofs", ()))
        sentences = services.check_documents(visit, chosen, shown, actor_of(request), expected_version=_seen_version(request))
        if sentences:
            raise NotAllowed(" ".join(sentences))

    return _carry_out(request, visit, check, name="papers_form", form=form)


@requires(SERVE_PROCEDURES)
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the result and the fee."""
    visit = _visit(pk)
    form = ResultForm(request.POST, kind=ProcedureKind(visit.kind))

    def end() -> None:
        given = form.cleaned_data
        code = given.get("code", "")
        card = cards.by_serial(code) or cards.by_sleeve(code) if code else None
        if code and card is None:
            raise NotAllowed(_("この番号のカードはありません。ほかの市区町村のカードのときは、番号を空にしてください。"))
        finished = services.Finished(
            VisitState(given["result"]),
            given["reason"],
            certificates_issued=given.get("certificates_issued", False),
            pins_set=given.get("pins_set", False),
            fee=FeeKind(given["fee"]),
            fee_reason=given["fee_reason"],
            drawer_day=int(given["drawer_day"]) if given["drawer_day"] else None,
            card=card,
        )
        services.finish(visit, finished, actor_of(request), expected_version=_seen_version(request))

    return _carry_out(request, visit, end, name="result_form", form=form)


@requires(SERVE_PROCEDURES)
@require_POST
def left(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody went before it was their turn."""
    visit, form = _visit(pk), LeftForm(request.POST)

    def end() -> None:
        finished = services.Finished(VisitState.LEFT, form.cleaned_data["reason"])
        services.finish(visit, finished, actor_of(request), expected_version=_seen_version(request))

    return _carry_out(request, visit, end, name="left_form", form=form)


@requires(SEE_PROCEDURE_FIGURES)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """手続きの統計: the figures of a month."""
    today = clock.today()
    try:
        month = dt.date.fromisoformat(f"{request.GET.get('month') or f'{today:%Y-%m}'}-01")
    except ValueError as error:
        raise Http404 from error
    found = queries.figures(*_span(month))
    record(actor_of(request), audited.FIGURES_VIEWED, content={"month": f"{month:%Y-%m}"})
    context = {
        "figures": found,
        "month": month,
        "total": sum(one.visits for one in found),
        "before": _month_beside(month, -1),
        "after": _month_beside(month, 32),
    }
    return render(request, "procedures/figures.html", context)


def _month_beside(month: dt.date, days: int) -> str:
    """Return the month `days` from the first of this one; nothing where the calendar ends."""
    try:
        return f"{month + dt.timedelta(days=days):%Y-%m}"
    except OverflowError:
        return ""


def _span(month: dt.date) -> tuple[dt.date, dt.date]:
    return month, month.replace(day=calendar.monthrange(month.year, month.month)[1])


@requires(SEE_PROCEDURE_FIGURES)
@require_safe
def figures_file(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The figures of a month as XLSX; making it is an event."""
    try:
        first = dt.date(year, month, 1)
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    header = [
        _("手続き"),
        _("件数"),
        _("完了"),
        _("できなかった"),
        _("帰った"),
        _("待ち時間の平均(分)"),
        _("対応時間の平均(分)"),
        _("手数料(円)"),
    ]
    rows: list[list[Cell]] = [
        [
            one.kind.label,
            str(one.visits),
            str(one.done),
            str(one.failed),
            str(one.left),
            "" if one.waited is None else str(one.waited),
            "" if one.served is None else str(one.served),
            str(one.yen),
        ]
        for one in queries.figures(*_span(first))
    ]
    book = io.BytesIO()
    write_xlsx(book, header, rows)
    record(actor_of(request), audited.FIGURES_EXPORTED, content={"month": f"{first:%Y-%m}", "rows": len(rows)})
    headers = {"Content-Disposition": f'attachment; filename="procedures_{first:%Y-%m}.xlsx"', "Cache-Control": "no-store"}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return HttpResponse(book.getvalue(), content_type=kind, headers=headers)
