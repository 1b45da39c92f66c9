"""Decoys: booking numbers that nobody was sent, in between those that people have. Whoever tries one walks through numbers."""

import itertools
import random
import secrets
from collections.abc import Collection, Iterator, Mapping

_MOST_TRIES_FOR_EACH = 50
_DIGITS = "0123456789"


def slips_of(serial: str) -> Iterator[str]:
    """Yield what a person types who gets one digit of `serial` wrong, or two neighbouring ones in the wrong order."""
    for place in range(3, len(serial)):
        for digit in _DIGITS:
            if digit != serial[place]:
                yield serial[:place] + digit + serial[place + 1 :]
    for place in range(3, len(serial) - 1):
        if serial[place] != serial[place + 1]:
            yield serial[:place] + serial[place + 1] + serial[place] + serial[place + 2 :]


def ranges_of(serials: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return for each prefix the first and the last six digits that are in use: where a guesser looks."""
    found: dict[str, tuple[int, int]] = {}
    for prefix, group in itertools.groupby(sorted(serials), key=lambda serial: serial[:3]):
        digits = [int(serial[3:]) for serial in group]
        found[prefix] = (digits[0], digits[-1])
    return found


def place_canaries(serials: Collection[str], wanted: int, chance: random.Random | None = None) -> list[str]:
    """Choose up to `wanted` decoys within the ranges of `serials`; none is a real number, nor one slip of the finger away from one.

    Where real numbers stand so close that no such number exists the list is shorter. Without real numbers there are no decoys.
    """
    chance = chance or secrets.SystemRandom()
    taken = set(serials)
    ranges: Mapping[str, tuple[int, int]] = ranges_of(taken)
    prefixes = sorted(ranges)
    chosen: set[str] = set()
    for _ in range(wanted * _MOST_TRIES_FOR_EACH if prefixes else 0):
        if len(chosen) == wanted:
            break
        prefix = chance.choice(prefixes)
        first, last = ranges[prefix]
        room = max(last - first, 10_000)
        serial = f"{prefix}{(first + chance.randrange(room)) % 1_000_000:06d}"
        if serial not in taken and not any(slip in taken for slip in slips_of(serial)):
            chosen.add(serial)
    return sorted(chosen)
