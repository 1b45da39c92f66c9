"""Work of the filing in the worker: the look at the watched folder, and the nightly sweep."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from procrastinate.contrib.django import app

from madoguchi.delivery.filing import disposal, inbox
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress, Silent


def _page_of(_job: Job) -> str:
    return reverse("filing:incoming")


@job_kind("filing.inbox", atomic=False, page_of=_page_of)
def look_now(_arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Look at the watched folder because somebody asked."""
    taken = inbox.look(actor, progress)
    return Outcome({"taken": taken}, [f"{taken} 個のファイルを取り込みました。"])


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="filing.inbox", name="filing.inbox")
def look_at_the_folder(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Look at the watched folder every minute."""
    inbox.look(automatic("filing"), Silent())


@app.periodic(cron="40 2 * * *")
@app.task(name="filing.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Remove sealed files that nothing names."""
    disposal.sweep()
