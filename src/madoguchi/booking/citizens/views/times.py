"""The day and the time: a month as a table or as a list, the earliest free place, a date typed, and what to do when a time is gone."""

import datetime as dt

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.booking.abuse.counting import Pace, take_pace
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.queries import Day, Time
from madoguchi.booking.citizens.choices import Choice, choice_of
from madoguchi.booking.citizens.forms import DayForm, TimeForm
from madoguchi.booking.citizens.month_table import month_of, neighbours
from madoguchi.booking.citizens.views.booking import STEPS
from madoguchi.booking.citizens.views.entrance import (
    address_of,
    keep_view,
    list_fragment,
    month_fragment,
    month_moves,
    shown_month,
    shown_view,
    then_of,
)
from madoguchi.booking.citizens.visit import identified, start_again
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import forget
from madoguchi.booking.reservations.models import Draft
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform.accounts.access import client_of
from madoguchi.platform.ui.languages import day_in_words, long_day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

ALTERNATIVES = 3


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def choose_day(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 3: the days. A date can be typed as well: a calendar is never the only way in."""
    then = then_of(request)
    choice = choice_of(draft)
    if draft.place is None or not choice.may_meet_at(draft.place):
        return HttpResponseRedirect(address_of("place", then))
    if request.method != "POST":
        return keep_view(request, _day_page(request, choice, draft.place, month_of(request.GET.get("month", ""))))
    form = DayForm(request.POST)
    if not form.is_valid():
        return _day_page(request, choice, draft.place, None, form=form, status=422)
    day: dt.date = form.cleaned_data["day"]
    if any(time.bookable for time in calendar.times(draft.place, day, choice.admission, **choice.visit)):
        return HttpResponseRedirect(_time_address(then, day))
    note = _("%(day)sは空いていません。") % {"day": day_in_words(day)} + _nearest_in_words(draft.place, day, choice)
    form.add_error("day", note)
    return _day_page(request, choice, draft.place, day.replace(day=1), form=form, status=409)


def _time_address(then: str, day: dt.date, place: str = "") -> str:
    parts = [f"then={then}"] if then else []
    return "?".join((reverse("citizens:time"), "&".join([*parts, f"day={day}", *([f"place={place}"] if place else [])])))


def _day_page(
    request: HttpRequest,
    choice: Choice,
    place: Place,
    asked: dt.date | None,
    *,
    form: DayForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    then = then_of(request)
    services.expire_holds()
    first = shown_month(place, choice.admission, asked, choice.visit)
    # The earliest of every place: three are named, the others tell whether there is any at this one.
    earliest = calendar.first_free_times(choice.admission, **choice.visit)
    view = shown_view(request)
    draw = list_fragment if view == "list" else month_fragment
    links = reverse("citizens:time") + (f"?then={then}&" if then else "?")
    context = {
        "place": place,
        "then": then,
        "steps": STEPS,
        "refused": refused,
        "view": view,
        "choice": choice,
        "form": form or DayForm(),
        "month": draw(place, first, choice.admission, choice.visit, links=links),
        "month_value": f"{first:%Y-%m}",
        "earliest": [
            {
                "place": place_name(found.place.name),
                "words": day_in_words(found.day),
                "url": _time_address(then, found.day, found.place.code),
            }
            for found in earliest[:ALTERNATIVES]
        ],
        "free_here": place in [found.place for found in earliest],
        **month_moves(first, choice.visit["kind"]),
    }
    return render(request, "citizens/day.html", context, status=status)


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 4: the time; choosing one holds it. A booking that stands keeps its own time until the last step of the change."""
    then = then_of(request)
    choice = choice_of(draft)
    day = day_of(request.GET.get("day", ""))
    asked = request.GET.get("place", "")
    place = next((found for found in calendar.places(choice.admission) if found.code == asked), None) if asked else draft.place
    if place is None or day is None or not choice.may_meet_at(place):
        return HttpResponseRedirect(address_of("day" if choice.may_meet_at(place) else "place", then))
    if request.method == "POST" and place != draft.place:
        services.choose_place(draft, place)
    wanted = request.POST.get("slot", "")
    if request.method != "POST" or not wanted:
        services.expire_holds()
        times = calendar.times(place, day, choice.admission, **choice.visit)
        form = TimeForm(request.POST if request.method == "POST" else None, times=times)
        return _time_page(request, choice, place, day, times, form, status=422 if request.method == "POST" else 200)
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
        return time_is_gone(request, draft, day, Why.NOT_OFFERED)
    pace = take_pace(client_of(request), draft.credential.serial)
    if not pace.free:
        return _slow_down(request, draft, pace)
    if then == "change":
        return HttpResponseRedirect(f"{reverse('citizens:change')}?slot={int(wanted)}")
    try:
        # The hold itself says whether the time is free: what the page would show is only asked for when it refuses.
        services.hold(draft, int(wanted), client=client_of(request))
    except BookingRefused as refusal:
        return refused_page(request, draft, refusal.why, day, slot=int(wanted))
    return HttpResponseRedirect(reverse("citizens:check" if then == "check" else "citizens:contact"))


def _slow_down(request: HttpRequest, draft: Draft, pace: Pace) -> HttpResponse:
    """Answer somebody who takes times again and again: wait (429), or identify anew, which then asks for proof of work (BK-02, T-06)."""
    if pace.prove:
        services.release(draft, client=client_of(request))
        forget(draft)
        return render_problem(
            request,
            429,
            title=_("もう一度、予約用IDの入力からお願いします"),
            message=_("時間の選び直しが続いたため、お取りしていた時間を取り消しました。完了した予約は変わっていません。"),
            next_steps=(_("お電話でも予約できます。"),),
            links=(Link(_("予約する"), reverse("citizens:identify")),),
        )
    return render_problem(
        request,
        429,
        title=_("少し待ってから、選び直してください"),
        message=_("時間の選び直しが続いたため、%(seconds)d秒お待ちください。お取りしている時間は、そのままです。") % {"seconds": pace.wait},
        next_steps=(_("待ってから、前の画面に戻って時間を選んでください。"), _("お急ぎのときは、お電話でご予約ください。")),
        retry_after=pace.wait,
    )


def day_of(text: str) -> dt.date | None:
    """Read 2026-12-03 from an address; None for anything else."""
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2026-12-03") else None
    except ValueError:
        return None


def refused_page(request: HttpRequest, draft: Draft, why: Why, day: dt.date, *, slot: int | None = None) -> HttpResponse:
    """Answer a refused hold or change: what happened, and the way on that fits the reason."""
    if why in {Why.FULL, Why.NOT_OFFERED, Why.HOLD_EXPIRED}:
        return time_is_gone(request, draft, day, why, slot=slot)
    if why is Why.DRAFT_EXPIRED:
        return start_again(request)
    links = (Link(_("予約を確認する"), reverse("citizens:booking")),) if why in {Why.ALREADY_BOOKED, Why.CHANGED, Why.TOO_LATE} else ()
    return render_problem(request, 409, title=_("予約できませんでした"), message=BookingRefused(why).message, links=links)


def time_is_gone(request: HttpRequest, draft: Draft, day: dt.date, why: Why, *, slot: int | None = None) -> HttpResponse:
    """Answer that the chosen time cannot be had (409): the other times of the day, else the nearest days; every answer is kept."""
    place = draft.place
    if place is None:
        return HttpResponseRedirect(address_of("place", then_of(request)))
    choice = choice_of(draft)
    times = calendar.times(place, day, choice.admission, **choice.visit)
    sentence = str(BookingRefused(why).message)
    left = [time for time in times if time.bookable]
    if left:
        wanted = next((time.start for time in times if time.slot == slot), None)
        near = sorted(left, key=lambda time: _minutes_apart(time.start, wanted or time.start))[:ALTERNATIVES]
        words = _("、").join(time_in_words(time.start) for time in sorted(near, key=lambda time: time.start))
        note = _("近い時間では %(times)s が空いています。") % {"times": words}
        return _time_page(request, choice, place, day, times, TimeForm(times=times), refused=f"{sentence}{note}", status=409)
    note = _nearest_in_words(place, day, choice)
    return _day_page(request, choice, place, day.replace(day=1), refused=f"{sentence}{note}", status=409)


def _minutes_apart(one: dt.time, other: dt.time) -> int:
    return abs((one.hour - other.hour) * 60 + one.minute - other.minute)


def _nearest_in_words(place: Place, day: dt.date, choice: Choice) -> str:
    words = _("、").join(day_in_words(found.day) for found in _nearest_days(place, day, choice))
    return _("近い日では %(days)s が空いています。") % {"days": words} if words else _("近い日にも空きがありません。")


def _nearest_days(place: Place, day: dt.date, choice: Choice) -> list[Day]:
    before, after = neighbours(day.replace(day=1))
    end = neighbours(after)[1] - dt.timedelta(days=1)
    days = calendar.days_list(place, before, end, choice.admission, **choice.visit)
    near = sorted((found for found in days if found.bookable), key=lambda found: abs((found.day - day).days))
    return sorted(near[:ALTERNATIVES], key=lambda found: found.day)


def _time_page(
    request: HttpRequest,
    choice: Choice,
    place: Place,
    day: dt.date,
    times: list[Time],
    form: TimeForm,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    then = then_of(request)
    if not any(time.bookable for time in times):
        nothing_left = _("%(day)sは、空いている時間がありません。ほかの日を選んでください。") % {"day": day_in_words(day)}
        return _day_page(request, choice, place, day.replace(day=1), refused=refused or nothing_left, status=409)
    context = {
        "form": form,
        "place": place,
        "day": day,
        "day_words": long_day_in_words(day),
        "steps": STEPS,
        "then": then,
        "refused": refused,
        "choice": choice,
        "address": _time_address(then, day, place.code if request.GET.get("place") else ""),
        "hold_minutes": municipality.current().hold_minutes,
    }
    return render(request, "citizens/time.html", context, status=status)
