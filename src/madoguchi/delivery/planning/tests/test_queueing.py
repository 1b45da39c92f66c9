"""The counters against the formulas of queueing theory (Erlang 1917; Kleinrock, Queueing Systems 1): M/M/c in the steady state."""

import math
import random

import pytest

from madoguchi.delivery.planning.queueing import Served, serve, share_below

_BATCHES = 25


def erlang_c(arrivals: float, service: float, counters: int) -> float:
    """Return the probability that somebody has to wait."""
    load = arrivals / service
    last = load**counters / math.factorial(counters) * counters / (counters - load)
    return last / (sum(load**number / math.factorial(number) for number in range(counters)) + last)


def mean_wait(arrivals: float, service: float, counters: int) -> float:
    """Return the mean wait of the formula."""
    return erlang_c(arrivals, service, counters) / (counters * service - arrivals)


def markov(arrivals: float, service: float, people: int, seed: int) -> list[tuple[float, float]]:
    """Draw people who come as a Poisson stream and take exponential times."""
    chance, now, found = random.Random(seed), 0.0, []
    for _person in range(people):
        now += chance.expovariate(arrivals)
        found.append((now, chance.expovariate(service)))
    return found


def batch_means(values: list[float]) -> tuple[float, float]:
    """Return mean and standard error of correlated values by batch means, the first tenth left out as warm-up.

    Batch means of waits lean to the left: a run without a great rush has a small mean and a small error. At a load of 0.8 three of 50
    seeds lay more than 3.4 errors below the formula and none more than 2.1 above it, so that the tests keep to 0.7 and five errors.
    """
    kept = values[len(values) // 10 :]
    size = len(kept) // _BATCHES
    means = [sum(kept[number * size : (number + 1) * size]) / size for number in range(_BATCHES)]
    mean = sum(means) / _BATCHES
    return mean, math.sqrt(sum((one - mean) ** 2 for one in means) / (_BATCHES - 1) / _BATCHES)


@pytest.mark.parametrize(("arrivals", "counters"), [(0.5, 1), (1.2, 2), (2.8, 4), (5.6, 8)])
def test_waits_agree_with_the_formula_within_their_own_standard_error(arrivals: float, counters: int) -> None:
    served = serve(markov(arrivals, 1.0, 40_000, seed=2026), counters)
    mean, error = batch_means([one.waited for one in served])
    expected = mean_wait(arrivals, 1.0, counters)
    assert abs(mean - expected) < 5 * error
    assert error < expected / 5, "the run is long enough to tell"
    waited, error = batch_means([float(one.waited > 1e-9) for one in served])
    assert abs(waited - erlang_c(arrivals, 1.0, counters)) < 5 * error


def test_the_formula_for_another_number_of_counters_would_be_noticed() -> None:
    served = serve(markov(2.8, 1.0, 40_000, seed=2026), 4)
    mean, error = batch_means([one.waited for one in served])
    assert abs(mean - mean_wait(2.8, 1.0, 5)) > 5 * error


def test_one_counter_serves_one_after_the_other_and_two_serve_two() -> None:
    people = [(0.0, 10.0), (1.0, 10.0), (30.0, 5.0)]
    assert serve(people, 1) == [Served(0, 0, 10), Served(1, 9, 20), Served(30, 0, 35)]
    assert serve(people, 2) == [Served(0, 0, 10), Served(1, 0, 11), Served(30, 0, 35)]
    assert serve([], 2) == []


def test_nine_of_ten_do_not_exceed_their_share() -> None:
    assert share_below([float(number) for number in range(1, 11)], 0.9) == 9
    assert share_below([3.0], 0.9) == 3
    assert share_below([], 0.9) == 0
