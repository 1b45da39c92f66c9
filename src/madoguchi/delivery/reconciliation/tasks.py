"""Long work of the reconciliation: applying a large list."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from madoguchi.delivery.reconciliation import services
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Outcome, Progress


def _page_of(job: Job) -> str:
    return reverse("reconciliation:terminal-list", args=[job.arguments["list"]])


@job_kind("reconciliation.apply", page_of=_page_of)
def apply_list(arguments: Mapping[str, Any], _progress: Progress, actor: Actor) -> Outcome:
    """Apply a checked list of the terminal."""
    changed = services.apply_list(arguments["list"], actor)
    return Outcome({"changed": changed}, [f"{changed:,} 枚のカードの「統合端末の状態」が変わりました。"])
