"""サービス水準: what was measured against what was agreed, incidents, cases, the report, the status address (BS-09, BS-13)."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.service_level import queries, services
from madoguchi.booking.service_level.charts import charts_of
from madoguchi.booking.service_level.forms import AgreementForm, CaseForm
from madoguchi.booking.service_level.models import Case
from madoguchi.booking.service_level.report import figures_of, length_of, print_report
from madoguchi.booking.service_level.rights import SEE_SERVICE, SET_SERVICE
from madoguchi.booking.service_level.rules import Audience, month_of
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, open_to_all, requires

CASES_SHOWN = 50


@open_to_all
@require_safe
def status(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 the same answer to everybody
    """Tell machines whether the site works: the web server and its database. Nothing else is said here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "down"}, status=503)
    return JsonResponse({"status": "up"})


def _month(request: HttpRequest) -> dt.date:
    """Return the month that the address names, at most the present one."""
    today = clock.today()
    try:
        year, _hyphen, month = request.GET.get("month", "").partition("-")
        asked = dt.date(int(year), int(month), 1)
    except (ValueError, OverflowError):
        asked = today
    return min(asked, today).replace(day=1) if asked.year >= 2000 else today.replace(day=1)


@requires(SEE_SERVICE)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """One month: what was measured against what was agreed, by day, with incidents and cases."""
    first, after = month_of(_month(request))
    measured, agreed = queries.measured_between(first, after), queries.agreed_on(first)
    staff = queries.measured_between(first, after, Audience.STAFF)
    context = {
        "month": first,
        "before": first - dt.timedelta(days=1),
        "after": after if after <= clock.today() else None,
        "running": clock.today() < after,
        "measured": measured,
        "away": measured.minutes - measured.minutes_answered,
        "staff": staff,
        "lines": figures_of(measured, agreed),
        "charts": charts_of(queries.days_between(first, after), agreed),
        "incidents": [(one, length_of(one)) for one in queries.incidents_between(first, after)],
        "cases": queries.cases(CASES_SHOWN),
        "may_set": may(request, SET_SERVICE),
    }
    return render(request, "service_level/overview.html", context)


@requires(SEE_SERVICE)
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The report of one month as PDF."""
    month = _month(request)
    headers = {"Content-Disposition": f'attachment; filename="service_{month:%Y-%m}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(print_report(actor_of(request), month), content_type="application/pdf", headers=headers)


@requires(SET_SERVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    """What is agreed, its history, and a form for a new agreement."""
    now = queries.agreed_on(clock.today())
    initial = {
        "valid_from": clock.today().replace(day=1),
        "availability_percent": now.availability_percent,
        "p95_ms": now.p95_ms,
        "error_percent": now.error_percent,
    }
    form = AgreementForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.agree(actor_of(request), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("合意値を登録しました。"))
            return HttpResponseRedirect(reverse("service_level:agreement"))
    context = {"form": form, "now": now, "history": queries.agreements()}
    return render(request, "service_level/agreement.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_SERVICE)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One missed value: cause, measure, date done."""
    found = get_object_or_404(Case, pk=pk)
    initial = {"cause": found.cause, "action": found.action, "done_on": found.done_on, "version": found.version}
    form = CaseForm(request.POST if request.method == "POST" else None, initial=initial)
    status_code = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            if services.describe_case(actor_of(request), pk, **form.cleaned_data):
                messages.success(request, _("記録しました。"))
                return HttpResponseRedirect(reverse("service_level:overview"))
            form.add_error(None, _("ほかの職員が先に書き換えました。画面を開き直して、内容を確かめてください。何も変えていません。"))
            status_code = 409
        except ValidationError as refusal:
            form.add_error(None, refusal)
    return render(request, "service_level/case.html", {"form": form, "case": found}, status=status_code)
