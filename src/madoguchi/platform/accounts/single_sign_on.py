"""Sign-in through the municipality's own service: what is remembered while the browser is there, and whose account comes back.

Accounts are linked beforehand by two people (`services.link_identity`); nobody gets one by signing in.
"""

from typing import Final

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from madoguchi.platform import clock, secrets
from madoguchi.platform.accounts import identity_provider
from madoguchi.platform.accounts.identity_provider import Endpoints, Identity, ProviderFault, Question
from madoguchi.platform.accounts.models import LinkedIdentity, Staff
from madoguchi.platform.accounts.provider_settings import CLIENT_KEY, Provider
from madoguchi.platform.accounts.security_keys import staff_origin

_SALT: Final = "madoguchi.accounts.single-sign-on"
# A card is looked for and its PIN typed.
_LIFE_SECONDS: Final = 600
# What the issuer said about its addresses, and that it did not answer, is believed for so long: whoever asks for the sign-in again and
# again keeps no thread of the web server waiting.
_KNOWN_SECONDS, _DOWN_SECONDS = 60, 10


def provider() -> Provider | None:
    """Return the sign-in service that this zone is set to, or None."""
    found: Provider | None = settings.MADOGUCHI_SINGLE_SIGN_ON
    return found


def come_back_to() -> str:
    """Return the address that the service sends the browser back to; it has to be registered there to the letter."""
    return staff_origin() + reverse("accounts:provider-back")


def endpoints(known: Provider) -> Endpoints:
    """Return where the service answers. Raises ProviderFault, also without asking it again right after it did not answer."""
    key = f"single-sign-on:{known.issuer}"
    kept = cache.get(key)
    if isinstance(kept, str):
        raise ProviderFault(kept)
    if kept is None:
        try:
            kept = identity_provider.discover(known)
        except ProviderFault as fault:
            cache.set(key, fault.fault, _DOWN_SECONDS)
            raise
        cache.set(key, kept, _KNOWN_SECONDS)
    found: Endpoints = kept
    return found


def remember(response: HttpResponse, question: Question, following: str) -> None:
    """Keep a question in the browser that it was asked for: signed, for ten minutes, unreadable for scripts.

    The cookie of the session does not come along when another site sends the browser here (SameSite=Strict); this one does (Lax), and
    holds nothing that opens anything.
    """
    kept = {"question": [question.state, question.nonce, question.verifier, question.asked_at], "next": following}
    response.set_cookie(
        _cookie(),
        signing.dumps(kept, salt=_SALT),
        max_age=_LIFE_SECONDS,
        path=reverse("accounts:provider-back"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remembered(request: HttpRequest) -> tuple[Question, str] | None:
    """Return the question of this browser and where the person wanted to go; None when there is none, or not any more."""
    try:
        kept = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT)
    except signing.BadSignature:
        return None
    question = Question(*kept["question"])
    if not 0 <= clock.now().timestamp() - question.asked_at <= _LIFE_SECONDS:
        return None
    return question, str(kept["next"])


def forget(response: HttpResponse) -> None:
    """Use the question of this browser up."""
    response.delete_cookie(_cookie(), path=reverse("accounts:provider-back"), samesite="Lax")


def identify(known: Provider, question: Question, code: str) -> Identity:
    """Return whom the service vouches for. Raises ProviderFault."""
    return identity_provider.identify(known, question, code, come_back_to=come_back_to(), secret=_secret(), now=clock.now())


def account_of(identity: Identity) -> Staff | None:
    """Return the open account that was linked with `identity`, or None."""
    linked = LinkedIdentity.objects.filter(issuer=identity.issuer, subject=identity.subject).select_related("staff__section").first()
    return linked.staff if linked is not None and linked.staff.is_active else None


def _secret() -> str:
    """Return the client secret; empty for a client without one, which PKCE alone protects."""
    try:
        return secrets.read(CLIENT_KEY).decode().strip()
    except secrets.SecretMissing:
        return ""


def _cookie() -> str:
    return f"madoguchi_{settings.MADOGUCHI_SITE['zone']}_provider"
