"""The page of the condition of this zone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import requires
from madoguchi.platform.condition.figures import sections, worst
from madoguchi.platform.condition.rights import SEE_CONDITION


@requires(SEE_CONDITION)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """システムの状態 (S33): figures without personal data, so that no look at them is recorded."""
    found = sections()
    return render(request, "condition/show.html", {"sections": found, "worst": worst(found), "now": clock.now()})
