"""From the booking number to the last step but one: identify, place, contact. Every step is a page of its own."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.booking.abuse.proofs import challenge_on_entering
from madoguchi.booking.abuse.rules import SHORT_WINDOW
from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.citizens.choices import choice_of
from madoguchi.booking.citizens.forms import ContactForm, IdentifyForm, PlaceForm
from madoguchi.booking.citizens.privacy import NOTICE_DATE, NOTICE_VERSION
from madoguchi.booking.citizens.queries import number_kinds
from madoguchi.booking.citizens.views.entrance import address_of, then_of
from madoguchi.booking.citizens.visit import identified, remember
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.municipality.own_words import say_sentence
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import Identified, Refused, WhyUnknown, identify
from madoguchi.booking.reservations.models import Draft, State
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.ui.languages import day_in_words, time_in_words
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

STEPS = 6


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
@require_http_methods(["GET", "HEAD", "POST"])
def identify_to_see_card(request: HttpRequest) -> HttpResponse:
    """The same question, with the same answer for every number that is not the person's own, before a card's state is shown (BK-13)."""
    return _identify(request, "card")


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
    kind = next((found for found in number_kinds() if found.code == request.GET.get("kind", "")), None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        answer = identify(
            *(typed["booking_id"], typed.get("code", ""), typed["birthday"]),
            client=client,
            privacy_notice=NOTICE_VERSION,
            proof=(request.POST.get("challenge", "")[:1000], request.POST.get("solution", "")[:20]),
            kind=VisitKind.objects.get(code=kind.code) if kind else None,
        )
        if isinstance(answer, Identified):
            return remember(HttpResponseRedirect(_next_after_identifying(request, answer, purpose)), answer.key)
        if answer.why is WhyUnknown.TOO_MANY:
            return too_many_failures(request, answer)
        if answer.why is WhyUnknown.PROVE:
            status = 429
        form.add_error(None, str(answer.message))
        challenge = answer.challenge
    if answer is None:
        challenge = challenge_on_entering(client, uses_codes=uses_codes)
    context = {**_question(form), "purpose": purpose, "challenge": challenge, "kind": kind}
    return render(request, "citizens/identify.html", context, status=status)


def _question(form: IdentifyForm) -> dict[str, object]:
    """Return what the page of the first question shows: the notice on personal data stands before the first box (BK-18)."""
    return {"form": form, "steps": STEPS, "municipality": municipality.current(), "version": NOTICE_VERSION, "date": NOTICE_DATE}


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _next_after_identifying(request: HttpRequest, answer: Identified, purpose: str) -> str:
    if services.open_offer_of(answer.draft) is not None:
        return reverse("citizens:waiting")
    if purpose == "manage":
        return reverse("citizens:booking")
    if purpose == "card":
        return reverse("citizens:card-state")
    if answer.has_booking:
        messages.info(request, _("この予約用IDでは、すでに予約があります。日時や人数は、この画面から変えられます。"))
        return reverse("citizens:booking")
    return reverse("citizens:place")


def too_many_failures(request: HttpRequest, answer: Refused) -> HttpResponse:
    """Answer that nobody is identified for a while (429), with the telephone."""
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
    """Step 2: where. For a booking that stands (`then` change) it is the first step of its change."""
    then = then_of(request)
    choice = choice_of(draft)
    places = calendar.places(choice.admission)
    if not places:
        return _no_place_for_all(request, then) if choice.party > 1 else _nothing_offered(request)
    services.expire_holds()
    first_free = calendar.first_free_days(choice.admission, **choice.visit)
    lines = {place.code: _place_line(place, first_free.get(place.pk)) for place in places}
    initial = {"place": draft.place.code} if draft.place else None
    form = PlaceForm(_posted(request), places=places, lines=lines, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = next(place for place in places if place.code == form.cleaned_data["place"])
        services.choose_place(draft, chosen)
        return HttpResponseRedirect(address_of("day", then))
    context = {"form": form, "steps": STEPS, "then": then, "choice": choice}
    return render(request, "citizens/place.html", context, status=422 if request.method == "POST" else 200)


def _place_line(place: Place, first_free: dt.date | None) -> SafeString:
    free = _("いちばん早い空き：%(day)s") % {"day": day_in_words(first_free)} if first_free else _("今は空きがありません")
    way = _("カードがこの場所に届くまで、%(days)d開庁日かかります") % {"days": place.lead_days} if place.lead_days else ""
    return format_html_join(mark_safe("<br>"), "{}", ((part,) for part in (place.address, say_sentence(place.access), way, free) if part))


def _no_place_for_all(request: HttpRequest, then: str) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("全員がいっしょに受け取れる場所がありません"),
        message=_("カードの置き場所が分かれています。予約は変わっていません。"),
        next_steps=(_("いっしょに受け取る人を外して、別々に予約してください。"), _("お電話でもご相談いただけます。")),
        links=(Link(_("いっしょに受け取る人の画面に戻る"), address_of("party", then)),),
    )


def _nothing_offered(request: HttpRequest) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("いま予約できる場所がありません"),
        message=_("受付の準備中か、受付を休んでいます。何も変わっていません。"),
        next_steps=(_("お電話でお問い合わせください。"),),
    )


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
