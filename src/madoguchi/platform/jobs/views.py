"""Pages of long work."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may_open, signed_in, staff_of
from madoguchi.platform.jobs import queries, rules, services
from madoguchi.platform.jobs.kinds import known
from madoguchi.platform.jobs.models import Job
from madoguchi.platform.verbs import Refusal

_PAGE = 50


@signed_in
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """処理の一覧: newest first."""
    page = Paginator(queries.seen_by(request).order_by("-created_at", "-pk"), _PAGE).get_page(request.GET.get("page"))
    return render(request, "jobs/list.html", {"page": page})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One job: how far it is, how it ended, and what can be done about it."""
    job = get_object_or_404(queries.seen_by(request), pk=pk)
    if request.method == "POST":
        try:
            return _act(request, job)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("jobs:job", pk)
    services.opened(job, by=staff_of(request).user_id)
    kind = known(job.kind)
    address = kind.page_of(job) if kind else ""
    shown = {"job": job, "address": address if may_open(request, address) else "", "log": queries.log_of(job), **_left(job)}
    return render(request, "jobs/job.html", shown)


def _left(job: Job) -> dict[str, int | None]:
    """Return how many minutes the present phase still takes, None while that cannot be told honestly."""
    if job.state != Job.State.RUNNING or job.paced_from is None:
        return {"minutes": None}
    left = rules.time_left(job.done, job.total, job.paced_done, clock.now() - job.paced_from)
    return {"minutes": rules.minutes_left(left) if left is not None else None}


def _act(request: HttpRequest, job: Job) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "cancel":
        services.cancel(job.pk, actor=actor_of(request))
        messages.success(request, _("中止を指示しました。"))
        return redirect("jobs:job", job.pk)
    if act == "again":
        again = services.start_again(job.pk, actor=actor_of(request))
        messages.success(request, _("もう一度始めました。"))
        return redirect("jobs:job", again.pk)
    raise Refusal(_("「中止する」か「もう一度始める」のボタンを押してください。"))


@signed_in
@require_safe
def progress_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that shows progress, asked for every two seconds; once the job has ended, the whole page is loaded anew."""
    # Nobody sits at the screen because it refreshes by itself.
    request.unattended = True  # type: ignore[attr-defined]  # read by SessionLimits
    job = get_object_or_404(queries.seen_by(request), pk=pk)
    response = render(request, "jobs/progress.html", {"job": job, **_left(job)})
    if not job.is_active:
        response.headers["HX-Refresh"] = "true"
    return response


@signed_in
@require_safe
def bell_part(request: HttpRequest) -> HttpResponse:
    """The bell alone, asked for every fifteen seconds while something of one's own waits or runs."""
    # Nobody sits at the screen because it refreshes by itself.
    request.unattended = True  # type: ignore[attr-defined]  # read by SessionLimits
    return render(request, "ui/bell.html", {"bell": queries.bell_of(request)})
