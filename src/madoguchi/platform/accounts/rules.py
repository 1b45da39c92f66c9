"""Decisions about accounts and their sessions, in plain values."""

import datetime as dt
import enum
import re
import unicodedata
from dataclasses import dataclass

CODE_DIGITS = 6
# Somebody who has not signed in for so long is asked about in a review of rights.
DAYS_OF_SILENCE = 90
_APRIL, _SEPTEMBER = 4, 9


def end_of_half(day: dt.date) -> dt.date:
    """Return the last day of the half of the office's year (April to March) that `day` is in: rights are reviewed once in each half."""
    if _APRIL <= day.month <= _SEPTEMBER:
        return dt.date(day.year, 9, 30)
    return dt.date(day.year + (day.month > _SEPTEMBER), 3, 31)


_LONGEST_KEY = 19
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
