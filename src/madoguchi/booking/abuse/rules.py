"""How much failure is borne, and what is asked for next: plain values in, plain values out (BK-02).

Three steps, in this order: an attempt is looked at, it is looked at once work is proved or a wait is over, it is not looked at. Nothing
here locks a booking number: the one lock (right code, wrong birthday, five times) is in madoguchi.booking.reservations.identification.
"""

import datetime as dt
import enum
import hashlib
import ipaddress
from dataclasses import dataclass

SHORT_WINDOW = dt.timedelta(minutes=10)
HOUR_WINDOW = dt.timedelta(hours=1)
DAY_WINDOW = dt.timedelta(days=1)


class Risk(enum.IntEnum):
    """What an attempt to identify has to bring before it is looked at: nothing, proof of work or a wait, or it is not looked at."""

    CALM = 0
    RAISED = 1
    STOPPED = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failed identifications are borne.

    With codes the total of the day never stops anybody, it only raises what everybody has to bring: a code is 10 million values wide.
    Without codes 366 values are all there is, so the municipality's total is a stop.
    """

    network_raises: int
    network_short: int
    network_day: int
    number_raises: int
    total_day: int
    total_stops: bool


WITH_CODES = Limits(network_raises=10, network_short=60, network_day=200, number_raises=10, total_day=5_000, total_stops=False)
WITHOUT_CODES = Limits(network_raises=3, network_short=5, network_day=20, number_raises=10, total_day=50, total_stops=True)

# Every different person who got in from a network today shows that many share it (carrier-grade NAT, a library): more slips are borne.
SLIPS_OF_EACH_PERSON = 2
_MOST_PEOPLE_COUNTED = 200

# Work doubles with every doubling of failures; at the bottom a telephone needs about a second, at the top about half a minute.
_LEAST_BITS, _MOST_BITS = 17, 22
_LEAST_WAIT, _MOST_WAIT = 30, 480

# A number may take a time this often within an hour before it has to slow down, and before it has to prove itself anew.
HOLDS_UNTIL_SLOW, HOLDS_UNTIL_PROOF = 8, 16
_LONGEST_PAUSE = 600
# A network may take this many times in ten minutes before its next people have to bring something, and before it is refused.
NETWORK_HOLDS_RAISE, NETWORK_HOLDS_STOP = 200, 1_000
# How often a network may go on by waiting instead of work, in ten minutes.
TICKETS_IN_A_WINDOW = 10
CHALLENGE_LIFETIME = dt.timedelta(hours=1)
# One decoy for so many real numbers, and at least so many.
NUMBERS_FOR_EACH_CANARY, LEAST_CANARIES = 20, 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What is counted about one attempt before it is looked at: its network, its number, and the whole municipality."""

    network_short: int = 0
    network_day: int = 0
    total_day: int = 0
    number_day: int = 0
    # The network tried a decoy, or took and gave back times again and again; the number did the latter.
    network_flagged: bool = False
    number_flagged: bool = False
    people_today: int = 0
    # What staff set for a network that they know many people share.
    factor: int = 1

    @property
    def elevated(self) -> bool:
        """Tell whether anything beyond the network's own failures counts against it."""
        return self.network_flagged or self.number_flagged


def allowance(standing: Standing, limit: int) -> int:
    """Return `limit` widened by how many people are known to share the network."""
    return limit * standing.factor + SLIPS_OF_EACH_PERSON * min(standing.people_today, _MOST_PEOPLE_COUNTED)


def risk_of(standing: Standing, limits: Limits) -> Risk:
    """Return what the next attempt has to bring."""
    over_the_day = standing.total_day >= limits.total_day
    if over_the_day and limits.total_stops:
        return Risk.STOPPED
    divisor = 4 if over_the_day else 1
    if standing.network_short >= allowance(standing, limits.network_short // divisor):
        return Risk.STOPPED
    if standing.network_day >= allowance(standing, limits.network_day // divisor):
        return Risk.STOPPED
    raised = (
        over_the_day
        or standing.elevated
        or standing.network_short >= allowance(standing, limits.network_raises)
        or standing.number_day >= limits.number_raises
    )
    return Risk.RAISED if raised else Risk.CALM


def step_of(standing: Standing, limits: Limits) -> int:
    """Return how often the failures have doubled since risk was raised: 0 at the threshold."""
    excess = max(standing.network_short // max(1, allowance(standing, limits.network_raises)), standing.number_day // limits.number_raises)
    return max(0, excess.bit_length() - 1)


def bits_of_work(step: int) -> int:
    """Return how many leading zero bits a proof has to have."""
    return min(_LEAST_BITS + step, _MOST_BITS)


def seconds_to_wait(step: int) -> int:
    """Return how long somebody waits who cannot or will not compute: 30 seconds, doubled with every step, 8 minutes at most."""
    return min(_LEAST_WAIT << step, _MOST_WAIT)


def proves_work(challenge: str, solution: str, bits: int) -> bool:
    """Tell whether SHA-256 of `challenge`, a colon and `solution` begins with `bits` zero bits (the scheme of Hashcash)."""
    if not solution.isascii() or not solution.isdigit() or len(solution) > 16:
        return False
    digest = hashlib.sha256(f"{challenge}:{solution}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def pause_after(holds: int) -> int:
    """Return how many seconds must lie between the last time that was taken and the next one, after `holds` within the hour."""
    if holds < HOLDS_UNTIL_SLOW:
        return 0
    return min(15 << (holds - HOLDS_UNTIL_SLOW), _LONGEST_PAUSE)


def canaries_wanted(numbers: int) -> int:
    """Return how many decoys stand among `numbers` real booking numbers."""
    return max(LEAST_CANARIES, numbers // NUMBERS_FOR_EACH_CANARY)


def network_of(client: str) -> str:
    """Return the network of a client's address: /24 of IPv4, /48 of IPv6, `unknown` when it is no address."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address), 48), strict=False))
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((int(address), 24), strict=False))


def is_own_machine(client: str) -> bool:
    """Tell whether a request comes from this machine itself: a web server in front that was not made known, or a measurement."""
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
