"""What is counted about an attempt to identify and about times taken, and what follows from it.

Counting never depends on whether a booking number exists: the same statements run for every number, and a number is counted under a keyed
hash of what was typed.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from madoguchi.booking.abuse import statements
from madoguchi.booking.abuse.models import Alarm
from madoguchi.booking.abuse.rules import (
    DAY_WINDOW,
    HOLDS_UNTIL_PROOF,
    HOUR_WINDOW,
    NETWORK_HOLDS_RAISE,
    NETWORK_HOLDS_STOP,
    SHORT_WINDOW,
    Limits,
    Risk,
    Standing,
    allowance,
    is_own_machine,
    network_of,
    pause_after,
    risk_of,
)
from madoguchi.platform import clock, secrets


def windows() -> dict[str, Any]:
    """Return where the running windows of ten minutes and of a day begin, with the present moment and day."""
    now = clock.now()
    return {"now": now, "today": now.date(), "short": beginning(now, SHORT_WINDOW), "day": beginning(now, DAY_WINDOW)}


def beginning(now: dt.datetime, window: dt.timedelta) -> dt.datetime:
    """Return when the running window began; windows begin at local midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // window * window


def tag_of(serial: str) -> str:
    """Return under what a booking number is counted: a keyed hash, so that the counts name no number."""
    return hmac.digest(secrets.read("pepper"), b"abuse\x1f" + serial.encode(), hashlib.sha256).hex()[:32]


def standing_of(client: str, serial: str = "") -> Standing:
    """Return what is counted about the client's network, about `serial` (empty: none is typed yet) and overall. One statement."""
    network = network_of(client)
    tag = tag_of(serial) if serial else ""
    by_day = [f"{kind} {network}" for kind in ("day", "met", "canary", "grab")]
    by_day += [f"number {tag}", f"grab-number {tag}"] if tag else []
    values = {
        **windows(),
        "by_day": ["all", *by_day],
        "by_short": [f"short {network}"],
        "client": client if network != "unknown" else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.STANDING, values)
        counted = dict(cursor.fetchall())
    return Standing(
        network_short=counted.get(f"short {network}", 0),
        network_day=counted.get(f"day {network}", 0),
        total_day=counted.get("all", 0),
        number_day=counted.get(f"number {tag}", 0),
        network_flagged=f"canary {network}" in counted or f"grab {network}" in counted,
        number_flagged=f"grab-number {tag}" in counted,
        people_today=counted.get(f"met {network}", 0),
        factor=counted["factor"],
    )


def count_failure(client: str, serial: str, standing: Standing, limits: Limits, *, well_formed: bool, unknown: bool) -> None:
    """Count one failed identification for its network, its number and overall; trip a decoy; raise alarms where a limit is just reached.

    Args:
        client: address of the client.
        serial: the number as read from what was typed.
        standing: what was counted before.
        limits: the limits of the municipality's way of identification.
        well_formed: false for what can be nobody's number; it counts for the network alone.
        unknown: no such number is on the roster, so that it may be a decoy.
    """
    network, times, number = network_of(client), windows(), f"number {tag_of(serial)}"
    scopes = {f"day {network}": "day", f"short {network}": "short", "all": "day", number: "day"}
    values = {
        **times,
        "scopes": list(scopes),
        "windows": [times[window] for window in scopes.values()],
        "numbers": [1, 1, int(well_formed), int(well_formed)],
        "serial": serial,
        "unknown": unknown,
        "network": network,
        "canary_scope": f"canary {network}",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.COUNT_FAILURE, values)
        counted = dict(cursor.fetchall())
    if well_formed and counted["all"] == limits.total_day:
        raise_alarm(Alarm.Kind.TOTAL)
    if well_formed and counted[number] == limits.number_raises:
        raise_alarm(Alarm.Kind.NUMBER, network)
    after = Standing(
        network_short=counted[f"short {network}"],
        network_day=counted[f"day {network}"],
        total_day=standing.total_day,
        people_today=standing.people_today,
        factor=standing.factor,
    )
    if risk_of(standing, limits) < risk_of(after, limits) is Risk.STOPPED:
        raise_alarm(Alarm.Kind.NETWORK, network)


def raise_alarm(kind: Alarm.Kind, network: str = "") -> None:
    """Put an alarm before the desk, or count the standing one up; what was seen is unseen again. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(statements.ALARM, {**windows(), "kind": kind.value, "network": network})


def count_person(client: str, credential: int) -> None:
    """Remember that somebody got in from this network: many different people make it a shared one, whose slips weigh less."""
    network = network_of(client)
    values = {**windows(), "seen": f"seen {network} {credential}", "met": f"met {network}"}
    with connection.cursor() as cursor:
        cursor.execute(statements.COUNT_PERSON, values)


@dataclass(frozen=True, slots=True)
class Pace:
    """Whether a time may be taken now: at once, after `wait` seconds, or (`prove`) only after identifying anew with proof of work."""

    wait: int = 0
    prove: bool = False

    @property
    def free(self) -> bool:
        return not self.wait and not self.prove


def take_pace(client: str, serial: str = "") -> Pace:
    """Count one time taken by the holder of `serial` (empty: a kind without numbers) from `client`, or say why not now.

    Whoever takes times again and again without booking is slowed; from HOLDS_UNTIL_PROOF within the hour on the number has to be
    identified anew, and that asks for proof. A whole network that does so makes its next people prove theirs.
    """
    now, network = clock.now(), network_of(client)
    hour, short = beginning(now, HOUR_WINDOW), beginning(now, SHORT_WINDOW)
    # Who tries the site out on its own machine comes back with the same few numbers.
    number = f"hold-number {tag_of(serial)}" if serial and not is_own_machine(client) else ""
    if number:
        with connection.cursor() as cursor:
            cursor.execute(statements.HOLDS_OF_A_NUMBER, {"scope": number, "window": hour})
            holds, last = cursor.fetchone() or (0, now)
        if holds >= HOLDS_UNTIL_PROOF:
            _flag(f"grab-number {tag_of(serial)}", network)
            return Pace(prove=True)
        wait = pause_after(holds) - int((now - last).total_seconds())
        if holds and wait > 0:
            return Pace(wait=wait)
    scopes = {number: hour} if number else {}
    if not is_own_machine(client):
        scopes[f"hold {network}"] = short
    counted = _count(scopes) if scopes else {}
    taken = counted.get(f"hold {network}", 0)
    if taken >= NETWORK_HOLDS_RAISE:
        standing = standing_of(client)
        if taken >= allowance(standing, NETWORK_HOLDS_STOP):
            return Pace(wait=int((short + SHORT_WINDOW - now).total_seconds()) + 1)
        if taken >= allowance(standing, NETWORK_HOLDS_RAISE) and not standing.network_flagged:
            _flag(f"grab {network}", network)
    return Pace()


def _flag(scope: str, network: str) -> None:
    _count({scope: windows()["day"]})
    raise_alarm(Alarm.Kind.GRABBING, network)


def _count(scopes: Mapping[str, dt.datetime]) -> dict[str, int]:
    values: dict[str, Any] = {"now": clock.now(), "scopes": list(scopes), "windows": list(scopes.values()), "numbers": [1] * len(scopes)}
    with connection.cursor() as cursor:
        cursor.execute(statements.COUNT, values)
        return dict(cursor.fetchall())


def count_ticket(client: str) -> int:
    """Count one more who goes on by waiting from this network; return how many did in this window."""
    scope = f"ticket {network_of(client)}"
    return _count({scope: windows()["short"]})[scope]


def start_over(serial: str) -> None:
    """Forget how often the holder of `serial` took times in this hour: the number has just been proved anew."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM abuse_count WHERE scope = %s", [f"hold-number {tag_of(serial)}"])
