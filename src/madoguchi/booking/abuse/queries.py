"""Reads for the page of limits, each one statement."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from madoguchi.booking.abuse import statements
from madoguchi.booking.abuse.counting import standing_of, windows
from madoguchi.booking.abuse.models import Alarm, Canary, SharedNetwork
from madoguchi.booking.abuse.rules import Limits, Risk, Standing, allowance, risk_of

NETWORKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class NetworkCount:
    """What is counted about one network today, and what its next attempt has to bring."""

    network: str
    short: int
    day: int
    people: int
    flagged: bool
    last_at: dt.datetime
    risk: Risk
    allowed_short: int
    allowed_day: int


def unseen_alarms() -> int:
    """Return how many alarms nobody has looked at."""
    return Alarm.objects.filter(seen_at__isnull=True).count()


def newest_alarms(number: int) -> QuerySet[Alarm]:
    """Return the newest alarms, those that nobody has looked at first."""
    return Alarm.objects.order_by("seen_by", "-last_at")[:number]


def networks(limits: Limits) -> list[NetworkCount]:
    """Return the networks with failures today, the worst first."""
    with connection.cursor() as cursor:
        cursor.execute(statements.NETWORKS, {**windows(), "limit": NETWORKS_SHOWN})
        rows = cursor.fetchall()
    found = []
    for network, short, day, people, canary, grab, last_at, factor in rows:
        standing = Standing(network_short=short, network_day=day, network_flagged=bool(canary or grab), people_today=people, factor=factor)
        found.append(
            NetworkCount(
                network=network,
                short=short,
                day=day,
                people=people,
                flagged=standing.network_flagged,
                last_at=last_at,
                risk=risk_of(standing, limits),
                allowed_short=allowance(standing, limits.network_short),
                allowed_day=allowance(standing, limits.network_day),
            )
        )
    return found


def failures_today() -> int:
    """Return how many identifications failed today in the whole municipality."""
    return standing_of("").total_day


def canaries() -> int:
    """Return how many decoys stand."""
    return Canary.objects.count()


def shared_networks() -> QuerySet[SharedNetwork]:
    """Return the networks whose limits staff have widened."""
    return SharedNetwork.objects.order_by("network")
