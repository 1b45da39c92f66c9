"""One booking at the desk, and cancelling for a caller."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.citizens.views.finish import slip_code
from madoguchi.booking.desk.forms import AddressForm, MessageForm, ReasonForm
from madoguchi.booking.desk.rights import CONTACT_PEOPLE
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices.kinds import Standing
from madoguchi.booking.notices.queries import appointment_of, standing_of
from madoguchi.booking.notices.services import send_message
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.audited import BOOKING_VIEWED
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


def day_of(text: str) -> dt.date | None:
    """Read 2026-12-03 from an address; None for anything else, and for years in which nobody books."""
    try:
        found = dt.date.fromisoformat(text) if len(text) == len("2026-12-03") else None
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2999 else None


def booking_in_range(request: HttpRequest, pk: uuid.UUID) -> Booking:
    """Return a booking of the person's data range; raises Http404 for any other, also for one that does not exist."""
    booking = queries.booking(pk)
    if booking is None or not may(request, SEE_BOOKINGS, booking.slot.place.code):
        raise Http404
    return booking


@requires(SEE_BOOKINGS)
@require_safe
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One booking with its history."""
    booking = booking_in_range(request, pk)
    record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    return render(request, "desk/booking.html", booking_page(request, booking))


def booking_page(request: HttpRequest, booking: Booking) -> dict[str, object]:
    """Return what the page of one booking shows."""
    people = queries.attendees(booking)
    slot = booking.slot
    rows = [
        SummaryRow(_("予約番号"), booking.number),
        SummaryRow(_("状態"), booking.get_state_display()),
        SummaryRow(_("日時"), appointment_of(booking).when),
        SummaryRow(_("場所"), slot.place.name),
        SummaryRow(_("予約用ID"), "、".join(person.credential.serial for person in people) or _("なし（申請フォームの予約）")),
        SummaryRow(_("区分・人数"), _("%(kind)s・%(people)d人") % {"kind": booking.kind.name, "people": booking.people}),
        SummaryRow(_("受付"), booking.get_source_display()),
        SummaryRow(_("お手伝い"), "、".join(str(REQUESTS.get(code, code)) for code in booking.requests) or _("なし")),
        SummaryRow(_("メール"), _("登録あり") if booking.email else _("登録なし")),
    ]
    return {
        "booking": booking,
        "rows": rows,
        "history": list(queries.history(booking)),
        "mails": list(booking.mails.order_by("created_at")),
        "may_cancel": booking.state == State.CONFIRMED and may(request, BOOK_FOR_CALLERS, slot.place.code),
        "may_change_party": booking.kind.party_limit > 1 and bool(people),
        "may_restore": booking.state == State.CANCELLED and may(request, BOOK_FOR_CALLERS, slot.place.code),
        "may_contact": may(request, CONTACT_PEOPLE, slot.place.code),
        "may_write": may(request, BOOK_FOR_CALLERS, slot.place.code),
        "open_tasks": list(booking.contact_tasks.filter(is_done=False)),
    }


@requires(BOOK_FOR_CALLERS)
@require_safe
def confirmation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """予約票 for somebody at the counter who has no mail: number with its QR, when, where, what to bring; no name, no 予約用ID."""
    booking = booking_in_range(request, pk)
    record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}", content={"form": "slip"})
    if booking.state != State.CONFIRMED:
        links = (Link(_("予約の画面に戻る"), reverse("desk:booking", args=[pk])),)
        return render_problem(request, 409, message=_("確定している予約だけ、予約票を印刷できます。"), links=links)
    context = {
        "booking": booking,
        "appointment": appointment_of(booking),
        "slip_code": slip_code(booking.number),
        "telephone": municipality.current().telephone,
    }
    return render(request, "desk/confirmation.html", context)


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Cancel for a caller, with a reason; pressed twice it is one cancellation."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    address = reverse("desk:booking", args=[booking.pk])
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_by_staff(actor_of(request), booking.pk, form.cleaned_data["reason"])
        except BookingRefused as refusal:
            return render_problem(request, 409, message=refusal.message, links=(Link(_("予約の画面に戻る"), address),))
        messages.success(request, _("予約 %(number)s を取り消しました。枠はすぐに空きます。") % {"number": booking.number})
        return HttpResponseRedirect(address)
    record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    context = {"form": form, **booking_page(request, booking)}
    return render(request, "desk/cancel.html", context, status=422 if request.method == "POST" else 200)


@requires(BOOK_FOR_CALLERS)
@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a cancellation back for a caller, while the time still has room."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    try:
        services.undo_cancel_by_staff(actor_of(request), pk, reason=_("職員が取消を取り下げ"))
    except BookingRefused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("取消を取り下げました。予約は元の日時で確定しています。"))
    return HttpResponseRedirect(reverse("desk:booking", args=[pk]))


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def set_address(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Register or correct the mail address for a caller. The old one is never shown: the caller says the new one (BK-07)."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    form = AddressForm(request.POST if request.method == "POST" else None)
    address = reverse("desk:booking", args=[pk])
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            services.set_address(actor_of(request), pk, form.cleaned_data["email"], version=int(version) if version.isdecimal() else None)
        except BookingRefused as refusal:
            return render_problem(request, 409, message=refusal.message, links=(Link(_("予約の画面に戻る"), address),))
        messages.success(request, _("メールアドレスを登録しました。予約完了のメールを送ります。"))
        return HttpResponseRedirect(address)
    record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    return render(request, "desk/address.html", {"form": form, "booking": booking}, status=422 if request.method == "POST" else 200)


@requires(BOOK_FOR_CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def write_message(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write what the office tells the person on the page of their booking (BK-16)."""
    booking = booking_in_range(request, pk)
    if not may(request, BOOK_FOR_CALLERS, booking.slot.place.code):
        raise Http404
    mails = standing_of(booking)
    form = MessageForm(
        request.POST if request.method == "POST" else None,
        initial={"message": booking.message},
        reachable=mails is Standing.PROVED,
    )
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            services.set_message(actor_of(request), pk, form.cleaned_data["message"], version=int(version) if version.isdecimal() else None)
        except BookingRefused as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("メッセージを保存しました。本人の予約の画面に出ます。"))
            if form.cleaned_data.get("by_mail") and send_message(actor_of(request), booking_in_range(request, pk)):
                messages.success(request, _("メールでも送ります。"))
        return HttpResponseRedirect(reverse("desk:booking", args=[pk]))
    record(actor_of(request), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    context = {"form": form, "booking": booking, "mails": mails}
    return render(request, "desk/message.html", context, status=422 if request.method == "POST" else 200)
