"""When a mail is tried again, and when not (RFC 5321, 4.5.4.1)."""

import datetime as dt
import enum

# The n-th failure waits the n-th time; later failures wait the last. A short outage costs a minute, a long one a try per hour.
BACK_OFF = tuple(dt.timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 1800, 3600))

# A worker that takes a mail and dies gives it back when this has passed: longer than any one dialogue with the mail server may last.
LEASE = dt.timedelta(minutes=3)


class Verdict(enum.StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


def wait_after(failures: int) -> dt.timedelta:
    """Return how long to wait behind the `failures`-th failed attempt (from 1)."""
    return BACK_OFF[min(max(failures, 1), len(BACK_OFF)) - 1]


def verdict_of(code: int) -> Verdict:
    """Judge the answer of a mail server: 2xx sent, 4xx (and what is no answer at all) later, 5xx for good."""
    if 200 <= code < 300:
        return Verdict.SENT
    return Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER
