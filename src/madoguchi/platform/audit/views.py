"""The operation log as the auditor reads it."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.accounts.rights import AUDIT_VIEW
from madoguchi.platform.audit.audited import LOG_VIEWED
from madoguchi.platform.audit.forms import CLASS_NAMES, RESULT_NAMES, EventFilter
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import ProcessClass, Result
from madoguchi.platform.audit.queries import events
from madoguchi.platform.audit.services import record

_PAGE = 100


@requires(AUDIT_VIEW)
@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """操作記録: newest first, a hundred at a time; every look is an event itself, written before the page is made."""
    form = EventFilter(request.GET)
    page: dict[str, object] = {"form": form}
    if not form.is_valid():
        return render(request, "audit/log.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    wanted, before = form.wanted(), event_number(request.GET.get("before", ""))
    terms = {name: value for name, value in form.cleaned_data.items() if value}
    record(actor_of(request), LOG_VIEWED, content={**terms, "first": str(wanted.first), "last": str(wanted.last), "before": before})
    found = events(wanted, before=before, limit=_PAGE + 1)
    if len(found) > _PAGE:
        query = request.GET.copy()
        query["before"] = str(found[_PAGE - 1].pk)
        page["older"] = f"?{query.urlencode()}"
    page |= {"wanted": wanted, "rows": [_row(event) for event in found[:_PAGE]]}
    return render(request, "audit/log.html", page)


def event_number(text: str) -> int | None:
    """Read the number of an event from an address; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _row(event: AuditEvent) -> tuple[AuditEvent, object, object, list[tuple[str, object]]]:
    """Return an event with the words for its class and result and its content item by item."""
    return event, CLASS_NAMES[ProcessClass(event.process_class)], RESULT_NAMES[Result(event.result)], list(event.content.items())
