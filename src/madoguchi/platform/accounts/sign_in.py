"""Sessions of staff: how one begins, how long it lasts, how it ends.

An account has one live session; the server decides its end by the account's row, not by the cookie (SF-03; ASVS 5.0 V7).
"""

import datetime as dt
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from madoguchi.platform import clock
from madoguchi.platform.accounts import duty, kept_input, screen_lock
from madoguchi.platform.accounts.access import actor_of, client_of
from madoguchi.platform.accounts.audited import PASSWORD_ACCEPTED, SESSION_ENDED, SIGNED_IN, SIGNED_OUT
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rules import Limits, session_is_over
from madoguchi.platform.audit.actors import anonymous
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record

_PENDING, _NEXT, _BEFORE = "pending_staff", "pending_next", "signed_in_before"
_PENDING_LIFE = dt.timedelta(minutes=10)
_SEEN_EVERY = dt.timedelta(seconds=30)
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def limits() -> Limits:
    """Return the zone's limits of a session (research: 15 minutes idle, 10 hours in all)."""
    return Limits(dt.timedelta(minutes=settings.MADOGUCHI_SESSION_IDLE_MINUTES), dt.timedelta(hours=settings.MADOGUCHI_SESSION_HOURS))


def remember_pending(request: HttpRequest, staff: Staff, following: str, *, shown: Process = PASSWORD_ACCEPTED) -> None:
    """Remember between the two pages of the sign-in what `staff` has `shown` (that the password was right), for ten minutes."""
    request.session.flush()
    request.session[_PENDING] = [staff.pk, clock.now().timestamp()]
    request.session[_NEXT] = following
    record(anonymous(client_of(request)), shown, subject=f"staff:{staff.pk}", content={"user_id": staff.user_id})


def pending(request: HttpRequest) -> tuple[Staff, str] | None:
    """Return who is between the two pages and where they want to go, or None."""
    if _PENDING not in request.session:
        return None
    pk, since = request.session[_PENDING]
    if clock.now().timestamp() - since > _PENDING_LIFE.total_seconds():
        return None
    staff = Staff.objects.filter(pk=pk, is_active=True).first()
    return (staff, str(request.session[_NEXT])) if staff else None


def open_session(request: HttpRequest, staff: Staff) -> bool:
    """Begin the session of `staff` with a new key; returns whether an older one, still live, was ended by it.

    In a demo zone (`MADOGUCHI_SITE["demo"]`) an older one goes on beside it: many people try the same accounts there.
    """
    now, ref = clock.now(), secrets.token_hex(8)
    with transaction.atomic():
        before = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
        live = before.session_ref != "" and not session_is_over(
            live_ref=before.session_ref,
            ref=before.session_ref,
            started=before.session_started_at,
            seen=before.session_seen_at,
            now=now,
            limits=limits(),
        )
        if live and _is_shared():
            ref = before.session_ref
        replaced = live and ref != before.session_ref
        request.session.flush()
        login(request, staff, backend=_BACKEND)
        request.session["ref"] = ref
        request.session[_BEFORE] = before.last_login.isoformat() if before.last_login else ""
        screen_lock.begin(request)
        duty.begin(request, staff)
        kept_input.offer(request, staff)
        Staff.objects.filter(pk=staff.pk).update(session_ref=ref, session_started_at=now, session_seen_at=now)
        record(actor_of(request), SIGNED_IN, subject=f"staff:{staff.pk}", content={"replaced": replaced})
    return replaced


def last_sign_in(request: HttpRequest) -> dt.datetime | None:
    """Return when the account was signed in to before this session, so that its owner can tell whether it was they (S01)."""
    kept = str(request.session.get(_BEFORE, ""))
    return dt.datetime.fromisoformat(kept) if kept else None


def close_session(request: HttpRequest) -> None:
    """End the session of this request, on the server as well."""
    if isinstance(request.user, Staff):
        with transaction.atomic():
            record(actor_of(request), SIGNED_OUT, subject=f"staff:{request.user.pk}")
            if not _is_shared():
                Staff.objects.filter(pk=request.user.pk, session_ref=request.session.get("ref", "")).update(session_ref="")
    logout(request)


def _is_shared() -> bool:
    """Tell whether several people may use one account at the same time: in a demo zone only."""
    return bool(settings.MADOGUCHI_SITE["demo"])


class SessionLimits:
    """Middleware: ends a session that rested or lasted too long, or that a newer one of the same account replaced.

    The request goes on as nobody's, with the reason in `request.session_ended`, so that pages for everybody still show and pages of
    staff lead to the sign-in with a sentence why. A view that refreshes by itself sets `request.unattended` and keeps nobody awake.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie the session is not asked for: citizens' pages have none.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Staff):
            self._end_if_over(request, request.user)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, Staff):
            # Their rights in this request are those of the role that they chose for today (access.rights_of).
            request.user.role_of_today = duty.duty_of(request).role  # type: ignore[attr-defined]
        response = self.get_response(request)
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and isinstance(request.user, Staff)
            and not getattr(request, "unattended", False)
        ):
            self._note_presence(request, request.user)
        return response

    def _end_if_over(self, request: HttpRequest, staff: Staff) -> None:
        reason = session_is_over(
            live_ref=staff.session_ref,
            ref=str(request.session.get("ref", "")),
            started=staff.session_started_at,
            seen=staff.session_seen_at,
            now=clock.now(),
            limits=limits(),
        )
        if reason is None:
            return
        with transaction.atomic():
            record(actor_of(request), SESSION_ENDED, subject=f"staff:{staff.pk}", content={"reason": reason.value})
            Staff.objects.filter(pk=staff.pk, session_ref=request.session.get("ref", "")).update(session_ref="")
        logout(request)
        request.session_ended = reason  # type: ignore[attr-defined]  # read by access.ask_to_sign_in

    def _note_presence(self, request: HttpRequest, staff: Staff) -> None:
        now = clock.now()
        if staff.session_seen_at is None or now - staff.session_seen_at >= _SEEN_EVERY:
            Staff.objects.filter(pk=staff.pk, session_ref=request.session.get("ref", "")).update(session_seen_at=now)
