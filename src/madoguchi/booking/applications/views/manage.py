"""Looking up, moving and cancelling a form booking, behind 予約番号 and the last four figures of the telephone number (BS-11)."""

import uuid
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.abuse.rules import SHORT_WINDOW
from madoguchi.booking.applications.audited import APPLICATION_VIEWED
from madoguchi.booking.applications.forms import LookUpForm
from madoguchi.booking.applications.lookup import look_up
from madoguchi.booking.applications.models import WaitingNumber
from madoguchi.booking.applications.queries import kind_words
from madoguchi.booking.applications.views.applying import booking_context
from madoguchi.booking.applications.views.months import VisitPlaceForm, day_of, month_context, places_for, slot_of
from madoguchi.booking.applications.views.visit import proved, remember_proof, remember_wish
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.citizens.forms import TimeForm
from madoguchi.booking.citizens.views.entrance import keep_view
from madoguchi.booking.citizens.views.finish import calendar_entry
from madoguchi.booking.citizens.views.from_mail import ask_again, correct_address
from madoguchi.booking.citizens.views.manage import taken_back
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices.queries import standing_of
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.identification import WhyUnknown
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.languages import day_in_words, long_day_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def identify(request: HttpRequest) -> HttpResponse:
    """Who asks: one answer for every wrong pair."""
    form = LookUpForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = look_up(*form.secrets(), client=client_of(request))
        if isinstance(answer, uuid.UUID):
            return remember_proof(HttpResponseRedirect(reverse("applications:booking")), answer)
        if isinstance(answer, WaitingNumber):
            return remember_wish(HttpResponseRedirect(reverse("applications:wish")), answer.pk)
        if answer is WhyUnknown.TOO_MANY:
            return _too_many(request)
        form.add_error(
            None,
            _(
                "入力された内容では確認できませんでした。予約番号と電話番号を確かめて、もう一度入力してください。続けて確認できないときは、お電話でお問い合わせください。"
            ),
        )
    context = {"form": form, "municipality": municipality.current()}
    return render(request, "applications/manage.html", context, status=422 if request.method == "POST" else 200)


def _too_many(request: HttpRequest) -> HttpResponse:
    telephone = municipality.current().telephone
    return render_problem(
        request,
        429,
        title=_("しばらく受付を止めています"),
        message=_("確認の失敗が続いたため、しばらく受付を止めています。時間をおいて試すか、お電話でお問い合わせください。"),
        next_steps=(_("電話 %(telephone)s") % {"telephone": telephone},) if telephone else (),
        retry_after=int(SHORT_WINDOW.total_seconds()),
    )


@proved
@require_safe
def show(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The booking with its state and the office's message; the answers are not here any more."""
    record(Actor(kind=ActorKind.CITIZEN, client=client_of(request)), APPLICATION_VIEWED, subject=f"booking:{booking.pk}")
    until = reservations.undo_until(booking)
    context = {**booking_context(booking), "undo_until": until.astimezone(clock.TOKYO) if until else None, "mails": standing_of(booking)}
    return render(request, "applications/booking.html", context)


@proved
@require_http_methods(["GET", "HEAD", "POST"])
def set_address(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Register the mail address of the booking, or put a wrong one right; the one that was there is not shown."""
    back = reverse("applications:booking")
    if booking.state != State.CONFIRMED:
        return HttpResponseRedirect(back)
    return correct_address(request, booking, Actor(kind=ActorKind.CITIZEN, client=client_of(request)), back=back)


@proved
@require_POST
def ask_for_proof(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The button that asks for another mail to prove the address."""
    return ask_again(request, booking, Actor(kind=ActorKind.CITIZEN, client=client_of(request)), reverse("applications:booking"))


@proved
@require_safe
def calendar_file(request: HttpRequest, booking: Booking) -> HttpResponse:
    """The booking for the person's own calendar; of a cancelled booking, the file that takes it away again."""
    actor = Actor(kind=ActorKind.CITIZEN, client=client_of(request))
    record(actor, APPLICATION_VIEWED, subject=f"booking:{booking.pk}", content={"form": "ics"})
    return calendar_entry(booking)


@proved
@require_http_methods(["GET", "HEAD", "POST"])
def choose_place(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Another place: the day is chosen next, and nothing is changed before that."""
    if not reservations.may_still_change(booking):
        return _too_late(request)
    posted = request.POST if request.method == "POST" else None
    form = VisitPlaceForm(posted, kind=booking.kind, places=places_for(booking.kind))
    form.fields["place"].initial = booking.slot.place.code
    if posted is not None and form.is_valid():
        return HttpResponseRedirect(reverse("applications:move") + "?" + urlencode({"place": form.cleaned_data["place"]}))
    context = {"form": form, "kind_name": kind_words(booking.kind)[0]}
    return render(request, "applications/move-place.html", context, status=200 if posted is None else 422)


def _place_for(request: HttpRequest, booking: Booking) -> Place:
    """Return the place that was chosen for the new time, that of the booking while none was."""
    wanted = request.GET.get("place")
    return next((place for place in places_for(booking.kind) if place.code == wanted), booking.slot.place)


@proved
@require_safe
def choose_day(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Another day, at the same place or at another."""
    if not reservations.may_still_change(booking):
        return _too_late(request)
    return keep_view(request, _day_page(request, booking, _place_for(request, booking)))


def _day_page(request: HttpRequest, booking: Booking, place: Place, *, refused: str = "", status: int = 200) -> HttpResponse:
    reservations.expire_holds()
    links = reverse("applications:move-time") + "?" + urlencode({"place": place.code}) + "&"
    context = {
        "booking": booking,
        "place": place,
        "at": place.code,
        "elsewhere": len(places_for(booking.kind)) > 1,
        "kind_name": kind_words(booking.kind)[0],
        "refused": refused,
        **month_context(booking.kind, place, request, links),
    }
    return render(request, "applications/move.html", context, status=status)


@proved
@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Another time: the old one is kept until the new one is certain."""
    day = day_of(request.GET.get("day", ""))
    if day is None:
        return HttpResponseRedirect(reverse("applications:move"))
    place = _place_for(request, booking)
    slot = slot_of(request.POST.get("slot", "")) if request.method == "POST" else None
    refused = ""
    if slot is not None:
        try:
            reservations.move_without_number(booking.pk, slot, client=client_of(request))
        except BookingRefused as refusal:
            if refusal.why is Why.TOO_LATE:
                return _too_late(request)
            refused = str(refusal.message)
        else:
            messages.success(request, _("予約の日時を変えました。新しい日時を確かめてください。"))
            return HttpResponseRedirect(reverse("applications:booking"))
    reservations.expire_holds()
    times = calendar.times(place, day, kind=booking.kind)
    if not any(time.bookable for time in times):
        nothing = _("%(day)sは、空いている時間がありません。ほかの日を選んでください。") % {"day": day_in_words(day)}
        return _day_page(request, booking, place, refused=refused or nothing, status=409)
    form = TimeForm(request.POST if request.method == "POST" and not refused else None, times=times)
    context = {
        "form": form,
        "booking": booking,
        "place": place,
        "day_words": long_day_in_words(day),
        "refused": refused,
        "day": day,
    }
    return render(request, "applications/move-time.html", context, status=409 if refused else 422 if request.method == "POST" else 200)


@proved
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Ask once what will happen, then cancel. Pressed twice it is still one cancellation."""
    if request.method == "POST":
        try:
            reservations.cancel_without_number(booking.pk, client=client_of(request))
        except BookingRefused as refusal:
            return _too_late(request) if refusal.why is Why.TOO_LATE else HttpResponseRedirect(reverse("applications:booking"))
        messages.success(request, _("予約を取り消しました。"))
        return HttpResponseRedirect(reverse("applications:booking"))
    if not reservations.may_still_change(booking):
        return _too_late(request)
    return render(request, "applications/cancel.html", booking_context(booking))


@proved
@require_POST
def undo(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Take the cancellation back while that can be done."""
    first = Link(_("最初のページへ"), reverse("citizens:top"))
    undo_cancel = partial(reservations.undo_cancel_without_number, booking.pk, client=client_of(request))
    return taken_back(request, undo_cancel, reverse("applications:booking"), first)


def _too_late(request: HttpRequest) -> HttpResponse:
    telephone = municipality.current().telephone
    return render_problem(
        request,
        409,
        title=_("インターネットでは変更や取消ができません"),
        message=_("変更や取消ができる期限を過ぎたか、予約がすでに終わっています。予約は変わっていません。"),
        next_steps=(_("電話 %(telephone)s") % {"telephone": telephone},) if telephone else (),
        links=(Link(_("予約の内容に戻る"), reverse("applications:booking")),),
    )
