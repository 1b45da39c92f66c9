"""Passkeys, FIDO2 keys and FIDO2 cards as the second factor (Web Authentication level 2): registration, check, removal.

The browser and the key speak with each other; here the question is made and the answer judged. A question belongs to one session and one
account and is used up by the first answer, whatever that says: its row is deleted before anything of the answer is looked at.
"""

import datetime as dt
import enum
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from madoguchi.platform import clock
from madoguchi.platform.accounts import audited, passwords, second_factor
from madoguchi.platform.accounts.models import KeyChallenge, SecurityKey, Staff
from madoguchi.platform.accounts.rules import Obstacle, key_obstacle, origin_of
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

MOST_KEYS = 10
# A key is looked for, its PIN typed; the session between password and second factor lasts ten minutes.
CHALLENGE_LIFE = dt.timedelta(minutes=5)
_ASKED = "key_challenges"
_CHALLENGE_BYTES = 32
_MILLISECONDS = 1000
_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)
# What the library and the decoders below it raise for an answer that is no answer.
_NOT_AN_ANSWER = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class Fault(enum.StrEnum):
    """Why the answer of an authenticator was not taken."""

    EXPIRED = "expired"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    COUNTER = "counter"
    SYNCED = "synced"
    TAKEN = "taken"
    LOCKED = "locked"


class KeyRefused(Exception):
    """The answer of an authenticator was not taken; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def obstacle(request: HttpRequest) -> Obstacle | None:
    """Tell why authenticators cannot be used on the page of this request, or None where they can."""
    return key_obstacle(settings.MADOGUCHI_STAFF_ADDRESS, f"{request.scheme}://{request.get_host()}")


def staff_origin() -> str:
    """Return the origin under which staff open this zone (zone.json `staff_address`)."""
    return origin_of(settings.MADOGUCHI_STAFF_ADDRESS)


def asks_for_pin() -> bool:
    """Tell whether an authenticator has to ask for its PIN or fingerprint in this zone (zone.json `key_user_verification`)."""
    return bool(settings.MADOGUCHI_KEY_USER_VERIFICATION)


def keys_of(staff: Staff) -> list[SecurityKey]:
    """Return the keys of `staff`, the oldest first."""
    return list(SecurityKey.objects.filter(staff=staff))


def ask_to_add(request: HttpRequest, staff: Staff) -> str:
    """Return the options (JSON) with which the browser makes a new key pair for `staff`. The caller has checked the password.

    Raises Refusal when the account has as many keys as one may have.
    """
    held = keys_of(staff)
    if len(held) >= MOST_KEYS:
        raise Refusal(f"認証器は1人{MOST_KEYS}個までです。使わないものを外してから登録してください。")
    options = generate_registration_options(
        rp_id=_rp_id(),
        rp_name=settings.OTP_TOTP_ISSUER,
        # Keyed and the same for the account: an authenticator that keeps a list keeps one entry, and learns nothing of the person.
        user_id=salted_hmac("madoguchi.accounts.user-handle", str(staff.pk), algorithm="sha256").digest(),
        user_name=staff.user_id,
        challenge=_new_challenge(request, staff, KeyChallenge.Purpose.ADD),
        timeout=_timeout(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=_user_verification()
        ),
        exclude_credentials=[_described(key) for key in held],
    )
    return options_to_json(options)


def add(request: HttpRequest, staff: Staff, *, name: str, answer: str, actor: Actor) -> SecurityKey:
    """Keep the key that the browser has made for `staff`; raises KeyRefused when the answer is not one to the question of this session."""
    try:
        with transaction.atomic():
            made = _add(request, staff, name, answer)
            record(actor, audited.KEY_ADDED, subject=f"staff:{staff.pk}", content={"key": made.pk, "name": name, "aaguid": made.aaguid})
    except KeyRefused as refused:
        content = {"answer": refused.fault.value, "name": name}
        record(actor, audited.KEY_REFUSED, subject=f"staff:{staff.pk}", content=content, result=Result.REFUSED)
        raise
    return made


def _add(request: HttpRequest, staff: Staff, name: str, answer: str) -> SecurityKey:
    challenge = _use_challenge(request, staff, KeyChallenge.Purpose.ADD)
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(),
            expected_origin=staff_origin(),
            require_user_verification=asks_for_pin(),
        )
        spoken = json.loads(answer)["response"].get("transports") or []
    except _NOT_AN_ANSWER:
        raise KeyRefused(Fault.INVALID) from None
    if verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE and not settings.MADOGUCHI_SYNCED_KEYS:
        raise KeyRefused(Fault.SYNCED)
    made = SecurityKey(
        staff=staff,
        name=name,
        credential=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        transports=sorted(_TRANSPORTS.intersection(one for one in spoken if isinstance(one, str))),
        aaguid=verified.aaguid,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise KeyRefused(Fault.TAKEN) from None
    return made


def ask_to_sign_in(request: HttpRequest, staff: Staff) -> str:
    """Return the options (JSON) with which the browser asks for one of the keys of `staff`."""
    options = generate_authentication_options(
        rp_id=_rp_id(),
        challenge=_new_challenge(request, staff, KeyChallenge.Purpose.USE),
        timeout=_timeout(),
        allow_credentials=[_described(key) for key in keys_of(staff)],
        user_verification=_user_verification(),
    )
    return options_to_json(options)


def check(request: HttpRequest, staff: Staff, answer: str, *, actor: Actor) -> SecurityKey:
    """Check the answer of a key of `staff` and return which it was.

    Raises KeyRefused for every other answer; a refusal counts like a wrong password (SF-01). Call it outside of a transaction that may
    be rolled back.
    """
    try:
        if passwords.is_locked(staff.user_id):
            raise KeyRefused(Fault.LOCKED)
        with transaction.atomic():
            challenge = _use_challenge(request, staff, KeyChallenge.Purpose.USE)
        with transaction.atomic():
            key = _check(staff, answer, challenge, with_pin=asks_for_pin())
            record(actor, audited.KEY_ACCEPTED, subject=f"staff:{staff.pk}", content={"key": key.pk, "name": key.name})
    except KeyRefused as refused:
        _note_refusal(staff, refused.fault, actor, "key")
        raise
    return key


def _note_refusal(staff: Staff, fault: Fault, actor: Actor, purpose: str) -> None:
    """Write a refusal down and count it, unless there was nothing that could be judged."""
    locked = fault is Fault.LOCKED
    if fault not in {Fault.LOCKED, Fault.EXPIRED}:
        locked = passwords.count_failure(staff.user_id, actor=actor)
    content = {"purpose": purpose, "answer": fault.value, "user_id": staff.user_id}
    process = audited.LOCKED_OUT if locked else audited.SIGN_IN_FAILED
    record(actor, process, subject=f"staff:{staff.pk}", content=content, result=Result.REFUSED)


def ask_witness(staff: Staff, *, session_ref: str) -> str:
    """Return the options (JSON) for a second person at the screen of the session `session_ref`. Empty for an account without keys."""
    held = keys_of(staff)
    if not held:
        return ""
    options = generate_authentication_options(
        rp_id=_rp_id(),
        challenge=_put(staff, KeyChallenge.Purpose.WITNESS, session_ref),
        timeout=_timeout(),
        allow_credentials=[_described(key) for key in held],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def check_witness(staff: Staff, answer: str, *, actor: Actor) -> SecurityKey:
    """Check the answer of a key of the second person `staff` at the screen of `actor`; PIN or fingerprint have to come with it.

    It stands in place of id and password, so that possession alone is not enough, whatever the zone asks for at a sign-in. Raises
    KeyRefused; a refusal counts like a wrong password of `staff`.
    """
    try:
        if passwords.is_locked(staff.user_id):
            raise KeyRefused(Fault.LOCKED)
        try:
            told = parse_authentication_credential_json(answer).response.client_data_json
            challenge = parse_client_data_json(told).challenge
        except _NOT_AN_ANSWER:
            raise KeyRefused(Fault.INVALID) from None
        _use(staff, KeyChallenge.Purpose.WITNESS, challenge.hex(), actor.session_ref)
        with transaction.atomic():
            return _check(staff, answer, challenge, with_pin=True)
    except KeyRefused as refused:
        _note_refusal(staff, refused.fault, actor, "witness-key")
        raise


def _check(staff: Staff, answer: str, challenge: bytes, *, with_pin: bool) -> SecurityKey:
    key = SecurityKey.objects.filter(staff=staff, credential=_credential_in(answer)).first()
    if key is None:
        raise KeyRefused(Fault.UNKNOWN)
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(),
            expected_origin=staff_origin(),
            credential_public_key=base64url_to_bytes(key.public_key),
            # The count is judged below, by the row itself: two answers at once do not both find the old one.
            credential_current_sign_count=0,
            require_user_verification=with_pin,
        )
    except _NOT_AN_ANSWER:
        raise KeyRefused(Fault.INVALID) from None
    count = verified.new_sign_count
    # A count that stands still or goes back says that a copy of the key is about; 0 and 0 again comes from a key that does not count
    # (Web Authentication level 2, section 6.1.1).
    moves_on = Q(sign_count__lt=count) if count else Q(sign_count=0)
    if not SecurityKey.objects.filter(moves_on, pk=key.pk).update(sign_count=count, last_used_at=clock.now()):
        raise KeyRefused(Fault.COUNTER)
    return key


def remove(staff: Staff, key_pk: int, *, actor: Actor, reason: str = "") -> None:
    """Forget one key of `staff`, for its owner or, when it is lost, for an administrator.

    Raises Refusal when it is not there, and for the last second factor where one is needed: the next sign-in would lead to enrolment
    with the password alone. That takes two people (`services.remove_second_factor`).
    """
    with transaction.atomic():
        Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
        key = SecurityKey.objects.filter(staff=staff, pk=key_pk).first()
        if key is None:
            raise Refusal("この認証器はもうありません。画面を開き直して確かめてください。")
        others = second_factor.has_app(staff) or SecurityKey.objects.filter(staff=staff).exclude(pk=key_pk).exists()
        if second_factor.is_required() and not others:
            raise Refusal("これが最後の認証手段なので、外せません。先に別の認証器か認証アプリを登録してください。")
        key.delete()
        record(actor, audited.KEY_REMOVED, subject=f"staff:{staff.pk}", content={"key": key_pk, "name": key.name}, reason=reason)


def _rp_id() -> str:
    """Return the name that keys are bound to: the host of the staff's address (Web Authentication level 2, section 5.1.2)."""
    return urlsplit(staff_origin()).hostname or ""


def _user_verification() -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if asks_for_pin() else UserVerificationRequirement.DISCOURAGED


def _timeout() -> int:
    return int(CHALLENGE_LIFE.total_seconds()) * _MILLISECONDS


def _described(key: SecurityKey) -> PublicKeyCredentialDescriptor:
    ways = [AuthenticatorTransport(way) for way in key.transports]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential), transports=ways or None)


def _credential_in(answer: str) -> str:
    try:
        parsed: Any = json.loads(answer)
        named = parsed["id"]
    except _NOT_AN_ANSWER:
        raise KeyRefused(Fault.INVALID) from None
    return named if isinstance(named, str) else ""


def _new_challenge(request: HttpRequest, staff: Staff, purpose: KeyChallenge.Purpose) -> bytes:
    """Make a question for this session and account; the one that it was asked before for the same purpose is forgotten."""
    before = request.session.get(_ASKED, {})
    KeyChallenge.objects.filter(digest=_digest(before.get(purpose.value, ""))).delete()
    challenge = _put(staff, purpose)
    request.session[_ASKED] = {**before, purpose.value: challenge.hex()}
    return challenge


def _put(staff: Staff, purpose: KeyChallenge.Purpose, session_ref: str = "") -> bytes:
    """Keep a new question to `staff` and return it; those that nobody answered in time are forgotten with it."""
    challenge, now = secrets.token_bytes(_CHALLENGE_BYTES), clock.now()
    with transaction.atomic():
        KeyChallenge.objects.filter(staff=staff, expires_at__lte=now).delete()
        digest = _digest(challenge.hex(), session_ref)
        KeyChallenge.objects.create(staff=staff, purpose=purpose, digest=digest, expires_at=now + CHALLENGE_LIFE)
    return challenge


def _use_challenge(request: HttpRequest, staff: Staff, purpose: KeyChallenge.Purpose) -> bytes:
    """Return the question of this session and use it up; raises KeyRefused when there is none, or when another request used it."""
    asked = dict(request.session.get(_ASKED, {}))
    challenge = str(asked.pop(purpose.value, ""))
    request.session[_ASKED] = asked
    _use(staff, purpose, challenge)
    return bytes.fromhex(challenge)


def _use(staff: Staff, purpose: KeyChallenge.Purpose, challenge: str, session_ref: str = "") -> None:
    found = KeyChallenge.objects.filter(staff=staff, purpose=purpose, digest=_digest(challenge, session_ref), expires_at__gt=clock.now())
    if not found.delete()[0]:
        raise KeyRefused(Fault.EXPIRED)


def _digest(challenge: str, session_ref: str = "") -> str:
    return hashlib.sha256(f"{challenge}:{session_ref}".encode()).hexdigest()
