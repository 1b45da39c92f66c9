"""The page of the rules of papers: what the counter checks today, and the request for an own rule."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.delivery.handover import audited, queries
from madoguchi.delivery.handover.approvable import request_paper_rule
from madoguchi.delivery.handover.cases import condition_words
from madoguchi.delivery.handover.forms import PaperRuleForm, counter_rules
from madoguchi.delivery.handover.models import OwnPaperRule
from madoguchi.delivery.handover.rights import COUNTER_SERVE, REQUEST_PAPER_RULES
from madoguchi.delivery.handover.services import NewPaperRule
from madoguchi.kernel.documents import WAY_NAMES
from madoguchi.kernel.required_documents import rules_on
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal


@requires(COUNTER_SERVE)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_rules(request: HttpRequest) -> HttpResponse:
    """書類の規則: the rows that count today with their sources, the own rows, and the form for a new one."""
    may_request = may(request, REQUEST_PAPER_RULES)
    form = PaperRuleForm(request.POST if request.method == "POST" and may_request else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        new = NewPaperRule(given["code"], given["papers"], given["hidden"], given["since"], given["until"], given["source"])
        try:
            request_paper_rule(new, actor_of(request))
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            messages.success(request, _("書類の規則の変更を依頼しました。別の職員が承認すると、その日から使われます。"))
            return redirect("handover:paper-rules")
    today = clock.today()
    rules = counter_rules(rules_on(today, queries.paper_rules()))
    record(actor_of(request), audited.PAPER_RULES_VIEWED, content={"rules": len(rules)})
    context = {
        "form": form,
        "today": today,
        "rules": [{"rule": rule, "who": condition_words(rule), "ways": _ways(rule.papers)} for rule in rules],
        "own": [{"row": row, "ways": _("確かめない") if row.hidden else _ways(row.papers)} for row in OwnPaperRule.objects.order_by("-id")],
        "may_request": may_request,
    }
    return render(request, "handover/paper_rules.html", context, status=422 if form.errors else 200)


def _ways(papers: list[str] | tuple[str, ...]) -> str:
    return _("、または ").join(WAY_NAMES[way] for way in papers)
