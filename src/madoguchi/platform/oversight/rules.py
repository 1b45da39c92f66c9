"""Which use of personal data is worth a look: plain values in, plain values out.

特定個人情報の適正な取扱いに関するガイドライン asks that records of use are analysed regularly and as needed. A finding is no
accusation: it names events that somebody reads, and a note says what they were.
"""

import datetime as dt
import enum
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

USUAL_DAYS = 28
"""So many days before the day in question are somebody's own usual."""
LEAST_DAYS_OF_USE = 3
"""With fewer days of use nobody has a usual yet."""
LEAST_PEERS = 2


class Rule(enum.StrEnum):
    """What makes a use of personal data unusual."""

    OUTSIDE = "outside"
    OWN_USUAL = "own"
    PEERS = "peers"
    IDLE = "idle"
    REPEATED = "repeated"
    PROTECTED = "protected"
    BULK = "bulk"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From how much on each rule speaks; 0 switches a rule off. These are the values of a municipality that has set none."""

    opens: dt.time = dt.time(8, 0)
    closes: dt.time = dt.time(19, 0)
    outside: int = 1
    own_times: int = 3
    own_least: int = 50
    peer_times: int = 3
    peer_least: int = 50
    idle: int = 30
    repeated: int = 20
    protected: int = 1
    bulk: int = 500
    refused: int = 10


@dataclass(frozen=True, slots=True)
class Found:
    """Something unusual on one day: by whom, about which record (empty: several), how much, and from how much on it counts."""

    rule: Rule
    user_id: str
    subject: str
    number: int
    limit: int


def beyond_own_usual(today: Mapping[str, int], usual: Mapping[str, tuple[int, int]], thresholds: Thresholds) -> list[Found]:
    """Return who saw many times more than on their other days; `usual` is views and days of use of the days before."""
    if not thresholds.own_least:
        return []
    found = []
    for user_id, number in today.items():
        views, days = usual.get(user_id, (0, 0))
        if days < LEAST_DAYS_OF_USE:
            continue
        limit = max(thresholds.own_least, round(thresholds.own_times * views / days))
        if number >= limit:
            found.append(Found(Rule.OWN_USUAL, user_id, "", number, limit))
    return found


def beyond_peers(today: Mapping[str, int], roles: Mapping[str, Iterable[str]], thresholds: Thresholds) -> list[Found]:
    """Return who saw many times more than the colleagues of the same role on that day: their median counts, one's own views do not."""
    if not thresholds.peer_least:
        return []
    found = []
    for user_id, number in today.items():
        own = frozenset(roles.get(user_id, ()))
        others = [views for other, views in today.items() if other != user_id and own & frozenset(roles.get(other, ()))]
        if len(others) < LEAST_PEERS:
            continue
        limit = max(thresholds.peer_least, round(thresholds.peer_times * statistics.median(others)))
        if number >= limit:
            found.append(Found(Rule.PEERS, user_id, "", number, limit))
    return found
