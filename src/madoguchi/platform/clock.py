"""The one clock of every server process: local time of the municipality, Asia/Tokyo."""

import datetime as dt
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> dt.datetime:
    """Return the present moment as an aware local time in Asia/Tokyo."""
    return dt.datetime.now(TOKYO)  # noqa: TID251 the one place that may ask


def today() -> dt.date:
    """Return the present local date in Asia/Tokyo."""
    return now().date()


def at(seconds: int) -> dt.datetime:
    """Return the local time that is `seconds` behind the beginning of 1970 (UTC)."""
    return dt.datetime.fromtimestamp(seconds, TOKYO)
