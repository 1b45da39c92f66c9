"""Commands of planning: keep a proposal with the world as it is today, and try it out."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction

from madoguchi.delivery.planning.audited import PROPOSAL_MADE
from madoguchi.delivery.planning.models import Proposal
from madoguchi.delivery.planning.proposing import MOST_COUNTERS, proposed
from madoguchi.delivery.planning.queries import Past
from madoguchi.delivery.planning.simulation import Answer, Mean, Rules, World, simulate
from madoguchi.kernel.working_days import is_working_day
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Progress

_RUNS_TO_SEARCH = 10


def world_of(past: Past, *, walk_ins_per_hour: float, arrivals_percent: int, no_show: float | None = None) -> World:
    """Return the world that the past leads one to expect, with arrivals at `arrivals_percent` of what they were."""
    return World(
        arrivals_by_weekday=tuple(round(one.value * arrivals_percent / 100, 3) for one in past.arrivals),
        no_show=past.no_show.value if no_show is None else no_show,
        response=past.response.value,
        days_to_book=past.days_to_book.value,
        walk_ins_per_hour=walk_ins_per_hour,
        service_minutes=past.minutes.value,
        service_spread=past.spread,
        stock=past.stock,
        ready=past.ready,
        told=past.told,
        booked=past.booked,
    )


def proposed_for(past: Past, *, walk_ins_per_hour: float) -> Rules | None:
    """Return slots and notice waves that keep up with what the past leads one to expect; None when there is nothing to keep up with."""
    return proposed(world_of(past, walk_ins_per_hour=walk_ins_per_hour, arrivals_percent=100))


@transaction.atomic
def make(name: str, rules: Rules, world: World, actor: Actor, *, days: int, runs: int, seed: int, target: int) -> Proposal:
    """Keep a proposal; the caller starts the work that tries it out."""
    kept_world = asdict(world) | {"booked": {day.isoformat(): number for day, number in world.booked.items()}}
    proposal = Proposal.objects.create(
        name=name,
        rules=asdict(rules) | {"weekdays": sorted(rules.weekdays)},
        world=kept_world,
        first_day=clock.today() + dt.timedelta(days=1),
        days=days,
        runs=runs,
        seed=seed,
        target_minutes=target,
        made_by=actor.user_id,
        made_at=clock.now(),
    )
    record(actor, PROPOSAL_MADE, subject=f"proposal:{proposal.pk}", content={"days": days, "runs": runs, "seed": seed})
    return proposal


def rules_of(proposal: Proposal) -> Rules:
    """Return the rules that a proposal keeps."""
    return Rules(**{**proposal.rules, "weekdays": frozenset(proposal.rules["weekdays"])})


def world_kept(proposal: Proposal) -> World:
    """Return the world that a proposal keeps."""
    kept: dict[str, Any] = dict(proposal.world)
    kept["arrivals_by_weekday"] = tuple(kept["arrivals_by_weekday"])
    kept["booked"] = {dt.date.fromisoformat(day): number for day, number in kept["booked"].items()}
    return World(**kept)


def try_out(proposal: Proposal, progress: Progress) -> None:
    """Play the proposal and look for the fewest counters that keep the target; writes the answer. Repeating it gives the same."""
    days = [proposal.first_day + dt.timedelta(days=number) for number in range(proposal.days)]
    world, rules = world_kept(proposal), rules_of(proposal)

    def advance(done: int) -> None:
        progress.advance(done, proposal.runs, proposal.name)

    answer = simulate(world, rules, days, is_working_day, seed=proposal.seed, runs=proposal.runs, advance=advance)
    proposal.answer = kept_answer(answer)
    proposal.counters_needed = _counters_needed(proposal, world, rules, days)
    proposal.state = Proposal.State.DONE
    proposal.save(update_fields=["answer", "counters_needed", "state"])
    progress.advance(proposal.runs, proposal.runs, proposal.name)


def _counters_needed(proposal: Proposal, world: World, rules: Rules, days: list[dt.date]) -> int | None:
    """Return the fewest counters with which nine of ten wait no longer than the target on the mean day; None when none suffices."""
    low, high = 1, MOST_COUNTERS + 1
    while low < high:  # more counters never make people wait longer, so that halving the range finds the fewest
        middle = (low + high) // 2
        runs = min(proposal.runs, _RUNS_TO_SEARCH)
        tried = simulate(world, replace(rules, counters=middle), days, is_working_day, seed=proposal.seed, runs=runs)
        waited = tried.overall["wait_90"].mean
        low, high = (low, middle) if waited is None or waited <= proposal.target_minutes else (middle + 1, high)
    return low if low <= MOST_COUNTERS else None


def kept_answer(answer: Answer) -> dict[str, object]:
    """Return an answer as JSON, rounded to what can be read."""

    def plain(mean: Mean) -> list[float | None]:
        return [None if value is None else round(value, 3) for value in (mean.mean, mean.error)]

    return {
        "by_day": {name: [plain(mean) for mean in means] for name, means in answer.by_day.items()},
        "overall": {name: plain(mean) for name, mean in answer.overall.items()},
    }


def overall(proposal: Proposal) -> Mapping[str, tuple[float | None, float | None]]:
    """Return the overall means of a tried proposal with their standard errors."""
    found = (proposal.answer or {}).get("overall", {})
    return {name: (mean, error) for name, (mean, error) in found.items()}
