"""Pages of 棚卸: begin, scan without a pause, the report of differences, the end by two people."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.cards.presenting import place_words
from madoguchi.delivery.storage import audited, rights, stock_reports, stock_taking
from madoguchi.delivery.storage.forms import BeginStockTakeForm, CloseStockTakeForm, GiveUpForm, SleeveForm, StockReportForm
from madoguchi.delivery.storage.models import Box, StockTake
from madoguchi.delivery.storage.queries import readings_of
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow

_PER_PAGE = 50
_SHOWN = 500
_BAND = {
    stock_taking.Verdict.FOUND: ("match", gettext_lazy("あり")),
    stock_taking.Verdict.ELSEWHERE: ("check", gettext_lazy("ここの登録ではない")),
    stock_taking.Verdict.DOUBLE: ("check", gettext_lazy("読み取り済み")),
    stock_taking.Verdict.UNKNOWN: ("no-match", gettext_lazy("登録にないコード")),
}


@requires(rights.COUNT_STOCK)
@require_http_methods(["GET", "HEAD", "POST"])
def list_page(request: HttpRequest) -> HttpResponse:
    """棚卸: those under way, those of the past, and a new one of a place or of one box."""
    places = places_of(request, rights.COUNT_STOCK)
    sites = [site for site in DeliveryPlace.objects.filter(is_open=True) if places is None or site.code in places]
    boxes = list(Box.objects.select_related("site").filter(is_open=True, site__in=sites))
    choices = [(f"site:{site.pk}", _("%(site)s 全体") % {"site": site.name}) for site in sites]
    choices += [(f"box:{box.pk}", f"{box.site.name} {box.safe} {box.name}") for box in boxes]
    form = BeginStockTakeForm(request.POST if request.method == "POST" else None, choices=choices)
    if request.method == "POST" and form.is_valid():
        kind, _sign, pk = form.cleaned_data["what"].partition(":")
        box = next((box for box in boxes if kind == "box" and str(box.pk) == pk), None)
        site = box.site if box else next(site for site in sites if str(site.pk) == pk)
        try:
            take = stock_taking.begin(site, box, actor_of(request), is_blind=form.cleaned_data["is_blind"])
        except stock_taking.StockRefused as refused:
            form.add_error("what", str(refused))
        else:
            return redirect("storage:stock-take", take.pk)
    takes = StockTake.objects.select_related("site", "box").filter(site__in=sites).order_by("closed_at", "-id")
    page = Paginator(takes, _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "storage/stock-takes.html", {"form": form, "page": page}, status=422 if form.errors else 200)


def _take(request: HttpRequest, pk: int) -> StockTake:
    take = StockTake.objects.select_related("site", "box").filter(pk=pk).first()
    if take is None:
        raise Http404
    if not may(request, rights.COUNT_STOCK, take.site.code):
        raise PermissionDenied
    return take


@requires(rights.COUNT_STOCK)
@require_safe
def scan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """数える: sleeve after sleeve, without a pause; goes on where it was left."""
    take = _take(request, pk)
    if take.state != StockTake.State.COUNTING:
        return redirect("storage:stock-report", pk)
    return _show_scan(request, take, SleeveForm())


def _show_scan(request: HttpRequest, take: StockTake, form: SleeveForm, verdict: stock_taking.Verdict | None = None) -> HttpResponse:
    done = readings_of(take)
    context = {"take": take, "form": form, "done": done, "band": _BAND[verdict] if verdict else None}
    return render(request, "storage/stock-take.html", context, status=422 if form.errors else 200)


@requires(rights.COUNT_STOCK)
@require_POST
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one reading: a few bytes for the page's module, the whole page for a browser without it."""
    take = _take(request, pk)
    form = SleeveForm(request.POST)
    wants_little = request.headers.get("Accept", "").startswith("application/json")
    if not form.is_valid():
        return JsonResponse({"verdict": "empty"}, status=422) if wants_little else _show_scan(request, take, form)
    try:
        verdict = stock_taking.scan(take.pk, form.cleaned_data["sleeve"], request.POST.get("key", ""), actor_of(request))
    except stock_taking.StockRefused as refused:
        if wants_little:
            return JsonResponse({"verdict": "ended", "words": str(refused)}, status=409)
        form.add_error("sleeve", str(refused))
        return _show_scan(request, take, form)
    return JsonResponse({"verdict": verdict.value}) if wants_little else _show_scan(request, take, SleeveForm(), verdict)


@requires(rights.COUNT_STOCK)
@require_POST
def counted(request: HttpRequest, pk: int) -> HttpResponse:
    """数え終わった: only now the expected numbers are shown."""
    stock_taking.finish_counting(_take(request, pk).pk, actor_of(request))
    return redirect("storage:stock-report", pk)


@requires(rights.COUNT_STOCK)
@require_safe
def report_page(request: HttpRequest, pk: int) -> HttpResponse:
    """差異: what is missing, what is elsewhere, what nobody knows, what was read twice; not while somebody still counts blind."""
    take = _take(request, pk)
    if take.state == StockTake.State.COUNTING and take.counted_at is None:
        messages.info(request, _("差異は、数え終わってから出ます。"))
        return redirect("storage:stock-take", pk)
    return _show_report(request, take)


def _show_report(
    request: HttpRequest,
    take: StockTake,
    *,
    close_form: CloseStockTakeForm | None = None,
    witness_form: WitnessForm | None = None,
    give_up_form: GiveUpForm | None = None,
    report_form: StockReportForm | None = None,
) -> HttpResponse:
    is_counting = take.state == StockTake.State.COUNTING
    found = stock_taking.report(take) if is_counting else None
    record(actor_of(request), audited.VIEW_REPORT, subject=str(take), content={"missing": len(found.missing)} if found else {})
    kept, words = [] if is_counting else stock_taking.kept_lines(take), stock_reports.kind_words()
    wrong = [form for form in (close_form, witness_form, give_up_form, report_form) if form is not None and form.errors]
    context = {
        "take": take,
        "state": StockTake.State(take.state),
        "is_counting": is_counting,
        "report": found,
        "missing": [item for item in found.missing if item.is_listed][:_SHOWN] if found else [],
        "elsewhere": [(item, place_words(item.card)) for item in found.elsewhere if item.is_listed][:_SHOWN] if found else [],
        "numbers": _numbers(found, take),
        "close_form": close_form or CloseStockTakeForm(auto_id="close-%s"),
        "witness_form": witness_form or WitnessForm(),
        "lines": [(words[line.kind], line) for line in kept[:_SHOWN]],
        "report_form": report_form or StockReportForm(auto_id="report-%s"),
        "give_up_form": give_up_form or GiveUpForm(auto_id="give-up-%s"),
        "wrong": wrong,
    }
    return render(request, "storage/stock-report.html", context, status=422 if wrong else 200)


@requires(rights.COUNT_STOCK)
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """差異報告書: the differences as a workbook or on paper, with a purpose."""
    take, form = _take(request, pk), StockReportForm(request.POST, auto_id="report-%s")
    if take.state == StockTake.State.GIVEN_UP or take.counted_at is None:
        messages.info(request, _("差異は、数え終わってから出ます。"))
        return redirect("storage:stock-takes")
    if not form.is_valid():
        return _show_report(request, take, report_form=form)
    found = stock_taking.report(take) if take.state == StockTake.State.COUNTING else None
    lines = stock_taking.lines_of(found) if found else stock_taking.kept_lines(take)
    counts = [(str(row.term), str(row.value)) for row in _numbers(found, take)]
    made = stock_reports.make_report(take, counts, lines, form.cleaned_data["kind"], actor_of(request))
    content = {"rows": len(lines), "file": form.cleaned_data["kind"]}
    record(actor_of(request), audited.EXPORT_REPORT, subject=str(take), content=content, reason=form.cleaned_data["purpose"])
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return HttpResponse(made.content, content_type=made.content_type, headers=headers)


def _numbers(found: stock_taking.Report | None, take: StockTake) -> list[SummaryRow]:
    result = found.counts() if found else take.result
    words = {
        "expected": _("はじめにあるはずだった枚数"),
        "found": _("あった枚数"),
        "moved": _("数えている間に業務で動いた枚数"),
        "missing": _("見つからない"),
        "elsewhere": _("ほかの場所の登録"),
        "unknown": _("登録にないコード"),
        "double": _("二度読み取ったコード"),
        "afterwards": _("差異を見たあとの読み取り"),
    }
    return [SummaryRow(words[name], result[name]) for name in words if name in result]


@requires(rights.COUNT_STOCK)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the result count, by two people, with the number of missing cards typed."""
    take, form = _take(request, pk), CloseStockTakeForm(request.POST, auto_id="close-%s")
    if not form.is_valid():
        return _show_report(request, take, close_form=form)
    witness_form, actor = WitnessForm(request.POST), actor_of(request)
    second = witness_form.witness(rights.SETTLE_DIFFERENCES, actor, take.site.code)
    if second is None:
        return _show_report(request, take, close_form=form, witness_form=witness_form)
    try:
        found = stock_taking.close(take.pk, actor, second_person=second.user_id, confirmed_missing=form.cleaned_data["missing"])
    except stock_taking.StockRefused as refused:
        form.add_error("missing", str(refused))
        return _show_report(request, take, close_form=form)
    if found.missing:
        messages.warning(request, _("棚卸を確定し、%(cards)s 枚を所在不明にしました。") % {"cards": len(found.missing)})
    else:
        messages.success(request, _("棚卸を確定しました。見つからないカードはありません。"))
    return redirect("storage:stock-report", pk)


@requires(rights.COUNT_STOCK)
@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a 棚卸 up; the register stays as it is."""
    take, form = _take(request, pk), GiveUpForm(request.POST, auto_id="give-up-%s")
    if form.is_valid():
        try:
            stock_taking.give_up(take.pk, actor_of(request), form.cleaned_data["reason"])
        except stock_taking.StockRefused as refused:
            form.add_error("reason", str(refused))
        else:
            messages.success(request, _("棚卸を取りやめました。登録は変わっていません。"))
            return redirect("storage:stock-takes")
    return _show_report(request, take, give_up_form=form)
