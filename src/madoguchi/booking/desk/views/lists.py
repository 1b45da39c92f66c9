"""The booking list with its filters in the address, the filters that people keep, and the files that leave it (BS-03)."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.desk import exports, listing
from madoguchi.booking.desk.list_forms import ExportForm, SaveViewForm
from madoguchi.booking.desk.mass_forms import MassForm
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.rights import CHANGE_MANY, COLUMN_RIGHTS, EXPORT_LISTS
from madoguchi.booking.desk.saved_views import query_to_keep, remove_view, save_view, views_for
from madoguchi.booking.reservations.audited import LIST_VIEWED
from madoguchi.booking.reservations.models import State
from madoguchi.booking.reservations.rights import SEE_BOOKINGS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires, staff_of
from madoguchi.platform.audit.output_columns import withheld
from madoguchi.platform.audit.services import record

_TONES = {State.CONFIRMED: "success", State.CANCELLED: "", State.NO_SHOW: "warning", State.REFUSED: "warning"}


def asked(request: HttpRequest, values: QueryDict) -> tuple[frozenset[str] | None, list[Place], listing.ListForm, listing.Wanted]:
    """Return the person's places, those to choose from, and what an address asks for."""
    allowed = places_of(request, SEE_BOOKINGS)
    places = visible_places(allowed)
    form = listing.ListForm(values, places, VisitKind.objects.all())
    return allowed, places, form, listing.Wanted.of(values, form)


@requires(SEE_BOOKINGS)
@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    """The bookings that the address asks for, today's without one; every look is in the operation log."""
    return list_page(request, request.GET, export_form=ExportForm(), view_form=SaveViewForm())


def list_page(
    request: HttpRequest,
    values: QueryDict,
    *,
    export_form: ExportForm,
    view_form: SaveViewForm,
    mass_form: MassForm | None = None,
    ticked: Collection[uuid.UUID] = (),
    status: int = 200,
) -> HttpResponse:
    """Answer with the list, and with the forms below it as they were filled in."""
    allowed, places, form, wanted = asked(request, values)
    found = listing.chosen(wanted, allowed)
    page = listing.page_of(found, wanted, values.get("page", "1"))
    rows = [listing.listed(booking) for booking in page]
    counts = list(found.values("slot__place__name", "state").annotate(number=Count("pk")).order_by("slot__place__name", "state"))
    record(
        actor_of(request),
        LIST_VIEWED,
        subject=f"place:{wanted.place}" if wanted.place else "",
        content={**_span(wanted), "place": wanted.place, "rows": len(rows)},
    )
    context = {
        "list_form": form,
        "wanted": wanted,
        "page": page,
        "query": values.urlencode(),
        "heads": _heads(values, wanted),
        "rows": [(row, [(column, row.cell(column)) for column in wanted.columns], _TONES.get(row.state, "info")) for row in rows],
        "counts": [(one["slot__place__name"], State(one["state"]).label, one["number"]) for one in counts],
        "moves": _moves(values, wanted),
        "views": [(view, _view_address(view.query, wanted)) for view in views_for(staff_of(request))],
        "staff_pk": staff_of(request).pk,
        "may_change_many": may(request, CHANGE_MANY),
        "mass_form": mass_form or MassForm(auto_id="mass-%s"),
        "ticked": ticked,
        "may_export": may(request, EXPORT_LISTS),
        "withheld": [listing.COLUMNS[one] for one in withheld(request, wanted.columns, COLUMN_RIGHTS)],
        "export_form": export_form,
        "view_form": view_form,
        "places": places,
        "opened": bool(query_to_keep(values)) and not view_form.is_bound,
    }
    return render(request, "desk/list.html", context, status=status)


def _span(wanted: listing.Wanted) -> dict[str, object]:
    if wanted.is_one_day:
        return {"day": wanted.day_from.isoformat()}
    return {"from": wanted.day_from.isoformat(), "until": wanted.day_until.isoformat()}


def _address(values: QueryDict, **changes: str) -> str:
    """Return the address of the list with some of its parameters changed; an empty one is left out."""
    query = values.copy()
    for name in ("page", *changes):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _heads(values: QueryDict, wanted: listing.Wanted) -> list[dict[str, object]]:
    """Return the column heads: their words, the address that sorts by them, and how the list is sorted now."""
    heads: list[dict[str, object]] = []
    for column in wanted.columns:
        order = listing.ORDER_OF_COLUMN.get(column, "")
        current = bool(order) and order == wanted.order and column != "day"
        next_order = f"-{order}" if current and not wanted.descending else order
        sorted_as = ("descending" if wanted.descending else "ascending") if current else ""
        heads.append(
            {"words": listing.COLUMNS[column], "sorted": sorted_as, "address": _address(values, order=next_order) if order else ""}
        )
    return heads


def _moves(values: QueryDict, wanted: listing.Wanted) -> list[tuple[str, str]]:
    """Return the links that lead to other days with the same filters."""
    today = clock.today()
    length = (wanted.day_until - wanted.day_from) + dt.timedelta(days=1)
    monday = today - dt.timedelta(days=today.weekday())

    def days(first: dt.date, last: dt.date) -> str:
        return _address(values, day="", day_from=first.isoformat(), day_until=last.isoformat())

    return [
        (_("前へ"), days(wanted.day_from - length, wanted.day_until - length)),
        (_("今日"), days(today, today)),
        (_("次へ"), days(wanted.day_from + length, wanted.day_until + length)),
        (_("今週"), days(monday, monday + dt.timedelta(days=6))),
        (_("これから30日"), days(today, today + dt.timedelta(days=29))),
    ]


def _view_address(query: str, wanted: listing.Wanted) -> str:
    days = f"day_from={wanted.day_from.isoformat()}&day_until={wanted.day_until.isoformat()}"
    return f"?{days}&{query}" if query else f"?{days}"


@requires(SEE_BOOKINGS)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    values = QueryDict(request.POST.get("query", "")[:2000])
    form = SaveViewForm(request.POST)
    if form.is_valid():
        name, is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
        try:
            view = save_view(staff_of(request), actor_of(request), name, values.urlencode(), is_shared=is_shared)
        except ValidationError as refusal:
            form.add_error("name", refusal.messages)
        else:
            messages.success(request, _("条件「%(name)s」を保存しました。") % {"name": view.name})
            return HttpResponseRedirect(reverse("desk:bookings") + _address(values))
    return list_page(request, values, export_form=ExportForm(), view_form=form, status=422)


@requires(SEE_BOOKINGS)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an own kept filter."""
    if remove_view(staff_of(request), actor_of(request), pk):
        messages.success(request, _("保存した条件を消しました。予約は変わっていません。"))
    return HttpResponseRedirect(reverse("desk:bookings"))


@requires(EXPORT_LISTS)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Hand the list over as a file, with a purpose; what CP932 would lose is shown first."""
    values = QueryDict(request.POST.get("query", "")[:2000])
    form = ExportForm(request.POST)
    if not form.is_valid():
        return list_page(request, values, export_form=form, view_form=SaveViewForm(), status=422)
    _allowed, _places, _form, wanted = asked(request, values)
    left_out = withheld(request, wanted.columns, COLUMN_RIGHTS)
    wanted = dataclasses.replace(wanted, columns=tuple(column for column in wanted.columns if column not in left_out))
    found = listing.chosen(wanted, places_of(request, EXPORT_LISTS))
    back = reverse("desk:bookings") + _address(values)
    if found.count() > exports.MOST_ROWS:
        form.add_error(None, _("%(most)d件を超えるため、出力できません。期間か条件を狭めてください。") % {"most": exports.MOST_ROWS})
        return list_page(request, values, export_form=form, view_form=SaveViewForm(), status=422)
    rows = listing.rows(found, wanted)
    kind = exports.FileKind(form.cleaned_data["kind"])
    if kind is exports.FileKind.CSV_CP932 and "accepted" not in request.POST:
        lost = exports.losses(exports.cells_of(rows, wanted.columns))
        if lost:
            context = {"losses": lost, "query": values.urlencode(), "form": form, "back": back, "substitute": exports.SUBSTITUTE}
            return render(request, "desk/losses.html", context)
    made = exports.make_file(actor_of(request), kind, rows, wanted, purpose=form.cleaned_data["purpose"])
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return HttpResponse(made.content, content_type=made.content_type, headers=headers)
