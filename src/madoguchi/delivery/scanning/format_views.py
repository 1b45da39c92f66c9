"""Pages of the municipality's own forms of codes: the list of them beside ours, a new one, a change."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.delivery.cards.rights import SET_PLACES
from madoguchi.delivery.scanning import services
from madoguchi.delivery.scanning.codes import BY_LETTER, Kind
from madoguchi.delivery.scanning.formats import Check
from madoguchi.delivery.scanning.forms import FormatForm
from madoguchi.delivery.scanning.models import CodeFormat
from madoguchi.platform.accounts.access import actor_of, requires


@requires(SET_PLACES)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """読取コードの形: what the desk understands besides our own codes."""
    rows = [(row, Kind(row.paper).label, Kind(row.number).label, Check(row.check_kind).label) for row in CodeFormat.objects.all()]
    context = {"rows": rows, "ours": [(letter, kind.label) for letter, kind in BY_LETTER.items()]}
    return render(request, "scanning/formats.html", context)


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """Register a form of codes."""
    return _edit(request, None)


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def change_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a form of codes, or end its use."""
    row = CodeFormat.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return _edit(request, row)


def _edit(request: HttpRequest, row: CodeFormat | None) -> HttpResponse:
    initial = (
        {name: getattr(row, name) for name in ("name", "number", "length", "check_kind", "paper", "is_used", "version")} if row else {}
    )
    form = FormatForm(request.POST if request.method == "POST" else None, initial=initial | ({"beginning": row.prefix} if row else {}))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.save_format(
                form.form_of_codes(),
                given["sample"],
                actor_of(request),
                pk=row.pk if row else None,
                version=given["version"] or 0,
                is_used=given["is_used"],
            )
        except services.FormatRefused as refused:
            for reason in refused.reasons:
                form.add_error("beginning", reason)
        else:
            messages.success(request, _("登録しました。読取の画面で、すぐに読めます。"))
            return redirect("scanning:formats")
    return render(request, "scanning/format.html", {"form": form, "row": row}, status=422 if form.errors else 200)
