"""Whether a user id and a password belong together; guessing is counted per user id, whoever guesses from wherever."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from madoguchi.platform.accounts.audited import LOCKED_OUT, SIGN_IN_FAILED
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

# No letters or digits that are taken for one another when they are read from paper: 32 signs, 5 bits each.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome: `staff` when both belong together and the account is open; `locked` when further tries are refused for now."""

    staff: Staff | None
    locked: bool = False


def check(user_id: str, password: str, *, actor: Actor, purpose: str) -> Checked:
    """Check a password and count a failure; the answer and its cost are the same for ids that do not exist (ASVS 5.0 6.3.8).

    `actor` is who tries (its `client` is kept with the failure), `purpose` stands in the operation log. Failures are to outlive the
    work they belong to: call it outside of a transaction that may be rolled back.
    """
    attempt = _attempt(actor)
    # The first password hasher runs for unknown ids as well.
    staff = authenticate(attempt, user_id=user_id, password=password)
    locked = bool(getattr(attempt, "axes_locked_out", False))
    if staff is not None:
        return Checked(staff)
    known = Staff.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
    record(
        actor,
        LOCKED_OUT if locked else SIGN_IN_FAILED,
        # What was typed as an id may be a password in the wrong box: only ids that exist are written down.
        subject=f"staff:{known}" if known else "",
        content={"purpose": purpose, "user_id": user_id if known else ""},
        result=Result.REFUSED,
    )
    return Checked(None, locked)


def count_failure(user_id: str, *, actor: Actor) -> bool:
    """Count a second factor that was refused as a wrong password counts; returns whether further tries are refused now."""
    attempt = _attempt(actor)
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={"user_id": user_id}, request=attempt)
    return bool(getattr(attempt, "axes_locked_out", False))


def name_in_failures(user_id: str) -> str:
    """Return the name under which failures with `user_id` are counted: a keyed hash, because people type passwords into the wrong box."""
    return salted_hmac("madoguchi.accounts.failures", user_id, algorithm="sha256").hexdigest()


def counted_as(_request: HttpRequest, credentials: Mapping[str, object]) -> str:
    """Tell django-axes under which name to count (setting AXES_USERNAME_CALLABLE)."""
    return name_in_failures(str(credentials["user_id"]))


def forget_failures(user_id: str) -> int:
    """Forget the failed tries of `user_id`, which opens a locked id again; returns how many rows there were."""
    return int(AxesProxyHandler.reset_attempts(username=name_in_failures(user_id)))


def is_locked(user_id: str) -> bool:
    """Tell whether further tries with `user_id` are refused for now."""
    attempt = HttpRequest()
    attempt.method = "POST"
    return bool(AxesProxyHandler.is_locked(attempt, {"user_id": user_id}))


def new_password() -> str:
    """Return a random password that can be read from paper and typed: four groups of five signs, 99 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(4))


def _attempt(actor: Actor) -> HttpRequest:
    """Return a request that holds the client and nothing else: the failure table keeps what it is given, and pages hold personal data."""
    attempt = HttpRequest()
    attempt.method = "POST"
    attempt.META["REMOTE_ADDR"] = actor.client or None
    return attempt
