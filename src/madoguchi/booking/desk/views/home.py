"""The first page of the desk: today at the own places, and what needs somebody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.abuse.queries import unseen_alarms
from madoguchi.booking.abuse.rights import SEE_LIMITS
from madoguchi.booking.desk.queries import today, visible_places
from madoguchi.booking.desk.rights import SET_MUNICIPALITY
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.rules import warning_about_codes
from madoguchi.booking.notices.queries import waiting_mails
from madoguchi.booking.reservations.queries import locked_numbers
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import may, places_of, signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show counts, never a person."""
    sees = may(request, SEE_BOOKINGS)
    places = visible_places(places_of(request, SEE_BOOKINGS)) if sees else []
    context = {
        "today": clock.today(),
        "sees": sees,
        "days": today(places) if sees else [],
        "may_book": may(request, BOOK_FOR_CALLERS),
        "locked": locked_numbers().count() if may(request, UNLOCK_NUMBERS) else None,
        "alarms": unseen_alarms() if may(request, SEE_LIMITS) else 0,
        "mails": waiting_mails() if sees else None,
        "warning": warning_about_codes(municipality.current()) if may(request, SET_MUNICIPALITY) else None,
    }
    return render(request, "desk/home.html", context)
