"""Pages of matching."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.delivery.matching.audited import MATCHES_LISTED
from madoguchi.delivery.matching.queries import work_list
from madoguchi.delivery.matching.rights import MATCHES_VIEW
from madoguchi.delivery.matching.rules import BookingState, Match
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.audit.services import record

PAGE_SIZE = 50


@requires(MATCHES_VIEW)
@require_safe
def work_list_page(request: HttpRequest) -> HttpResponse:
    """Open bookings with what matching found; by default those that somebody must deal with come first to hand by a link."""
    unmatched_only = request.GET.get("show") == "unmatched"
    page = Paginator(work_list(unmatched_only=unmatched_only), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        {"visit": visit, "state": BookingState(visit.state).label, "match": Match(visit.match), "tone": _tone(Match(visit.match))}
        for visit in page.object_list
    ]
    record(actor_of(request), MATCHES_LISTED, content={"rows": len(rows), "unmatched": unmatched_only, "page": page.number})
    return render(request, "matching/work-list.html", {"page": page, "rows": rows, "unmatched_only": unmatched_only})


def _tone(match: Match) -> str:
    return "success" if match is Match.MATCHED else "warning"
