"""Reads of long work for its pages, and for the bell on every page of staff."""

import datetime as dt
from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import may, staff_of
from madoguchi.platform.jobs.models import Job, Step
from madoguchi.platform.jobs.rights import JOBS_VIEW_ALL
from madoguchi.platform.ui.shell import Bell, BellEntry

# What nobody has opened for so long is left to the list of all work.
_TOLD_FOR = dt.timedelta(days=7)
_MOST_TOLD = 10
# Work that was started again and again: its log goes so far back.
_EARLIER_JOBS = 5


def seen_by(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that the signed-in staff started, or all with the right to see them."""
    jobs = Job.objects.all()
    return jobs if may(request, JOBS_VIEW_ALL) else jobs.filter(started_by=staff_of(request).user_id)


def bell_of(request: HttpRequest) -> Bell | None:
    """Return the own work that waits, runs, or has ended and was not opened since (one statement); None with a locked screen."""
    if getattr(request, "screen_locked", False):
        return None
    mine = Job.objects.filter(started_by=staff_of(request).user_id, created_at__gte=clock.now() - _TOLD_FOR)
    told = mine.filter(Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(seen_at=None)).order_by("-created_at", "-pk")
    entries = tuple(
        BellEntry(job.title, reverse("jobs:job", args=[job.pk]), job.get_state_display(), job.is_active)
        for job in told.only("pk", "title", "state")[:_MOST_TOLD]
    )
    return Bell(entries, reverse("jobs:list"), reverse("jobs:bell"))


def log_of(job: Job) -> list[Step]:
    """Return what happened to a job and to those that it goes on with, oldest first."""
    jobs, earlier = [job.pk], job.again_of
    while earlier is not None and len(jobs) <= _EARLIER_JOBS:
        jobs.append(earlier.pk)
        earlier = earlier.again_of
    return list(Step.objects.filter(job__in=jobs))


def paused_with(result: Mapping[str, object]) -> Job | None:
    """Return the newest job that ended with this result and that nothing goes on with yet."""
    return Job.objects.filter(result=dict(result), again=None).order_by("-pk").first()
