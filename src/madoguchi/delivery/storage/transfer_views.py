"""Pages of transfers between places: what must move, the bag at its start, the bag at its end."""

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.queries import open_holds_of
from madoguchi.delivery.matching.queries import matched_between
from madoguchi.delivery.storage import audited, queries, rights, slips, transfers
from madoguchi.delivery.storage.forms import BeginTransferForm, CarrierForm, DifferenceForm, LeadTimeForm, SleeveForm
from madoguchi.delivery.storage.models import LeadTime, Transfer, TransferState
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.zone_fonts import zone_shelf

_PER_PAGE = 50
_LOOK_AHEAD = dt.timedelta(days=30)


@requires(rights.MOVE_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def list_page(request: HttpRequest) -> HttpResponse:
    """移送: bags under way, late ones marked; cards that must move for their bookings; a new bag."""
    form = BeginTransferForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if not may(request, rights.MOVE_CARDS, given["from_site"].code):
            raise PermissionDenied
        try:
            transfer = transfers.begin(given["from_site"], given["to_site"], actor_of(request))
        except transfers.TransferRefused as refused:
            form.add_error("to_site", str(refused))
        else:
            return redirect("storage:transfer", transfer.code)
    today, places = clock.today(), places_of(request, rights.MOVE_CARDS)
    page = Paginator(queries.transfers(places), _PER_PAGE).get_page(request.GET.get("page"))
    to_move, unlisted = queries.cards_to_move(matched_between(today, today + _LOOK_AHEAD), today)
    shown = [row for row in to_move if places is None or (row.card.site and row.card.site.code in places)]
    stray = queries.on_the_way_without_slip() if places is None else []
    held = open_holds_of([card.pk for card in stray])
    record(actor_of(request), audited.VIEW_TRANSFER, content={"to_move": len(shown), "page": page.number})
    context = {
        "form": form,
        "page": page,
        "today": today,
        "to_move": shown,
        "unlisted": unlisted,
        "stray": [card for card in stray if card.pk not in held],
        "may_set": may(request, rights.SET_BOXES),
    }
    return render(request, "storage/transfers.html", context, status=422 if form.errors else 200)


@requires(rights.SET_BOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def lead_times(request: HttpRequest) -> HttpResponse:
    """移送の日数: office days between each pair of places."""
    form = LeadTimeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            transfers.save_lead_time(given["from_site"], given["to_site"], given["days"], actor_of(request))
        except transfers.TransferRefused as refused:
            form.add_error("to_site", str(refused))
        else:
            messages.success(request, _("移送の日数を登録しました。"))
            return redirect("storage:lead-times")
    rows = LeadTime.objects.select_related("from_site", "to_site")
    context = {"form": form, "rows": rows, "usual": queries.USUAL_DAYS}
    return render(request, "storage/lead-times.html", context, status=422 if form.errors else 200)


@requires(rights.MOVE_CARDS)
@require_safe
def transfer_page(request: HttpRequest, code: str) -> HttpResponse:
    """One bag: packed at its start, received at its end, and after that what came of it."""
    return _show(request, _transfer(code))


def _transfer(code: str) -> Transfer:
    transfer = Transfer.objects.select_related("from_site", "to_site").filter(code=code).first()
    if transfer is None:
        raise Http404
    return transfer


def _show(
    request: HttpRequest,
    transfer: Transfer,
    *,
    sleeve_form: SleeveForm | None = None,
    carrier_form: CarrierForm | None = None,
    difference_form: DifferenceForm | None = None,
    witness_form: WitnessForm | None = None,
) -> HttpResponse:
    items = list(transfer.items.select_related("card"))
    held = open_holds_of([item.card_id for item in items])
    missing, extra = [item for item in items if item.received_at is None], [item for item in items if item.is_extra]
    is_packing, is_under_way = transfer.state == TransferState.PACKING, transfer.state == TransferState.ON_THE_WAY
    at_start, at_end = (may(request, rights.MOVE_CARDS, site.code) for site in (transfer.from_site, transfer.to_site))
    if not at_start and not at_end:
        raise PermissionDenied
    record(actor_of(request), audited.VIEW_TRANSFER, subject=f"transfer:{transfer.code}", content={"cards": len(items)})
    given = [form for form in (sleeve_form, carrier_form, difference_form, witness_form) if form is not None and form.errors]
    context = {
        "transfer": transfer,
        "state": TransferState(transfer.state),
        "items": [item for item in items if item.card_id not in held],
        "unlisted": sum(item.card_id in held for item in items),
        "total": sum(not item.is_extra for item in items),
        "received": sum(item.received_at is not None and not item.is_extra for item in items),
        "missing": missing,
        "extra": extra,
        "is_late": is_under_way and transfer.expected_on is not None and transfer.expected_on < clock.today(),
        "may_pack": is_packing and at_start,
        "may_receive": is_under_way and at_end,
        "sleeve_form": sleeve_form or SleeveForm(),
        "carrier_form": carrier_form or CarrierForm(auto_id="carrier-%s"),
        "difference_form": difference_form or DifferenceForm(auto_id="difference-%s"),
        "witness_form": witness_form or WitnessForm(),
        "wrong": given,
    }
    return render(request, "storage/transfer.html", context, status=422 if given else 200)


def _step(request: HttpRequest, code: str, form: forms.Form, field: str, *, at_end: bool, act: Callable[[Transfer], str]) -> HttpResponse:
    """Do one step of a bag and show it again; what is refused stands at `field`."""
    transfer = _transfer(code)
    site = transfer.to_site if at_end else transfer.from_site
    if not may(request, rights.MOVE_CARDS, site.code):
        raise PermissionDenied
    if form.is_valid():
        try:
            said = act(transfer)
        except transfers.TransferRefused as refused:
            form.add_error(field, str(refused))
        else:
            if said:
                messages.success(request, said)
            return redirect("storage:transfer", code)
    return _show(
        request,
        transfer,
        sleeve_form=form if isinstance(form, SleeveForm) else None,
        carrier_form=form if isinstance(form, CarrierForm) else None,
        difference_form=form if isinstance(form, DifferenceForm) else None,
    )


@requires(rights.MOVE_CARDS)
@require_POST
def pack(request: HttpRequest, code: str) -> HttpResponse:
    """Put a scanned card into the bag."""
    form = SleeveForm(request.POST)

    def act(transfer: Transfer) -> str:
        item = transfers.pack(transfer.pk, form.cleaned_data["sleeve"], actor_of(request))
        return _("%(code)s を入れました。") % {"code": item.card.sleeve_code}

    return _step(request, code, form, "sleeve", at_end=False, act=act)


@requires(rights.MOVE_CARDS)
@require_POST
def unpack(request: HttpRequest, code: str, item: int) -> HttpResponse:
    """Take a card out of the bag again."""

    def act(transfer: Transfer) -> str:
        transfers.unpack(transfer.pk, item)
        return _("袋から出しました。元の場所に戻してください。")

    return _step(request, code, SleeveForm({"sleeve": "-"}), "sleeve", at_end=False, act=act)


@requires(rights.MOVE_CARDS)
@require_POST
def send(request: HttpRequest, code: str) -> HttpResponse:
    """The bag leaves."""
    form = CarrierForm(request.POST, auto_id="carrier-%s")

    def act(transfer: Transfer) -> str:
        sent = transfers.send(transfer.pk, form.cleaned_data["carrier"], actor_of(request))
        return _("送り出しました。%(day)s までに着く予定です。") % {"day": f"{sent.expected_on:%Y-%m-%d}"}

    return _step(request, code, form, "carrier", at_end=False, act=act)


@requires(rights.MOVE_CARDS)
@require_POST
def give_up(request: HttpRequest, code: str) -> HttpResponse:
    """A bag that has not left is given up."""

    def act(transfer: Transfer) -> str:
        transfers.give_up(transfer.pk, actor_of(request))
        return _("移送を取りやめました。カードの場所は変わっていません。")

    return _step(request, code, SleeveForm({"sleeve": "-"}), "sleeve", at_end=False, act=act)


@requires(rights.MOVE_CARDS)
@require_POST
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """Take a scanned card out of the bag at its destination."""
    form = SleeveForm(request.POST)

    def act(transfer: Transfer) -> str:
        taken = transfers.receive(transfer.pk, form.cleaned_data["sleeve"], actor_of(request))
        if taken.extra:
            messages.warning(request, _("%(code)s は移送票にありません。余分として記録しました。") % {"code": taken.card.sleeve_code})
            return ""
        words = _("%(code)s は、もう受け取っています。") if taken.again else _("%(code)s を受け取りました。")
        return words % {"code": taken.card.sleeve_code}

    return _step(request, code, form, "sleeve", at_end=True, act=act)


@requires(rights.MOVE_CARDS)
@require_POST
def close(request: HttpRequest, code: str) -> HttpResponse:
    """End the receiving; with a difference by two people and with words."""
    transfer = _transfer(code)
    if not may(request, rights.MOVE_CARDS, transfer.to_site.code):
        raise PermissionDenied
    missing, extra = transfers.differences(transfer)
    actor, second, form = actor_of(request), "", DifferenceForm(request.POST, auto_id="difference-%s")
    if missing or extra:
        if not form.is_valid():
            return _show(request, transfer, difference_form=form)
        witness_form = WitnessForm(request.POST)
        witness = witness_form.witness(rights.SETTLE_DIFFERENCES, actor)
        if witness is None:
            return _show(request, transfer, difference_form=form, witness_form=witness_form)
        second = witness.user_id
    try:
        lost = transfers.close(transfer.pk, actor, second_person=second, reason=request.POST.get("reason", ""))
    except transfers.TransferRefused as refused:
        messages.error(request, str(refused))
        return redirect("storage:transfer", code)
    if lost:
        messages.warning(request, _("%(cards)s 枚を所在不明にしました。すぐに探してください。") % {"cards": len(lost)})
    else:
        messages.success(request, _("受取を終えました。カードを棚に置いてください。"))
    return redirect("storage:transfer", code)


@requires(rights.MOVE_CARDS)
@require_safe
def slip(request: HttpRequest, code: str) -> HttpResponse:
    """移送票: the paper that goes with the bag, with our code."""
    transfer = _transfer(code)
    site_codes = {transfer.from_site.code, transfer.to_site.code}
    if not any(may(request, rights.MOVE_CARDS, site) for site in site_codes):
        raise PermissionDenied
    items = [item for item in transfer.items.select_related("card") if not item.is_extra]
    held = open_holds_of([item.card_id for item in items])
    listed = [item.card.sleeve_code or "" for item in items if item.card_id not in held]
    record(actor_of(request), audited.PRINT_SLIP, subject=f"transfer:{code}", content={"cards": len(items)})
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".slip-") as folder:
        pdf = slips.print_slip(transfer, listed, len(items), Path(folder, "slip.pdf"), zone_shelf()).read_bytes()
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{code}.pdf"'})
