"""Reads of long work for its pages."""

from django.db.models import QuerySet
from django.http import HttpRequest

from madoguchi.platform.accounts.access import may, staff_of
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.jobs.rights import JOBS_VIEW_ALL


def seen_by(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that the signed-in staff started, or all with the right to see them."""
    jobs = Job.objects.all()
    return jobs if may(request, JOBS_VIEW_ALL) else jobs.filter(started_by=staff_of(request).user_id)
