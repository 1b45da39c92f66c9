"""The lock of the screen: a session that goes on, but shows and does nothing until its owner has given the password again (S03).

The lock stands in the session on the server, so that no tab, no page part and no request of a script gets past it; what the page does
in the browser only hides what is already there. After how long a session without input is locked is the municipality's setting; it is
read once, when the session begins, so that it costs no statement afterwards.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, page_asked_from, requirement_of
from madoguchi.platform.accounts.audited import LOCK_TIME_SET, SCREEN_LOCKED, SCREEN_OPENED
from madoguchi.platform.accounts.forms import ScreenLockForm
from madoguchi.platform.accounts.models import ScreenLock, Staff
from madoguchi.platform.accounts.rules import rests_long_enough_to_lock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

LOCKED_HEADER, BY_SCRIPT = "X-Screen-Locked", "ask"
_LOCKED, _AFTER, _TOLD = "screen_locked", "screen_lock_after", "screen_lock_told"
# What a locked session may still ask for: to be opened again, to be ended so that another person can sign in, and once, for a page that
# finds the server's clock ahead of its own, to be locked.
_WHILE_LOCKED = frozenset({"accounts:lock-screen", "accounts:open-screen", "accounts:sign-out"})


def minutes_of_municipality() -> int:
    """Return after how many minutes without input a screen is locked; 0 where the municipality has switched it off."""
    return ScreenLock.objects.values_list("after_minutes", flat=True).first() or 0


def set_minutes(minutes: int, actor: Actor) -> None:
    """Set after how many minutes (0: never) screens lock; it holds for sessions that begin from now on."""
    with transaction.atomic():
        before = minutes_of_municipality()
        ScreenLock.objects.update_or_create(pk=1, defaults={"after_minutes": minutes})
        record(actor, LOCK_TIME_SET, content={"before": before, "after": minutes})


def begin(request: HttpRequest) -> None:
    """Keep the municipality's setting in a session that begins."""
    request.session[_AFTER] = minutes_of_municipality()


def minutes_of(request: HttpRequest) -> int:
    """Return after how many minutes without input this session is locked; 0: never."""
    return int(request.session.get(_AFTER, 0))


def is_locked(request: HttpRequest) -> bool:
    """Tell whether the session of this request is locked."""
    return bool(request.session.get(_LOCKED))


def lock(request: HttpRequest, *, by_rest: bool) -> None:
    """Lock the session of this request; `by_rest` when nobody pressed anything for too long. A locked one stays as it is."""
    if is_locked(request):
        return
    record(actor_of(request), SCREEN_LOCKED, content={"by": "rest" if by_rest else "person"})
    request.session[_LOCKED] = True


def is_first_told(request: HttpRequest) -> bool:
    """Tell whether no page has told of this lock yet: only the first one may say what was being typed. The next asks in vain."""
    first = not request.session.get(_TOLD)
    request.session[_TOLD] = True
    return first


def open_again(request: HttpRequest) -> None:
    """Open the session of this request; the caller has checked the password."""
    request.session.pop(_TOLD, None)
    if request.session.pop(_LOCKED, None):
        record(actor_of(request), SCREEN_OPENED)


def show_locked(request: HttpRequest, form: ScreenLockForm | None = None) -> HttpResponse:
    """Answer in place of a page: who has locked the screen, and the box for the password. It keeps no session awake."""
    request.unattended = True  # type: ignore[attr-defined]  # read by SessionLimits
    reading = request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request")
    asked = form or ScreenLockForm(initial={"next": request.get_full_path() if reading else page_asked_from(request)})
    # A script that asks for the panel alone has lost nothing: the page is behind it.
    lost = not reading and form is None and request.headers.get(LOCKED_HEADER) != BY_SCRIPT
    page = {"lock_form": asked, "lost": lost}
    response = render(request, "accounts/locked.html", page, status=HTTPStatus.LOCKED)
    response.headers[LOCKED_HEADER] = "yes"
    if request.headers.get("HX-Request"):
        # The part that was asked for must not turn into a whole page; the script that hides the page hears of it by the header.
        response.headers["HX-Reswap"] = "none"
    return response


class RefuseWhileLocked:
    """Middleware: a locked session gets 423 and nothing else, whatever it asks for; one that rested too long is locked now.

    Pages that everybody may open stay open, except those of accounts: they show nothing of staff.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie the session is not asked for: citizens' pages have none.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Staff):
            rested = request.user.session_seen_at
            if not is_locked(request) and rests_long_enough_to_lock(seen=rested, now=clock.now(), after_minutes=minutes_of(request)):
                lock(request, by_rest=True)
            # The shell shows neither menu nor scan box then, also on a page that says that there is no such page.
            request.screen_locked = is_locked(request)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., object], _args: object, _kwargs: object) -> HttpResponse | None:
        """Let the request through (None) or answer 423 in place of the view."""
        if not getattr(request, "screen_locked", False) or request.resolver_match is None:
            return None
        name, needed = request.resolver_match.view_name, requirement_of(view)
        for_everybody = needed is not None and needed.everybody and "accounts" not in request.resolver_match.namespaces
        return None if for_everybody or name in _WHILE_LOCKED else show_locked(request)
