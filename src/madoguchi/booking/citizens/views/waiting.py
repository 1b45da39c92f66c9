"""P16: the waiting list. Register, see what is offered, take or leave it, stop; looking at the page moves nobody's turn (BK-12)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.citizens.choices import choice_of
from madoguchi.booking.citizens.forms import HALF_DAYS, WEEKDAYS, WishForm
from madoguchi.booking.citizens.visit import identified
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.notices.queries import appointment_of
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.models import Draft, Wish
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.languages import day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What is offered to the person, else the person's wish, else the form for one."""
    services.expire_holds()
    offer = services.open_offer_of(draft)
    if offer is not None:
        context = {
            "appointment": appointment_of(offer.booking),
            "booking": offer.booking,
            "until": offer.expires_at.astimezone(clock.TOKYO),
            "until_day": day_in_words(offer.expires_at.astimezone(clock.TOKYO).date()),
            "standing": services.live_booking_of(draft),
        }
        return render(request, "citizens/offer.html", context)
    wish = services.wish_of(draft)
    if wish is not None:
        return render(request, "citizens/wish.html", {"wish": wish, "rows": wish_rows(wish)})
    choice = choice_of(draft)
    first, last = calendar.window(choice.kind)
    places = calendar.places(choice.admission)
    standing = services.live_booking_of(draft)
    form = WishForm(
        request.POST if request.method == "POST" else None,
        places=places,
        window=(max(first, choice.admission.not_before or first), min(last, choice.admission.deadline or last)),
        until=standing.slot.day if standing else None,
        initial={"email": draft.email},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.wish(draft, form.wanted(), email=form.cleaned_data["email"], client=client_of(request))
        except BookingRefused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("空き待ちに登録しました。"))
            return HttpResponseRedirect(reverse("citizens:waiting"))
    context = {"form": form, "choice": choice, "standing": standing, "offer_hours": municipality.current().offer_hours}
    return render(request, "citizens/waiting.html", context, status=422 if request.method == "POST" else 200)


def wish_rows(wish: Wish) -> list[SummaryRow]:
    """Return what somebody waits for, in words."""
    places = [place_name(place.name) for place in calendar.places() if place.code in wish.places]
    days = _("%(first)s から %(last)s まで") % {"first": day_in_words(wish.first_day), "last": day_in_words(wish.last_day)}
    half = next((words for code, (words, first, last) in HALF_DAYS.items() if (wish.first_time, wish.last_time) == (first, last)), None)
    hours = half or _("%(first)s から %(last)s まで") % {"first": time_in_words(wish.first_time), "last": time_in_words(wish.last_time)}
    return [
        SummaryRow(_("場所"), _("、").join(places) or _("どこでもよい")),
        SummaryRow(_("期間"), days),
        SummaryRow(_("曜日"), _("、").join(str(WEEKDAYS[number]) for number in wish.weekdays) or _("いつでもよい")),
        SummaryRow(_("時間帯"), str(hours)),
        SummaryRow(_("人数"), ngettext("%(count)s人", "%(count)s人", wish.people) % {"count": wish.people}),
        SummaryRow(_("お知らせのメール"), wish.email or _("送らない")),
    ]


@identified
@require_POST
def take(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Take what is offered; a booking that stands moves there."""
    try:
        services.take_offer(draft, client=client_of(request))
    except BookingRefused as refusal:
        return render_problem(
            request,
            409,
            title=_("このご案内では予約できませんでした"),
            message=refusal.message,
            links=(Link(_("空き待ちの画面に戻る"), reverse("citizens:waiting")), Link(_("予約を確認する"), reverse("citizens:booking"))),
        )
    messages.success(request, _("空き待ちの日時で予約しました。"))
    return HttpResponseRedirect(reverse("citizens:booking"))


@identified
@require_POST
def decline(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Leave what is offered to the next person and wait on."""
    if services.decline_offer(draft, client=client_of(request)):
        messages.success(request, _("見送りました。次の方にご案内します。空き待ちは続いています。"))
    return HttpResponseRedirect(reverse("citizens:waiting"))


@identified
@require_POST
def stop(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Leave the list."""
    if services.stop_wish(draft, client=client_of(request)):
        messages.success(request, _("空き待ちをやめました。メールアドレスは消去しました。"))
    return HttpResponseRedirect(reverse("citizens:booking"))
