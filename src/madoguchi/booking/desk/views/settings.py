"""What a municipality sets: places, opening rules, closures, and its own settings with their history (BS-02)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import Closure, OpeningRule, Place, Schedule
from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.calendar.services import Effect
from madoguchi.booking.desk.forms import ClosureForm, MunicipalityForm, PlaceForm, RuleForm
from madoguchi.booking.desk.queries import settings_history
from madoguchi.booking.desk.rights import SET_MUNICIPALITY
from madoguchi.booking.municipality import services as municipality
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.municipality.rules import warning_about_codes
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, requires

CONFLICTS_NAMED = 8
HISTORY_SHOWN = 50


def _told(request: HttpRequest, done: Effect, words: str) -> None:
    """Say what a change did to the times, and name the bookings that no longer fit: they stand, people decide."""
    counts = {"added": done.added, "changed": done.changed, "closed": done.closed}
    messages.success(request, words + _("（枠の追加 %(added)d、変更 %(changed)d、停止 %(closed)d）") % counts)
    if not done.conflicts:
        return
    named = "、".join(f"{found.day.month}月{found.day.day}日 {found.start:%H:%M}" for found in done.conflicts[:CONFLICTS_NAMED])
    more = _(" ほか%(number)d件") % {"number": len(done.conflicts) - CONFLICTS_NAMED} if len(done.conflicts) > CONFLICTS_NAMED else ""
    messages.warning(
        request,
        _(
            "枠より予約が多い時間が%(number)d件あります：%(named)s%(more)s。予約はそのまま残っています。予約一覧で確かめて、連絡してください。"
        )
        % {"number": len(done.conflicts), "named": named, "more": more},
    )


def _store(form: Any, command: Callable[[], object]) -> Any:  # noqa: ANN401 any of our forms; what the command returns
    """Run a storing command; what it refuses becomes errors of the form. Returns None when it refused."""
    try:
        return command()
    except ValidationError as refusal:
        if hasattr(refusal, "error_dict"):
            for name, faults in refusal.message_dict.items():
                form.add_error(name if name in form.fields else None, faults)
        else:
            form.add_error(None, refusal.messages)
        return None


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
    if request.method == "POST" and form.is_valid():
        stored = _store(form, lambda: calendar.save_place(actor_of(request), form.save(commit=False)))
        if stored is not None:
            messages.success(request, _("%(name)s を登録しました。") % {"name": stored.name})
            return HttpResponseRedirect(reverse("desk:place", args=[stored.pk]))
    rules = list(known.rules.order_by("weekday", "opens")) if known else []
    context = {"form": form, "place": known, "rules": rules}
    return render(request, "desk/place.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, place_pk: int, pk: int | None = None) -> HttpResponse:
    """One opening rule of a place, new or known."""
    at = get_object_or_404(Place, pk=place_pk)
    if pk is not None:
        known = get_object_or_404(OpeningRule, pk=pk, place=at)
    else:
        known = OpeningRule(place=at, schedule=Schedule.default(), valid_from=clock.today())
    form = RuleForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        done = _store(form, lambda: calendar.save_rule(actor_of(request), form.save(commit=False)))
        if done is not None:
            _told(request, done, _("開所規則を登録しました。"))
            return HttpResponseRedirect(reverse("desk:place", args=[at.pk]))
    context = {"form": form, "place": at, "rule": known}
    return render(request, "desk/rule.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_rule(request: HttpRequest, place_pk: int, pk: int) -> HttpResponse:
    """Take an opening rule away; its free times close, bookings stand."""
    known = OpeningRule.objects.filter(pk=pk, place=place_pk).first()
    if known is not None:
        _told(request, calendar.remove_rule(actor_of(request), known), _("開所規則を削除しました。"))
    return HttpResponseRedirect(reverse("desk:place", args=[place_pk]))


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def closures(request: HttpRequest) -> HttpResponse:
    """The closed days, and a form for more."""
    form = ClosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = _store(form, lambda: calendar.save_closure(actor_of(request), form.save(commit=False)))
        if done is not None:
            _told(request, done, _("休止日を登録しました。"))
            return HttpResponseRedirect(reverse("desk:closures"))
    coming = Closure.objects.select_related("place").filter(day_until__gte=clock.today())
    return render(request, "desk/closures.html", {"form": form, "closures": coming}, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closure back; its times open again."""
    known = Closure.objects.filter(pk=pk).first()
    if known is not None:
        _told(request, calendar.remove_closure(actor_of(request), known), _("休止日を取り消しました。"))
    return HttpResponseRedirect(reverse("desk:closures"))


@requires(SET_MUNICIPALITY)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """The municipality's own settings, with who changed which and when."""
    form = MunicipalityForm(request.POST if request.method == "POST" else None, instance=fresh())
    if request.method == "POST" and form.is_valid() and _store(form, lambda: municipality.change(actor_of(request), **form.cleaned_data)):
        messages.success(request, _("設定を保存しました。"))
        return HttpResponseRedirect(reverse("desk:settings"))
    stored = fresh()
    context = {"form": form, "municipality": stored, "history": settings_history(HISTORY_SHOWN), "warning": warning_about_codes(stored)}
    return render(request, "desk/settings.html", context, status=422 if request.method == "POST" else 200)
