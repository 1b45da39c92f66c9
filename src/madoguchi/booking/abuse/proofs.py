"""Proof of work, and the wait that stands for it: asked for at raised risk only, and never the only way.

The challenge is a signed text; the browser looks for a number that makes SHA-256 of both begin with enough zero bits. Whoever cannot
compute (no JavaScript, an old device) waits some seconds on the page and presses the same button; the telephone stands beside it.
"""

import hashlib
import secrets
from dataclasses import dataclass

from django.core import signing
from django.db import IntegrityError, transaction

from madoguchi.booking.abuse.counting import count_ticket, standing_of
from madoguchi.booking.abuse.models import SpentProof
from madoguchi.booking.abuse.rules import (
    CHALLENGE_LIFETIME,
    TICKETS_IN_A_WINDOW,
    WITH_CODES,
    WITHOUT_CODES,
    Limits,
    Risk,
    Standing,
    bits_of_work,
    network_of,
    proves_work,
    risk_of,
    seconds_to_wait,
    step_of,
)
from madoguchi.platform import clock

_signer = signing.Signer(salt="madoguchi.booking.abuse.challenge")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a page asks the browser to do: `bits` of work on `token`, or `wait` seconds more."""

    token: str
    bits: int
    wait: int

    @property
    def work(self) -> str:
        """What the browser computes on: the signature alone is unique, and short enough for one block of the hash."""
        return _work_of(self.token)


def _work_of(token: str) -> str:
    return token.rpartition(":")[2]


def limits_for(*, uses_codes: bool) -> Limits:
    """Return the limits of the municipality's way of identification."""
    return WITH_CODES if uses_codes else WITHOUT_CODES


def challenge_for(client: str, standing: Standing, limits: Limits) -> Challenge:
    """Make a challenge for the network of `client`, as hard as its standing asks for."""
    step = step_of(standing, limits)
    bits, wait = bits_of_work(step), seconds_to_wait(step)
    content = {"n": secrets.token_hex(12), "b": bits, "w": wait, "at": int(clock.now().timestamp()), "by": network_of(client)}
    return Challenge(_signer.sign_object(content), bits, wait)


def challenge_on_entering(client: str, *, uses_codes: bool) -> Challenge | None:
    """Return the challenge that the page of identification shows from the start, None while risk is low. One statement."""
    limits = limits_for(uses_codes=uses_codes)
    standing = standing_of(client)
    return challenge_for(client, standing, limits) if risk_of(standing, limits) is Risk.RAISED else None


def accepted(token: str, solution: str, client: str) -> bool | Challenge:
    """Tell whether a challenge was answered by work, or by a wait; each counts once, and only for the network it was made for.

    Returns the same challenge with the seconds that are left when it is still waited for.
    """
    try:
        content = _signer.unsign_object(token)
    except signing.BadSignature:
        return False
    age = int(clock.now().timestamp()) - content["at"]
    if content["by"] != network_of(client) or not 0 <= age <= CHALLENGE_LIFETIME.total_seconds():
        return False
    if proves_work(_work_of(token), solution, content["b"]):
        return _spend(token)
    if age < content["w"]:
        return Challenge(token, content["b"], content["w"] - age)
    return _spend(token) and count_ticket(client) <= TICKETS_IN_A_WINDOW


def _spend(token: str) -> bool:
    digest = hashlib.sha256(token.encode()).hexdigest()
    try:
        with transaction.atomic():
            SpentProof.objects.create(digest=digest, at=clock.now())
    except IntegrityError:
        return False
    return True
