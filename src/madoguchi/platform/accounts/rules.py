"""Decisions about accounts and their sessions, in plain values."""

import datetime as dt
import enum
import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

CODE_DIGITS = 6
# Somebody who has not signed in for so long is asked about in a review of rights.
DAYS_OF_SILENCE = 90
_APRIL, _SEPTEMBER = 4, 9


def end_of_half(day: dt.date) -> dt.date:
    """Return the last day of the half of the office's year (April to March) that `day` is in: rights are reviewed once in each half."""
    if _APRIL <= day.month <= _SEPTEMBER:
        return dt.date(day.year, 9, 30)
    return dt.date(day.year + (day.month > _SEPTEMBER), 3, 31)


def end_of_half_before(day: dt.date) -> dt.date:
    """Return the last day of the half before the one that `day` is in."""
    end = end_of_half(day)
    return dt.date(end.year, 3, 31) if end.month == _SEPTEMBER else dt.date(end.year - 1, 9, 30)


# So many days before its end a role is shown to those who give roles, and a review of rights to those who make it.
DAYS_BEFORE_THE_END = 14
DAYS_BEFORE_A_REVIEW = 30
_LONGEST_KEY = 19
_PORTS = {"https": 443, "http": 80}
# A screen may be locked after 1 to 15 minutes: a session ends by itself after 15 (research: 5 by default).
MOST_LOCK_MINUTES = 15
USUAL_LOCK_MINUTES = 5
# Free tries of the confirmation code before each further one has to wait.
FREE_WRONG_CODES = 3
_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Ended(enum.StrEnum):
    """Why the server ended a session (SF-03; ASVS 5.0 V7.3)."""

    IDLE = "idle"
    TOO_LONG = "too-long"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session may rest and how long it may last in all."""

    idle: dt.timedelta
    absolute: dt.timedelta


def session_is_over(
    *, live_ref: str, ref: str, started: dt.datetime | None, seen: dt.datetime | None, now: dt.datetime, limits: Limits
) -> Ended | None:
    """Tell why the session `ref` may not go on, or None when it may.

    `live_ref` is the one session that the account has now: an account has one at a time, the newest.
    """
    if not ref or ref != live_ref or started is None or seen is None:
        return Ended.ELSEWHERE
    if now - started >= limits.absolute:
        return Ended.TOO_LONG
    if now - seen >= limits.idle:
        return Ended.IDLE
    return None


def rests_long_enough_to_lock(*, seen: dt.datetime | None, now: dt.datetime, after_minutes: int) -> bool:
    """Tell whether a screen is to be locked at which nobody did anything since `seen`; `after_minutes` 0 locks none."""
    return after_minutes > 0 and seen is not None and now - seen >= dt.timedelta(minutes=after_minutes)


def window_as_called(text: str) -> str:
    """Return the name of a window as it is called: up to four letters or figures in plain form. Raises ValueError for anything else."""
    window = unicodedata.normalize("NFKC", text).strip().upper()
    if not re.fullmatch(r"[0-9A-Z]{1,4}", window, re.ASCII):
        raise ValueError("no name of a window")
    return window


def is_user_id(text: str) -> bool:
    """Tell whether `text` can be a 利用者ID: up to 64 ASCII letters, digits, dots, hyphens and underscores.

    A colon is not among them: names such as `auto:importer` belong to automatic runs alone (SF-01).
    """
    return _USER_ID.fullmatch(text) is not None


def code_as_typed(text: str) -> str:
    """Return the digits of a confirmation code typed with full-width digits, blanks or a hyphen."""
    return re.sub(r"[\s\-‐－ー]", "", unicodedata.normalize("NFKC", text))


def key_as_sent(text: str) -> int:
    """Read the key of a row that a form sent; 0, which is no row's, for what is none or too long for the database."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_KEY else 0


class Obstacle(enum.StrEnum):
    """Why a browser lets nobody use an authenticator on a page."""

    NOT_SET = "not-set"
    UNFIT = "unfit"
    ELSEWHERE = "elsewhere"


def origin_of(address: str) -> str:
    """Return scheme, host and port of `address` as browsers write an origin (RFC 6454 section 6.2); empty for what has none."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, _PORTS[parts.scheme]} else "")


def key_obstacle(configured: str, seen: str) -> Obstacle | None:
    """Tell why authenticators cannot be used on the page at `seen`, or None where they can.

    `configured` is where staff open the zone. A browser offers Web Authentication on https and on localhost alone, and takes no IP
    address and no bare name as the relying party's (Web Authentication level 2, sections 5.1.3 and 5.4.2).
    """
    if not configured.strip():
        return Obstacle.NOT_SET
    own = origin_of(configured)
    host = urlsplit(own).hostname or ""
    fits = host == "localhost" or (own.startswith("https://") and "." in host and not _is_ip_address(host))
    if not fits:
        return Obstacle.UNFIT
    return None if origin_of(seen) == own else Obstacle.ELSEWHERE


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
