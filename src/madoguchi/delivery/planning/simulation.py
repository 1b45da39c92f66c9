"""A stretch of days: cards arrive, notices go out in waves, people book, some do not come, others come without a booking.

Every run draws its own chances from the seed, so that the same proposal always gives the same answer, on every machine. The answer is
the mean of the runs with its standard error: a difference smaller than that says nothing.
"""

import datetime as dt
import math
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from madoguchi.delivery.planning.queueing import serve, share_below

_BOOK_AHEAD_DAYS = 60
_PUNCTUALITY_MINUTES = 5.0
REBOOK = 0.5
_FEW = 30.0


@dataclass(frozen=True, slots=True)
class World:
    """What is not for us to decide: what arrives, how people answer, how long they take. `booked` is who has a time already, by day."""

    arrivals_by_weekday: tuple[float, ...]
    no_show: float
    response: float
    days_to_book: float
    walk_ins_per_hour: float
    service_minutes: float
    service_spread: float
    stock: int
    ready: int
    told: int
    booked: Mapping[dt.date, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is proposed: when it is open, how many counters and times, how many notices a working day, how long cards take to be ready."""

    weekdays: frozenset[int]
    open_minutes: int
    slot_minutes: int
    places_a_slot: int
    counters: int
    notices_a_day: int
    days_to_ready: int = 3

    @property
    def slots(self) -> int:
        return self.open_minutes // self.slot_minutes

    @property
    def capacity(self) -> int:
        return self.slots * self.places_a_slot


@dataclass(slots=True)
class Day:
    """What one day of one run came to."""

    visits: int = 0
    handed_over: int = 0
    waits: list[float] = field(default_factory=list)
    overtime: float = 0.0
    stock: int = 0
    unbooked: int = 0
    lead: float | None = None


MEASURES: Mapping[str, Callable[[Day], float | None]] = {
    "visits": lambda day: day.visits,
    "handed_over": lambda day: day.handed_over,
    "wait": lambda day: sum(day.waits) / len(day.waits) if day.waits else None,
    "wait_90": lambda day: share_below(day.waits, 0.9) if day.waits else None,
    "overtime": lambda day: day.overtime if day.visits else None,
    "stock": lambda day: day.stock,
    "unbooked": lambda day: day.unbooked,
    "lead": lambda day: day.lead,
}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the runs and its standard error; None where no run has a value."""

    mean: float | None
    error: float | None


def mean_of(values: Sequence[float | None]) -> Mean:
    """Return the mean of the known values and its standard error."""
    known = [value for value in values if value is not None]
    if not known:
        return Mean(None, None)
    mean = sum(known) / len(known)
    if len(known) == 1:
        return Mean(mean, None)
    variance = sum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return Mean(mean, math.sqrt(variance / len(known)))


def run(world: World, rules: Rules, days: Sequence[dt.date], is_open: Callable[[dt.date], bool], chance: random.Random) -> list[Day]:
    """Play the days once. `is_open` tells whether offices work on a day at all; the proposal says on which weekdays it opens."""
    getting_ready: deque[tuple[dt.date, int]] = deque()
    stock, ready = world.stock, world.ready
    wishes: dict[dt.date, int] = {}
    waiting: deque[dt.date] = deque()
    slots: dict[dt.date, int] = dict(world.booked)
    _let_answer(world, days[0], world.told, wishes, chance)
    played = []
    for today in days:
        day = Day()
        if is_open(today) and today.weekday() < len(world.arrivals_by_weekday):
            came = _poisson(world.arrivals_by_weekday[today.weekday()], chance)
            stock += came
            getting_ready.append((today + dt.timedelta(days=rules.days_to_ready), came))
            while getting_ready and getting_ready[0][0] <= today:
                ready += getting_ready.popleft()[1]
            told = min(rules.notices_a_day, ready)
            ready -= told
            _let_answer(world, today, told, wishes, chance)
        waiting.extend([today] * wishes.pop(today, 0))
        day.lead = _book(rules, today, waiting, slots, is_open)
        if is_open(today) and today.weekday() in rules.weekdays:
            lost = _open(world, rules, day, slots.pop(today, 0), chance)
            for _person in range(lost):
                if chance.random() < REBOOK:
                    waiting.append(today)
            stock = max(0, stock - day.handed_over)
        day.stock, day.unbooked = stock, len(waiting)
        played.append(day)
    return played


def _let_answer(world: World, today: dt.date, told: int, wishes: dict[dt.date, int], chance: random.Random) -> None:
    for _person in range(told):
        if chance.random() < world.response:
            answers = today + dt.timedelta(days=1 + int(chance.expovariate(1 / max(world.days_to_book, 0.1))))
            wishes[answers] = wishes.get(answers, 0) + 1


def _book(
    rules: Rules, today: dt.date, waiting: deque[dt.date], slots: dict[dt.date, int], is_open: Callable[[dt.date], bool]
) -> float | None:
    """Give the first free times from tomorrow on to those who wait; returns how many days the last of them has to wait."""
    lead: float | None = None
    for ahead in range(1, _BOOK_AHEAD_DAYS + 1):
        day = today + dt.timedelta(days=ahead)
        if not waiting:
            break
        if not is_open(day) or day.weekday() not in rules.weekdays:
            continue
        given = min(len(waiting), max(0, rules.capacity - slots.get(day, 0)))
        if given:
            slots[day] = slots.get(day, 0) + given
            lead = float(ahead)
            for _person in range(given):
                waiting.popleft()
    return lead


def _open(world: World, rules: Rules, day: Day, booked: int, chance: random.Random) -> int:
    """Let the booked and the others come, and serve them; returns how many of the booked did not come."""
    visitors, lost = [], 0
    for number in range(booked):
        if chance.random() < world.no_show:
            lost += 1
            continue
        slot = number % max(1, rules.slots)
        came = max(0.0, slot * rules.slot_minutes + chance.gauss(0, _PUNCTUALITY_MINUTES))
        visitors.append((came, _service(world, chance)))
    walk_ins = _poisson(world.walk_ins_per_hour * rules.open_minutes / 60, chance)
    visitors += [(chance.uniform(0, rules.open_minutes), _service(world, chance)) for _person in range(walk_ins)]
    served = serve(visitors, rules.counters)
    day.visits = len(served)
    day.handed_over = booked - lost
    day.waits = [one.waited for one in served]
    day.overtime = max(0.0, max((one.done for one in served), default=0.0) - rules.open_minutes)
    return lost


def _service(world: World, chance: random.Random) -> float:
    """Draw how long somebody takes: gamma distributed with the mean and the spread (standard deviation by mean) that was seen."""
    shape = 1 / max(world.service_spread, 0.05) ** 2
    return chance.gammavariate(shape, world.service_minutes / shape)


def _poisson(mean: float, chance: random.Random) -> int:
    """Draw a Poisson number (Knuth's product for few, the normal law for many)."""
    if mean <= 0:
        return 0
    if mean > _FEW:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


@dataclass(frozen=True, slots=True)
class Answer:
    """What the runs came to: each measure on each day, and over the whole stretch."""

    days: Sequence[dt.date]
    by_day: Mapping[str, Sequence[Mean]]
    overall: Mapping[str, Mean]


def simulate(
    world: World,
    rules: Rules,
    days: Sequence[dt.date],
    is_open: Callable[[dt.date], bool],
    *,
    seed: int,
    runs: int,
    advance: Callable[[int], None] = lambda _done: None,
) -> Answer:
    """Play the days `runs` times and return the means with their standard errors."""
    played = []
    for number in range(runs):
        advance(number)
        played.append(run(world, rules, days, is_open, random.Random(f"{seed}/{number}")))  # noqa: S311 chance of a game, not of a secret
    by_day = {name: [mean_of([measure(one[place]) for one in played]) for place in range(len(days))] for name, measure in MEASURES.items()}
    overall = {}
    for name, measure in MEASURES.items():
        means = [mean_of([measure(day) for day in one]).mean for one in played]
        overall[name] = mean_of([one[-1].stock for one in played]) if name == "stock" else mean_of(means)
    return Answer(days, by_day, overall)
