"""The watched folder: what lies in it, what could not be filed and why, and files without cover sheet."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards.services import find_by_number
from madoguchi.delivery.filing import audited, inbox, queries, rules, services
from madoguchi.delivery.filing.forms import AssignForm
from madoguchi.delivery.filing.models import IncomingFile
from madoguchi.delivery.filing.reader_process import read_apart
from madoguchi.delivery.filing.reading import Unreadable
from madoguchi.delivery.filing.rights import FILE_IMAGES
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.jobs import services as jobs
from madoguchi.platform.virus_scan import scanner

_PER_PAGE = 50
_TONES = {"watched": "info", "waiting": "warning", "refused": "error", "double": "warning", "taken": "success"}


@requires(FILE_IMAGES)
@require_safe
def incoming(request: HttpRequest) -> HttpResponse:
    """共有フォルダー: every file that lies there or was filed, with what became of it."""
    state = request.GET.get("state", "")
    found = queries.incoming()
    if state in set(rules.Incoming):
        found = found.filter(state=state)
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    now = scanner()
    context = {
        "page": page,
        "rows": [{"row": row, "label": rules.Incoming(row.state).label, "tone": _TONES[row.state]} for row in page.object_list],
        "counts": list(queries.incoming_counts().items()),
        "folder": inbox.folder(),
        "unprotected": not now.configured,
        "scanner_fault": now.fault,
        "takes_unscanned": queries.settings_row().takes_unscanned,
    }
    return render(request, "filing/incoming.html", context)


@requires(FILE_IMAGES)
@require_POST
def look_now(request: HttpRequest) -> HttpResponse:
    """Look at the folder now, without waiting for the minute."""
    return redirect("jobs:job", jobs.start("filing.inbox", _("共有フォルダーの帳票の取込"), actor_of(request), {}).pk)


@requires(FILE_IMAGES)
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a refused file again at the next look."""
    inbox.look_again(_row(pk, rules.Incoming.REFUSED))
    messages.success(request, _("次に調べるときに、もう一度取り込みます。"))
    return redirect("filing:incoming")


@requires(FILE_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """表紙のないファイル: say whose paper it is, and of which kind, with its first page beside."""
    row = _row(pk)
    form = AssignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        card = find_by_number(form.cleaned_data["code"], actor_of(request))
        if card is None:
            form.add_error("code", _("その番号のカードはありません。番号を確かめて、もう一度読み取ってください。"))
        else:
            try:
                number = inbox.assign(row, card, form.cleaned_data["document_class"], actor_of(request))
            except services.Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, _("資料番号 %(number)s として取り込みました。") % {"number": number})
                return redirect("filing:incoming")
    return render(request, "filing/assign.html", {"form": form, "row": row}, status=422 if form.errors else 200)


@requires(FILE_IMAGES)
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the first page of a waiting file. Nobody knows yet what is on it, so it counts as one with a 個人番号."""
    row = _row(pk)
    try:
        picture = next(iter(read_apart(inbox.content_of(row)).pages)).view
    except (Unreadable, services.Refused, StopIteration) as nothing:
        raise Http404 from nothing
    record(actor_of(request), audited.VIEW_IMAGE, subject=f"incoming:{row.pk}", content={"page": 1}, individual_number_access=True)
    return HttpResponse(picture, content_type="image/jpeg")


def _row(pk: int, state: rules.Incoming = rules.Incoming.WAITING) -> IncomingFile:
    row = IncomingFile.objects.filter(pk=pk, state=state.value).first()
    if row is None:
        raise Http404
    return row
