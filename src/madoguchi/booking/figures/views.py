"""統計: what happened in a period, by place, kind, weekday and hour, as charts, tables and files."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.figures import presenting
from madoguchi.booking.figures.audited import FIGURES_EXPORTED, FIGURES_VIEWED
from madoguchi.booking.figures.exporting import TABLES, as_csv, as_xlsx, table
from madoguchi.booking.figures.forms import ScopeForm
from madoguchi.booking.figures.queries import Scope, call_results
from madoguchi.booking.figures.rights import SEE_FIGURES
from madoguchi.booking.reservations.rights import SEE_BOOKINGS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _scope(request: HttpRequest) -> tuple[ScopeForm, Scope | None]:
    """Return the form from the address, and what it asks for; None where it makes no sense."""
    allowed = places_of(request, SEE_FIGURES)
    places = [place for place in Place.objects.all() if allowed is None or place.code in allowed]
    kinds = list(VisitKind.objects.all())
    form = ScopeForm(request.GET, places, kinds, clock.today())
    if not form.is_valid():
        return form, None
    wanted = form.cleaned_data
    chosen = [place for place in places if wanted["place"] in {"", place.code}]
    kind = next((kind for kind in kinds if kind.code == wanted["kind"]), None)
    return form, Scope(wanted["day_from"], wanted["day_until"], chosen, kind, leads_to_lists=may(request, SEE_BOOKINGS))


def _said(scope: Scope) -> dict[str, object]:
    return {
        "from": scope.day_from.isoformat(),
        "until": scope.day_until.isoformat(),
        "places": len(scope.places),
        "kind": scope.kind.code if scope.kind else "",
    }


@requires(SEE_FIGURES)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The figures of a period."""
    form, scope = _scope(request)
    if scope is None:
        return render(request, "figures/overview.html", {"form": form}, status=422)
    record(actor_of(request), FIGURES_VIEWED, content=_said(scope))
    counted = presenting.count(scope)
    context = {
        "form": form,
        "scope": scope,
        "tiles": presenting.tiles(counted),
        "charts": presenting.charts(counted),
        "heat": presenting.heat(counted),
        "rows": presenting.place_rows(counted),
        "has_waits": bool(counted.waits),
        "calls": call_results(scope),
        "tables": TABLES.items(),
        "query": urlencode({name: form.data[name] for name in form.fields if form.data.get(name)}),
    }
    return render(request, "figures/overview.html", context)


@requires(SEE_FIGURES)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The counts behind the figures as XLSX or CSV; they name nobody."""
    _form, scope = _scope(request)
    name, form = request.GET.get("table", ""), request.GET.get("form", "")
    if scope is None or name not in TABLES or form not in {"xlsx", "csv"}:
        raise Http404
    header, rows = table(scope, name)
    record(actor_of(request), FIGURES_EXPORTED, content={**_said(scope), "table": name, "rows": len(rows), "form": form})
    body, kind = (as_xlsx(header, rows), _SPREADSHEET) if form == "xlsx" else (as_csv(header, rows), "text/csv; charset=utf-8")
    file_name = f"figures_{name}_{scope.day_from:%Y%m%d}_{scope.day_until:%Y%m%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=kind, headers=headers)
