"""R-07: somebody guesses, over many networks, and nobody is taken over and nobody is locked out.

The short form runs some thousands of guesses; MADOGUCHI_GUESSES=100000 runs the long one.
"""

import datetime as dt
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import time_machine

from madoguchi.booking.abuse import rules as abuse_rules
from madoguchi.booking.abuse.rules import Limits
from madoguchi.booking.municipality.services import change
from madoguchi.booking.reservations import identification
from madoguchi.booking.reservations.identification import Identified, WhyUnknown, identify
from madoguchi.booking.reservations.macs import birthday_mac, code_mac
from madoguchi.booking.reservations.models import Credential
from madoguchi.kernel.numbers import luhn_check_digit
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

# Each guess is a transaction of its own, as at the public site.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
GUESSES = int(os.environ.get("MADOGUCHI_GUESSES", "2500"))
NETWORKS, PEOPLE = 150, 60
NO_LIMITS = Limits(network_raises=10**9, network_short=10**9, network_day=10**9, number_raises=10**9, total_day=10**9, total_stops=False)
Guess = tuple[str, str, str, str]


def code(number: int) -> str:
    body = f"{number:07d}"
    return f"{body}{luhn_check_digit(body)}"


@pytest.fixture
def people(person: Callable[..., Credential]) -> dict[str, tuple[str, str]]:
    """Sixty people with letters: number → code and birthday."""
    chance, found = random.Random(2), {}
    for number in range(PEOPLE):
        serial, secret, mmdd = (
            f"A0A{number * 7:06d}",
            code(chance.randrange(10**7)),
            f"{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}",
        )
        person(serial=serial, code_mac=code_mac(serial, secret), birthday_mac=birthday_mac(serial, mmdd))
        found[serial] = (secret, mmdd)
    return found


def one_number(people: dict[str, tuple[str, str]], chance: random.Random) -> Iterator[Guess]:
    """An acquaintance knows number and birthday and goes through codes."""
    serial, (_secret, mmdd) = next(iter(people.items()))
    while True:
        yield serial, code(chance.randrange(10**7)), mmdd, f"10.{chance.randrange(NETWORKS)}.0.1"


def one_birthday_over_many_numbers(people: dict[str, tuple[str, str]], chance: random.Random) -> Iterator[Guess]:
    """A machine walks through the numbers with one birthday and random codes."""
    while True:
        yield f"A0A{chance.randrange(PEOPLE * 7):06d}", code(chance.randrange(10**7)), "0101", f"10.{chance.randrange(NETWORKS)}.0.1"


def attack(guesses: Iterator[Guess], number: int) -> Counter[str]:
    """Send `number` guesses over a day and count the answers."""
    seen = Counter[str]()
    start = dt.datetime.combine(clock.today(), dt.time(0, 1), clock.TOKYO)
    with time_machine.travel(start, tick=False) as moved:
        for _guess in range(number):
            serial, secret, mmdd, client = next(guesses)
            answer = identify(serial, secret, mmdd, client=client)
            seen["taken over" if isinstance(answer, Identified) else answer.why.value] += 1
            moved.shift(dt.timedelta(hours=23) / number)
    return seen


def locked_out(people: dict[str, tuple[str, str]]) -> list[str]:
    """Return the people who do not get in on the evening, from a network of their own, having answered what they are asked."""
    found = []
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(23, 30), clock.TOKYO), tick=False) as moved:
        for number, (serial, (secret, mmdd)) in enumerate(people.items()):
            client = f"172.{number}.0.1"
            answer = identify(serial, secret, mmdd, client=client)
            if not isinstance(answer, Identified) and answer.challenge:
                moved.shift(answer.challenge.wait)
                answer = identify(serial, secret, mmdd, client=client, proof=(answer.challenge.token, ""))
            if not isinstance(answer, Identified):
                found.append(serial)
    return found


@pytest.mark.parametrize("way", [one_number, one_birthday_over_many_numbers])
def test_nobody_is_taken_over_and_nobody_is_locked_out(
    people: dict[str, tuple[str, str]], way: Callable[[dict[str, tuple[str, str]], random.Random], Iterator[Guess]]
) -> None:
    seen = attack(way(people, random.Random(1)), GUESSES)
    assert sum(seen.values()) == GUESSES
    assert seen["taken over"] == 0
    assert seen[WhyUnknown.PROVE] + seen[WhyUnknown.TOO_MANY] > 0, "the limits were met"
    assert seen[WhyUnknown.MISMATCH] <= NETWORKS * abuse_rules.WITH_CODES.network_day, "no more were looked at than the networks may"
    assert not Credential.objects.filter(locked_at__isnull=False).exists()
    assert locked_out(people) == []


def test_without_limits_every_guess_is_looked_at(people: dict[str, tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identification, "limits_for", lambda **_: NO_LIMITS)
    seen = attack(one_number(people, random.Random(1)), 500)
    assert seen == {WhyUnknown.MISMATCH: 500}


def test_birthdays_alone_are_guessed_without_limits_and_not_with_them(
    people: dict[str, tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(automatic("test"), uses_booking_codes=False)

    def walk() -> Iterator[Guess]:
        chance, known = random.Random(3), list(people)
        while True:
            yield (
                chance.choice(known),
                "",
                f"{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}",
                f"10.{chance.randrange(NETWORKS)}.0.1",
            )

    held = attack(walk(), 1_000)
    assert held["taken over"] == 0
    assert held[WhyUnknown.MISMATCH] <= abuse_rules.WITHOUT_CODES.total_day
    Credential.objects.update(locked_at=None, wrong_birthdays=0)
    monkeypatch.setattr(identification, "limits_for", lambda **_: NO_LIMITS)
    monkeypatch.setattr(identification, "WRONG_BIRTHDAYS_UNTIL_LOCK", 10**4)
    assert attack(walk(), 1_000)["taken over"] > 0, "the attack is one that would succeed"
