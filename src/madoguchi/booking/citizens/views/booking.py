"""From the booking number to a held time: identify, place, day, time, contact. Every step is a page of its own."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.abuse.counting import Pace, take_pace
from madoguchi.booking.abuse.proofs import challenge_on_entering
from madoguchi.booking.abuse.rules import SHORT_WINDOW
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.calendar.queries import Day, Time
from madoguchi.booking.citizens.forms import ContactForm, IdentifyForm, PlaceForm, TimeForm
from madoguchi.booking.citizens.month_table import month_of, neighbours
from madoguchi.booking.citizens.privacy import NOTICE_DATE, NOTICE_VERSION
from madoguchi.booking.citizens.views.entrance import address_of, month_fragment, month_moves, shown_month
from madoguchi.booking.citizens.visit import identified, remember, start_again
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import Identified, Refused, WhyUnknown, forget, identify
from madoguchi.booking.reservations.models import Draft, State
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.ui.languages import day_in_words, long_day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

STEPS = 6
ALTERNATIVES = 3


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def identify_to_book(request: HttpRequest) -> HttpResponse:
    """Step 1: who books."""
    return _identify(request, "identify")


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def identify_to_manage(request: HttpRequest) -> HttpResponse:
    """The same question before a booking is shown, or cancelled."""
    return _identify(request, "manage")


@open_to_all
@require_safe
def from_letter(request: HttpRequest) -> HttpResponse:
    """Where the QR code of a letter leads. Number and code stand behind the # of the address, which no server ever sees (BK-01).

    A small module writes them into the boxes; without it the person types them from the letter.
    """
    uses_codes = municipality.current().uses_booking_codes
    form = IdentifyForm(uses_codes=uses_codes)
    challenge = challenge_on_entering(client_of(request), uses_codes=uses_codes)
    context = {**_question(form), "purpose": "identify", "from_letter": True, "challenge": challenge}
    return render(request, "citizens/identify.html", context)


def _identify(request: HttpRequest, purpose: str) -> HttpResponse:
    uses_codes, client = municipality.current().uses_booking_codes, client_of(request)
    form = IdentifyForm(_posted(request), uses_codes=uses_codes)
    status = 422 if request.method == "POST" else 200
    challenge, answer = None, None
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        answer = identify(
            *(typed["booking_id"], typed.get("code", ""), typed["birthday"]),
            client=client,
            privacy_notice=NOTICE_VERSION,
            proof=(request.POST.get("challenge", "")[:1000], request.POST.get("solution", "")[:20]),
        )
        if isinstance(answer, Identified):
            return remember(HttpResponseRedirect(_next_after_identifying(request, answer, purpose)), answer.key)
        if answer.why is WhyUnknown.TOO_MANY:
            return _too_many(request, answer)
        if answer.why is WhyUnknown.PROVE:
            status = 429
        form.add_error(None, str(answer.message))
        challenge = answer.challenge
    if answer is None:
        challenge = challenge_on_entering(client, uses_codes=uses_codes)
    context = {**_question(form), "purpose": purpose, "challenge": challenge}
    return render(request, "citizens/identify.html", context, status=status)


def _question(form: IdentifyForm) -> dict[str, object]:
    """Return what the page of the first question shows: the notice on personal data stands before the first box (BK-18)."""
    return {"form": form, "steps": STEPS, "municipality": municipality.current(), "version": NOTICE_VERSION, "date": NOTICE_DATE}


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _next_after_identifying(request: HttpRequest, answer: Identified, purpose: str) -> str:
    if purpose == "manage":
        return reverse("citizens:booking")
    if answer.has_booking:
        messages.info(request, _("この予約用IDでは、すでに予約があります。日時を変えるときは、この予約を取り消してから予約してください。"))
        return reverse("citizens:booking")
    return reverse("citizens:place")


def _too_many(request: HttpRequest, answer: Refused) -> HttpResponse:
    steps = [_("10分ほど待ってから、もう一度お試しください。")]
    if answer.telephone:
        steps.append(_("お急ぎのときは、お電話でご予約ください。電話 %(telephone)s") % {"telephone": answer.telephone})
    return render_problem(
        request,
        429,
        title=_("しばらく受付を止めています"),
        message=str(answer.message),
        next_steps=steps,
        retry_after=int(SHORT_WINDOW.total_seconds()),
    )


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def choose_place(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 2: where."""
    then = request.GET.get("then", "")
    places = calendar.places(draft.credential.admission)
    if not places:
        return _nothing_offered(request)
    services.expire_holds()
    first_free = calendar.first_free_days(draft.credential.admission)
    lines = {place.code: _place_line(place, first_free.get(place.pk)) for place in places}
    initial = {"place": draft.place.code} if draft.place else None
    form = PlaceForm(_posted(request), places=places, lines=lines, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = next(place for place in places if place.code == form.cleaned_data["place"])
        services.choose_place(draft, chosen)
        return HttpResponseRedirect(address_of("day", then))
    status = 422 if request.method == "POST" else 200
    return render(request, "citizens/place.html", {"form": form, "steps": STEPS, "then": then}, status=status)


def _place_line(place: Place, first_free: dt.date | None) -> SafeString:
    free = _("いちばん早い空き：%(day)s") % {"day": day_in_words(first_free)} if first_free else _("今は空きがありません")
    return format_html_join(mark_safe("<br>"), "{}", ((part,) for part in (place.address, place.access, free) if part))


def _nothing_offered(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("いま予約できる場所がありません"),
        message=_("受付の準備中か、受付を休んでいます。何も変わっていません。"),
        next_steps=(_("お電話でお問い合わせください。"),),
    )


@identified
@require_safe
def choose_day(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 3: the month as a table of links."""
    then = request.GET.get("then", "")
    if draft.place is None:
        return HttpResponseRedirect(address_of("place", then))
    return _day_page(request, draft, draft.place, month_of(request.GET.get("month", "")), then)


def _day_page(
    request: HttpRequest, draft: Draft, place: Place, asked: dt.date | None, then: str, *, refused: str = "", status: int = 200
) -> HttpResponse:
    admission = draft.credential.admission
    services.expire_holds()
    first = shown_month(place, admission, asked)
    earliest = calendar.first_free_days(admission).get(place.pk)
    context = {
        "place": place,
        "then": then,
        "steps": STEPS,
        "refused": refused,
        "month": month_fragment(place, first, admission, links=reverse("citizens:time") + ("?then=check&" if then == "check" else "?")),
        "earliest": {"day": earliest, "words": day_in_words(earliest)} if earliest else None,
        **month_moves(first),
    }
    return render(request, "citizens/day.html", context, status=status)


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 4: the time; choosing one holds it."""
    then = request.GET.get("then", "")
    day = _day_of(request.GET.get("day", ""))
    if draft.place is None or day is None:
        return HttpResponseRedirect(address_of("place" if draft.place is None else "day", then))
    wanted = request.POST.get("slot", "")
    if request.method != "POST" or not wanted:
        services.expire_holds()
        times = calendar.times(draft.place, day, draft.credential.admission)
        form = TimeForm(request.POST if request.method == "POST" else None, times=times)
        return _time_page(request, draft, draft.place, day, times, form, status=422 if request.method == "POST" else 200)
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
        return time_is_gone(request, draft, day, Why.NOT_OFFERED)
    pace = take_pace(client_of(request), draft.credential.serial)
    if not pace.free:
        return _slow_down(request, draft, pace)
    try:
        # The hold itself says whether the time is free: what the page would show is only asked for when it refuses.
        services.hold(draft, int(wanted), client=client_of(request))
    except BookingRefused as refusal:
        return refused_page(request, draft, refusal.why, day, slot=int(wanted))
    return HttpResponseRedirect(reverse("citizens:check" if then == "check" else "citizens:contact"))


def _slow_down(request: HttpRequest, draft: Draft, pace: Pace) -> HttpResponse:
    """Answer somebody who takes times again and again: wait (429), or identify anew, which then asks for proof of work (BK-02, T-06)."""
    if pace.prove:
        services.release(draft, client=client_of(request))
        forget(draft)
        return render_problem(
            request,
            429,
            title=_("もう一度、予約用IDの入力からお願いします"),
            message=_("時間の選び直しが続いたため、お取りしていた時間を取り消しました。完了した予約は変わっていません。"),
            next_steps=(_("お電話でも予約できます。"),),
            links=(Link(_("予約する"), reverse("citizens:identify")),),
        )
    return render_problem(
        request,
        429,
        title=_("少し待ってから、選び直してください"),
        message=_("時間の選び直しが続いたため、%(seconds)d秒お待ちください。お取りしている時間は、そのままです。") % {"seconds": pace.wait},
        next_steps=(_("待ってから、前の画面に戻って時間を選んでください。"), _("お急ぎのときは、お電話でご予約ください。")),
        retry_after=pace.wait,
    )


def _day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2026-12-03") else None
    except ValueError:
        return None


def refused_page(request: HttpRequest, draft: Draft, why: Why, day: dt.date, *, slot: int | None = None) -> HttpResponse:
    """Answer a refused hold: what happened, and the way on that fits the reason."""
    if why in {Why.FULL, Why.NOT_OFFERED, Why.HOLD_EXPIRED}:
        return time_is_gone(request, draft, day, why, slot=slot)
    if why is Why.DRAFT_EXPIRED:
        return start_again(request)
    links = (Link(_("予約を確認する"), reverse("citizens:booking")),) if why is Why.ALREADY_BOOKED else ()
    return render_problem(request, 409, title=_("予約できませんでした"), message=BookingRefused(why).message, links=links)


def time_is_gone(request: HttpRequest, draft: Draft, day: dt.date, why: Why, *, slot: int | None = None) -> HttpResponse:
    """Answer that the chosen time cannot be had (409): the other times of the day, else the nearest days; every answer is kept."""
    place = draft.place
    if place is None:
        return HttpResponseRedirect(reverse("citizens:place"))
    admission = draft.credential.admission
    times = calendar.times(place, day, admission)
    sentence = str(BookingRefused(why).message)
    left = [time for time in times if time.bookable]
    if left:
        wanted = next((time.start for time in times if time.slot == slot), None)
        near = sorted(left, key=lambda time: _minutes_apart(time.start, wanted or time.start))[:ALTERNATIVES]
        words = "、".join(time_in_words(time.start) for time in sorted(near, key=lambda time: time.start))
        note = _("近い時間では %(times)s が空いています。") % {"times": words}
        return _time_page(request, draft, place, day, times, TimeForm(times=times), refused=f"{sentence}{note}", status=409)
    days = _nearest_days(place, day, draft)
    words = "、".join(day_in_words(found.day) for found in days)
    note = _("近い日では %(days)s が空いています。") % {"days": words} if days else _("近い日にも空きがありません。")
    return _day_page(request, draft, place, day.replace(day=1), request.GET.get("then", ""), refused=f"{sentence}{note}", status=409)


def _minutes_apart(one: dt.time, other: dt.time) -> int:
    return abs((one.hour - other.hour) * 60 + one.minute - other.minute)


def _nearest_days(place: Place, day: dt.date, draft: Draft) -> list[Day]:
    first = day.replace(day=1)
    months = [first, *neighbours(first)]
    days = [found for month in months for found in calendar.month(place, month.year, month.month, draft.credential.admission)]
    near = sorted((found for found in days if found.bookable), key=lambda found: abs((found.day - day).days))
    return sorted(near[:ALTERNATIVES], key=lambda found: found.day)


def _time_page(
    request: HttpRequest,
    draft: Draft,
    place: Place,
    day: dt.date,
    times: list[Time],
    form: TimeForm,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    then = request.GET.get("then", "")
    if not any(time.bookable for time in times):
        nothing_left = _("%(day)sは、空いている時間がありません。ほかの日を選んでください。") % {"day": day_in_words(day)}
        return _day_page(request, draft, place, day.replace(day=1), then, refused=refused or nothing_left, status=409)
    context = {
        "form": form,
        "place": place,
        "day": day,
        "day_words": long_day_in_words(day),
        "steps": STEPS,
        "then": then,
        "refused": refused,
        "hold_minutes": municipality.current().hold_minutes,
    }
    return render(request, "citizens/time.html", context, status=status)


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def give_contact(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Step 5: whether a mail is wanted, and help on the day; both may stay empty."""
    if draft.booking is None:
        return HttpResponseRedirect(reverse("citizens:day"))
    if draft.booking.state == State.CONFIRMED:
        return HttpResponseRedirect(reverse("citizens:done"))
    form = ContactForm(_posted(request), initial={"email": draft.email, "requests": draft.requests})
    if request.method == "POST" and form.is_valid():
        services.choose_contact(draft, email=form.cleaned_data["email"], requests=form.cleaned_data["requests"])
        return HttpResponseRedirect(reverse("citizens:check"))
    context = {"form": form, "steps": STEPS, "booking": draft.booking, "hold_minutes": municipality.current().hold_minutes}
    return render(request, "citizens/contact.html", context, status=422 if request.method == "POST" else 200)


@identified
@require_POST
def extend(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Begin the time of the hold anew, and go back to where the button was pressed (WCAG 2.2.1)."""
    try:
        until = services.extend(draft, client=client_of(request))
    except BookingRefused as refusal:
        messages.warning(request, str(refusal.message))
    else:
        words = time_in_words(until.astimezone(clock.TOKYO).time())
        messages.success(request, _("お取りする時間をのばしました。%(until)sまでにお進みください。") % {"until": words})
    return HttpResponseRedirect(reverse("citizens:contact" if request.GET.get("to") == "contact" else "citizens:check"))


@identified
@require_POST
def give_up(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Leave without booking: the held time is free for others at once."""
    services.release(draft, client=client_of(request))
    messages.info(request, _("予約をやめました。お取りしていた時間は取り消しました。"))
    return HttpResponseRedirect(reverse("citizens:top"))
