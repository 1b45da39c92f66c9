"""The keyed hash by which we know a mail address again without keeping it a second time."""

import hmac

from madoguchi.platform import secrets


def address_mac(address: str) -> bytes:
    """Return HMAC-SHA-256 of a mail address; the key lies outside the database."""
    return hmac.digest(secrets.read("pepper"), b"mail\x1f" + address.encode(), "sha256")
