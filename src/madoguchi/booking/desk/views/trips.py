"""媒体に間に合わない取消: the call list after the last trip (EX-08)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.desk.media_trips import missed_cancellations
from madoguchi.booking.reservations.audited import LIST_VIEWED
from madoguchi.booking.reservations.rights import SEE_BOOKINGS
from madoguchi.platform.accounts.access import actor_of, places_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.queries import carried_away_up_to


@requires(SEE_BOOKINGS)
@require_safe
def missed(request: HttpRequest) -> HttpResponse:
    """Cancellations that no medium will tell the counter in time; printed and told by telephone."""
    rows = [
        {"booking": booking, "serials": " ".join(person.credential.serial for person in booking.attendees.all())}
        for booking in missed_cancellations(places_of(request, SEE_BOOKINGS))
    ]
    record(actor_of(request), LIST_VIEWED, content={"list": "missed", "rows": len(rows)})
    return render(request, "desk/missed.html", {"rows": rows, "carried": carried_away_up_to("bookings")})
