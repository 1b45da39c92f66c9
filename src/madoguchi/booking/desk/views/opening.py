"""When places are open: rules, exceptions, closures, holidays, and who changed them (BS-02, screen S24)."""

import datetime as dt

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar import services as calendar
from madoguchi.booking.calendar.holidays import provide_holidays
from madoguchi.booking.calendar.models import CalendarChange, Closure, Holiday, OpeningException, OpeningRule, Place, Schedule
from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.desk.calendar_forms import ClosureForm, ExceptionForm, HolidayForm, RuleForm
from madoguchi.booking.desk.calendar_history import in_words
from madoguchi.booking.desk.settling import Change, settle, settle_removal
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import requires

CHANGES_A_PAGE = 50


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, place_pk: int, pk: int | None = None) -> HttpResponse:
    """One opening rule of a place, new or known; `copy` begins a new one with the values of another."""
    at = get_object_or_404(Place, pk=place_pk)
    if pk is not None:
        known = get_object_or_404(OpeningRule.objects.select_related("place", "schedule"), pk=pk, place=at)
    else:
        known = _copied(request, at) or OpeningRule(place=at, schedule=Schedule.default(), valid_from=clock.today())
    form = RuleForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        wanted = form.save(commit=False)
        change = Change(
            calendar.save_rule,
            wanted,
            _("開所規則の変更") if pk else _("開所規則の登録"),
            _("開所規則を登録しました。"),
            reverse("desk:place", args=[at.pk]),
        )
        answer = settle(request, change, form)
        if answer is not None:
            return answer
    context = {"form": form, "place": at, "rule": known}
    return render(request, "desk/rule.html", context, status=422 if request.method == "POST" else 200)


def _copied(request: HttpRequest, at: Place) -> OpeningRule | None:
    source = request.GET.get("copy", "")
    found = OpeningRule.objects.select_related("schedule").filter(pk=source, place=at).first() if source.isdecimal() else None
    if found is not None:
        found.pk, found.place, found.valid_from, found.valid_until = None, at, clock.today(), None
        found._state.adding = True  # noqa: SLF001 Django's documented way to copy a row
    return found


@requires(SET_CALENDAR)
@require_POST
def remove_rule(request: HttpRequest, place_pk: int, pk: int) -> HttpResponse:
    """Take an opening rule away, behind its preview; its free times close, bookings stand."""
    back = reverse("desk:place", args=[place_pk])
    known = OpeningRule.objects.select_related("place", "schedule").filter(pk=pk, place=place_pk).first()
    if known is None:
        return HttpResponseRedirect(back)
    change = Change(
        calendar.remove_rule,
        known,
        _("開所規則の削除"),
        _("開所規則を削除しました。"),
        back,
    )
    return settle_removal(request, change)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: HttpRequest, place_pk: int, pk: int | None = None) -> HttpResponse:
    """Other hours of one day at a place, new or known."""
    at = get_object_or_404(Place, pk=place_pk)
    if pk is not None:
        known = get_object_or_404(OpeningException.objects.select_related("place", "schedule"), pk=pk, place=at)
    else:
        known = OpeningException(place=at, schedule=Schedule.default())
    form = ExceptionForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        wanted = form.save(commit=False)
        change = Change(
            calendar.save_exception,
            wanted,
            _("臨時の開所の登録・変更"),
            _("臨時の開所を登録しました。"),
            reverse("desk:place", args=[at.pk]),
        )
        answer = settle(request, change, form)
        if answer is not None:
            return answer
    context = {"form": form, "place": at, "exception": known}
    return render(request, "desk/exception.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_exception(request: HttpRequest, place_pk: int, pk: int) -> HttpResponse:
    """Take the other hours of a day back, behind their preview; the weekly rules hold again."""
    back = reverse("desk:place", args=[place_pk])
    known = OpeningException.objects.select_related("place", "schedule").filter(pk=pk, place=place_pk).first()
    if known is None:
        return HttpResponseRedirect(back)
    change = Change(
        calendar.remove_exception,
        known,
        _("臨時の開所の削除"),
        _("臨時の開所を削除しました。"),
        back,
    )
    return settle_removal(request, change)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def closures(request: HttpRequest) -> HttpResponse:
    """The closed days, and a form for more."""
    form = ClosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = form.save(commit=False)
        change = Change(
            calendar.save_closure,
            wanted,
            _("休止日の登録"),
            _("休止日を登録しました。"),
            reverse("desk:closures"),
        )
        answer = settle(request, change, form)
        if answer is not None:
            return answer
    coming = Closure.objects.select_related("place").filter(day_until__gte=clock.today())
    return render(request, "desk/closures.html", {"form": form, "closures": coming}, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a closure back, behind its preview; its times open again."""
    back = reverse("desk:closures")
    known = Closure.objects.select_related("place").filter(pk=pk).first()
    if known is None:
        return HttpResponseRedirect(back)
    change = Change(
        calendar.remove_closure,
        known,
        _("休止日の取消"),
        _("休止日を取り消しました。"),
        back,
    )
    return settle_removal(request, change)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    """The holidays of one year, and a form for more."""
    this_year = clock.today().year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and abs(int(asked) - this_year) <= 5 else this_year
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = _settle_holiday(request, form, _("祝日などの登録"))
        if answer is not None:
            return answer
    provide_holidays(year, year)
    context = {
        "form": form,
        "year": year,
        "years": range(this_year, this_year + 3),
        "holidays": Holiday.objects.filter(day__year=year),
    }
    return render(request, "desk/holidays.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_http_methods(["GET", "HEAD", "POST"])
def holiday(request: HttpRequest, day: str) -> HttpResponse:
    """One holiday: its name, its kind, whether it is closed."""
    known = _holiday(day)
    form = HolidayForm(request.POST if request.method == "POST" else None, instance=known)
    if request.method == "POST" and form.is_valid():
        answer = _settle_holiday(request, form, _("祝日などの変更"))
        if answer is not None:
            return answer
    context = {"form": form, "holiday": known, "may_remove": known.kind != Holiday.Kind.NATIONAL}
    return render(request, "desk/holiday.html", context, status=422 if request.method == "POST" else 200)


@requires(SET_CALENDAR)
@require_POST
def remove_holiday(request: HttpRequest, day: str) -> HttpResponse:
    """Delete a day that people entered, behind its preview."""
    known = _holiday(day)
    back = f"{reverse('desk:holidays')}?year={known.day.year}"
    change = Change(
        calendar.remove_holiday,
        known,
        _("祝日などの削除"),
        _("%(day)s の登録を削除しました。") % {"day": known.day.isoformat()},
        back,
    )
    return settle_removal(request, change)


def _holiday(day: str) -> Holiday:
    try:
        return get_object_or_404(Holiday, pk=dt.date.fromisoformat(day))
    except ValueError:
        raise Http404 from None


def _settle_holiday(request: HttpRequest, form: HolidayForm, title: str) -> HttpResponse | None:
    wanted = form.save(commit=False)
    change = Change(
        calendar.save_holiday,
        wanted,
        title,
        _("%(name)s を登録しました。") % {"name": wanted.name},
        f"{reverse('desk:holidays')}?year={wanted.day.year}",
    )
    return settle(request, change, form)


@requires(SET_CALENDAR)
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Who changed what of the calendar, newest first; of one kind of thing when asked."""
    subject = request.GET.get("subject", "")
    found = CalendarChange.objects.all()
    if subject in CalendarChange.Subject.values:
        found = found.filter(subject=subject)
    page = Paginator(found, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "changes": in_words(page.object_list), "subject": subject, "subjects": CalendarChange.Subject.choices}
    return render(request, "desk/calendar_history.html", context)
