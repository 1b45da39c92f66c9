"""交付の統計: daily, monthly and any other period, as charts, tables, files and paper; and the cards behind every number."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence

from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.delivery.cards.masking import masked
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.queues.forms import ExportForm
from madoguchi.delivery.queues.queries import place_names
from madoguchi.delivery.queues.rights import EXPORT_QUEUES
from madoguchi.delivery.reports import exporting, presenting, queries
from madoguchi.delivery.reports.audited import BEHIND_EXPORTED, BEHIND_VIEWED, REPORT_VIEWED
from madoguchi.delivery.reports.forms import ScopeForm
from madoguchi.delivery.reports.queries import Scope
from madoguchi.delivery.reports.rights import SEE_REPORTS
from madoguchi.delivery.reports.rules import MEASURE_BY_CODE, Measure, month_of
from madoguchi.kernel.tables import write_csv, write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record

_PER_PAGE = 100
_MOST_ROWS = 20_000


def _scope(request: HttpRequest) -> tuple[ScopeForm, Scope | None, str]:
    """Return the form from the address, what it asks for (None where it makes no sense), and the place that was chosen."""
    allowed = places_of(request, SEE_REPORTS)
    places = {code: name for code, name in place_names().items() if allowed is None or code in allowed}
    form = ScopeForm(request.GET, places, clock.today())
    if not form.is_valid():
        return form, None, ""
    place = str(form.cleaned_data["place"])
    chosen = frozenset({place}) if place else None if allowed is None else frozenset(places)
    return form, Scope(form.cleaned_data["day_from"], form.cleaned_data["day_until"], chosen), place


@requires(SEE_REPORTS)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """交付の統計: numbers of a period; a single day is the daily report, a month the monthly one."""
    form, scope, place = _scope(request)
    context: dict[str, object] = {"form": form, "scope": scope, "shortcuts": _shortcuts(place)}
    context["this_month"] = f"{clock.today():%Y-%m}" if may(request, SEE_CARDS) else ""
    if scope is not None:
        counted = presenting.count(scope, place, links=may(request, SEE_CARDS))
        record(actor_of(request), REPORT_VIEWED, content={"from": scope.first.isoformat(), "until": scope.last.isoformat(), "place": place})
        query = urlencode({"day_from": scope.first.isoformat(), "day_until": scope.last.isoformat(), "place": place})
        context |= {
            "tiles": presenting.tiles(counted),
            "charts": presenting.charts(counted),
            "tables": [
                (table, [(name, f"{reverse('reports:export')}?{query}&table={table.code}&form={name}") for name in exporting.FORMS])
                for table in presenting.tables(counted)
            ],
        }
    return render(request, "reports/overview.html", context, status=422 if form.errors else 200)


def _shortcuts(place: str) -> Sequence[tuple[str, str]]:
    today = clock.today()
    this_month, last_month = month_of(today), month_of(today.replace(day=1) - dt.timedelta(days=1))
    year = dt.date(today.year if today.month >= 4 else today.year - 1, 4, 1)
    known: list[tuple[str, dt.date, dt.date]] = [
        (_("今日の日報"), today, today),
        (_("前の日の日報"), today - dt.timedelta(days=1), today - dt.timedelta(days=1)),
        (_("今月の月報"), this_month[0], today),
        (_("先月の月報"), *last_month),
        (_("今年度"), year, today),
    ]
    return [
        (words, f"?{urlencode({'day_from': first.isoformat(), 'day_until': last.isoformat(), 'place': place})}")
        for words, first, last in known
    ]


@requires(SEE_REPORTS)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """One table of the report as a workbook, as CSV or on paper."""
    _form, scope, place = _scope(request)
    form = request.GET.get("form", "")
    if scope is None or form not in exporting.FORMS:
        raise Http404
    counted = presenting.count(scope, place, links=False)
    table = next((one for one in presenting.tables(counted) if one.code == request.GET.get("table")), None)
    if table is None:
        raise Http404
    made = exporting.make_file(actor_of(request), table, scope, form)
    return _file(made.name, made.content_type, made.content)


def _file(name: str, content_type: str, content: bytes) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _wanted(request: HttpRequest) -> tuple[Scope, Measure]:
    _form, scope, _place = _scope(request)
    measure = MEASURE_BY_CODE.get(request.GET.get("measure", ""))
    if scope is None or measure is None:
        raise Http404
    return scope, measure


def _row(one: Model) -> Mapping[str, object]:
    card, at, by = (one, one.registered_at, "") if isinstance(one, Card) else _of_event(one)
    return {"card": card, "serial": card.shown_serial, "name": masked(card.name), "at": timezone.localtime(at), "by": by}


def _of_event(event: Model) -> tuple[Card, dt.datetime, str]:
    assert isinstance(event, CardEvent)  # what `queries.behind` returns is one or the other
    return event.card, event.at, event.user_id


@requires(SEE_CARDS)
@require_safe
def behind(request: HttpRequest) -> HttpResponse:
    """The cards behind a number: when, which card, by whom. No place stands on it; every look is recorded."""
    return _behind_page(request, ExportForm(auto_id="export-%s"))


def _behind_page(request: HttpRequest, form: ExportForm, status: int = 200) -> HttpResponse:
    scope, measure = _wanted(request)
    page = Paginator(queries.behind(scope, measure), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [_row(one) for one in page.object_list]
    record(actor_of(request), BEHIND_VIEWED, content={"measure": measure.code, "page": page.number, "rows": len(rows)})
    context = {
        "measure": measure,
        "scope": scope,
        "page": page,
        "rows": rows,
        "query": request.GET.urlencode(),
        "export_form": form,
        "may_export": may(request, EXPORT_QUEUES),
    }
    return render(request, "reports/behind.html", context, status=status)


@requires(EXPORT_QUEUES)
@require_POST
def export_behind(request: HttpRequest) -> HttpResponse:
    """Hand the cards behind a number over as a file (交付前設定結果, 交付済結果 …), with a purpose: numbers, times and acts, no name."""
    scope, measure = _wanted(request)
    form = ExportForm(request.POST, auto_id="export-%s")
    if not form.is_valid():
        return _behind_page(request, form, status=422)
    found = [_row(one) for one in list(queries.behind(scope, measure)[:_MOST_ROWS])]
    header = [_("製造管理番号"), _("項目"), _("日時"), _("操作した人")]
    cells = [[str(row["serial"]), measure.name, f"{row['at']:%Y-%m-%d %H:%M:%S}", str(row["by"])] for row in found]
    content = {"measure": measure.code, "rows": len(cells), "file": form.cleaned_data["kind"]}
    record(actor_of(request), BEHIND_EXPORTED, content=content, reason=form.cleaned_data["purpose"])
    stem = f"kekka_{measure.code}_{clock.now():%Y%m%d_%H%M}"
    if form.cleaned_data["kind"] == "csv":
        return _file(f"{stem}.csv", "text/csv; charset=utf-8", b"".join(write_csv(cells, header=header)))
    book = io.BytesIO()
    write_xlsx(book, header, cells)
    return _file(f"{stem}.xlsx", exporting.SPREADSHEET, book.getvalue())


@requires(SEE_CARDS)
@require_safe
def cohort(request: HttpRequest, month: str) -> HttpResponse:
    """Those who were told in a month: who has the card, or who has not yet."""
    _form, scope, _place = _scope(request)
    try:
        first = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=clock.TOKYO).date()
    except ValueError:
        raise Http404 from None
    if scope is None:
        raise Http404
    delivered = request.GET.get("delivered") == "yes"
    page = Paginator(queries.cohort_cards(scope, first, delivered=delivered), _PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"card": card, "serial": card.shown_serial, "name": masked(card.name)} for card in page.object_list]
    record(actor_of(request), BEHIND_VIEWED, content={"month": month, "delivered": delivered, "page": page.number, "rows": len(rows)})
    return render(request, "reports/cohort.html", {"month": first, "delivered": delivered, "page": page, "rows": rows})
