"""What was examined for accessibility, and what was found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.booking.citizens.accessibility import last_run
from madoguchi.platform.accounts.access import open_to_all


@open_to_all
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """The result page (試験結果): every examination with what it concerns and how often it was made."""
    return render(request, "citizens/accessibility-results.html", {"run": last_run()})
