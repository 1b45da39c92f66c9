"""What is spoken with the municipality's sign-in service: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636).

Only the configured issuer is spoken to: every address in its discovery document has to be on the issuer's own host. Nothing is kept
between two sign-ins, so that a changed key or address holds at once. The access token is thrown away: who it is stands in the ID token.
"""

import base64
import datetime as dt
import hashlib
import http.client
import json
import secrets
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from madoguchi.platform.accounts.provider_settings import Provider
from madoguchi.platform.accounts.rules import origin_of

SECONDS: Final = 5
_LARGEST_ANSWER: Final = 512 * 1024
_LONGEST_SUBJECT: Final = 255  # OpenID Connect Core section 2
# Clocks of two machines differ; more than a minute is a fault of the machines.
_SKEW: Final = dt.timedelta(seconds=60)
# Signatures by keys that only the issuer has. HS256 would take our own client secret for one, `none` anything.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_SIGNING_KEYS: Final = frozenset({"RSA", "EC"})


class ProviderFault(Exception):
    """The sign-in service gave no answer that can be used.

    `fault` is one word: unreachable, timeout, certificate, answer, refused, token.
    """

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(fault)
        self.fault, self.detail = fault, detail


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the sign-in service answers (OpenID Connect Discovery section 3)."""

    authorization: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is remembered of one sign-in until the browser comes back: `state` and `nonce` tie the answer to it, `verifier` is PKCE's."""

    state: str
    nonce: str
    verifier: str
    asked_at: float

    @classmethod
    def new(cls, now: dt.datetime) -> "Question":
        """Return a question that nobody can guess."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), now.timestamp())


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the sign-in service vouches for, and whether with a second factor as the zone asks for it."""

    issuer: str
    subject: str
    strong: bool


def discover(provider: Provider) -> Endpoints:
    """Ask the issuer where it answers. Raises ProviderFault."""
    said = _ask(provider, provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if said.get("issuer") != provider.issuer:
        raise ProviderFault("answer", "issuer")
    addresses = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    own = origin_of(provider.issuer)
    if not all(isinstance(address, str) and origin_of(address) == own for address in addresses):
        raise ProviderFault("answer", "endpoints")
    return Endpoints(*(str(address) for address in addresses))


def address_to_ask(provider: Provider, endpoints: Endpoints, question: Question, *, come_back_to: str) -> str:
    """Return where the browser is sent."""
    digest = hashlib.sha256(question.verifier.encode()).digest()
    words = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": come_back_to,
        "scope": "openid",
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if provider.ask_anew:
        # max_age obliges the issuer to say when it asked (auth_time), which is looked at below: a person can take prompt=login away.
        words |= {"prompt": "login", "max_age": "0"}
    if provider.acr:
        words["acr_values"] = " ".join(provider.acr)
    return f"{endpoints.authorization}{'&' if urlsplit(endpoints.authorization).query else '?'}{urlencode(words)}"


def identify(provider: Provider, question: Question, code: str, *, come_back_to: str, secret: str, now: dt.datetime) -> Identity:
    """Exchange the code for an ID token, check it, and return whom it names. Raises ProviderFault."""
    endpoints = discover(provider)
    words = {"grant_type": "authorization_code", "code": code, "redirect_uri": come_back_to, "code_verifier": question.verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if secret:
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 section 2.3.1
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        words["client_id"] = provider.client_id
    token = _ask(provider, endpoints.token, body=urlencode(words).encode(), headers=headers).get("id_token")
    if not isinstance(token, str):
        raise ProviderFault("answer", "id_token")
    return identity_in(token, _ask(provider, endpoints.keys), provider, question, now=now)


def identity_in(token: str, keys: dict[str, Any], provider: Provider, question: Question, *, now: dt.datetime) -> Identity:
    """Check an ID token (OpenID Connect Core section 3.1.3.7) against the issuer's keys (JWKS) and return whom it names.

    Raises ProviderFault `token` for every other; its `detail` says which check failed, and holds nothing of the token.
    """
    try:
        usable = [key for key in keys["keys"] if key.get("kty") in _SIGNING_KEYS and key.get("use", "sig") == "sig"]
        claims = jwt.decode(token, KeySet.import_key_set({"keys": usable}), algorithms=_ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=int(_SKEW.total_seconds()),
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": question.nonce},
            sub={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ProviderFault("token", type(fault).__name__) from None
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise ProviderFault("token", "azp")
    if provider.ask_anew and not _was_asked_now(claims.get("auth_time"), question):
        raise ProviderFault("token", "auth_time")
    if len(claims["sub"]) > _LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise ProviderFault("token", "sub")
    return Identity(provider.issuer, claims["sub"], _is_strong(claims, provider))


def _was_asked_now(auth_time: object, question: Question) -> bool:
    number = isinstance(auth_time, int | float) and not isinstance(auth_time, bool)
    return number and float(auth_time) >= question.asked_at - _SKEW.total_seconds()  # type: ignore[arg-type]  # a number


def _is_strong(claims: dict[str, Any], provider: Provider) -> bool:
    methods = claims.get("amr")
    shown = {method for method in methods if isinstance(method, str)} if isinstance(methods, list) else set()
    return claims.get("acr") in provider.acr or not shown.isdisjoint(provider.amr)


def _ask(provider: Provider, address: str, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Send one request and return the JSON object that came back; redirects are not followed."""
    try:
        status, answer = _exchange(provider, address, body, headers or {})
    except ssl.SSLError as fault:
        raise ProviderFault("certificate", type(fault).__name__) from None
    except TimeoutError:
        raise ProviderFault("timeout") from None
    except (OSError, http.client.HTTPException) as fault:
        raise ProviderFault("unreachable", type(fault).__name__) from None
    if status != http.HTTPStatus.OK:
        raise ProviderFault("refused" if body else "answer", str(status))
    try:
        parsed = json.loads(answer) if len(answer) <= _LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ProviderFault("answer", "json")
    return parsed


def _exchange(provider: Provider, address: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=_trust(provider.ca_file)
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("POST" if body else "GET", path, body=body, headers={"Accept": "application/json", **headers})
        response = connection.getresponse()
        return response.status, response.read(_LARGEST_ANSWER + 1)
    finally:
        connection.close()


def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as fault:
        raise ProviderFault("certificate", type(fault).__name__) from None
