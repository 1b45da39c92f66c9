"""What a municipality sets: its places, and its own settings with their history (BS-02)."""

from collections.abc import Callable, Set
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import Place, Schedule, VisitKind
from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.desk.forms import MunicipalityForm, PlaceForm
from madoguchi.booking.desk.media_trips import shortest_lead, unkept_setting
from madoguchi.booking.desk.queries import settings_history
from madoguchi.booking.desk.rights import SET_MUNICIPALITY
from madoguchi.booking.desk.settling import tell_refusal
from madoguchi.booking.municipality import services as municipality
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.municipality.rules import warning_about_codes
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, requires

HISTORY_SHOWN = 50


def _store(form: Any, command: Callable[[], object]) -> Any:  # noqa: ANN401 any of our forms; what the command returns
    """Run a storing command; what it refuses becomes errors of the form. Returns None when it refused."""
    try:
        return command()
    except ValidationError as refusal:
        tell_refusal(form, refusal)
        return None


def _check_trips(form: Any, *, lead_days: int, fields: Set[str]) -> None:  # noqa: ANN401 either of two forms
    """Refuse deadlines that the medium's timetable cannot keep (EX-08); unchanged ones stay as they are."""
    if not fields.isdisjoint(form.changed_data):
        office = form.instance if isinstance(form.instance, Municipality) else fresh()
        for unkept in unkept_setting(office, VisitKind.objects.all(), lead_days):
            form.add_error(unkept.field if unkept.field in form.fields else "lead_days", unkept.why)


@requires(SET_CALENDAR)
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """All places, with how many rules each has."""
    return render(request, "desk/places.html", {"places": Place.objects.prefetch_related("rules")})


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One place, new or known, with its opening rules."""
    known = get_object_or_404(Place, pk=pk) if pk is not None else None
    form = PlaceForm(request.POST if request.method == "POST" else None, instance=known or Place())
    if request.method == "POST" and form.is_valid() and form.cleaned_data["is_open"]:
        _check_trips(form, lead_days=form.cleaned_data["lead_days"] or 0, fields={"lead_days", "is_open"})
    if request.method == "POST" and form.is_valid():
        stored = _store(form, lambda: calendar.save_place(actor_of(request), form.save(commit=False)))
        if stored is not None:
            messages.success(request, _("%(name)s を登録しました。") % {"name": stored.name})
            return HttpResponseRedirect(reverse("desk:place", args=[stored.pk]))
    context = {
        "form": form,
        "place": known,
        "rules": known.rules.select_related("schedule").order_by("schedule", "weekday", "opens") if known else [],
        "exceptions": known.exceptions.select_related("schedule").filter(day__gte=clock.today()) if known else [],
        "schedules": Schedule.objects.count(),
    }
    return render(request, "desk/place.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_MUNICIPALITY)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """The municipality's own settings, with who changed which and when."""
    form = MunicipalityForm(request.POST if request.method == "POST" else None, instance=fresh())
    if request.method == "POST" and form.is_valid():
        _check_trips(form, lead_days=shortest_lead(), fields={"earliest_days_ahead", "cancel_days_before", "window_counts"})
    if request.method == "POST" and form.is_valid() and _store(form, lambda: municipality.change(actor_of(request), **form.cleaned_data)):
        messages.success(request, _("設定を保存しました。"))
        return HttpResponseRedirect(reverse("desk:settings"))
    stored = fresh()
    context = {"form": form, "municipality": stored, "history": settings_history(HISTORY_SHOWN), "warning": warning_about_codes(stored)}
    return render(request, "desk/settings.html", context, status=422 if request.method == "POST" else 200)
