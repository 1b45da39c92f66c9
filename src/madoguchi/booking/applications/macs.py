"""The look-up secret of a form booking: the last four figures of its telephone number as a keyed hash (BS-11).

Ten thousand values are few: what protects them is the pepper outside the database, the random 予約番号 that goes with them, the limits on
attempts, and that nothing but a time and a kind of visit lies behind them.
"""

import hmac

from madoguchi.booking.reservations.macs import pepper
from madoguchi.kernel.numbers import normalise_digits

FIGURES = 4


def last_figures(telephone: str) -> str:
    """Return the last four figures of a telephone number, however it is written; fewer when it has fewer."""
    return normalise_digits(telephone)[-FIGURES:]


def telephone_mac(number: str, figures: str) -> bytes:
    """Return HMAC-SHA-256 of the last four figures `figures` of the telephone number given with the booking `number`."""
    return hmac.digest(pepper(), b"\x1f".join((b"telephone", number.encode(), figures.encode())), "sha256")
