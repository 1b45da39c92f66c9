"""From a kind of visit to a booking: place, day, time, the form, check, done. Every step is a page of its own.

The answers live in the browser until the booking is made: the check page carries them as hidden boxes, and the request that books seals
them. No step before stores one.
"""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.abuse.counting import take_pace
from madoguchi.booking.applications import services
from madoguchi.booking.applications.audited import APPLICATION_VIEWED
from madoguchi.booking.applications.forms import ApplicationForm, typed_again
from madoguchi.booking.applications.privacy import NOTICE_DATE, NOTICE_VERSION
from madoguchi.booking.applications.queries import kind_words, open_form_kind, questions_of
from madoguchi.booking.applications.views.months import VisitPlaceForm, day_of, month_context, places_for, slot_of
from madoguchi.booking.applications.views.visit import HOLD_COOKIE, ask_again, held_booking, key_in, remember_hold, remember_proof
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.citizens.forms import TimeForm
from madoguchi.booking.citizens.views.entrance import keep_view
from madoguchi.booking.citizens.views.finish import slip_code
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import place_name
from madoguchi.booking.notices.queries import appointment_of
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.languages import current as current_language
from madoguchi.platform.ui.languages import day_in_words, long_day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem

STEPS = 5


def _kind(code: str) -> VisitKind:
    found = open_form_kind(code)
    if found is None:
        raise Http404
    return found


def _place(kind: VisitKind, code: str) -> Place:
    found = next((place for place in places_for(kind) if place.code == code), None)
    if found is None:
        raise Http404
    return found


def _words_of(kind: VisitKind) -> dict[str, object]:
    name, description = kind_words(kind)
    return {"kind": kind, "kind_name": name, "kind_description": description, "steps": STEPS}


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def choose_place(request: HttpRequest, kind: str) -> HttpResponse:
    """Step 1: what the visit is for, and where."""
    found = _kind(kind)
    places = places_for(found)
    if not places or not services.may_apply():
        return _nothing_offered(request)
    reservations.expire_holds()
    form = VisitPlaceForm(request.POST if request.method == "POST" else None, kind=found, places=places)
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(reverse("applications:day", args=[found.code, form.cleaned_data["place"]]))
    context = {"form": form, "municipality": municipality.current(), **_words_of(found)}
    return render(request, "applications/place.html", context, status=422 if request.method == "POST" else 200)


def _nothing_offered(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("いま予約できる場所がありません"),
        message=_("受付の準備中か、受付を休んでいます。何も変わっていません。"),
        next_steps=(_("お電話でお問い合わせください。"),),
    )


@open_to_all
@require_safe
def choose_day(request: HttpRequest, kind: str, place: str) -> HttpResponse:
    """Step 2: the month as a table or a list of links."""
    found = _kind(kind)
    return keep_view(request, _day_page(request, found, _place(found, place)))


def _day_page(request: HttpRequest, kind: VisitKind, place: Place, *, refused: str = "", status: int = 200) -> HttpResponse:
    reservations.expire_holds()
    links = reverse("applications:time", args=[kind.code, place.code]) + "?"
    context = {"place": place, "refused": refused, **_words_of(kind), **month_context(kind, place, request, links)}
    return render(request, "applications/day.html", context, status=status)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: HttpRequest, kind: str, place: str) -> HttpResponse:
    """Step 3: the time; choosing one holds it."""
    found = _kind(kind)
    at = _place(found, place)
    day = day_of(request.GET.get("day", ""))
    if day is None:
        return HttpResponseRedirect(reverse("applications:day", args=[found.code, at.code]))
    slot = slot_of(request.POST.get("slot", "")) if request.method == "POST" else None
    refused = ""
    if slot is not None:
        pace = take_pace(client_of(request))
        if not pace.free:
            return too_many_holds(request, pace.wait)
        try:
            held = _hold_instead(request, found, slot)
        except BookingRefused as refusal:
            refused = str(refusal.message)
        else:
            return remember_hold(HttpResponseRedirect(reverse("applications:form")), held.idempotency_key)
    reservations.expire_holds()
    times = calendar.times(at, day, kind=found)
    if not any(time.bookable for time in times):
        nothing = _("%(day)sは、空いている時間がありません。ほかの日を選んでください。") % {"day": day_in_words(day)}
        return _day_page(request, found, at, refused=refused or nothing, status=409)
    form = TimeForm(request.POST if request.method == "POST" and not refused else None, times=times)
    context = {
        "form": form,
        "place": at,
        "day": day,
        "day_words": long_day_in_words(day),
        "refused": refused,
        "hold_minutes": municipality.current().hold_minutes,
        **_words_of(found),
    }
    status = 409 if refused else 422 if request.method == "POST" else 200
    return render(request, "applications/time.html", context, status=status)


def _hold_instead(request: HttpRequest, kind: VisitKind, slot: int) -> Booking:
    """Hold a time and give back the one that this browser held before."""
    before = key_in(request, HOLD_COOKIE)
    held = reservations.hold_without_number(kind, slot, key=uuid.uuid4(), language=current_language(), client=client_of(request))
    if before is not None:
        reservations.release_without_number(before, client=client_of(request))
    return held


def too_many_holds(request: HttpRequest, wait: int) -> HttpResponse:
    """Answer that too much came from one network for now (429)."""
    telephone = municipality.current().telephone
    steps = [_("10分ほど待ってから、もう一度お試しください。")]
    if telephone:
        steps.append(_("お急ぎのときは、お電話でご予約ください。電話 %(telephone)s") % {"telephone": telephone})
    return render_problem(
        request,
        429,
        title=_("しばらく受付を止めています"),
        message=_("同じところからの予約が続いたため、しばらく受付を止めています。何も変わっていません。"),
        next_steps=steps,
        retry_after=wait,
    )


@open_to_all
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: HttpRequest) -> HttpResponse:
    """Step 4: the form. Valid answers lead to the check page in the same answer; nothing is stored."""
    booking = held_booking(request)
    if booking is None:
        return ask_again(request)
    if booking.state not in {State.HELD, State.EXPIRED}:
        return HttpResponseRedirect(reverse("applications:done"))
    questions = questions_of(booking.kind)
    if request.method != "POST":
        return _form_page(request, booking, ApplicationForm(questions=questions))
    form = ApplicationForm(request.POST, questions=questions)
    if "extend" in request.POST:
        return _form_page(request, _extended(request, booking), ApplicationForm(initial=_as_typed(request, form), questions=questions))
    if "edit" in request.POST:
        return _form_page(request, booking, ApplicationForm(initial=_as_typed(request, form), questions=questions))
    if not form.is_valid():
        return _form_page(request, booking, form, status=422)
    return _check_page(request, booking, form)


def _as_typed(request: HttpRequest, form: ApplicationForm) -> dict[str, object]:
    """Return what was typed, unchecked, for the same boxes."""
    return {name: field.widget.value_from_datadict(request.POST, {}, name) for name, field in form.fields.items()}


def _extended(request: HttpRequest, booking: Booking) -> Booking:
    """Begin the time of the hold anew, as often as the municipality allows, and say what happened."""
    try:
        until = reservations.extend_without_number(booking.idempotency_key, client=client_of(request))
    except BookingRefused as refusal:
        messages.warning(request, str(refusal.message))
    else:
        words = time_in_words(until.astimezone(clock.TOKYO).time())
        messages.success(request, _("お取りする時間をのばしました。%(until)sまでにお進みください。") % {"until": words})
        booking.held_until = until
    return booking


def _deadline(booking: Booking) -> dict[str, object]:
    now = clock.now()
    over = booking.state != State.HELD or booking.held_until is None or booking.held_until <= now
    left = 0 if over or booking.held_until is None else max(0, int((booking.held_until - now).total_seconds()))
    return {"booking": booking, "over": over, "seconds_left": left, "hold_minutes": municipality.current().hold_minutes}


def _visit_rows(booking: Booking) -> list[SummaryRow]:
    appointment = appointment_of(booking)
    return [
        SummaryRow(_("手続き"), kind_words(booking.kind)[0]),
        SummaryRow(_("場所"), place_name(booking.slot.place.name)),
        SummaryRow(_("日時"), f"{appointment.day_words} {appointment.time_words}"),
    ]


def _form_page(request: HttpRequest, booking: Booking, form: ApplicationForm, *, status: int = 200, refused: str = "") -> HttpResponse:
    context = {
        "form": form,
        "visit": _visit_rows(booking),
        "refused": refused,
        "municipality": municipality.current(),
        "version": NOTICE_VERSION,
        "date": NOTICE_DATE,
        **_deadline(booking),
        **_words_of(booking.kind),
    }
    return render(request, "applications/form.html", context, status=status)


def _check_page(request: HttpRequest, booking: Booking, form: ApplicationForm) -> HttpResponse:
    rows = [SummaryRow(label, words) for label, words in form.lines()]
    rows.append(SummaryRow(_("予約のお知らせメール"), form.mail_address() or _("受け取らない")))
    context = {
        "visit": _visit_rows(booking),
        "rows": rows,
        "hidden": typed_again(request.POST, form),
        **_deadline(booking),
        **_words_of(booking.kind),
    }
    return render(request, "applications/check.html", context)


@open_to_all
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Step 5: everything once more, and the button that books. Pressed twice it is one booking."""
    booking = held_booking(request)
    if booking is None:
        return ask_again(request)
    if booking.state not in {State.HELD, State.EXPIRED}:
        return HttpResponseRedirect(reverse("applications:done"))
    if request.method != "POST":
        return HttpResponseRedirect(reverse("applications:form"))
    form = ApplicationForm(request.POST, questions=questions_of(booking.kind))
    if not form.is_valid():
        return _form_page(request, booking, form, status=422)
    if "extend" in request.POST:
        return _check_page(request, _extended(request, booking), form)
    try:
        made = services.apply(
            booking.idempotency_key,
            form.answers(),
            email=form.mail_address(),
            language=current_language(),
            privacy_notice=NOTICE_VERSION,
            client=client_of(request),
        )
    except BookingRefused as refusal:
        return _not_booked(request, booking, form, refusal.why)
    except KeyRefusedError:
        return _nothing_offered(request)
    response = remember_proof(HttpResponseRedirect(reverse("applications:done")), made.pk)
    return remember_hold(response, made.idempotency_key)


def _not_booked(request: HttpRequest, booking: Booking, form: ApplicationForm, why: Why) -> HttpResponse:
    """Say why the booking was not made; what was typed stands in the form, and the way to another time is named."""
    again = ApplicationForm(initial=_as_typed(request, form), questions=form.questions)
    return _form_page(request, booking, again, status=409, refused=str(BookingRefused(why).message))


@open_to_all
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The booking stands: its number, how to find it again, and how the office answers (BK-08, BK-16)."""
    booking = held_booking(request)
    if booking is None:
        return ask_again(request)
    if booking.state in {State.HELD, State.EXPIRED}:
        return HttpResponseRedirect(reverse("applications:form"))
    if booking.state == State.CANCELLED:
        return HttpResponseRedirect(reverse("applications:manage"))
    record(Actor(kind=ActorKind.CITIZEN, client=client_of(request)), APPLICATION_VIEWED, subject=f"booking:{booking.pk}")
    return render(request, "applications/done.html", booking_context(booking))


def booking_context(booking: Booking) -> dict[str, object]:
    """Return what the pages of a form booking show; none of the answers is among it."""
    asked = booking.created_at.astimezone(clock.TOKYO)
    return {
        "booking": booking,
        "appointment": appointment_of(booking),
        "slip_code": slip_code(booking.number),
        "visit": [
            *_visit_rows(booking),
            SummaryRow(_("申請日時"), f"{long_day_in_words(asked.date())} {time_in_words(asked)}"),
            SummaryRow(_("レコード番号"), str(booking.record_no)),
            SummaryRow(_("市区町村の対応"), booking.application.get_stage_display()),
        ],
        "may_change": reservations.may_still_change(booking),
        "municipality": municipality.current(),
    }
