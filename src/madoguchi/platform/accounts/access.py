"""What a page requires of the one who opens it; a page that says nothing is closed to everybody.

`@open_to_all` for pages of citizens, `@requires(RIGHT)` for pages of staff, `@signed_in` for those every member of staff may open.
The middleware `DenyByDefault` enforces it before the view runs, and audits what it refuses.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from madoguchi.platform.accounts.audited import PAGE_REFUSED
from madoguchi.platform.accounts.duty import duty_of, is_due
from madoguchi.platform.accounts.forms import SignInForm
from madoguchi.platform.accounts.models import Assignment, Staff
from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

View = TypeVar("View", bound=Callable[..., Any])
_READING = ("GET", "HEAD")
# What somebody with a password given by another person may open before choosing an own one.
_BEFORE_OWN_PASSWORD = frozenset({"accounts:password", "accounts:sign-out"})
# What somebody may open who has several roles or places and has not said yet which they take today.
_BEFORE_DUTY = frozenset({"accounts:duty", "accounts:lock-screen", "accounts:open-screen", "accounts:password", "accounts:still-there"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a view demands: nothing (`everybody`), any signed-in staff (`rights` empty), or one of `rights`."""

    everybody: bool = False
    rights: tuple[Right, ...] = ()


def open_to_all(view: View) -> View:
    """Declare a page that anybody may open."""
    view.requirement = Requirement(everybody=True)  # type: ignore[attr-defined]  # read by the middleware
    return view


def signed_in(view: View) -> View:
    """Declare a page that every signed-in member of staff may open."""
    view.requirement = Requirement()  # type: ignore[attr-defined]  # read by the middleware
    return view


def requires(*rights: Right) -> Callable[[View], View]:
    """Declare a page that only staff with at least one of `rights` may open."""

    def declare(view: View) -> View:
        view.requirement = Requirement(rights=rights)  # type: ignore[attr-defined]  # read by the middleware
        return view

    return declare


def requirement_of(view: Callable[..., object]) -> Requirement | None:
    """Return what `view` declares, also for class-based views; None when it declares nothing and so is closed."""
    declared = getattr(view, "requirement", None) or getattr(getattr(view, "view_class", None), "requirement", None)
    return declared if isinstance(declared, Requirement) else None


def rights_of(staff: Staff) -> dict[str, frozenset[str]]:
    """Return the right codes of `staff` and for each the places it covers (an empty string: all places). One statement.

    Whose request it is has only those of the role they chose for today (`duty`), if they have several.
    """
    found: dict[str, set[str]] = {}
    assignments = Assignment.objects.in_force().filter(staff=staff)
    role = getattr(staff, "role_of_today", "")
    if role:
        assignments = assignments.filter(role__code=role)
    for rights, place in assignments.values_list("role__rights", "place"):
        for code in rights:
            found.setdefault(code, set()).add(place)
    return {code: frozenset(places) for code, places in found.items()}


def staff_of(request: HttpRequest) -> Staff:
    """Return the signed-in member of staff; only for views that require one."""
    if not isinstance(request.user, Staff):
        raise PermissionError("nobody is signed in")
    return request.user


def held_rights(request: HttpRequest) -> dict[str, frozenset[str]]:
    """Return `rights_of` the signed-in staff, read once per request."""
    held: dict[str, frozenset[str]] | None = getattr(request, "held_rights", None)
    if held is None:
        held = rights_of(request.user) if isinstance(request.user, Staff) else {}
        request.held_rights = held  # type: ignore[attr-defined]  # kept for this request
    return held


def may(request: HttpRequest, right: Right, place: str = "") -> bool:
    """Tell whether the signed-in staff holds `right` at `place` (empty: anywhere)."""
    places = held_rights(request).get(right.code, frozenset())
    return bool(places) and (not place or "" in places or place in places)


def may_open(request: HttpRequest, address: str) -> bool:
    """Tell whether who asks may open the own page at `address`, so that a link does not lead to a refusal."""
    try:
        return may_use(request, resolve(urlsplit(address).path).func)
    except Resolver404:
        return False


def may_use(request: HttpRequest, view: Callable[..., object]) -> bool:
    """Tell whether who asks meets what `view` requires."""
    needed = requirement_of(view)
    if needed is None or not (needed.everybody or isinstance(request.user, Staff)):
        return False
    return _meets(request, needed)


def _meets(request: HttpRequest, needed: Requirement) -> bool:
    return not needed.rights or any(may(request, right) for right in needed.rights)


def places_of(request: HttpRequest, right: Right) -> frozenset[str] | None:
    """Return the place codes at which the staff holds `right`; None when it holds for every place."""
    places = held_rights(request).get(right.code, frozenset())
    return None if "" in places else places


def client_of(request: HttpRequest) -> str:
    """Return the client as limits and the operation log name it: the network address that the outermost own proxy saw.

    `X-Forwarded-For` is believed as far as the zone's own proxies (`MADOGUCHI_PROXIES`) have written it: from its end up to the first
    address that is none of them. What a client writes there itself stands further left (ASVS 5.0 15.3.4).
    """
    client = str(request.META.get("REMOTE_ADDR", ""))
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    while client in settings.MADOGUCHI_PROXIES and said and said[-1]:
        client = said.pop()
    return client if _is_address(client) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request."""
    user = getattr(request, "user", None)
    if isinstance(user, Staff):
        duty = duty_of(request)
        actor = actor_for(user, client=client_of(request), session_ref=str(request.session.get("ref", "")))
        return replace(actor, role=duty.role, place=duty.place, window=duty.words)
    return Actor(kind=ActorKind.ANONYMOUS, client=client_of(request))


def actor_for(staff: Staff, *, client: str = "", session_ref: str = "") -> Actor:
    """Return the actor that `staff` is."""
    return Actor(
        kind=ActorKind(staff.kind),
        user_id=staff.user_id,
        user_name=staff.name,
        section=staff.section.name,
        client=client,
        session_ref=session_ref,
        staff_pk=staff.pk,
    )


def is_own_address(request: HttpRequest, address: str) -> bool:
    """Tell whether `address` leads to this site, so that a sign-in may go on there (ASVS 5.0 3.7.2: no open redirect)."""
    return url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure())


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a request of nobody for a page of staff: with the sign-in form on the zone's home page (200), else with the way to it.

    The page says why a session ended, and when something was sent that it was not stored. A page part asked for by htmx gets 401
    and takes the whole window to the sign-in.
    """
    home = request.resolver_match is not None and request.resolver_match.view_name == settings.MADOGUCHI_STAFF_HOME
    reason = str(getattr(request, "session_ended", ""))
    following = request.get_full_path()
    if request.method not in _READING or request.headers.get("HX-Request"):
        following = page_asked_from(request)
    lost = request.method not in _READING
    if home and not lost:
        page = {"form": SignInForm(), "next": following, "reason": reason, "provider": settings.MADOGUCHI_SINGLE_SIGN_ON}
        return render(request, "accounts/sign-in.html", page)
    told = {"next": following, "reason": reason, "lost": "1" if lost else ""}
    address = f"{reverse('accounts:sign-in')}?{urlencode({name: value for name, value in told.items() if value})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def page_asked_from(request: HttpRequest) -> str:
    """Return path and query of the own page from which a form or a page part was asked for; empty when the browser does not say."""
    return _path_of_own(request, request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))


def _path_of_own(request: HttpRequest, address: str) -> str:
    """Return path and query of a page of this site that a browser named as the one it came from; empty for any other text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    own = parts.netloc == request.get_host() and is_own_address(request, address)
    return parts._replace(scheme="", netloc="", fragment="").geturl() if own else ""


class DenyByDefault:
    """Middleware: no view runs unless its requirement is declared and met; refusals of signed-in staff are audited."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., object], _args: object, _kwargs: object) -> HttpResponse | None:
        """Let the request through (None) or answer for the view: the sign-in, the choice of an own password, or 403."""
        needed = requirement_of(view)
        if needed is not None and needed.everybody:
            return None
        if not isinstance(request.user, Staff):
            return ask_to_sign_in(request)
        if request.user.must_change_password and not _is_open_before_own_password(request):
            return HttpResponseRedirect(reverse("accounts:password"))
        if is_due(request) and request.resolver_match is not None and request.resolver_match.view_name not in _BEFORE_DUTY:
            asked = request.get_full_path() if request.method in _READING else ""
            return HttpResponseRedirect(f"{reverse('accounts:duty')}?{urlencode({'next': asked})}")
        if needed is not None and _meets(request, needed):
            return None
        record(actor_of(request), PAGE_REFUSED, content={"path": request.path}, result=Result.REFUSED)
        raise PermissionDenied


def _is_open_before_own_password(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.view_name in _BEFORE_OWN_PASSWORD
