"""Pages of the auditors: use by person and day, unusual use with its sign-off, the thresholds, signed exports of the log."""

import io
from dataclasses import asdict
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.kernel.tables import write_xlsx
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.forms import CLASS_NAMES
from madoguchi.platform.audit.processes import ProcessClass
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.paper_tables import print_table
from madoguchi.platform.oversight import audited, facts, log_export, queries, services
from madoguchi.platform.oversight.forms import CheckForm, ExamineForm, ExportForm, FindingFilter, SignOffForm, ThresholdsForm, UseFilter
from madoguchi.platform.oversight.models import ExaminedDay, Finding, LogExport, ThresholdsSince
from madoguchi.platform.oversight.rights import EXAMINE, EXPORT_LOG, SEE_FACTS, SET_THRESHOLDS
from madoguchi.platform.oversight.rules import Rule
from madoguchi.platform.oversight.wording import RULES, words_of
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.verbs import Refusal

_PAGE = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORTS_SHOWN = 100


def log_address(**wanted: object) -> str:
    """Return the address of the operation log, narrowed down."""
    return f"{reverse('audit:log')}?{urlencode({name: value for name, value in wanted.items() if value})}"


@requires(EXAMINE)
@require_safe
def use_page(request: HttpRequest) -> HttpResponse:
    """閲覧の集計: how often each person opened, revealed, searched and took out on each day; every number leads to its events."""
    form = UseFilter(request.GET)
    if not form.is_valid():
        return render(request, "oversight/use.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    first, last, user_id = (form.cleaned_data[name] for name in ("first", "last", "user_id"))
    record(actor_of(request), audited.USE_VIEWED, content={"first": str(first), "last": str(last), "user_id": user_id})
    found = queries.use(first, last, user_id)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    rows = []
    for one in page.object_list:
        of_day = {"first": one.day, "last": one.day, "user_id": one.user_id}
        rows.append(
            {
                "use": one,
                "views": log_address(**of_day, only="one"),
                "lists": log_address(**of_day, only="list"),
                "reveals": log_address(**of_day, only="reveal"),
                "searches": log_address(**of_day, kind="search"),
                "outputs": log_address(**of_day, only="output"),
            }
        )
    return render(request, "oversight/use.html", {"form": form, "rows": rows, "page_obj": page, "wanted": (first, last)})


@requires(EXAMINE)
@require_safe
def findings_page(request: HttpRequest) -> HttpResponse:
    """ふだんと違う使い方: what the nightly run found, unread first of all."""
    return _findings_page(request, ExamineForm(auto_id="examine-%s"))


def _findings_page(request: HttpRequest, examine_form: ExamineForm) -> HttpResponse:
    form = FindingFilter(request.GET)
    context: dict[str, object] = {
        "form": form,
        "examine_form": examine_form,
        "has_errors": bool(form.errors or examine_form.errors),
        "may_set": may(request, SET_THRESHOLDS),
        "may_export": may(request, EXPORT_LOG),
        "may_see_facts": may(request, SEE_FACTS),
        "examined": ExaminedDay.objects.first(),
    }
    if form.is_valid():
        wanted = form.cleaned_data
        found = Finding.objects.all()
        if wanted["state"] != "all":
            found = found.filter(signed_at__isnull=wanted["state"] != "signed")
        found = found.filter(**{name: wanted[name] for name in ("rule", "user_id") if wanted[name]})
        record(actor_of(request), audited.FINDINGS_VIEWED, content={name: value for name, value in wanted.items() if value})
        page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
        names = queries.names_of(one.user_id for one in page.object_list)
        rows = [{"finding": one, "words": words_of(one), "name": names.get(one.user_id, "")} for one in page.object_list]
        context |= {"rows": rows, "page_obj": page}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["has_errors"] else HTTPStatus.OK
    return render(request, "oversight/findings.html", context, status=status)


@requires(EXAMINE)
@require_POST
def examine(request: HttpRequest) -> HttpResponse:
    """Examine a day that is over once more, for instance after the thresholds were changed."""
    form = ExamineForm(request.POST, auto_id="examine-%s")
    if form.is_valid():
        try:
            new = services.examine_day(form.cleaned_data["day"], actor_of(request))
        except Refusal as refusal:
            form.add_error("day", refusal.message)
        else:
            messages.success(request, _("点検しました。新しい報告は %(number)d 件です。") % {"number": new})
            return redirect("oversight:findings")
    return _findings_page(request, form)


@requires(EXAMINE)
@require_http_methods(["GET", "HEAD", "POST"])
def finding_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding: what it counts, the events behind it, and who looked into it with which result."""
    finding = get_object_or_404(Finding, pk=pk)
    form = SignOffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.sign_off(pk, form.cleaned_data["note"], actor_of(request))
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("確かめたことを記録しました。"))
            return redirect("oversight:findings")
    record(actor_of(request), audited.FINDINGS_VIEWED, subject=f"finding:{pk}")
    events = queries.events_behind(finding)
    words, name = words_of(finding), queries.names_of([finding.user_id]).get(finding.user_id, "")
    context = {
        "finding": finding,
        "words": words,
        "facts": [
            SummaryRow(_("日"), f"{finding.day}"),
            SummaryRow(_("利用者"), f"{finding.user_id} {name}"),
            *([SummaryRow(_("対象"), finding.subject)] if finding.subject else []),
            SummaryRow(words.counts, finding.number),
            SummaryRow(_("めやす"), finding.limit),
        ],
        "events": [(event, CLASS_NAMES[ProcessClass(event.process_class)]) for event in events],
        "most": queries.EVENTS_SHOWN,
        "is_cut": len(events) == queries.EVENTS_SHOWN,
        "is_own": finding.user_id == actor_of(request).user_id,
        "whole_day": log_address(first=finding.day, last=finding.day, user_id=finding.user_id),
        "form": form,
    }
    return render(request, "oversight/finding.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


@requires(SET_THRESHOLDS)
@require_http_methods(["GET", "HEAD", "POST"])
def thresholds_page(request: HttpRequest) -> HttpResponse:
    """点検のめやす: from how much on each rule speaks, from a day on; with what was set before."""
    today = clock.today()
    if request.method == "POST":
        form = ThresholdsForm(request.POST)
        if form.is_valid():
            try:
                services.set_thresholds(form.cleaned_data["since"], form.thresholds(), actor_of(request))
            except Refusal as refusal:
                form.add_error("since", refusal.message)
            else:
                messages.success(request, _("めやすを決めました。適用日からの日を、このめやすで点検します。"))
                return redirect("oversight:thresholds")
    else:
        form = ThresholdsForm(initial={"since": today, **asdict(queries.thresholds_on(today))})
    context = {"form": form, "history": ThresholdsSince.objects.all()[:_PAGE], "rules": [RULES[rule] for rule in Rule]}
    return render(request, "oversight/thresholds.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


@requires(SEE_FACTS)
@require_safe
def facts_page(request: HttpRequest) -> HttpResponse:
    """評価書の資料: what this zone really holds, what for, until when, who sees it, what leaves it; without any value of a person."""
    record(actor_of(request), audited.FACTS_VIEWED)
    return render(request, "oversight/facts.html", {"facts": facts.facts(), "headings": facts.HEADINGS[1:]})


def _cells() -> list[list[str]]:
    return [[str(one.part), str(one.name), str(one.says), one.figure] for one in facts.facts()]


@requires(SEE_FACTS)
@require_safe
def facts_file(request: HttpRequest) -> HttpResponse:
    """The same as a workbook, to be copied from into the assessment."""
    cells, book = _cells(), io.BytesIO()
    write_xlsx(book, [str(one) for one in facts.HEADINGS], cells)
    record(actor_of(request), audited.FACTS_TAKEN, content={"rows": len(cells)})
    headers = {"Content-Disposition": f'attachment; filename="{_facts_name()}.xlsx"', "Cache-Control": "no-store"}
    return HttpResponse(book.getvalue(), content_type=_XLSX, headers=headers)


@requires(SEE_FACTS)
@require_safe
def facts_print(request: HttpRequest) -> HttpResponse:
    """The same on paper, with who printed it and when on every page."""
    cells, actor = _cells(), actor_of(request)
    title, count = _("個人情報の取扱いの実態（評価書の資料）"), _("%(number)d 行") % {"number": len(cells)}
    pdf = print_table(actor, title, count, [str(one) for one in facts.HEADINGS], cells, (20, 24, 60, 10))
    record(actor, audited.FACTS_PRINTED, content={"rows": len(cells)})
    headers = {"Content-Disposition": f'inline; filename="{_facts_name()}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _facts_name() -> str:
    return f"hyoka_{clock.today():%Y%m%d}"


@requires(EXPORT_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def exports_page(request: HttpRequest) -> HttpResponse:
    """操作記録の書き出し: a signed package for a purpose, and the chain of those made so far."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            package = log_export.export(form.wanted(), form.cleaned_data["purpose"], actor_of(request))
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            name = f"sosakiroku_{package.export.pk}_{clock.now().astimezone(clock.TOKYO):%Y%m%d_%H%M}.zip"
            headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
            return HttpResponse(package.content, content_type="application/zip", headers=headers)
    context = {
        "form": form,
        "exports": LogExport.objects.all()[:_EXPORTS_SHOWN],
        "key": log_export.fingerprint(),
        "most": f"{log_export.MOST_ROWS:,}",
    }
    return render(request, "oversight/exports.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


@requires(EXPORT_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def check_page(request: HttpRequest) -> HttpResponse:
    """書き出しの検証: is a package whole, ours, and one of those that were exported here?"""
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    checks = log_export.check(form.cleaned_data["package"], actor_of(request)) if form.is_bound and form.is_valid() else None
    context = {"form": form, "checks": checks, "holds": checks is not None and all(one.holds for one in checks)}
    return render(request, "oversight/check.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)
