"""Where the links of mails lead (BK-07, P15). Opening one does nothing: programs open links too. What is to happen, a button does.

A link works on any device: nothing of the visit in which the booking was made is needed.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.booking.citizens.forms import AddressForm, BirthdayForm
from madoguchi.booking.citizens.visit import identified, remember
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices import queries, services
from madoguchi.booking.notices.kinds import Standing
from madoguchi.booking.notices.models import Link
from madoguchi.booking.notices.services import LinkRefused
from madoguchi.booking.reservations import services as reservations
from madoguchi.booking.reservations.identification import Identified, WhyUnknown, citizen, identify_by_mail
from madoguchi.booking.reservations.models import Booking, Draft, State
from madoguchi.booking.reservations.rules import BookingRefused
from madoguchi.platform.accounts.access import client_of, open_to_all
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.ui.languages import current as current_language
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link as PageLink


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """The link that proves a mail address: a button proves it, another sends a new link when this one is too old."""
    link = queries.link_of(Link.Purpose.PROVE, token)
    if link is None or not queries.fits(link):
        return _dead(request)
    if request.method == "POST" and "again" in request.POST:
        return _send_again(request, link.booking)
    if request.method == "POST":
        try:
            services.prove(link, client=client_of(request))
        except LinkRefused as refusal:
            return _page(request, "citizens/mail_prove.html", link, 410, state="over", message=refusal.message)
        return _page(request, "citizens/mail_prove.html", link, state="proved")
    if queries.standing_of(link.booking) is Standing.PROVED:
        return _page(request, "citizens/mail_prove.html", link, state="proved")
    if not queries.is_open(link):
        return _page(request, "citizens/mail_prove.html", link, 410, state="over", message=_("このリンクは期限が切れています。"))
    return _page(request, "citizens/mail_prove.html", link, state="asked")


def _send_again(request: HttpRequest, booking: Booking) -> HttpResponse:
    actor = Actor(kind=ActorKind.CITIZEN, user_id=f"booking:{booking.pk}", client=client_of(request))
    return ask_again(request, booking, actor, request.path)


@identified
@require_POST
def ask_for_proof(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Send the mail that proves the address once more, from the page of the booking."""
    booking = reservations.live_booking_of(draft)
    if booking is None:
        return HttpResponseRedirect(reverse("citizens:booking"))
    return ask_again(request, booking, citizen(draft.credential_id, client_of(request)), reverse("citizens:booking"))


@identified
@require_http_methods(["GET", "HEAD", "POST"])
def set_address(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Register the mail address of the own booking, or put a wrong one right; the booking itself stays as it is (BK-07)."""
    booking = reservations.live_booking_of(draft)
    if booking is None or booking.state != State.CONFIRMED:
        return HttpResponseRedirect(reverse("citizens:booking"))
    return correct_address(request, booking, citizen(draft.credential_id, client_of(request)), back=reverse("citizens:booking"))


def correct_address(request: HttpRequest, booking: Booking, actor: Actor, *, back: str) -> HttpResponse:
    """Ask for the mail address of a booking whose person has been proved; `back` leads to the page of the booking."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reservations.set_own_address(actor, booking.pk, form.cleaned_data["email"])
        except BookingRefused as refusal:
            form.add_error("email", str(refusal.message))
        else:
            messages.success(request, _("メールアドレスを登録しました。予約完了のメールを送ります。"))
            return HttpResponseRedirect(back)
    context = {"form": form, "back": back}
    return render(request, "citizens/address.html", context, status=422 if request.method == "POST" else 200)


def ask_again(request: HttpRequest, booking: Booking, actor: Actor, back: str) -> HttpResponse:
    """Owe another mail that proves the address of the booking, or say that it is too soon; then lead `back`."""
    if services.ask_for_proof(booking, actor):
        messages.success(request, _("新しい確認メールを送ります。数分たってから、メールを見てください。"))
    else:
        messages.info(request, _("いまは確認メールを送れません。1分以上たってから、もう一度お試しください。予約は有効です。"))
    return HttpResponseRedirect(back)


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """The link to the own booking, or to what the waiting list offers: it takes the place of the number and the code, the birthday is asked
    all the same (BK-01).
    """
    link = queries.link_of(Link.Purpose.MANAGE, token)
    if link is None or not queries.is_open(link):
        return _dead(request)
    form = BirthdayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = identify_by_mail(link.booking_id, form.cleaned_data["birthday"], client=client_of(request), language=current_language())
        if isinstance(answer, Identified):
            offered = link.booking.state == State.HELD
            return remember(HttpResponseRedirect(reverse("citizens:waiting" if offered else "citizens:booking")), answer.key)
        if answer.why is WhyUnknown.TOO_MANY:
            return render_problem(request, 429, title=_("しばらく受付を止めています"), message=str(answer.message), retry_after=600)
        form.add_error("birthday", _("生月日が予約した方のものと違うようです。4けたの数字で、もう一度入力してください。"))
    return _page(request, "citizens/mail_manage.html", link, 422 if request.method == "POST" else 200, form=form)


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The link that stops the mails of one booking, by the button here or by the one of a mail program, which sends no cookie (RFC 8058).

    The random token stands for whoever presses; stopping harms nobody, and the page takes it back.
    """
    link = queries.link_of(Link.Purpose.STOP, token)
    if link is None:
        return _dead(request)
    if request.method == "POST":
        act = services.resume if "resume" in request.POST else services.stop
        try:
            act(link, client=client_of(request))
        except LinkRefused as refusal:
            return _dead(request, refusal.message)
        return HttpResponseRedirect(request.path)
    if not queries.is_open(link):
        return _dead(request)
    stopped = queries.standing_of(link.booking) is Standing.STOPPED
    return _page(request, "citizens/mail_stop.html", link, stopped=stopped)


def _page(request: HttpRequest, template: str, link: Link, status: int = 200, **more: object) -> HttpResponse:
    """Show a page of a link: which visit it concerns, never the address, the number or anything that tells who comes."""
    context = {"appointment": queries.appointment_of(link.booking), "municipality": municipality.current(), **more}
    return render(request, template, context, status=status)


def _dead(request: HttpRequest, message: str = "") -> HttpResponse:
    """Answer a link that is unknown, over, or of an address that the booking has no more: all in the same words (410)."""
    return render_problem(
        request,
        410,
        title=_("このリンクは使えません"),
        message=message or _("期限が切れたか、すでに使われたか、予約が変わったか取り消されたリンクです。"),
        next_steps=(
            _("メールのリンクが途中で切れていないか、確かめてください。"),
            _("予約の内容は「予約の確認・変更・取消」で見られます。"),
        ),
        links=(PageLink(_("予約の確認・変更・取消"), reverse("citizens:manage")),),
    )
