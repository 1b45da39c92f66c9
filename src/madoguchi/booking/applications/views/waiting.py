"""The waiting list of form kinds: who has no booking number stands in it by a number of its own; nothing is asked for before a place is
offered (BK-12).
"""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.abuse.counting import take_pace
from madoguchi.booking.applications import services
from madoguchi.booking.applications.forms import WaitForm
from madoguchi.booking.applications.models import WaitingNumber
from madoguchi.booking.applications.privacy import NOTICE_DATE, NOTICE_VERSION
from madoguchi.booking.applications.queries import kind_words, open_form_kind
from madoguchi.booking.applications.views.applying import too_many_holds
from madoguchi.booking.applications.views.months import places_for
from madoguchi.booking.applications.views.visit import remember_hold, remember_wish, waits
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.citizens.views.waiting import wish_rows
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices.queries import appointment_of
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.models import Wish
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.ui.languages import current as current_language
from madoguchi.platform.ui.languages import day_in_words


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, kind: str) -> HttpResponse:
    """Say what is wished for; the number of the place in the list stands on the next page."""
    found = open_form_kind(kind)
    if found is None or not services.may_apply():
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = WaitForm(posted, places=places_for(found), window=calendar.window(found), until=None)
    if posted is not None and form.is_valid():
        pace = take_pace(client_of(request))
        if not pace.free:
            return too_many_holds(request, pace.wait)
        values = form.cleaned_data
        made = services.wait_for(
            found, form.wanted(), values["figures"], email=values["email"], language=current_language(), client=client_of(request)
        )
        messages.success(request, _("空き待ちに登録しました。"))
        return remember_wish(HttpResponseRedirect(reverse("applications:wish")), made.pk)
    office = municipality.current()
    context = {
        "form": form,
        "kind": found,
        "kind_name": kind_words(found)[0],
        "offer_hours": office.offer_hours,
        "municipality": office,
        "version": NOTICE_VERSION,
        "date": NOTICE_DATE,
    }
    return render(request, "applications/wait.html", context, status=200 if posted is None else 422)


@waits
@require_safe
def show(request: HttpRequest, waiting: WaitingNumber) -> HttpResponse:
    """What is offered to the person, else what the person waits for; looking moves nobody's turn."""
    reservations.expire_holds()
    waiting.wish.refresh_from_db()
    offer = reservations.open_offer_to(waiting.wish)
    context: dict[str, object] = {
        "waiting": waiting,
        "kind_name": kind_words(waiting.wish.kind)[0],
        "rows": wish_rows(waiting.wish),
        "ended": waiting.wish.state in {Wish.State.BOOKED, Wish.State.STOPPED},
    }
    if offer is not None:
        until = offer.expires_at.astimezone(clock.TOKYO)
        context |= {"offer": offer, "appointment": appointment_of(offer.booking), "until": until, "until_day": day_in_words(until.date())}
    return render(request, "applications/wish.html", context)


@waits
@require_POST
def take(_request: HttpRequest, waiting: WaitingNumber) -> HttpResponse:
    """Go on to the form with the time that is offered; it is booked when the form is sent."""
    offer = reservations.open_offer_to(waiting.wish)
    if offer is None:
        return HttpResponseRedirect(reverse("applications:wish"))
    return remember_hold(HttpResponseRedirect(reverse("applications:form")), offer.booking.idempotency_key)


@waits
@require_POST
def decline(request: HttpRequest, waiting: WaitingNumber) -> HttpResponse:
    """Leave what is offered to the next person and wait on."""
    if reservations.decline_offer_to(waiting.wish, client=client_of(request)):
        messages.success(request, _("見送りました。次の方にご案内します。空き待ちは続いています。"))
    return HttpResponseRedirect(reverse("applications:wish"))


@waits
@require_POST
def stop(request: HttpRequest, waiting: WaitingNumber) -> HttpResponse:
    """Leave the list."""
    if reservations.stop_waiting(waiting.wish, client=client_of(request)):
        messages.success(request, _("空き待ちをやめました。メールアドレスは消去しました。"))
    return HttpResponseRedirect(reverse("applications:wish"))
