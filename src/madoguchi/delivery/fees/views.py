"""Pages of fees: drawers of the day, one drawer's day and its settlement, one entry with its receipt, the table, the daily report."""

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.cards.services import Conflict, NotAllowed
from madoguchi.delivery.fees import audited, exporting, printing, queries, services
from madoguchi.delivery.fees.approvable import request_amount
from madoguchi.delivery.fees.forms import AmountForm, CloseForm, DayForm, DrawerForm, OpenForm, TakeBackForm
from madoguchi.delivery.fees.models import DrawerDay, Entry, OwedBack, OwnAmount
from madoguchi.delivery.fees.rights import CONFIRM_FEES, REQUEST_AMOUNTS, SEE_FEES, SET_DRAWERS, TAKE_FEES
from madoguchi.delivery.fees.rules import EntryKind, Method
from madoguchi.kernel.fees import ITEM_NAMES, REASON_BY_CODE
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal


@requires(SEE_FEES)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """手数料: today's drawers and what was taken; no name."""
    return _home(request, OpenForm())


def _home(request: HttpRequest, form: OpenForm) -> HttpResponse:
    today = clock.today()
    report = queries.report(today)
    record(actor_of(request), audited.VIEWED, content={"day": f"{today}", "entries": len(report.entries)})
    context = {
        "form": form,
        "report": report,
        "rows": [_row(entry) for entry in report.entries],
        "left_open": list(queries.left_open(today)),
        "owed": [_owed_row(one) for one in report.owed_back],
        "may_take": may(request, TAKE_FEES),
        "may_set": may(request, SET_DRAWERS),
        "today": today,
    }
    return render(request, "fees/home.html", context, status=422 if form.errors else 200)


def _row(entry: Entry) -> dict[str, object]:
    reversed_by = getattr(entry, "reversed_by", None)
    kind = EntryKind(entry.kind)
    return {
        "entry": entry,
        "number": queries.shown_number(entry),
        "kind": kind.label if reversed_by is None else f"{kind.label} ({EntryKind(reversed_by.kind).label}済)",
        "tone": "success" if kind is EntryKind.PAYMENT and reversed_by is None else "warning",
        "method": Method(entry.method).label,
        "reason": REASON_BY_CODE[entry.reason].name if entry.reason in REASON_BY_CODE else entry.reason,
    }


def _owed_row(owed: OwedBack) -> dict[str, object]:
    entry = owed.entry
    return {
        "pk": entry.pk,
        "number": queries.shown_number(entry),
        "taken_on": entry.taken_on,
        "drawer": entry.drawer_day.drawer.name,
        "method": Method(entry.method).label,
        "yen": entry.yen,
        "reason": owed.reason,
        "since": owed.at,
    }


@requires(TAKE_FEES)
@require_POST
def open_drawer(request: HttpRequest) -> HttpResponse:
    """Begin the day of a drawer."""
    form = OpenForm(request.POST)
    if form.is_valid():
        try:
            services.open_drawer(form.cleaned_data["drawer"], form.cleaned_data["opening_yen"], actor_of(request))
        except NotAllowed as error:
            form.add_error("drawer", str(error))
        else:
            messages.success(request, _("つり銭箱を開けました。"))
            return redirect("fees:home")
    return _home(request, form)


@requires(SEE_FEES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def drawer_day(request: HttpRequest, pk: int) -> HttpResponse:
    """One drawer's day with its ledger; two people close it here."""
    day = get_object_or_404(DrawerDay.objects.select_related("drawer", "drawer__place"), pk=pk)
    may_close, actor = may(request, TAKE_FEES), actor_of(request)
    sent = request.method == "POST" and may_close
    form, witness = CloseForm(request.POST if sent else None), WitnessForm(request.POST if sent else None)
    if sent and form.is_valid() and (second := witness.witness(CONFIRM_FEES, actor)):
        given = form.cleaned_data
        counted = services.Counted(given["counted_yen"], given["cashless_counted"], given["explanation"])
        try:
            services.close_drawer(day.pk, counted, actor, second_person=second.user_id)
        except NotAllowed as error:
            form.add_error("counted_yen", str(error))
        else:
            messages.success(request, _("日計を終えました。差し引きは 0 円です。"))
            return redirect("fees:drawer-day", pk)
    entries = list(Entry.objects.select_related("reversed_by").filter(drawer_day=day))
    totals = queries.totals(day, entries)
    record(actor, audited.VIEWED, content={"drawer_day": day.pk, "entries": len(entries)})
    wrong = next((one for one in (form, witness) if one.errors), None)
    context = {
        "day": day,
        "totals": _totals_rows(totals),
        "rows": [_row(entry) for entry in entries],
        "owed": [_owed_row(one) for one in queries.owed_back().filter(entry__drawer_day__drawer=day.drawer)],
        "form": form,
        "witness_form": witness,
        "wrong": wrong,
        "has_errors": wrong is not None,
        "may_close": may_close and day.state == "open",
    }
    return render(request, "fees/drawer_day.html", context, status=422 if wrong else 200)


def _yen(amount: int | None) -> str:
    return _("%(yen)s円") % {"yen": f"{amount or 0:,}"}


def _totals_rows(totals: queries.DrawerTotals) -> list[SummaryRow]:
    day = totals.day
    rows = [
        SummaryRow(_("開始時のつり銭"), _yen(day.opening_yen)),
        SummaryRow(_("現金の徴収 (返金を引いたもの)"), _yen(totals.cash)),
        SummaryRow(_("箱にあるはずの現金"), _yen(totals.expected)),
        SummaryRow(_("キャッシュレスの徴収"), _yen(totals.cashless)),
    ]
    if day.state == "closed":
        rows += [
            SummaryRow(_("数えた現金"), _yen(day.counted_yen)),
            SummaryRow(_("現金の過不足"), _yen(day.cash_difference)),
            SummaryRow(_("決済端末の日計"), _yen(day.cashless_counted)),
            SummaryRow(_("キャッシュレスの差"), _yen(day.cashless_difference)),
            SummaryRow(_("差し引き"), _yen(totals.rest)),
            SummaryRow(_("締めた人"), f"{day.closed_by}、{day.closed_with}"),
        ]
    if day.explanation:
        rows.append(SummaryRow(_("差の説明"), day.explanation))
    return rows


@requires(SEE_FEES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def entry_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the ledger; a payment is taken back here by two people."""
    entry = get_object_or_404(Entry.objects.select_related("drawer_day__drawer", "reverses", "owed_back"), pk=pk)
    actor, may_take = actor_of(request), may(request, TAKE_FEES)
    back = queries.reversal_of(entry)
    days = queries.open_days() if may_take else []
    sent = request.method == "POST" and may_take
    same = next((day.pk for day in days if day.pk == entry.drawer_day_id), days[0].pk if len(days) == 1 else None)
    form = TakeBackForm(request.POST if sent else None, days=days, initial={"drawer_day": same})
    witness = WitnessForm(request.POST if sent else None)
    if sent and form.is_valid() and (second := witness.witness(CONFIRM_FEES, actor)):
        given = form.cleaned_data
        try:
            made = services.take_back(entry, actor, reason=given["reason"], second_person=second.user_id, drawer_day=given["drawer_day"].pk)
        except (NotAllowed, Conflict) as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, _("%(kind)sを記録しました。お金を返してください。") % {"kind": EntryKind(made.kind).label})
            return redirect("fees:entry", made.pk)
    record(actor, audited.VIEWED, subject=entry.subject, content={"entry": entry.pk})
    wrong = next((one for one in (form, witness) if one.errors), None)
    context = {
        "entry": entry,
        "number": queries.shown_number(entry),
        "rows": _entry_rows(entry, back),
        "back": back,
        "owed": None if back else getattr(entry, "owed_back", None),
        "may_print": may_take and entry.kind == EntryKind.PAYMENT,
        "form": form,
        "witness_form": witness,
        "wrong": wrong,
        "has_errors": wrong is not None,
        "may_take_back": may_take and back is None and entry.kind == EntryKind.PAYMENT,
        "no_drawer": not days,
    }
    return render(request, "fees/entry.html", context, status=422 if wrong else 200)


def _entry_rows(entry: Entry, back: Entry | None) -> list[SummaryRow]:
    rows = [
        (_("番号"), queries.shown_number(entry)),
        (_("種類"), EntryKind(entry.kind).label),
        (_("徴収日"), f"{entry.taken_on:%Y-%m-%d}"),
        (_("金額"), _yen(entry.yen)),
        (_("内訳"), "、".join(f"{ITEM_NAMES.get(item, item)} {yen:,}円" for item, yen in entry.lines)),
        (_("徴収区分"), Method(entry.method).label),
        (_("徴収の理由"), REASON_BY_CODE[entry.reason].name if entry.reason in REASON_BY_CODE else entry.reason),
        (_("つり銭箱"), entry.drawer_day.drawer.name),
        (_("担当"), entry.by),
        (_("元の記録"), queries.shown_number(entry.reverses) if entry.reverses else ""),
        (_("取消・返金の理由"), entry.reversal_reason),
        (_("二人目"), entry.second_person),
        (_("取消・返金"), f"{EntryKind(back.kind).label} {queries.shown_number(back)}" if back else ""),
    ]
    return [SummaryRow(term, value) for term, value in rows if value]


@requires(TAKE_FEES)
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """領収書 of a payment as PDF; one that was taken back says so."""
    entry = get_object_or_404(Entry.objects.select_related("drawer_day__drawer__place"), pk=pk, kind=EntryKind.PAYMENT)
    content = printing.print_receipt(entry, queries.reversal_of(entry), actor_of(request))
    name = f"receipt_{queries.shown_number(entry)}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@requires(SEE_FEES)
@require_http_methods(["GET", "HEAD", "POST"])
def table(request: HttpRequest) -> HttpResponse:
    """手数料表: what counts today, the own rows, and the request for a new one."""
    today, may_request = clock.today(), may(request, REQUEST_AMOUNTS)
    form = AmountForm(request.POST if request.method == "POST" and may_request else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if given["until"] and given["until"] < given["since"]:
            form.add_error("until", _("終わりの日は、始まりの日より後にしてください。"))
        else:
            new = services.NewAmount(given["item"], given["yen"], given["since"], given["until"], given["source"])
            try:
                request_amount(new, actor_of(request))
            except Refusal as refusal:
                form.add_error("item", refusal.message)
            else:
                messages.success(request, _("手数料表の変更を依頼しました。別の職員が承認すると、その日から使われます。"))
                return redirect("fees:table")
    amounts = queries.amounts(today)
    context = {
        "form": form,
        "today": today,
        "amounts": [(ITEM_NAMES[item], amount) for item, amount in amounts.items()],
        "own": [(ITEM_NAMES[row.item], row) for row in OwnAmount.objects.order_by("-id")],
        "may_request": may_request,
    }
    return render(request, "fees/table.html", context, status=422 if form.errors else 200)


@requires(SET_DRAWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def drawers(request: HttpRequest) -> HttpResponse:
    """つり銭箱: the drawers, and a form for a new or a changed one."""
    form = DrawerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        place = DeliveryPlace.objects.get(code=given["place"])
        services.save_drawer(given["code"], given["name"], place, actor_of(request), is_open=given["is_open"])
        messages.success(request, _("つり銭箱を登録しました。"))
        return redirect("fees:drawers")
    context = {"form": form, "drawers": list(queries.drawers())}
    return render(request, "fees/drawers.html", context, status=422 if form.errors else 200)


@requires(SEE_FEES)
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """手数料日計表 of a day: drawers, ledger, and whether the books balance."""
    form = DayForm(request.GET) if "day_0" in request.GET or "day_year" in request.GET else DayForm(initial={"day": clock.today()})
    day = form.cleaned_data["day"] if form.is_bound and form.is_valid() else clock.today()
    found = queries.report(day)
    record(actor_of(request), audited.VIEWED, content={"report": f"{day}", "entries": len(found.entries)})
    context = {
        "form": form,
        "report": found,
        "totals": [(one, _totals_rows(one)) for one in found.drawers],
        "rows": [_row(entry) for entry in found.entries],
        "owed": [_owed_row(one) for one in found.owed_back],
        "day": day,
    }
    return render(request, "fees/report.html", context, status=422 if form.errors else 200)


@requires(SEE_FEES)
@require_safe
def report_file(request: HttpRequest, day: str, form: str) -> HttpResponse:
    """手数料日計表 as XLSX or PDF; making it is an event."""
    try:
        found = queries.report(dt.date.fromisoformat(day))
    except ValueError as error:
        raise Http404 from error
    if form not in {"xlsx", "pdf"}:
        raise Http404
    actor = actor_of(request)
    content = exporting.as_xlsx(found) if form == "xlsx" else printing.print_report(found, actor)
    record(actor, audited.REPORT_MADE, content={"day": day, "form": form, "entries": len(found.entries)})
    kind = "application/pdf" if form == "pdf" else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {"Content-Disposition": f'attachment; filename="fees_{day}.{form}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)
