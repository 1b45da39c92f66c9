"""The confirmation code of an authenticator app as the second factor (TOTP, RFC 6238): enrolment and check."""

import base64
import binascii
import enum
import hmac
import math
import secrets
from dataclasses import dataclass

import segno
from django.conf import settings
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import KeyChallenge, SecurityKey, Staff
from madoguchi.platform.accounts.rules import CODE_DIGITS, FREE_WRONG_CODES, code_as_typed
from madoguchi.platform.verbs import Refusal

_SECRET_BYTES = 20


class Answer(enum.Enum):
    """What a typed code was."""

    RIGHT = "right"
    WRONG = "wrong"
    USED = "used"
    TOO_SOON = "too soon"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a typed code; `wait` says after how many seconds the next try is taken, when it is too soon."""

    answer: Answer
    wait: int = 0


def is_required() -> bool:
    """Tell whether every account of this zone needs a second factor (the zone's setting; SF-01)."""
    return bool(settings.MADOGUCHI_SECOND_FACTOR)


def is_enrolled(staff: Staff) -> bool:
    """Tell whether `staff` has a second factor: an authenticator app or a security key."""
    return has_app(staff) or SecurityKey.objects.filter(staff=staff).exists()


def has_app(staff: Staff) -> bool:
    """Tell whether `staff` has a confirmed authenticator app."""
    return bool(TOTPDevice.objects.filter(user=staff, confirmed=True).exists())


def verify(staff: Staff, typed: str) -> Verdict:
    """Check a typed code against the confirmed device of `staff`.

    A code opens one session: the same code, or an older one, is refused afterwards (RFC 6238 section 5.2). In a demo zone
    (`MADOGUCHI_SITE["demo"]`) it may be used again while it is shown, because several people try the same account at the same time.
    After three wrong codes each further one doubles the time until the next is looked at.
    """
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=staff, confirmed=True).first()
        return _verify(device, typed, may_repeat=bool(settings.MADOGUCHI_SITE["demo"])) if device else Verdict(Answer.WRONG)


def _verify(device: TOTPDevice, typed: str, *, may_repeat: bool) -> Verdict:
    if device.throttling_failure_count >= FREE_WRONG_CODES:
        allowed, reason = device.verify_is_allowed()
        if not allowed:
            return Verdict(Answer.TOO_SOON, math.ceil((reason["locked_until"] - clock.now()).total_seconds()))
    step = _step_of(device, code_as_typed(typed))
    if step is None:
        device.throttle_increment(commit=True)
        return Verdict(Answer.WRONG)
    if step <= device.last_t and not may_repeat:
        return Verdict(Answer.USED)
    device.last_t = max(device.last_t, step)
    device.throttle_reset(commit=False)
    device.set_last_used_timestamp(commit=False)
    device.save()
    return Verdict(Answer.RIGHT)


def _step_of(device: TOTPDevice, code: str) -> int | None:
    """Return the 30-second step that `code` belongs to, the present one or a neighbour (clocks differ), or None."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    found = None
    for offset in range(-device.tolerance, device.tolerance + 1):
        totp.time = clock.now().timestamp() + offset * device.step
        if hmac.compare_digest(f"{totp.token():0{CODE_DIGITS}d}".encode(), code.encode()):
            found = totp.t()
    return found


def new_secret() -> str:
    """Return a fresh secret of 160 bits in base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def set_secret(staff: Staff, base32: str) -> None:
    """Give `staff` one confirmed device with this secret; an older device is forgotten. Raises Refusal when it is not base32."""
    try:
        key = base64.b32decode(base32.replace(" ", "").upper())
    except binascii.Error:
        raise Refusal("確認コードの鍵が base32 の文字列ではありません。A〜Z と 2〜7 で書いてください。") from None
    with transaction.atomic():
        TOTPDevice.objects.filter(user=staff).delete()
        TOTPDevice.objects.create(user=staff, name="totp", key=key.hex(), confirmed=True)


def remove(staff: Staff) -> None:
    """Forget the app and the security keys of `staff`; the next sign-in leads to enrolment."""
    TOTPDevice.objects.filter(user=staff).delete()
    SecurityKey.objects.filter(staff=staff).delete()
    KeyChallenge.objects.filter(staff=staff).delete()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to enrol a device: the secret as text in groups of four, and as a QR code (SVG)."""

    secret: str
    picture: str


def begin_enrolment(staff: Staff) -> Enrolment:
    """Return the enrolment of `staff`, the same one until it is finished, so that a reloaded page shows the code already scanned."""
    device, _ = TOTPDevice.objects.get_or_create(user=staff, confirmed=False, defaults={"name": "totp"})
    secret = base64.b32encode(device.bin_key).decode()
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, svgclass=None, lineclass=None)
    return Enrolment(" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)), picture)


def finish_enrolment(staff: Staff, typed: str) -> Verdict:
    """Confirm the begun enrolment by a first code; the code counts as used."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=staff, confirmed=False).first()
        if device is None or TOTPDevice.objects.filter(user=staff, confirmed=True).exists():
            return Verdict(Answer.WRONG)
        verdict = _verify(device, typed, may_repeat=False)
        if verdict.answer is Answer.RIGHT:
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        return verdict
