"""Pages of the register of sealed papers: what lies there, what came, what is destroyed by two."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.handover import audited, sealed
from madoguchi.delivery.handover.forms import DestroyForm, SealedPaperForm
from madoguchi.delivery.handover.models import SealedPaper
from madoguchi.delivery.handover.rights import COUNTER_CONFIRM, COUNTER_SERVE
from madoguchi.delivery.handover.rules import SealedKind
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow

_PER_PAGE = 50


@requires(COUNTER_SERVE)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """封をした書面の台帳: numbers and states, no name; a paper that came is entered here too."""
    actor, form = actor_of(request), SealedPaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        card = cards.by_sleeve(code) or cards.by_serial(code)
        try:
            if card is None:
                raise NotAllowed(_("この番号のカードはありません。番号を確かめて、もう一度読み取ってください。"))
            sealed.receive(card, SealedKind(form.cleaned_data["kind"]), actor)
        except NotAllowed as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("台帳に記録しました。封を開けずに、鍵のかかる場所に置いてください。"))
            return redirect("handover:sealed")
    everything = request.GET.get("show") == "all"
    page = Paginator(sealed.papers(open_only=not everything), _PER_PAGE).get_page(request.GET.get("page"))
    today = clock.today()
    rows = [{"paper": row, "kind": SealedKind(row.kind).label, "overdue": sealed.is_overdue(row, today)} for row in page.object_list]
    record(actor, audited.SEALED_LISTED, content={"rows": len(rows), "page": page.number})
    context = {"form": form, "page": page, "rows": rows, "everything": everything}
    return render(request, "handover/sealed.html", context, status=422 if form.errors else 200)


@requires(COUNTER_SERVE)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def paper_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One sealed paper; two people record here that they destroyed it."""
    paper = get_object_or_404(SealedPaper.objects.select_related("card"), pk=pk)
    actor = actor_of(request)
    sent = request.method == "POST"
    form, witness = DestroyForm(request.POST if sent else None), WitnessForm(request.POST if sent else None)
    if sent and form.is_valid():
        second = witness.witness(COUNTER_CONFIRM, actor)
        if second is not None:
            try:
                sealed.destroy(paper, actor, second_person=second.user_id, unused_reason=form.cleaned_data["unused_reason"])
            except (NotAllowed, Conflict) as error:
                form.add_error("unused_reason", str(error))
            else:
                messages.success(request, _("廃棄を記録しました。"))
                return redirect("handover:sealed")
    record(actor, audited.SEALED_LISTED, subject=f"card:{paper.card_id}", content={"paper": paper.pk})
    wrong = next((one for one in (form, witness) if one.errors), None)
    context = {"paper": paper, "rows": _rows(paper), "form": form, "witness_form": witness, "wrong": wrong, "has_errors": wrong is not None}
    return render(request, "handover/sealed_paper.html", context, status=422 if wrong else 200)


def _rows(paper: SealedPaper) -> list[SummaryRow]:
    rows = [
        SummaryRow(_("製造管理番号"), paper.card.shown_serial),
        SummaryRow(_("書面の種類"), SealedKind(paper.kind).label),
        SummaryRow(_("受領"), f"{paper.received_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M} {paper.received_by}"),
    ]
    if paper.used_at:
        rows.append(SummaryRow(_("使用"), f"{paper.used_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M} {paper.used_by}"))
    if paper.destroyed_at:
        who = f"{paper.destroyed_by}、{paper.destroyed_with}"
        rows.append(SummaryRow(_("廃棄"), f"{paper.destroyed_at.astimezone(clock.TOKYO):%Y-%m-%d %H:%M} {who}"))
    if paper.unused_reason:
        rows.append(SummaryRow(_("使わなかった理由"), paper.unused_reason))
    return rows
