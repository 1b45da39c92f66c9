"""The end of the way: check, book, done, with what the person takes along."""

import uuid
from collections.abc import Sequence

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.citizens.views.booking import STEPS
from madoguchi.booking.citizens.views.times import refused_page
from madoguchi.booking.citizens.visit import current_draft, current_key, identified, start_again
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.notices.invitations import invitation
from madoguchi.booking.notices.kinds import Method  # noqa: TC001 as the other imports of this module
from madoguchi.booking.notices.queries import appointment_of, standing_of
from madoguchi.booking.reservations import queries, services
from madoguchi.booking.reservations.audited import BOOKING_VIEWED
from madoguchi.booking.reservations.identification import citizen, people_of
from madoguchi.booking.reservations.models import Booking, Credential, Draft, State
from madoguchi.booking.reservations.rules import REQUESTS, BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.components import SummaryRow

# Our own codes begin with a letter, so that no scanner takes one for an individual number; Y for 予約.
SLIP_LETTER = "Y"
UNDER_WAY = (State.HELD, State.EXPIRED)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Step 6: everything once more, and the button that books.

    The button names the hold it was shown for: pressed twice, pressed in a second tab, or pressed again when the answer was lost, it gives
    the same booking or says what has changed meanwhile.
    """
    if request.method != "POST":
        return _check_page(request)
    key, hold = current_key(request), _uuid(request.POST.get("hold", ""))
    if key is None:
        return start_again(request)
    try:
        services.confirm(key, hold, client=client_of(request))
    except BookingRefused as refusal:
        return _confirm_again(request, refusal.why, key, hold)
    return HttpResponseRedirect(reverse("citizens:done"))


def _uuid(text: str) -> uuid.UUID:
    """Read the key of a hold; what is none becomes one that fits no hold."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _confirm_again(request: HttpRequest, why: Why, key: str, hold: uuid.UUID) -> HttpResponse:
    """Answer a refused confirmation. A hold that merely ran out is taken again when its time is still free: nothing was lost, so go on."""
    try:
        draft = current_draft(request)
    except BookingRefused:
        return start_again(request)
    booking = draft.booking
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:day"))
    if booking.state not in UNDER_WAY:
        return _check_page(request)
    if booking.idempotency_key != hold:
        return _check_page(request, changed=True)
    if why is not Why.HOLD_EXPIRED:
        return refused_page(request, draft, why, booking.slot.day, slot=booking.slot_id)
    try:
        again = services.hold(draft, booking.slot_id, client=client_of(request))
        services.confirm(key, again.idempotency_key, client=client_of(request))
    except BookingRefused as refusal:
        return refused_page(request, draft, refusal.why, booking.slot.day, slot=booking.slot_id)
    return HttpResponseRedirect(reverse("citizens:done"))


def _check_page(request: HttpRequest, *, changed: bool = False) -> HttpResponse:
    try:
        draft = current_draft(request)
    except BookingRefused:
        return start_again(request)
    booking = draft.booking
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:day" if draft.place else "citizens:place"))
    if booking.state == State.CONFIRMED:
        return HttpResponseRedirect(reverse("citizens:done"))
    if booking.state not in UNDER_WAY:
        messages.info(request, _("この予約は取り消されています。日時を選び直してください。"))
        return HttpResponseRedirect(reverse("citizens:day"))
    context = {
        "rows": _rows(draft, booking),
        "booking": booking,
        "over": booking.held_until is None or booking.held_until <= clock.now(),
        "changed": changed,
        "steps": STEPS,
        "hold_minutes": municipality.current().hold_minutes,
    }
    return render(request, "citizens/check.html", context, status=409 if changed else 200)


def _rows(draft: Draft, booking: Booking) -> list[SummaryRow]:
    place, contact = reverse("citizens:place") + "?then=check", reverse("citizens:contact")
    day = reverse("citizens:day") + "?then=check"
    party = reverse("citizens:party") + "?then=check"
    appointment = appointment_of(booking)
    wanted = _("、").join(str(REQUESTS[code]) for code in draft.requests) or _("なし")
    return [
        SummaryRow(_("受け取る場所"), place_name(booking.slot.place.name), place),
        SummaryRow(_("日時"), format_html("{}<br>{}", appointment.day_words, appointment.time_words), day),
        SummaryRow(_("受け取る人"), in_words(people_of(draft)), party if draft.kind.party_limit > 1 else ""),
        SummaryRow(_("予約完了のメール"), draft.email or _("送らない"), contact),
        SummaryRow(_("当日のお手伝い"), wanted, contact),
    ]


@identified
@require_safe
def done(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The booking stands: its number, and all that the person needs on the day (BK-08)."""
    booking = draft.booking
    if booking is None or booking.state in UNDER_WAY:
        return HttpResponseRedirect(reverse("citizens:check"))
    if booking.state == State.CANCELLED:
        return HttpResponseRedirect(reverse("citizens:booking"))
    record(citizen(draft.credential_id, client_of(request)), BOOKING_VIEWED, subject=f"booking:{booking.pk}")
    return render(request, "citizens/done.html", booking_context(booking))


def booking_context(booking: Booking) -> dict[str, object]:
    """Return what the pages of a standing booking show."""
    return {
        "booking": booking,
        "appointment": appointment_of(booking),
        "people": in_words(queries.who_come(booking)),
        "last_day": services.last_day_to_change(booking),
        "requests": [REQUESTS[code] for code in booking.requests if code in REQUESTS],
        "slip_code": slip_code(booking.number),
        "may_cancel": services.may_still_change(booking),
        "mails": standing_of(booking),
        "municipality": municipality.current(),
    }


def in_words(people: Sequence[Credential]) -> SafeString | str:
    """Return who comes, by the ends of their numbers: this site knows no names."""
    if len(people) < 2:
        return _("本人（1人）")
    numbers = [(_("予約用IDの末尾 %(end)s の方") % {"end": person.serial[-3:]},) for person in people]
    return format_html(
        "{}<br>{}",
        ngettext("%(count)s人", "%(count)s人", len(people)) % {"count": len(people)},
        format_html_join(mark_safe("<br>"), "{}", numbers),
    )


def slip_code(number: str) -> SafeString:
    """Return the QR code for the reception: the letter Y and the 予約番号, drawn in the page."""
    drawn = segno.make_qr(f"{SLIP_LETTER}{number}", error="m").svg_inline(scale=4, border=4, svgclass="slip-code", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 drawn from ten digits


@identified
@require_safe
def calendar_file(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The booking as a file for the person's own calendar; of a cancelled booking, the file that takes it away again."""
    booking = services.live_booking_of(draft) or services.cancelled_since(draft)
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:booking"))
    record(citizen(draft.credential_id, client_of(request)), BOOKING_VIEWED, subject=f"booking:{booking.pk}", content={"form": "ics"})
    return calendar_entry(booking)


def calendar_entry(booking: Booking) -> HttpResponse:
    """Return the booking as a calendar file, or what takes the entry of a cancelled one away."""
    method: Method = "CANCEL" if booking.state == State.CANCELLED else "REQUEST"
    file = invitation(appointment_of(booking), method, organizer=settings.DEFAULT_FROM_EMAIL, attendee=booking.email)
    return HttpResponse(
        file,
        content_type=f"text/calendar; charset=utf-8; method={method}",
        headers={"Content-Disposition": 'attachment; filename="yoyaku.ics"'},
    )
