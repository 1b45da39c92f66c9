"""Long work of letters: printing a batch with progress on a page."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from procrastinate.contrib.django import app

from madoguchi.delivery.dispatch import services
from madoguchi.delivery.dispatch.choosing import choose_by_serials, choose_by_state
from madoguchi.delivery.dispatch.commands import telling_why
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress


def _page_of(job: Job) -> str:
    batch = job.result.get("batch")
    return reverse("dispatch:batch", args=[batch]) if batch else reverse("dispatch:list")


# Not one transaction: a page is set and read back outside any, and the batch itself says how it ended.
@job_kind("dispatch.print", atomic=False, page_of=_page_of)
def print_batch_of_notices(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Print the notices that a member of staff chose; the PDF stays in the zone's folder until the letters are sent."""
    serials = arguments.get("serials")
    choice = choose_by_serials(serials) if serials else choose_by_state(arguments.get("state"))
    folder = services.letters_folder()
    with telling_why(folder, {}):
        batch = services.print_notices(choice, None, actor, progress=progress, reprint_reason=arguments.get("reason", ""))
    letters = len(choice.cards)
    lines = [f"{letters:,} 通の交付案内を印刷し、すべての用紙を読み返しました。"]
    if choice.skipped:
        lines.append(f"{len(choice.skipped):,} 件は印刷していません。")
    return Outcome({"batch": str(batch.pk), "letters": letters, "skipped": len(choice.skipped)}, lines)


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.find-interrupted")
def find_interrupted_batches(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Find the batches whose process is gone."""
    services.find_interrupted()
