"""Long work of the queues: an act on many cards."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from madoguchi.delivery.queues import services
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress


def _page_of(job: Job) -> str:
    return reverse("queues:bulk", args=[job.arguments["bulk"]])


@job_kind("queues.bulk", page_of=_page_of)
def act_on_many(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Do what was looked at and confirmed; all of it or nothing."""
    done = services.carry_out(arguments["bulk"], actor, progress)
    lines = [f"{done['done']:,} 件に行いました。"]
    if done["left"]:
        lines.append(f"{done['left']:,} 件は、下見のあとにほかの操作が行われたため、行っていません。")
    return Outcome({"bulk": arguments["bulk"], **done}, lines)
