"""Pages of matching."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.delivery.cards.queries import open_holds_of
from madoguchi.delivery.cards.rules import Effect, HoldKind, blocking_holds
from madoguchi.delivery.matching.audited import MATCHES_LISTED
from madoguchi.delivery.matching.models import BookedVisit
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
    visits = list(page.object_list)
    held = open_holds_of([visit.card_id for visit in visits if visit.card_id])
    rows = [_row(visit, held.get(visit.card_id or 0, frozenset())) for visit in visits]
    record(actor_of(request), MATCHES_LISTED, content={"rows": len(rows), "unmatched": unmatched_only, "page": page.number})
    return render(request, "matching/work-list.html", {"page": page, "rows": rows, "unmatched_only": unmatched_only})


def _row(visit: BookedVisit, holds: frozenset[HoldKind]) -> dict[str, object]:
    place: str = visit.place_name  # type: ignore[attr-defined]  # annotated by the query
    # Where a person under protection will be stands on no list (DL-30).
    shown = "" if blocking_holds(holds, Effect.PLACE_LIST) else place
    state, match = BookingState(visit.state), Match(visit.match)
    is_unrecorded = state is BookingState.DONE
    words = _("完了と届いたが、交付の記録がない") if is_unrecorded else match.label
    return {
        "visit": visit,
        "place": shown,
        "state": state.label,
        "match": words,
        "tone": "success" if match is Match.MATCHED and not is_unrecorded else "warning",
    }
