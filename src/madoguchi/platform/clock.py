"""The one clock of every server process: local time of the municipality, Asia/Tokyo."""

import datetime as dt
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


class _Played:
    """How far this process's clock stands beside the real one; only a played month of the demo moves it (ADR 0024)."""

    shift = dt.timedelta()


def now() -> dt.datetime:
    """Return the present moment as an aware local time in Asia/Tokyo."""
    return dt.datetime.now(TOKYO) + _Played.shift  # noqa: TID251 the one place that may ask


def today() -> dt.date:
    """Return the present local date in Asia/Tokyo."""
    return now().date()


def at(seconds: int) -> dt.datetime:
    """Return the local time that is `seconds` behind the beginning of 1970 (UTC)."""
    return dt.datetime.fromtimestamp(seconds, TOKYO)


def play_at(moment: dt.datetime) -> dt.timedelta:
    """Let the clock of this process stand at `moment` and run on from there; return how far that is from the real time.

    For the demo's played month alone: nothing that serves a municipality calls it (ADR 0024).
    """
    _Played.shift = moment - dt.datetime.now(TOKYO)  # noqa: TID251 the one place that may ask
    return _Played.shift
