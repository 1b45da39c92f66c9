"""代理予約 by form: staff type what the caller says, and it is sealed in the request that books (BS-01, BK-11)."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from madoguchi.booking.applications import services
from madoguchi.booking.applications.forms import DictatedForm
from madoguchi.booking.applications.privacy import NOTICE_VERSION
from madoguchi.booking.applications.queries import open_form_kind, questions_of
from madoguchi.booking.applications.views.months import places_for
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.desk.proxy_forms import CallerForm
from madoguchi.booking.desk.queries import days_ahead, visible_places
from madoguchi.booking.desk.rights import OVERBOOK
from madoguchi.booking.desk.views.bookings import day_of
from madoguchi.booking.desk.views.proxy import DAYS_SHOWN, key_of
from madoguchi.booking.reservations.models import Booking
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.kernel.wareki import format_long
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@requires(BOOK_FOR_CALLERS)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, kind: str) -> HttpResponse:
    """Place, day, time and the answers on one page. What was typed stays in it until the booking stands, and is nowhere afterwards."""
    found = open_form_kind(kind)
    if found is None:
        raise Http404
    allowed = {place.pk for place in visible_places(places_of(request, BOOK_FOR_CALLERS))}
    places = [place for place in places_for(found) if place.pk in allowed]
    if not places or not services.may_apply():
        return _nothing_offered(request)
    place = next((one for one in places if one.code == request.GET.get("place")), places[0])
    days = days_ahead([place], clock.today(), DAYS_SHOWN, schedule=found.schedule.code)
    day = day_of(request.GET.get("day", "")) or next((one.day for one in days if one.free > 0), clock.today())
    posted = request.POST if request.method == "POST" else None
    times = calendar.times_for_staff(place, day, kind=found)
    time_form = CallerForm(posted, times=times, may_overbook=may(request, OVERBOOK, place.code))
    form = DictatedForm(posted, questions=questions_of(found))
    context = {
        "kind": found,
        "places": places,
        "place": place,
        "days": days,
        "day": day,
        "day_words": format_long(day),
        "any_time": bool(time_form.fields["slot"].choices),  # type: ignore[attr-defined]  # a field of choices
        "time_form": time_form,
        "form": form,
        "key": key_of(posted.get("key", "") if posted else "") or uuid.uuid4(),
    }
    status = 200
    if posted is not None:
        both_valid = all([time_form.is_valid(), form.is_valid()])
        booking = _book(request, found, time_form, form, key_of(posted.get("key", "")) or uuid.uuid4()) if both_valid else None
        if booking is not None:
            words = _("予約しました。予約番号 %(number)s と、あとで確かめるときは電話番号の下4けたが要ることを伝えてください。")
            messages.success(request, words % {"number": booking.number})
            return HttpResponseRedirect(reverse("desk:booking", args=[booking.pk]))
        status = 409 if both_valid else 422
    return render(request, "desk/take.html", context, status=status)


def _book(request: HttpRequest, kind: VisitKind, time_form: CallerForm, form: DictatedForm, key: uuid.UUID) -> Booking | None:
    """Book; None when the time is gone, which then stands in the form beside all that was typed."""
    values = time_form.cleaned_data
    try:
        return services.apply_by_staff(
            actor_of(request),
            kind,
            int(values["slot"]),
            form.answers(),
            key=key,
            source=Booking.Source(values["source"]),
            email=form.mail_address(),
            overbook_reason=values["overbook_reason"],
            privacy_notice=NOTICE_VERSION,
        )
    except (BookingRefused, ValidationError) as refusal:
        time_form.add_error("slot", str(refusal.message))
    except KeyRefusedError:
        time_form.add_error("slot", _("交付管理の鍵が使えないため、封ができません。予約していません。管理者に連絡してください。"))
    return None


def _nothing_offered(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("いま予約できる場所がありません"),
        message=_("あなたの担当する場所にこの手続きの時間がないか、交付管理の鍵がまだ登録されていません。何も変わっていません。"),
        links=(Link(_("代理予約に戻る"), reverse("desk:find")),),
    )
