"""Looking up and cancelling the own booking, behind the same question as booking."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.citizens.queries import cancelled_in_this_visit
from madoguchi.booking.citizens.views.finish import booking_context
from madoguchi.booking.citizens.visit import identified
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.audited import BOOKING_VIEWED
from madoguchi.booking.reservations.identification import citizen
from madoguchi.booking.reservations.models import Draft
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform.accounts.access import client_of
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@identified
@require_safe
def show(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The person's booking, or that there is none."""
    booking = services.live_booking_of(draft)
    if booking is None:
        return render(request, "citizens/no_booking.html", {"municipality": municipality.current()})
    record(citizen(draft.credential_id, client_of(request)), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    return render(request, "citizens/booking.html", booking_context(booking))


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Ask once what will happen, then cancel. Pressed twice it is still one cancellation."""
    if request.method != "POST":
        booking = services.live_booking_of(draft)
        if booking is None:
            return HttpResponseRedirect(reverse("citizens:booking"))
        if not services.may_still_change(booking):
            return _too_late(request)
        return render(request, "citizens/cancel.html", booking_context(booking))
    try:
        services.cancel(draft, client=client_of(request))
    except BookingRefused as refusal:
        if refusal.why is Why.TOO_LATE:
            return _too_late(request)
        return HttpResponseRedirect(reverse("citizens:booking"))
    return HttpResponseRedirect(reverse("citizens:cancelled"))


def _too_late(request: HttpRequest) -> HttpResponse:
    telephone = municipality.current().telephone
    return render_problem(
        request,
        409,
        title=_("インターネットでは取り消せません"),
        message=BookingRefused(Why.TOO_LATE).message,
        next_steps=(_("電話 %(telephone)s") % {"telephone": telephone},) if telephone else (),
        links=(Link(_("予約の内容に戻る"), reverse("citizens:booking")),),
    )


@identified
@require_safe
def cancelled(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The booking is cancelled: what that means, and the way to a new one."""
    booking = cancelled_in_this_visit(draft)
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:booking"))
    return render(request, "citizens/cancelled.html", booking_context(booking))
