"""Pages of 発送管理: what was sent, tracking numbers, what came back, other addresses, and cards that go by mail."""

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.masking import masked
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.queries import by_any_number, by_pk, open_holds
from madoguchi.delivery.cards.rules import Effect, blocking_holds
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.dispatch import audited, lists, mailing, queries, recording, rights
from madoguchi.delivery.dispatch.forms import (
    RETURN_REASONS,
    DeliveredForm,
    DispatchFilter,
    DispatchForm,
    ExportForm,
    FindDispatchForm,
    HistoryForm,
    MailCardForm,
    OtherAddressForm,
    ReasonForm,
    SealForm,
)
from madoguchi.delivery.dispatch.models import Dispatch, Kind, Way
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.ui.components import SummaryRow

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

_PER_PAGE = 50
_HELD = gettext_lazy("このカードは停止中のため、宛先を表示できません。責任者に確かめてください。")
_TRACKING = {
    "form": gettext_lazy("追跡番号の形ではありません。11けたから13けたの番号を読み取ってください。"),
    "taken": gettext_lazy("この追跡番号は、別の封筒に付いています。封筒を確かめてください。何も変更していません。"),
}


_DO_NOT_SEAL = {
    "sleeve": gettext_lazy("このコードのスリーブはありません。封をせずに、スリーブを確かめてください。"),
    "sheet": gettext_lazy("この用紙は、封緘を待つ同封票ではありません。封をせずに、用紙を確かめてください。"),
    "address": gettext_lazy("同封票の住所が、今の送付先と違います。封をせずに、同封票を刷り直してください。"),
    "match": gettext_lazy("スリーブと同封票のカードが違います。封をせずに、中身を確かめてください。"),
}


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def history_page(request: HttpRequest) -> HttpResponse:
    """発送の履歴: what was sent for one card, when, where to, and what came back. The number is posted, so that no address holds it."""
    form = HistoryForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form, "may_set_address": may(request, rights.SET_ADDRESS)}
    if request.method == "POST" and form.is_valid():
        card = by_any_number(form.cleaned_data["number"])
        if card is None:
            form.add_error("number", _("この番号のカードはありません。番号を確かめてください。"))
        elif _is_held(card.pk):
            form.add_error("number", str(_HELD))
            context["held_card"] = card
        else:
            context |= {"card": card, "dispatches": recording.look_up_history(card, actor_of(request))}
    return render(request, "dispatch/history.html", context, status=422 if form.errors else 200)


def _is_held(card_pk: int) -> bool:
    return bool(blocking_holds(open_holds(card_pk), Effect.PLACE_LIST))


@requires(rights.PRINT_LETTERS, rights.SEE_DISPATCHES)
@require_safe
def dispatches_page(request: HttpRequest) -> HttpResponse:
    """発送管理: everything that was sent or waits for it, names masked, no address; a page at a time, and each is recorded."""
    form, found = _filtered(request)
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "row": row,
            "name": masked(row.name),
            "serial": row.card.shown_serial,
            "kind": Kind(row.kind).label,
            "way": Way(row.way).label,
        }
        for row in page.object_list
    ]
    recording.record_list(audited.LIST_DISPATCHES, actor_of(request), page=page.number, rows=len(rows))
    acts = may(request, rights.PRINT_LETTERS)
    context = {"form": form, "page": page, "rows": rows, "export_form": ExportForm(), "may_act": acts}
    context |= {"posted": lists.posted_days() if acts else [], "may_post_protected": may(request, rights.POST_PROTECTED)}
    return render(request, "dispatch/dispatches.html", context, status=422 if form.errors else 200)


def _filtered(request: HttpRequest) -> "tuple[DispatchFilter, QuerySet[Dispatch]]":
    form, found = DispatchFilter(request.GET), queries.listed_dispatches()
    if not form.is_valid():
        return form, found.none()
    chosen = form.cleaned_data
    if chosen["kind"]:
        found = found.filter(kind=chosen["kind"])
    if chosen["way"]:
        found = found.filter(way=chosen["way"])
    if chosen["since"]:
        found = found.filter(sent_on__gte=chosen["since"])
    states = {
        "unsent": {"sent_on__isnull": True, "sheet__void": False},
        "sent": {"sent_on__isnull": False},
        "returned": {"returned_on__isnull": False},
        "delivered": {"delivered_on__isnull": False},
    }
    return form, found.filter(**states.get(chosen["state"], {}))


@requires(rights.PRINT_LETTERS)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Hand out the filtered rows as a workbook with every item; the purpose is recorded."""
    form = ExportForm(request.POST)
    filtered, found = _filtered(request)
    if form.is_valid() and filtered.is_valid():
        try:
            book = lists.workbook(found, actor_of(request), purpose=form.cleaned_data["purpose"])
        except lists.TooMany:
            form.add_error("purpose", _("件数が多すぎます。発送日などで絞り込んでください。"))
        else:
            name = f"hasso_{clock.now():%Y%m%d_%H%M}.xlsx"
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return HttpResponse(book, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
    return render(request, "dispatch/export.html", {"export_form": form, "query": request.GET.urlencode()}, status=422)


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def dispatch_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One dispatch with everything that is kept of it; tracking number by scan, その他連携コード, memo."""
    row = _dispatch(pk)
    held = _is_held(row.card_id)
    initial = {"tracking_number": row.tracking_number, "external_code": row.external_code, "memo": row.memo}
    form = DispatchForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            mailing.change_dispatch(
                pk, actor_of(request), tracking_number=given["tracking_number"], external_code=given["external_code"], memo=given["memo"]
            )
        except mailing.WrongTracking as wrong:
            form.add_error("tracking_number", str(_TRACKING[wrong.code]))
        else:
            messages.success(request, _("発送の記録を保存しました。"))
            return redirect("dispatch:dispatch", pk)
    recording.record_view(row, actor_of(request))
    context = {
        "row": row,
        "rows": _rows(row, held=held),
        "form": form,
        "held": held,
        "can_return": row.sent_on and not row.returned_on and not row.delivered_on,
        "may_set_address": may(request, rights.SET_ADDRESS),
    }
    return render(request, "dispatch/dispatch.html", context, status=422 if form.errors else 200)


def _dispatch(pk: int) -> Dispatch:
    row = queries.dispatch(pk)
    if row is None:
        raise Http404
    return row


def _rows(row: Dispatch, *, held: bool) -> list[SummaryRow]:
    to = [SummaryRow(_("宛先"), str(_HELD))] if held else [SummaryRow(_("郵便番号"), row.postcode), SummaryRow(_("住所"), row.address)]
    rows = [
        SummaryRow(_("発送物の種類"), Kind(row.kind).label),
        SummaryRow(_("送り方"), Way(row.way).label),
        SummaryRow(_("製造管理番号"), row.card.shown_serial),
        SummaryRow(_("氏名"), masked(row.name) if held else row.name),
        *to,
        SummaryRow(_("発送日"), row.sent_on or _("まだ発送していません")),
        SummaryRow(_("発送回数"), row.times),
        SummaryRow(_("外字"), _("あり") if row.has_gaiji else _("なし")),
    ]
    if row.delivered_on:
        rows.append(SummaryRow(_("配達日"), row.delivered_on))
    if row.returned_on:
        rows.append(SummaryRow(_("返戻"), f"{row.returned_on} {row.return_reason}"))
    return rows


@requires(rights.POST_PROTECTED)
@require_safe
def protected_page(request: HttpRequest) -> HttpResponse:
    """支援措置の人の郵便物: recorded mail that stands on no common list, by its numbers alone; its slips, and what was delivered."""
    return _show_protected(request)


def _show_protected(request: HttpRequest, wrong: tuple[int, DeliveredForm] | None = None) -> HttpResponse:
    found = list(queries.protected_post(clock.today() - dt.timedelta(days=31))[:200])
    forms = {
        row.pk: DeliveredForm(initial={"delivered_on": clock.today()}, auto_id=f"delivered-{row.pk}-%s")
        for row in found
        if row.kind == Kind.CARD and row.sent_on and not row.delivered_on and not row.returned_on
    }
    if wrong:
        forms[wrong[0]] = wrong[1]
    rows = [{"row": row, "kind": Kind(row.kind).label, "way": Way(row.way).label, "form": forms.get(row.pk)} for row in found]
    slips = sorted({(row.sent_on, Way(row.way)) for row in found if row.sent_on}, reverse=True)
    recording.record_list(audited.LIST_PROTECTED_POST, actor_of(request), page=1, rows=len(rows))
    context = {"rows": rows, "slips": slips, "wrong": wrong[1] if wrong else None}
    return render(request, "dispatch/protected.html", context, status=422 if wrong else 200)


@requires(rights.POST_PROTECTED)
@require_safe
def protected_slip(request: HttpRequest, way: str, day: str) -> HttpResponse:
    """Show the posting slip of people under 支援措置: one envelope a sheet, and who opened it is recorded."""
    try:
        pdf = lists.posting_slip(Way(way), dt.date.fromisoformat(day), actor_of(request), protected=True)
    except (ValueError, lists.NothingPosted):
        raise Http404 from None
    headers = {"Content-Disposition": f'inline; filename="slip-p-{way}-{day}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@requires(rights.PRINT_LETTERS)
@require_safe
def slip(request: HttpRequest, way: str, day: str) -> HttpResponse:
    """Show the posting slip of a day for the post office's stamp (郵便物差出票)."""
    try:
        pdf = lists.posting_slip(Way(way), dt.date.fromisoformat(day), actor_of(request))
    except (ValueError, lists.NothingPosted):
        raise Http404 from None
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="slip-{way}-{day}.pdf"'})


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def returns_page(request: HttpRequest) -> HttpResponse:
    """返戻: scan the envelope that came back; its page asks for the reason by one key."""
    form = FindDispatchForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        row = mailing.dispatch_scanned(form.cleaned_data["code"])
        if row is None:
            form.add_error("code", _("この番号で送ったものはありません。番号を確かめて、読み取り直してください。"))
        elif row.sent_on is None:
            form.add_error("code", _("まだ発送していない封筒です。印刷分の画面で確かめてください。"))
        elif row.returned_on:
            form.add_error("code", _("この封筒の返戻は、すでに記録しています。"))
        elif row.delivered_on:
            form.add_error("code", _("配達済と記録されています。カードの画面で確かめてください。"))
        else:
            return redirect("dispatch:return", row.pk)
    return render(request, "dispatch/returns.html", {"form": form}, status=422 if form.errors else 200)


@requires(rights.PRINT_LETTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def return_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this envelope came back: one key, and the next envelope can be scanned."""
    row = _dispatch(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            mailing.record_return(row, actor_of(request), reason=dict(RETURN_REASONS)[form.cleaned_data["reason"]])
        except mailing.NotSent:
            form.add_error(None, _("この封筒は、発送前か、すでに返戻・配達を記録しています。何も変更していません。"))
        except (NotAllowed, Conflict) as refused:
            form.add_error(None, str(refused))
        else:
            done = _("返戻を記録しました。カードを棚に置いて読み取ってください。") if row.kind == Kind.CARD else _("返戻を記録しました。")
            messages.success(request, done)
            return redirect("dispatch:returns")
    recording.record_view(row, actor_of(request))
    context = {
        "row": row,
        "rows": [
            SummaryRow(_("発送物の種類"), Kind(row.kind).label),
            SummaryRow(_("氏名"), masked(row.name)),
            SummaryRow(_("発送日"), row.sent_on or ""),
            SummaryRow(_("発送回数"), row.times),
        ],
        "form": form,
        "reasons": RETURN_REASONS,
    }
    return render(request, "dispatch/return.html", context, status=422 if form.errors else 200)


@requires(rights.MAIL_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def cards_page(request: HttpRequest) -> HttpResponse:
    """カードの郵送: print the enclosure of one card; what waits to be sealed; what is on its way."""
    form = MailCardForm(request.POST if request.method == "POST" else None, initial={"way": Way.RESTRICTED})
    if request.method == "POST" and form.is_valid():
        card = by_any_number(form.cleaned_data["number"])
        if card is None:
            form.add_error("number", _("この番号のカードはありません。番号を確かめてください。"))
        elif reason := mailing.reason_against_mailing(card):
            form.add_error("number", reason)
        elif queries.printed_and_unsent([card.pk], Kind.CARD) and not form.cleaned_data["reason"].strip():
            form.add_error("reason", _("このカードの同封票は印刷済です。もう一度印刷する理由を入力してください。"))
        else:
            given = {
                "kind": Kind.CARD.value,
                "way": form.cleaned_data["way"],
                "serials": [card.serial],
                "reason": form.cleaned_data["reason"],
            }
            job = jobs.start("dispatch.print", _("カードの郵送の同封票"), actor_of(request), given)
            return redirect("jobs:job", job.pk)
    return _show_cards(request, form)


def _show_cards(request: HttpRequest, form: MailCardForm, wrong: tuple[int, DeliveredForm] | None = None) -> HttpResponse:
    found = list(queries.mailed_cards()[:200])
    forms = {row.pk: DeliveredForm(initial={"delivered_on": clock.today()}, auto_id=f"delivered-{row.pk}-%s") for row in found}
    if wrong:
        forms[wrong[0]] = wrong[1]
    rows = [
        {"row": row, "name": masked(row.name), "way": Way(row.way).label, "form": forms[row.pk] if row.sent_on else None} for row in found
    ]
    recording.record_list(audited.LIST_DISPATCHES, actor_of(request), page=1, rows=len(rows))
    faulty = bool(form.errors or wrong)
    context = {"form": form, "rows": rows, "wrong": wrong[1] if wrong else None}
    return render(request, "dispatch/cards.html", context, status=422 if faulty else 200)


@requires(rights.MAIL_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def seal_page(request: HttpRequest) -> HttpResponse:
    """封緘: sleeve, enclosure and envelope, one scan after the other; only when they belong together the envelope is closed."""
    read = {name: request.POST.get(name, "").strip() for name in SealForm.base_fields}
    step = next((name for name, code in read.items() if not code), "")
    if step:
        # Not all three yet: the page comes again for the next scan, with what was read so far.
        nothing_read, (wrong, why) = request.POST.get("step") == step, _wrong_so_far(read)
        if wrong:
            step, read = wrong, read | {wrong: ""}
        form = SealForm(read if nothing_read or wrong else None, initial=read)
        form.ask_only_for(step)
        if wrong:
            form.errors.clear()
            form.add_error(wrong, str(why))
        context = {"form": form, "step": step, "mismatch": bool(wrong)}
        return render(request, "dispatch/seal.html", context, status=422 if form.errors else 200)
    form = SealForm(read)
    if form.is_valid() and (row := _sealed(request, form)):
        words = _("封緘してください。%(way)sの郵便物として記録しました。")
        messages.success(request, words % {"way": Way(row.way).label})
        return redirect("dispatch:seal")
    return render(request, "dispatch/seal.html", {"form": form, "step": "", "mismatch": True}, status=422)


def _wrong_so_far(read: dict[str, str]) -> tuple[str, "str | Promise"]:
    """Return the field whose scan was wrong and why, before the last scan; empty when all fits so far."""
    if read["sleeve"]:
        try:
            mailing.card_in_hand(read["sleeve"], read["enclosure"])
        except mailing.NotHere as wrong:
            return "enclosure", _DO_NOT_SEAL["address" if wrong.code == "address" else "sheet"]
        except mailing.DoesNotMatch:
            return ("enclosure", _DO_NOT_SEAL["match"]) if read["enclosure"] else ("sleeve", _DO_NOT_SEAL["sleeve"])
    return "", ""


def _sealed(request: HttpRequest, form: SealForm) -> Dispatch | None:
    given = form.cleaned_data
    try:
        return mailing.seal(given["sleeve"], given["enclosure"], given["envelope"], actor_of(request))
    except mailing.NotHere as wrong:
        form.add_error("enclosure", _DO_NOT_SEAL["address" if wrong.code == "address" else "sheet"])
    except mailing.DoesNotMatch:
        form.add_error("sleeve", _DO_NOT_SEAL["match"])
    except mailing.WrongTracking as wrong:
        form.add_error("envelope", str(_TRACKING[wrong.code]))
    except (NotAllowed, Conflict) as refused:
        form.add_error("sleeve", str(refused))
    return None


@requires(rights.MAIL_CARDS)
@require_POST
def delivered(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the post delivered a card."""
    row, form = _dispatch(pk), DeliveredForm(request.POST, auto_id=f"delivered-{pk}-%s")
    sees_protected = may(request, rights.POST_PROTECTED) and queries.is_protected(row.card_id)
    if form.is_valid():
        try:
            mailing.record_delivery(row, actor_of(request), delivered_on=form.cleaned_data["delivered_on"])
        except mailing.NotSent:
            form.add_error(None, _("この封筒は、発送前か、すでに返戻・配達を記録しています。何も変更していません。"))
        except (NotAllowed, Conflict) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("配達を記録しました。"))
            return redirect("dispatch:protected" if sees_protected else "dispatch:cards")
    if sees_protected:
        return _show_protected(request, (pk, form))
    return _show_cards(request, MailCardForm(initial={"way": Way.RESTRICTED}), (pk, form))


@requires(rights.SET_ADDRESS)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def address_page(request: HttpRequest, card_pk: int) -> HttpResponse:
    """別の送付先: where the letters of one card go, until when, seen by a second person on the same screen."""
    card = _card(card_pk)
    posted = request.method == "POST"
    form = OtherAddressForm(request.POST if posted else None)
    witness = WitnessForm(request.POST if posted else None)
    if posted and form.is_valid():
        second = witness.witness(rights.APPROVE_ADDRESS, actor_of(request))
        if second is not None:
            given = form.cleaned_data
            mailing.set_other_address(
                card,
                actor_of(request),
                postcode=given["postcode"],
                address=given["address"],
                reason=given["reason"],
                until=given["until"],
                approved_by=second.user_id,
            )
            messages.success(request, _("別の送付先を登録しました。次に印刷する用紙から使います。"))
            return redirect("dispatch:address", card.pk)
    recording.record_card(audited.VIEW_HISTORY, card, actor_of(request))
    current = queries.other_addresses_of([card.pk], clock.today()).get(card.pk)
    # 支援措置: the other address is where the person must not be looked for.
    shown = None if current is None or _is_held(card.pk) else current
    context = {
        "card": card,
        "serial": card.shown_serial,
        "form": form,
        "witness_form": witness,
        "current": current,
        "shown": shown,
    }
    return render(request, "dispatch/address.html", context, status=422 if form.errors or witness.errors else 200)


@requires(rights.SET_ADDRESS)
@require_POST
def end_address(request: HttpRequest, card_pk: int) -> HttpResponse:
    """Let the letters of a card go to its registered address again."""
    card = _card(card_pk)
    if mailing.end_other_address(card, actor_of(request)):
        messages.success(request, _("別の送付先を終わりにしました。次からは住民票の住所に送ります。"))
    return redirect("dispatch:address", card.pk)


def _card(pk: int) -> Card:
    card = by_pk(pk)
    if card is None:
        raise Http404
    return card
