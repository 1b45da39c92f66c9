"""出力センター (S28): what was printed and written out in this zone, from the operation log; read only."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from madoguchi.platform.accounts.access import actor_of, may_open, requires
from madoguchi.platform.accounts.rights import OUTPUTS_SEE
from madoguchi.platform.audit.audited import OUTPUTS_VIEWED
from madoguchi.platform.audit.forms import CLASS_NAMES, OutputFilter
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.outputs import Place, places
from madoguchi.platform.audit.processes import ProcessClass
from madoguchi.platform.audit.queries import outputs
from madoguchi.platform.audit.services import record
from madoguchi.platform.audit.views import event_number

_PAGE = 100
_COUNTS = ("rows", "sheets", "letters", "labels", "covers", "cards", "entries", "papers", "pages")
_APPROVERS = ("approved_by", "second_person", "second", "witness")


@requires(OUTPUTS_SEE)
@require_safe
def outputs_page(request: HttpRequest) -> HttpResponse:
    """出力センター: who took what out, when, how much, what for, who approved it, and whether the file is still there."""
    form = OutputFilter(request.GET, names={code: place.process.name for code, place in places().items()})
    page: dict[str, object] = {"form": form}
    if not form.is_valid():
        return render(request, "audit/outputs.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wanted, before = form.wanted(), event_number(request.GET.get("before", ""))
    terms = {name: getattr(wanted, name) for name in ("user_id", "process", "kind") if getattr(wanted, name)}
    record(actor_of(request), OUTPUTS_VIEWED, content={**terms, "first": str(wanted.first), "last": str(wanted.last), "before": before})
    found = outputs(wanted, before=before, limit=_PAGE + 1)
    if len(found) > _PAGE:
        query = request.GET.copy()
        query["before"] = str(found[_PAGE - 1].pk)
        page["older"] = f"?{query.urlencode()}"
    page |= {"wanted": wanted, "rows": _rows(request, found[:_PAGE])}
    return render(request, "audit/outputs.html", page)


def _rows(request: HttpRequest, found: Sequence[AuditEvent]) -> list[dict[str, object]]:
    """Return a row for each event; the rooms are asked once each, however many rows there are."""
    known = places()
    subjects: dict[str, set[str]] = {}
    for event in found:
        subjects.setdefault(event.process_code, set()).add(event.subject)
    kept = {code: place.keeps(subjects[code]) for code, place in known.items() if code in subjects and place.keeps}
    approved: dict[str, Mapping[str, str]] = {code: known[code].approved(subjects[code]) for code in subjects if code in known}
    ends = {code: place.until(subjects[code]) for code, place in known.items() if code in subjects and place.until}
    rows = [_row(request, event, known.get(event.process_code), kept, approved.get(event.process_code, {})) for event in found]
    for event, row in zip(found, rows, strict=True):
        row["until"] = ends.get(event.process_code, {}).get(event.subject)
    return rows


def _row(
    request: HttpRequest, event: AuditEvent, place: Place | None, kept: Mapping[str, frozenset[str]], approved: Mapping[str, str]
) -> dict[str, object]:
    content = event.content
    address = place.address(event.subject) if place else ""
    if event.process_code not in kept:
        state = _("その場で渡しました")
    else:
        state = _("保存中") if event.subject in kept[event.process_code] else _("残っていません")
    return {
        "event": event,
        "kind": CLASS_NAMES[ProcessClass(event.process_class)],
        "count": next((content[name] for name in _COUNTS if isinstance(content.get(name), int)), ""),
        "approver": next((content[name] for name in _APPROVERS if content.get(name)), "") or approved.get(event.subject, ""),
        "state": state,
        "is_kept": state == _("保存中"),
        "address": address if address and may_open(request, address) else "",
        "asks_why": bool(place and place.asks_why),
    }
