"""The first page of the desk: today at the own places, and what needs somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.desk.home import own_places, places_today, tiles
from madoguchi.booking.desk.queries import today
from madoguchi.booking.desk.rights import SET_MUNICIPALITY
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.rules import warning_about_codes
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import may, signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show counts, never a person."""
    places = own_places(request)
    context = {
        "today": clock.today(),
        "sees": may(request, SEE_BOOKINGS),
        "running": places_today(places) if places else [],
        "days": today(places) if places else [],
        "may_book": may(request, BOOK_FOR_CALLERS),
        "tiles": tiles(request),
        "warning": warning_about_codes(municipality.current()) if may(request, SET_MUNICIPALITY) else None,
    }
    return render(request, "desk/home.html", context)
