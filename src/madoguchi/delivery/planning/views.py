"""窓口の計画: the forecast, proposals, and what they would come to. Nothing here changes anything outside."""

from dataclasses import asdict

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.delivery.planning import presenting, queries, services
from madoguchi.delivery.planning.audited import FORECAST_VIEWED
from madoguchi.delivery.planning.forms import ProposalForm
from madoguchi.delivery.planning.models import Proposal
from madoguchi.delivery.planning.queries import Past
from madoguchi.delivery.planning.rights import PLAN_CAPACITY
from madoguchi.delivery.planning.simulation import Rules
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs

_SHOWN = 30
_USUAL_MINUTES = 390


@requires(PLAN_CAPACITY)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """窓口の計画: what is to be expected, and the proposals that were tried."""
    past = queries.past()
    record(actor_of(request), FORECAST_VIEWED)
    proposals = list(Proposal.objects.all()[:_SHOWN])
    context = {"rows": presenting.forecast_rows(past), "chart": presenting.forecast_chart(past), "proposals": proposals}
    context["proposed"] = services.proposed_for(past, walk_ins_per_hour=_walk_ins_an_hour(past))
    return render(request, "planning/overview.html", context)


@requires(PLAN_CAPACITY)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Try a set of rules out, as a job; the form starts from an earlier proposal, or from what the forecast proposes."""
    base, is_proposed = _base(request), False
    initial = _initial_of(base) if base else {}
    if base is None and request.method != "POST":
        past = queries.past()
        walk_ins = _walk_ins_an_hour(past)
        rules = services.proposed_for(past, walk_ins_per_hour=walk_ins)
        is_proposed = rules is not None
        initial = {**asdict(rules), "weekdays": sorted(rules.weekdays), "walk_ins_per_hour": walk_ins} if rules else {}
    form = ProposalForm(request.POST if request.method == "POST" else None, initial=initial)
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
    return render(request, "planning/new.html", {"form": form, "is_proposed": is_proposed}, status=422 if form.errors else 200)


def _base(request: HttpRequest) -> Proposal | None:
    base = request.GET.get("base", "")
    return Proposal.objects.filter(pk=int(base)).first() if base.isdecimal() and len(base) < 10 else None


def _walk_ins_an_hour(past: Past) -> int:
    return min(100, round(past.walk_ins_a_day.value * 60 / _USUAL_MINUTES))


def _initial_of(proposal: Proposal) -> dict[str, object]:
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
