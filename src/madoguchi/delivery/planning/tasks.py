"""Long work of planning: trying a proposal out."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from madoguchi.delivery.planning import services
from madoguchi.delivery.planning.models import Proposal
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress


def _page_of(job: Job) -> str:
    return reverse("planning:proposal", args=[job.arguments["proposal"]])


def _given_up(arguments: Mapping[str, Any]) -> None:
    Proposal.objects.filter(pk=arguments["proposal"], state=Proposal.State.WAITING).update(state=Proposal.State.GIVEN_UP)


# It gives the same whenever it is played: a worker that dies costs no more than the time.
@job_kind("planning.simulate", page_of=_page_of, resumes=True, given_up=_given_up)
def simulate_proposal(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:  # noqa: ARG001 every kind of work is told who
    """Play a proposal as often as it asks for."""
    proposal = Proposal.objects.get(pk=arguments["proposal"])
    services.try_out(proposal, progress)
    return Outcome({"proposal": proposal.pk}, [f"{proposal.days} 日を {proposal.runs} 回試算しました。"])
