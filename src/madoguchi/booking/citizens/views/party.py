"""P05: who else comes. Every person is proved by an own number; who has only one number passes this page by (BK-05)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.booking.abuse.proofs import challenge_on_entering
from madoguchi.booking.citizens.choices import choice_of
from madoguchi.booking.citizens.forms import IdentifyForm
from madoguchi.booking.citizens.views.booking import too_many_failures
from madoguchi.booking.citizens.views.entrance import address_of, then_of
from madoguchi.booking.citizens.views.times import refused_page
from madoguchi.booking.citizens.visit import identified
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.identification import Refused, WhyUnknown, identify_member, remove_member
from madoguchi.booking.reservations.models import Draft
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform.accounts.access import client_of


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def party(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The people of the visit so far, and the boxes for one more. 「次へ進む」 with empty boxes goes on with these people."""
    then = then_of(request)
    if draft.kind.party_limit < 2:
        return HttpResponseRedirect(address_of("place", then))
    adding = request.method == "POST" and any(request.POST.get(name, "").strip() for name in ("booking_id", "birthday", "code"))
    if request.method == "POST" and not adding and "add" not in request.POST:
        return _go_on(request, draft, then)
    uses_codes, client = municipality.current().uses_booking_codes, client_of(request)
    form = IdentifyForm(request.POST if request.method == "POST" else None, uses_codes=uses_codes)
    challenge = None
    if form.is_bound and form.is_valid():
        answer = _add(request, draft, form)
        if isinstance(answer, Refused):
            if answer.why is WhyUnknown.TOO_MANY:
                return too_many_failures(request, answer)
            challenge = answer.challenge
        if not form.errors:
            messages.success(request, _("1人追加しました。"))
            return _go_on(request, draft, then) if "add" not in request.POST else HttpResponseRedirect(request.get_full_path())
    if not form.is_bound:
        challenge = challenge_on_entering(client, uses_codes=uses_codes)
    context = {"form": form, "then": then, "choice": choice_of(draft), "challenge": challenge}
    return render(request, "citizens/party.html", context, status=422 if request.method == "POST" else 200)


def _add(request: HttpRequest, draft: Draft, form: IdentifyForm) -> Refused | None:
    """Add the person of the form to the draft; what was wrong stands in the form. Returns the refusal of whoever is not identified."""
    typed = form.cleaned_data
    try:
        answer = identify_member(
            draft,
            *(typed["booking_id"], typed.get("code", ""), typed["birthday"]),
            client=client_of(request),
            proof=(request.POST.get("challenge", "")[:1000], request.POST.get("solution", "")[:20]),
        )
    except BookingRefused as refusal:
        form.add_error(None, str(refusal.message))
        return None
    if isinstance(answer, Refused):
        form.add_error(None, str(answer.message))
        return answer
    if answer.pk == draft.credential_id:
        form.add_error("booking_id", _("この方はすでに入っています。ほかの方の予約用IDを入力してください。"))
    return None


def _go_on(request: HttpRequest, draft: Draft, then: str) -> HttpResponse:
    """Go to the step behind: the place, the last step with the same time held for all of them, or the check of a change."""
    if then == "change":
        return HttpResponseRedirect(reverse("citizens:change"))
    booking = draft.booking
    if then != "check" or booking is None:
        return HttpResponseRedirect(address_of("place"))
    if booking.people != choice_of(draft).party:
        try:
            services.hold(draft, booking.slot_id, client=client_of(request))
        except BookingRefused as refusal:
            return refused_page(request, draft, refusal.why, booking.slot.day, slot=booking.slot_id)
    return HttpResponseRedirect(reverse("citizens:check"))


@identified
@require_POST
def leave_out(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Take one of the others out again; a booking that stands is not touched before the last step of its change."""
    person = request.POST.get("person", "")
    if person.isascii() and person.isdigit() and len(person) <= 18 and remove_member(draft, int(person)):
        messages.success(request, _("1人外しました。"))
    return HttpResponseRedirect(address_of("party", then_of(request)))
