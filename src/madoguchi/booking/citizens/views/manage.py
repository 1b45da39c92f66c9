"""Looking up, changing and cancelling the own booking, behind the same question as booking."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.citizens.choices import choice_of
from madoguchi.booking.citizens.views.entrance import address_of
from madoguchi.booking.citizens.views.finish import booking_context, in_words
from madoguchi.booking.citizens.views.times import refused_page
from madoguchi.booking.citizens.visit import identified
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.notices.queries import appointment_of
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.audited import BOOKING_VIEWED
from madoguchi.booking.reservations.identification import citizen, take_party_of
from madoguchi.booking.reservations.models import Booking, Draft
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.languages import long_day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@identified
@require_safe
def show(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The person's booking, or that there is none. Changes begin here, with the people who come now."""
    booking = services.live_booking_of(draft)
    wish = services.wish_of(draft)
    if booking is None:
        return render(request, "citizens/no_booking.html", {"municipality": municipality.current(), "wish": wish})
    take_party_of(draft, booking)
    record(citizen(draft.credential_id, client_of(request)), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    context = {**booking_context(booking), "wish": wish, "may_be_several": booking.kind.party_limit > 1}
    return render(request, "citizens/booking.html", context)


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The last step of a change: what was, what will be, and the button. Until it is pressed nothing has changed (BK-06)."""
    booking = services.live_booking_of(draft)
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:booking"))
    if not services.may_still_change(booking):
        return _too_late(request)
    slot = _slot_asked_for(request, booking)
    if slot is None:
        return HttpResponseRedirect(address_of("day", "change"))
    choice = choice_of(draft)
    if request.method == "POST":
        version = request.POST.get("version", "")
        people = [person.pk for person in choice.people]
        try:
            services.change(draft, slot.pk, people, client=client_of(request), version=int(version) if version.isdecimal() else None)
        except BookingRefused as refusal:
            if refusal.why in {Why.FULL, Why.NOT_OFFERED} and slot.pk == booking.slot_id:
                return _no_room_for_so_many(request)
            services.choose_place(draft, slot.place)
            return refused_page(request, draft, refusal.why, slot.day, slot=slot.pk)
        messages.success(request, _("予約を変更しました。"))
        return HttpResponseRedirect(reverse("citizens:booking"))
    rows = _before_and_after(booking, slot, in_words(choice.people))
    if not any(row["differs"] for row in rows):
        messages.info(request, _("変わるところがありません。予約はそのままです。"))
        return HttpResponseRedirect(reverse("citizens:booking"))
    context = {"booking": booking, "rows": rows, "slot": slot, "several": choice.may_be_several}
    return render(request, "citizens/change.html", context)


def _slot_asked_for(request: HttpRequest, booking: Booking) -> Slot | None:
    """Return the time that the address names; that of the booking when it names none, None when there is no such time."""
    asked = request.GET.get("slot", "")
    if not asked:
        return booking.slot
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        return None
    return Slot.objects.select_related("place").filter(pk=int(asked)).first()


def _before_and_after(booking: Booking, slot: Slot, people: str) -> list[dict[str, object]]:
    """Return what the booking says now and what it would say, line by line."""
    now = appointment_of(booking)
    when = format_html("{}<br>{}", long_day_in_words(slot.day), _("%(time)sから") % {"time": time_in_words(slot.start)})
    pairs = (
        (_("日時"), format_html("{}<br>{}", now.day_words, now.time_words), when, slot.pk != booking.slot_id),
        (_("場所"), now.place_name, place_name(slot.place.name), slot.place_id != booking.slot.place_id),
    )
    come = in_words(queries.who_come(booking))
    lines = [{"term": term, "before": before, "after": after, "differs": differs} for term, before, after, differs in pairs]
    return [*lines, {"term": _("受け取る人"), "before": come, "after": people, "differs": str(come) != str(people)}]


def _no_room_for_so_many(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("この時間では人数を変えられません"),
        message=_("同じ時間に空きが足りません。予約は変わっていません。"),
        next_steps=(_("全員がそろって受け取れる、ほかの日時を選んでください。"),),
        links=(
            Link(_("ほかの日時を選ぶ"), address_of("place", "change")),
            Link(_("予約の内容に戻る"), reverse("citizens:booking")),
        ),
    )


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
        title=_("インターネットでは変更や取消ができません"),
        message=BookingRefused(Why.TOO_LATE).message,
        next_steps=(_("電話 %(telephone)s") % {"telephone": telephone},) if telephone else (),
        links=(Link(_("予約の内容に戻る"), reverse("citizens:booking")),),
    )


@identified
@require_safe
def cancelled(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The booking is cancelled: what that means, how to take it back, and the way to a new one."""
    booking = services.cancelled_since(draft)
    if booking is None or services.live_booking_of(draft) is not None:
        return HttpResponseRedirect(reverse("citizens:booking"))
    until = services.undo_until(booking)
    context = {**booking_context(booking), "undo_until": until.astimezone(clock.TOKYO) if until else None}
    return render(request, "citizens/cancelled.html", context)


@identified
@require_POST
def undo(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Take the cancellation back while that can be done."""
    again = Link(_("もう一度予約する"), reverse("citizens:place"))
    return taken_back(request, partial(services.undo_cancel, draft, client=client_of(request)), reverse("citizens:booking"), again)


def taken_back(request: HttpRequest, take_back: Callable[[], object], back: str, otherwise: Link) -> HttpResponse:
    """Take a cancellation back by `take_back` and lead to the booking at `back`; where it is too late say so and offer the other way."""
    try:
        take_back()
    except BookingRefused as refusal:
        return render_problem(request, 409, title=_("取消を取り下げられませんでした"), message=refusal.message, links=(otherwise,))
    messages.success(request, _("取消を取り下げました。予約は元のままです。"))
    return HttpResponseRedirect(back)
