"""Pages of the disposal."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import presenting as card_presenting
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.disposal import audited, queries, services
from madoguchi.delivery.disposal.approvable import request_approval
from madoguchi.delivery.disposal.certificate import print_certificate
from madoguchi.delivery.disposal.forms import BagForm, CarryOutForm, LeaveOutForm
from madoguchi.delivery.disposal.models import DisposalBatch, DisposalItem
from madoguchi.delivery.disposal.rights import DISPOSE_CARDS, SEE_DISPOSAL
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

_PER_PAGE = 50


@requires(SEE_DISPOSAL)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """カードの廃棄: how many cards the rule proposes, and the bags so far."""
    page = Paginator(queries.batches(), _PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "candidates": len(queries.candidates()), "may_work": may(request, DISPOSE_CARDS)}
    return render(request, "disposal/home.html", context)


@requires(DISPOSE_CARDS)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Take the candidates into a batch."""
    try:
        batch = services.make_batch(actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("disposal:home")
    return redirect("disposal:batch", batch.pk)


@requires(SEE_DISPOSAL)
@require_safe
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One bag: its cards, what comes next, and in the end its certificate."""
    return _show(request, _batch(pk))


@requires(DISPOSE_CARDS)
@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the head for the approval of a batch (approve_disposal follows it)."""
    batch = _batch(pk)
    try:
        request_approval(batch, queries.items(batch).count(), actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("承認を依頼しました。"))
    return redirect("disposal:batch", pk)


@requires(DISPOSE_CARDS)
@require_POST
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one card into the bag."""
    batch, form = _batch(pk), BagForm(request.POST, auto_id="bag-%s")
    if form.is_valid():
        try:
            card = services.scan_into_bag(pk, form.cleaned_data["code"], actor_of(request))
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            messages.success(request, _("%(number)s を袋に入れました。") % {"number": card_presenting.number_words(card)})
            return redirect("disposal:batch", pk)
    return _show(request, batch, bag_form=form)


@requires(DISPOSE_CARDS)
@require_POST
def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Dispose of the bag as two people."""
    batch, form, witness_form = _batch(pk), CarryOutForm(request.POST, auto_id="out-%s"), WitnessForm(request.POST)
    if form.is_valid():
        second = witness_form.witness(DISPOSE_CARDS, actor_of(request))
        if second is not None:
            try:
                services.carry_out(pk, actor_of(request), second, bag=form.cleaned_data["bag"], method=form.cleaned_data["method"])
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("廃棄を記録しました。証明書を出力できます。"))
                return redirect("disposal:batch", pk)
    return _show(request, batch, out_form=form, witness_form=witness_form)


@requires(DISPOSE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def leave_out(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take one card out of an approved batch, with the reason."""
    found = DisposalItem.objects.select_related("card").filter(pk=item, batch_id=pk, left_out_by="").first()
    if found is None:
        raise Http404
    form = LeaveOutForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.leave_out(pk, item, actor_of(request), reason=given["reason"], site=given["site"].code)
        except Refusal as refusal:
            form.add_error("reason", refusal.message)
        else:
            messages.success(request, _("廃棄から外しました。"))
            return redirect("disposal:batch", pk)
    context = {"batch": found.batch, "number": card_presenting.number_words(found.card), "form": form}
    return render(request, "disposal/leave-out.html", context, status=422 if form.errors else 200)


@requires(SEE_DISPOSAL)
@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the certificate of a disposal that was carried out."""
    batch = _batch(pk)
    if batch.state != DisposalBatch.State.CARRIED_OUT:
        raise Http404
    pdf = print_certificate(batch, actor_of(request))
    name = f'inline; filename="haiki-{pk}.pdf"'
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": name})


def _batch(pk: int) -> DisposalBatch:
    batch = DisposalBatch.objects.filter(pk=pk).first()
    if batch is None:
        raise Http404
    return batch


def _show(
    request: HttpRequest,
    batch: DisposalBatch,
    *,
    bag_form: BagForm | None = None,
    out_form: CarryOutForm | None = None,
    witness_form: WitnessForm | None = None,
) -> HttpResponse:
    record(actor_of(request), audited.VIEW, subject=f"disposal:{batch.pk}")
    going = queries.items(batch)
    page = Paginator(going, _PER_PAGE).get_page(request.GET.get("page"))
    held = cards.open_holds_of([item.card_id for item in page.object_list])
    rows = [
        {
            "item": item,
            "number": card_presenting.number_words(item.card),
            "place": _place(item, held.get(item.card_id, frozenset())),
            "is_bagged": item.bagged_at is not None,
        }
        for item in page.object_list
    ]
    total, bagged = going.count(), going.filter(bagged_at__isnull=False).count()
    wrong = bag_form or out_form
    context = {
        "batch": batch,
        "summary": _summary(batch),
        "page": page,
        "rows": rows,
        "total": total,
        "bagged": bagged,
        "may_work": may(request, DISPOSE_CARDS),
        "bag_form": bag_form or BagForm(auto_id="bag-%s"),
        "out_form": out_form or CarryOutForm(auto_id="out-%s"),
        "witness_form": witness_form or WitnessForm(),
        "wrong": wrong,
        "wrong_witness": witness_form,
    }
    return render(request, "disposal/batch.html", context, status=422 if wrong else 200)


def _place(item: DisposalItem, holds: frozenset[card_rules.HoldKind]) -> str:
    """Say where the card is to be fetched; where no list may show that, the card's own page does."""
    if card_rules.blocking_holds(holds, card_rules.Effect.PLACE_LIST):
        return _("停止中。カードの画面で確かめます")
    return card_presenting.place_words(item.card)


def _summary(batch: DisposalBatch) -> list[SummaryRow]:
    rows = [SummaryRow(_("状態"), batch.get_state_display()), SummaryRow(_("起案"), batch.proposed_by_name or batch.proposed_by)]
    if batch.approved_by:
        rows.append(SummaryRow(_("承認"), batch.approved_by_name or batch.approved_by))
    if batch.carried_out_by:
        rows += [
            SummaryRow(_("実施"), batch.carried_out_by_name or batch.carried_out_by),
            SummaryRow(_("立会"), batch.witness_name or batch.witness),
            SummaryRow(_("袋の番号"), batch.bag),
            SummaryRow(_("廃棄の方法"), batch.method),
        ]
    return rows
