"""Pages of what a list would change: card by card before the approval, and the result as a file."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.intake import audited, comparing, queries
from madoguchi.delivery.intake.comparing import Differing
from madoguchi.delivery.intake.models import ImportBatch
from madoguchi.delivery.intake.rights import APPROVE_LISTS, IMPORT_LISTS
from madoguchi.delivery.intake.staging import Kind
from madoguchi.kernel.tables import write_csv
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record

_PER_PAGE = 50
_TITLES = {
    Kind.NEW: gettext_lazy("新規のカード"),
    Kind.CHANGED: gettext_lazy("変更されるカード"),
    Kind.GONE: gettext_lazy("一覧にない未着カード"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A way from the counts of a batch to the cards behind them."""

    href: str
    text: str
    is_current: bool = False


def difference_links(batch: ImportBatch, current: Kind | None = None) -> list[Link]:
    """Return the ways to what a batch that still waits would do, with their counts; none once it is applied or taken back."""
    if batch.state not in comparing.OPEN_STATES:
        return []
    counts = {Kind.NEW: batch.new, Kind.CHANGED: batch.changed, Kind.GONE: batch.gone}
    return [
        Link(
            reverse("intake:difference", args=[batch.pk, kind.value]),
            _("%(title)s (%(count)s 枚)") % {"title": title, "count": f"{counts[kind]:,}"},
            kind is current,
        )
        for kind, title in _TITLES.items()
    ]


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_safe
def difference(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """新規・変更・一覧にない: the cards behind one count, with what a changed one says now and would say."""
    batch = queries.batch(pk)
    if batch is None or kind not in set(Kind):
        raise Http404
    wanted = Kind(kind)
    is_open = batch.state in comparing.OPEN_STATES
    page = Paginator(Differing(batch, wanted) if is_open else (), _PER_PAGE).get_page(request.GET.get("page"))
    lines = list(page.object_list)
    content = {"kind": kind, "page": page.number, "cards": [line.card_pk for line in lines if line.card_pk is not None]}
    record(actor_of(request), audited.VIEW_DIFFERENCE, subject=f"import:{pk}", content=content)
    context = {
        "batch": batch,
        "title": _TITLES[wanted],
        "links": difference_links(batch, wanted),
        "is_open": is_open,
        "is_changed": wanted is Kind.CHANGED,
        "is_gone": wanted is Kind.GONE,
        "may_see_cards": may(request, SEE_CARDS),
        "page": page,
        "lines": lines,
    }
    return render(request, "intake/difference.html", context)


@requires(IMPORT_LISTS, APPROVE_LISTS)
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """結果のファイル: what became of every row, with the line of the list, for whoever has to put it right in the source."""
    batch = queries.batch(pk)
    if batch is None:
        raise Http404
    rows = list(comparing.result_rows(batch))
    record(actor_of(request), audited.EXPORT_RESULT, subject=f"import:{pk}", content={"rows": len(rows)})
    name = f"torikomi_{clock.now():%Y%m%d_%H%M}.csv"
    file = b"".join(write_csv(rows, header=comparing.RESULT_HEADER))
    return HttpResponse(file, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})
