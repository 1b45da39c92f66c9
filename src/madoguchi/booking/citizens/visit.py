"""One person's way through the public pages: a signed cookie that holds nothing but the random key of a draft."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.booking.reservations.identification import draft_of
from madoguchi.booking.reservations.models import Draft
from madoguchi.booking.reservations.rules import BookingRefused, Why
from madoguchi.booking.reservations.services import speak
from madoguchi.platform.accounts.access import open_to_all
from madoguchi.platform.ui import languages
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

COOKIE = "madoguchi_booking_draft"
_signer = signing.Signer(salt="madoguchi.booking.draft")

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]
WithDraft = Callable[Concatenate[HttpRequest, Draft, Arguments], HttpResponse]


def signed(key: str) -> str:
    """Return the cookie's content for the key of a draft."""
    return _signer.sign(key)


def remember(response: HttpResponse, key: str) -> HttpResponse:
    """Give the browser the key of its draft, until it is closed."""
    response.set_cookie(COOKIE, signed(key), httponly=True, samesite="Lax", secure=settings.CSRF_COOKIE_SECURE)
    return response


def forget_visit(response: HttpResponse) -> HttpResponse:
    """Take the key away from the browser."""
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def current_key(request: HttpRequest) -> str | None:
    """Return the key of the draft that this browser shows, None when it shows none of ours."""
    try:
        return _signer.unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return None


def current_draft(request: HttpRequest) -> Draft:
    """Return the draft of this browser; raises BookingRefused (DRAFT_EXPIRED) when it has none that is still valid."""
    key = current_key(request)
    if key is None:
        raise BookingRefused(Why.DRAFT_EXPIRED)
    draft = draft_of(key)
    if draft.language != languages.current():
        speak(draft, languages.current())
    return draft


def identified(view: WithDraft[Arguments]) -> View[Arguments]:
    """Declare a page that is open to whoever has proved a booking number a short while ago; the view gets the draft.

    Anybody else (a page left open overnight, a bookmark, a deleted cookie) reads what happened and how to begin again.
    """

    @open_to_all
    @wraps(view)
    def guarded(request: HttpRequest, *args: Arguments.args, **values: Arguments.kwargs) -> HttpResponse:
        try:
            draft = current_draft(request)
        except BookingRefused:
            return start_again(request)
        return view(request, draft, *args, **values)

    return cast("View[Arguments]", guarded)


def start_again(request: HttpRequest) -> HttpResponse:
    """Answer that the time for this visit is over: what is lost (nothing that was booked) and where to begin (410)."""
    return render_problem(
        request,
        410,
        title=_("時間が経ったため、もう一度はじめからお願いします"),
        message=_("しばらく操作がなかったため、安全のために画面を閉じました。完了した予約はそのまま残っています。"),
        next_steps=(
            _("予約の途中だった方は「予約する」から、もう一度進んでください。"),
            _("予約が完了しているかどうかは「予約の確認・変更・取消」で確かめられます。"),
        ),
        links=(Link(_("予約する"), reverse("citizens:identify")), Link(_("予約の確認・変更・取消"), reverse("citizens:manage"))),
    )
