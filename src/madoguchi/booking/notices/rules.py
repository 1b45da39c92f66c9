"""When a mail is tried again, when it is given up, and whether it still says something true (RFC 5321, 4.5.4.1)."""

import datetime as dt
import enum

# The n-th failure waits the n-th time; later failures wait the last. A short outage costs a minute, a long one a try per hour.
BACK_OFF = tuple(dt.timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 1800, 3600))

# Refused "for now" so often, a mail is given up: with the waits above after four days, the least that RFC 5321 asks for. While the server
# cannot be reached at all nothing is counted: no outage, however long, ends a mail.
ATTEMPTS = 100

# A worker that takes a mail and dies gives it back when this has passed: longer than any one dialogue with the mail server may last.
LEASE = dt.timedelta(minutes=3)

# So many reports of "could not be delivered for now" make an address fail for good.
TEMPORARY_FAILURES_UNTIL_FAILED = 3

# A link that proves an address is good for this long, at most until the visit.
PROOF_LIFETIME = dt.timedelta(days=3)
# How often the proof may be asked for again, and how soon: nobody's mailbox is filled by somebody else's button.
PROOFS_AT_MOST = 5
PROOF_PAUSE = dt.timedelta(minutes=1)
# Used and expired links are kept so long to say what became of them.
LINKS_KEPT = dt.timedelta(days=30)

# A cancelled booking keeps its address so long that a cancellation can be taken back; one whose day is over, until the month is over.
ADDRESS_AFTER_CANCELLATION = dt.timedelta(hours=1)
ADDRESS_AFTER_VISIT = dt.timedelta(days=30)


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


def link_ends(kind_of_link: str, now: dt.datetime, visit_ends: dt.datetime) -> dt.datetime:
    """Return when a link in a mail ends: at the visit's end, and a proof after three days at the latest."""
    return min(visit_ends, now + PROOF_LIFETIME) if kind_of_link == "prove" else visit_ends


def may_ask_again(asked: int, last: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether another mail with the proof link may be sent to the same address."""
    return asked < PROOFS_AT_MOST and (last is None or now - last >= PROOF_PAUSE)
