"""S26 空き待ち: the list with its offers, and callers who stand in it without the Internet (BK-12, BS-01)."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.citizens.forms import WishForm
from madoguchi.booking.citizens.views.waiting import wish_rows
from madoguchi.booking.desk import waiting
from madoguchi.booking.desk.audited import WAITING_VIEWED
from madoguchi.booking.desk.queries import visible_places
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.models import Credential, Wish
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@requires(SEE_BOOKINGS)
@require_safe
def line(request: HttpRequest) -> HttpResponse:
    """Who waits, in turn; whom staff have to call because no mail tells them of their offer; what became of offers."""
    services.expire_holds()
    rows = waiting.in_line(places_of(request, SEE_BOOKINGS))
    record(actor_of(request), WAITING_VIEWED, content={"rows": len(rows)})
    context = {
        "rows": [(row, wish_rows(row.wish)) for row in rows],
        "calls": sum(row.needs_a_call for row in rows),
        "counts": waiting.offer_counts(),
        "hours": waiting.hours_waited(),
        "may_book": may(request, BOOK_FOR_CALLERS),
        "full": len(rows) == waiting.ROWS_SHOWN,
    }
    return render(request, "desk/waiting.html", context)


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a caller on the list."""
    credential = Credential.objects.filter(pk=pk).first()
    if credential is None:
        raise Http404
    admission = credential.admission
    allowed = visible_places(places_of(request, BOOK_FOR_CALLERS))
    places = [place for place in allowed if place.is_open and (not admission.places or place.code in admission.places)]
    first, last = calendar.window()
    standing = queries.booking_of_serial(credential.serial)
    form = WishForm(
        request.POST if request.method == "POST" else None,
        places=places,
        window=(max(first, admission.not_before or first), min(last, admission.deadline or last)),
        until=standing.slot.day if standing else None,
    )
    form.fields["email"].widget.attrs["autocomplete"] = "off"
    if request.method == "POST" and form.is_valid():
        try:
            services.wish_by_staff(actor_of(request), [credential.serial], form.wanted(), email=form.cleaned_data["email"])
        except BookingRefused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("空き待ちに登録しました。メールがなければ、案内のときに電話します。"))
            return HttpResponseRedirect(reverse("desk:number", args=[pk]))
    context = {"form": form, "credential": credential}
    return render(request, "desk/wait.html", context, status=422 if request.method == "POST" else 200)


@requires(BOOK_FOR_CALLERS)
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What a caller said of an offer: taken, left to the next, or no more waiting."""
    found = Wish.objects.filter(pk=pk, members__isnull=False).first()
    if found is None:
        raise Http404
    actor, act, back = actor_of(request), request.POST.get("act"), reverse("desk:waiting")
    offer = services.open_offer_to(found)
    if offer is not None and not may(request, BOOK_FOR_CALLERS, offer.booking.slot.place.code):
        raise Http404
    try:
        if act == "take":
            booking = services.take_offer_by_staff(actor, found)
            messages.success(request, _("予約しました。予約番号 %(number)s を伝えてください。") % {"number": booking.number})
            return HttpResponseRedirect(reverse("desk:booking", args=[booking.pk]))
        if act == "decline" and services.decline_offer_to(found, by=actor):
            messages.success(request, _("見送りました。次の方に案内します。"))
        elif act == "stop" and services.stop_waiting(found, by=actor):
            messages.success(request, _("空き待ちをやめました。"))
        else:
            messages.info(request, _("この案内は、もう終わっています。何も変えていません。"))
    except BookingRefused as refusal:
        return render_problem(request, 409, message=refusal.message, links=(Link(_("空き待ちの一覧に戻る"), back),))
    return HttpResponseRedirect(back)
