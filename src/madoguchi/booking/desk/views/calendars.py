"""Month, week and day calendars of the desk (BS-03)."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk import calendars
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.desk.views.bookings import day_of
from madoguchi.booking.reservations.audited import LIST_VIEWED
from madoguchi.booking.reservations.rights import SEE_BOOKINGS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, places_of, requires
from madoguchi.platform.audit.services import record


def _places(request: HttpRequest) -> tuple[list[Place], Place | None]:
    """Return the places of the person's data range and the one that the address names."""
    places = visible_places(places_of(request, SEE_BOOKINGS))
    return places, next((place for place in places if place.code == request.GET.get("place")), None)


@requires(SEE_BOOKINGS)
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """How full each day of a month is, at one place or at all: counts, never a person."""
    places, place = _places(request)
    first = (day_of(f"{request.GET.get('month', '')}-01") or clock.today()).replace(day=1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    context = {
        "places": places,
        "place": place,
        "first": first,
        "before": first - dt.timedelta(days=1),
        "after": last + dt.timedelta(days=1),
        "today": clock.today(),
        "weeks": calendars.month_weeks([place] if place else places, first.year, first.month),
    }
    return render(request, "desk/month.html", context)


@requires(SEE_BOOKINGS)
@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """How full each time of a week is at one place, or each day of it at all places beside each other."""
    places, place = _places(request)
    all_places = request.GET.get("place") == "" and len(places) > 1
    place = None if all_places else place or (places[0] if places else None)
    day = day_of(request.GET.get("day", "")) or clock.today()
    monday = day - dt.timedelta(days=day.weekday())
    context = {
        "places": places,
        "place": place,
        "days": [monday + dt.timedelta(days=number) for number in range(7)],
        "before": monday - dt.timedelta(days=7),
        "after": monday + dt.timedelta(days=7),
        "today": clock.today(),
        "rows": calendars.week_rows(place, monday) if place else [],
        "beside": calendars.place_weeks(places, monday) if all_places else [],
    }
    return render(request, "desk/week.html", context)


@requires(SEE_BOOKINGS)
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """Who comes when to one place on one day, laid out over its counters; every look is in the operation log."""
    places, place = _places(request)
    place = place or (places[0] if places else None)
    shown = day_of(request.GET.get("day", "")) or clock.today()
    sheet = calendars.day_sheet(place, shown) if place else calendars.DaySheet(0, [])
    if place:
        rows = sum(len(row.cells) + len(row.beyond) for row in sheet.rows)
        record(actor_of(request), LIST_VIEWED, subject=f"place:{place.code}", content={"day": shown.isoformat(), "rows": rows})
    context = {
        "places": places,
        "place": place,
        "day": shown,
        "before": shown - dt.timedelta(days=1),
        "after": shown + dt.timedelta(days=1),
        "sheet": sheet,
        "counters": range(1, sheet.columns + 1),
    }
    return render(request, "desk/day.html", context)
