"""Keyed hashes of booking codes and birthdays. The pepper lies outside the database and its backups.

A slow hash would not help: 366 birthdays are tried in seconds whatever one try costs. What helps is a random code, a key that a copy of
the database does not hold, and limits on attempts (madoguchi.booking.reservations.rules).
"""

import hmac

from madoguchi.platform import secrets


def pepper() -> bytes:
    """Return the key of all these hashes; whoever hashes a whole file asks for it once."""
    return secrets.read("pepper")


def code_mac(serial: str, code: str, key: bytes | None = None) -> bytes:
    """Return HMAC-SHA-256 of the booking code `code` of the booking number `serial`."""
    return _mac(b"code", serial, code, key)


def birthday_mac(serial: str, mmdd: str, key: bytes | None = None) -> bytes:
    """Return HMAC-SHA-256 of the birthday `mmdd` of the booking number `serial`."""
    return _mac(b"birthday", serial, mmdd, key)


def _mac(purpose: bytes, serial: str, value: str, key: bytes | None) -> bytes:
    return hmac.digest(key or pepper(), b"\x1f".join((purpose, serial.encode(), value.encode())), "sha256")
