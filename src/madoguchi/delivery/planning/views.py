"""窓口の計画: the forecast, proposals, and what they would come to. Nothing here changes anything outside."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.delivery.planning import presenting, queries, services
from madoguchi.delivery.planning.audited import FORECAST_VIEWED
from madoguchi.delivery.planning.forms import ProposalForm
from madoguchi.delivery.planning.models import Proposal
from madoguchi.delivery.planning.rights import PLAN_CAPACITY
from madoguchi.delivery.planning.simulation import Rules
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs

_SHOWN = 30


@requires(PLAN_CAPACITY)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """窓口の計画: what is to be expected, and the proposals that were tried."""
    past = queries.past()
    record(actor_of(request), FORECAST_VIEWED)
    proposals = list(Proposal.objects.all()[:_SHOWN])
    context = {"rows": presenting.forecast_rows(past), "chart": presenting.forecast_chart(past), "proposals": proposals}
    return render(request, "planning/overview.html", context)


@requires(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Try a set of rules out, as a job; the form may start from an earlier proposal."""
    form = ProposalForm(request.POST if request.method == "POST" else None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        rules = Rules(
            frozenset(given["weekdays"]),
            *(given[name] for name in ("open_minutes", "slot_minutes", "places_a_slot", "counters", "notices_a_day", "days_to_ready")),
        )
        world = services.world_of(queries.past(), walk_ins_per_hour=given["walk_ins_per_hour"], arrivals_percent=given["arrivals_percent"])
        actor = actor_of(request)
        with transaction.atomic():
            size = {name: given[name] for name in ("days", "runs", "seed")}
            proposal = services.make(given["name"], rules, world, actor, **size, target=given["target_minutes"])
            job = jobs.start("planning.simulate", "窓口の計画の試算", actor, {"proposal": proposal.pk})
        return redirect("jobs:job", job.pk)
    return render(request, "planning/new.html", {"form": form}, status=422 if form.errors else 200)


def _initial(request: HttpRequest) -> dict[str, object]:
    base = request.GET.get("base", "")
    proposal = Proposal.objects.filter(pk=int(base)).first() if base.isdecimal() and len(base) < 10 else None
    if proposal is None:
        return {}
    return {
        **proposal.rules,
        "days": proposal.days,
        "runs": proposal.runs,
        "seed": proposal.seed,
        "target_minutes": proposal.target_minutes,
    }


@requires(PLAN_CAPACITY)
@require_safe
def proposal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: what it proposes, what it came to, plots; beside another one, when one is chosen."""
    proposal = get_object_or_404(Proposal, pk=pk)
    others = Proposal.objects.filter(state=Proposal.State.DONE, first_day=proposal.first_day).exclude(pk=pk)[:_SHOWN]
    chosen = request.GET.get("beside", "")
    beside = next((one for one in others if str(one.pk) == chosen), None)
    shown = [proposal, *([beside] if beside else [])]
    context: dict[str, object] = {"proposal": proposal, "rules": presenting.rule_rows(proposal), "others": others, "beside": beside}
    if proposal.answer:
        context |= {"answers": presenting.answer_rows(shown), "charts": presenting.charts(shown)}
    return render(request, "planning/proposal.html", context)
