"""What a browser shows of its way through the forms: signed cookies with a random key of a hold, or the row of a proved booking."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.booking.applications.models import SealedApplication, WaitingNumber
from madoguchi.booking.reservations.models import Booking
from madoguchi.booking.reservations.rules import DRAFT_LIFETIME
from madoguchi.platform.accounts.access import open_to_all
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

HOLD_COOKIE = "madoguchi_form_hold"
PROOF_COOKIE = "madoguchi_form_proof"
WISH_COOKIE = "madoguchi_form_wish"

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]
WithBooking = Callable[Concatenate[HttpRequest, Booking, Arguments], HttpResponse]
WithWish = Callable[Concatenate[HttpRequest, WaitingNumber, Arguments], HttpResponse]


def remember_hold(response: HttpResponse, key: uuid.UUID) -> HttpResponse:
    """Give the browser the key of its hold, until it is closed."""
    return _remember(response, HOLD_COOKIE, key)


def remember_proof(response: HttpResponse, booking: uuid.UUID) -> HttpResponse:
    """Let the browser show that it proved a booking, for as long as a visit lasts."""
    return _remember(response, PROOF_COOKIE, booking)


def remember_wish(response: HttpResponse, wish: uuid.UUID) -> HttpResponse:
    """Let the browser show that it proved a place in the waiting list, for as long as a visit lasts."""
    return _remember(response, WISH_COOKIE, wish)


def _remember(response: HttpResponse, cookie: str, key: uuid.UUID) -> HttpResponse:
    signed = signing.TimestampSigner(salt=cookie).sign(str(key))
    response.set_cookie(cookie, signed, httponly=True, samesite="Lax", secure=settings.CSRF_COOKIE_SECURE)
    return response


def forget(response: HttpResponse, cookie: str) -> HttpResponse:
    """Take a cookie away from the browser."""
    response.delete_cookie(cookie, samesite="Lax")
    return response


def key_in(request: HttpRequest, cookie: str) -> uuid.UUID | None:
    """Return what a cookie of ours holds; None when the browser shows none, another's, or one that is too old."""
    try:
        return uuid.UUID(signing.TimestampSigner(salt=cookie).unsign(request.COOKIES.get(cookie, ""), max_age=DRAFT_LIFETIME))
    except (signing.BadSignature, ValueError):
        return None


def held_booking(request: HttpRequest) -> Booking | None:
    """Return the booking whose hold this browser shows, whatever became of it."""
    key = key_in(request, HOLD_COOKIE)
    if key is None:
        return None
    return Booking.objects.select_related("slot__place", "kind").filter(idempotency_key=key).first()


def proved(view: WithBooking[Arguments]) -> View[Arguments]:
    """Declare a page that is open to whoever has proved a form booking a short while ago; the view gets the booking."""

    @open_to_all
    @wraps(view)
    def guarded(request: HttpRequest, *args: Arguments.args, **values: Arguments.kwargs) -> HttpResponse:
        key = key_in(request, PROOF_COOKIE)
        found = SealedApplication.objects.select_related("booking__slot__place", "booking__kind").filter(pk=key).first() if key else None
        if found is None:
            return ask_again(request)
        return view(request, found.booking, *args, **values)

    return cast("View[Arguments]", guarded)


def waits(view: WithWish[Arguments]) -> View[Arguments]:
    """Declare a page that is open to whoever has proved a place in the waiting list a short while ago; the view gets its number."""

    @open_to_all
    @wraps(view)
    def guarded(request: HttpRequest, *args: Arguments.args, **values: Arguments.kwargs) -> HttpResponse:
        key = key_in(request, WISH_COOKIE)
        found = WaitingNumber.objects.select_related("wish__kind").filter(pk=key).first() if key else None
        if found is None:
            return ask_again(request)
        return view(request, found, *args, **values)

    return cast("View[Arguments]", guarded)


def ask_again(request: HttpRequest) -> HttpResponse:
    """Answer that the time for this visit is over (410)."""
    return render_problem(
        request,
        410,
        title=_("時間が経ったため、もう一度はじめからお願いします"),
        message=_("しばらく操作がなかったため、安全のために画面を閉じました。完了した予約はそのまま残っています。"),
        next_steps=(_("予約が完了しているかどうかは、予約番号と電話番号の下4けたで確かめられます。"),),
        links=(Link(_("予約を確かめる"), reverse("applications:manage")), Link(_("最初のページへ"), reverse("citizens:top"))),
    )
