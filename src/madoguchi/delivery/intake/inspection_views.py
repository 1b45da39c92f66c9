"""検品 by the second person, card after card: label and number are read, name and what needs care stand on the screen, Enter confirms."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.masking import born_words
from madoguchi.delivery.cards.presenting import care_words, number_words
from madoguchi.delivery.intake import audited, queries, receiving
from madoguchi.delivery.intake.forms import FaultForm, InspectionForm
from madoguchi.delivery.intake.models import Arrival, ArrivedCard
from madoguchi.delivery.intake.rights import RECEIVE_CARDS
from madoguchi.kernel.names import display
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow


@requires(RECEIVE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def inspection(request: HttpRequest, pk: int) -> HttpResponse:
    """続けて検品する: the first code opens the card, the second must be of the same card; then the eyes, then Enter."""
    arrival = _open_arrival(pk)
    form = InspectionForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, arrival, form)
    found = queries.arrived_card(pk, form.cleaned_data["code"])
    if found is None:
        form.add_error("code", _("この受入で読み取ったカードではありません。番号を確かめ、先に到着を読み取ってください。"))
        return _show(request, arrival, form)
    first = queries.arrived_card(pk, form.cleaned_data["first"]) if form.cleaned_data["first"] else None
    again = InspectionForm(initial={"first": form.cleaned_data["first"] if first else form.cleaned_data["code"]})
    if first is None or (first[0].pk == found[0].pk and first[1] == found[1]):
        return _show(request, arrival, again, item=found[0], wants_label=not found[1])
    if first[1] == found[1]:  # another card's label after a label: that card is taken in hand now
        return _show(
            request, arrival, InspectionForm(initial={"first": form.cleaned_data["code"]}), item=found[0], wants_label=not found[1]
        )
    if first[0].pk != found[0].pk:
        return _show(request, arrival, again, item=first[0], wants_label=not first[1], answer="no-match")
    codes = (form.cleaned_data["code"], form.cleaned_data["first"])
    label, number = codes if found[1] else reversed(codes)
    return _show(request, arrival, InspectionForm(), item=found[0], answer="match", read=(label, number))


def _open_arrival(pk: int) -> Arrival:
    arrival = queries.arrival(pk)
    if arrival is None or arrival.closed_at is not None:
        raise Http404
    return arrival


def _show(
    request: HttpRequest,
    arrival: Arrival,
    form: InspectionForm,
    *,
    item: ArrivedCard | None = None,
    wants_label: bool = False,
    answer: str = "",
    read: tuple[str, str] = ("", ""),
    fault_form: FaultForm | None = None,
) -> HttpResponse:
    """Show the page; a card on it is a view that is recorded."""
    tally = queries.tally(arrival.pk)
    context = {
        "arrival": arrival,
        "form": form,
        "item": item,
        "answer": answer,
        "label": read[0],
        "number": read[1],
        "wants_label": wants_label,
        "left": tally.left,
        "fault_form": fault_form or FaultForm(auto_id="fault-%s"),
        "wrong": fault_form if fault_form is not None and fault_form.errors else form,
    }
    if item is not None:
        card = item.card
        record(actor_of(request), audited.VIEW_INSPECTION, subject=f"card:{card.pk}", content={"arrival": arrival.pk})
        context["person"] = [
            SummaryRow(_("氏名"), display(card.name)),
            SummaryRow(_("製造管理番号"), number_words(card)),
            SummaryRow(_("生年月日"), born_words(card.born)),
        ]
        context["care"] = care_words(card)
        context["done"] = item.inspected_at is not None or bool(item.fault)
    status = 409 if answer == "no-match" else 422 if context["wrong"].errors else 200  # type: ignore[attr-defined]  # a form
    return render(request, "intake/inspection.html", context, status=status)


@requires(RECEIVE_CARDS)
@require_POST
def inspected(request: HttpRequest, pk: int, card: int) -> HttpResponse:
    """検品済: label and number were of one card, name and face number were compared by eye."""
    arrival, item = _open_arrival(pk), _item(pk, card)
    label, number = request.POST.get("label", ""), request.POST.get("number", "")
    try:
        receiving.inspect(pk, label, number, actor_of(request))
    except receiving.ReceivingRefused as refused:
        form = InspectionForm({"code": label or "-"})
        form.is_valid()
        form.add_error("code", str(refused))
        return _show(request, arrival, form, item=item)
    messages.success(request, _("検品済にしました。次のカードを読み取ってください。"))
    return redirect("intake:inspection", pk)


@requires(RECEIVE_CARDS)
@require_POST
def fault(request: HttpRequest, pk: int, card: int) -> HttpResponse:
    """不良: the card is stopped with its reason and counts as looked at."""
    arrival, item, form = _open_arrival(pk), _item(pk, card), FaultForm(request.POST, auto_id="fault-%s")
    if form.is_valid():
        try:
            receiving.find_fault(pk, card, rules.HoldKind(form.cleaned_data["kind"]), form.cleaned_data["reason"], actor_of(request))
        except receiving.ReceivingRefused as refused:
            form.add_error("kind", str(refused))
        else:
            messages.warning(request, _("不良として停止しました。カードを分けて保管してください。"))
            return redirect("intake:inspection", pk)
    return _show(request, arrival, InspectionForm(), item=item, fault_form=form)


def _item(pk: int, card: int) -> ArrivedCard:
    item = ArrivedCard.objects.select_related("card").filter(arrival_id=pk, card_id=card).first()
    if item is None:
        raise Http404
    return item
