"""Booking codes at rest: sealed so that the database or a backup of it alone opens none.

The code itself is needed again, to print it on the letter and to give its verifier to the booking zone, so it is sealed and not hashed
here; the booking zone keeps only an HMAC.
"""

import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.kernel.numbers import booking_code
from madoguchi.platform.secrets import read

_NONCE = 12


class CodeUnreadable(Exception):
    """A sealed code does not open: another key, or another card's row."""


class CodeBox:
    """Seals and opens booking codes with the key `codes`; a sealed code opens only for the card that it was sealed for."""

    def __init__(self) -> None:
        self._cipher = AESGCM(read("codes"))

    def new(self, card_pk: int) -> bytes:
        """Make a random booking code for a card and return it sealed."""
        return self.seal(card_pk, booking_code(secrets.randbelow))

    def seal(self, card_pk: int, code: str) -> bytes:
        """Return `code` sealed for the card."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, code.encode("ascii"), _bound_to(card_pk))

    def open(self, card_pk: int, sealed: bytes) -> str:
        """Return the code; raises CodeUnreadable when it was sealed with another key or for another card."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(card_pk)).decode("ascii")
        except InvalidTag as error:
            raise CodeUnreadable(f"card:{card_pk}") from error


def _bound_to(card_pk: int) -> bytes:
    return b"madoguchi booking code card:%d" % card_pk
