"""Kinds of visit, the schedules they share, and their quotas, as master data (BK-10, BS-07)."""

import copy

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.models import KindQuota, Schedule, VisitKind
from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.desk.calendar_forms import KindForm, QuotaForm, ScheduleForm
from madoguchi.booking.desk.media_trips import shortest_lead, unkept_setting
from madoguchi.booking.desk.settling import tell_refusal
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations import quotas
from madoguchi.platform.accounts.access import actor_of, requires

# What the timetable of the medium decides about (EX-08).
_DEADLINES = frozenset({"earliest_days_ahead", "cancel_days_before", "counts", "is_open"})


@requires(SET_CALENDAR)
@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """All kinds of visit and all schedules."""
    context = {
        "kinds": VisitKind.objects.select_related("schedule").annotate(quota_count=Count("quotas")),
        "schedules": Schedule.objects.annotate(rule_count=Count("rules")),
    }
    return render(request, "desk/kinds.html", context)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def kind(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One kind of visit, new or known, with its texts and its quotas."""
    known = get_object_or_404(VisitKind, pk=pk) if pk is not None else VisitKind()
    form = KindForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid() and not _DEADLINES.isdisjoint(form.changed_data):
        for unkept in unkept_setting(fresh(), [form.instance], shortest_lead()):
            form.add_error(unkept.field, unkept.why)
    if request.method == "POST" and form.is_valid():
        try:
            stored = calendar.save_kind(actor_of(request), copy.deepcopy(form.save(commit=False)), form.texts())
        except ValidationError as refusal:
            tell_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s を登録しました。") % {"name": stored.name})
            return HttpResponseRedirect(reverse("desk:kind", args=[stored.pk]))
    found = KindQuota.objects.select_related("place").filter(kind=known) if known.pk else KindQuota.objects.none()
    context = {"form": form, "kind": known if known.pk else None, "quotas": found}
    return render(request, "desk/kind.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One schedule, new or known."""
    known = get_object_or_404(Schedule, pk=pk) if pk is not None else Schedule()
    form = ScheduleForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        stored = calendar.save_schedule(actor_of(request), form.save(commit=False))
        messages.success(request, _("%(name)s を登録しました。") % {"name": stored.name})
        return HttpResponseRedirect(reverse("desk:kinds"))
    return render(request, "desk/schedule.html", {"form": form, "schedule": known}, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def quota(request: HttpRequest, kind_pk: int, pk: int | None = None) -> HttpResponse:
    """How many places a kind may take on one day."""
    of = get_object_or_404(VisitKind, pk=kind_pk)
    known = get_object_or_404(KindQuota, pk=pk, kind=of) if pk is not None else KindQuota(kind=of)
    form = QuotaForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        try:
            quotas.save_quota(actor_of(request), copy.deepcopy(form.save(commit=False)))
        except ValidationError as refusal:
            tell_refusal(form, refusal)
        else:
            messages.success(request, _("1日の枠数の上限を登録しました。"))
            return HttpResponseRedirect(reverse("desk:kind", args=[of.pk]))
    return render(request, "desk/quota.html", {"form": form, "kind": of, "quota": known}, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_quota(request: HttpRequest, kind_pk: int, pk: int) -> HttpResponse:
    """Take a quota away."""
    known = KindQuota.objects.select_related("kind").filter(pk=pk, kind=kind_pk).first()
    if known is not None:
        quotas.remove_quota(actor_of(request), known)
        messages.success(request, _("1日の枠数の上限を削除しました。"))
    return HttpResponseRedirect(reverse("desk:kind", args=[kind_pk]))
