"""Pages of 対応付け: those there are, a new one from a sample, one with its columns, its trial and its way to a second person."""

from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.intake import describing, picking
from madoguchi.delivery.intake.forms import ListSizeLimit
from madoguchi.delivery.intake.mapping_forms import ColumnsForm, HowForm, NewMappingForm, SampleForm, positions_of
from madoguchi.delivery.intake.mappings import FIELDS, LAYOUTS
from madoguchi.delivery.intake.models import ListMapping
from madoguchi.delivery.intake.rights import APPROVE_LISTS, DESCRIBE_LISTS
from madoguchi.delivery.intake.services import LARGEST_FILE
from madoguchi.platform.accounts.access import actor_of, may, requires

_DATES = {"wareki": "和暦", "slash": "1980/9/8", "compact": "19800908", "coded": "3550908"}
_PROBLEMS_SHOWN = 200


@requires(DESCRIBE_LISTS, APPROVE_LISTS)
@require_safe
def mappings(request: HttpRequest) -> HttpResponse:
    """対応付けの一覧: the built-in ones and every version of the described ones."""
    context = {
        "built_in": list(LAYOUTS.values()),
        "described": list(ListMapping.objects.all()),
        "may_describe": may(request, DESCRIBE_LISTS),
    }
    return render(request, "intake/mappings.html", context)


@requires(DESCRIBE_LISTS)
@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@require_http_methods(["GET", "HEAD", "POST"])
def new_mapping(request: HttpRequest) -> HttpResponse:
    """対応付けを作る: from a sample, of which only the titles are kept."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _new_mapping(request)


@csrf_protect
def _new_mapping(request: HttpRequest) -> HttpResponse:
    known = ListMapping.objects.filter(pk=request.GET["from"]).first() if request.GET.get("from", "").isdigit() else None
    if request.method != "POST":
        return render(request, "intake/new-mapping.html", {"form": NewMappingForm(initial=_initial(known) if known else None)})
    form = NewMappingForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        try:
            titles = _titles_of_sample(form)
            description = form.description(_with_earlier(describing.guessed_columns(titles), given["code"]))
            draft = describing.make_draft(given["code"], given["name"], description, actor_of(request))
        except picking.WrongSource as wrong:
            form.add_error("file", str(wrong))
        except describing.DescribingRefused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("下書きを作りました。列の意味を確かめてください。"))
            return redirect("intake:mapping", draft.pk)
    return render(request, "intake/new-mapping.html", {"form": form}, status=422)


def _titles_of_sample(form: NewMappingForm) -> picking.Sample:
    """Return the columns of the sample, or of the places that were written for a list of fixed width; raises WrongSource."""
    given, placed = form.cleaned_data, form.placed()
    if not placed:
        return picking.look_at(_path(given["file"]), given["encoding"], given["separator"], has_header=given["has_header"])
    picking.look_at_fixed(_path(given["file"]), form.description(placed))
    return picking.Sample(tuple(one.title for one in placed))


def _initial(mapping: ListMapping) -> dict[str, object]:
    positions = positions_of(picking.Description.from_json(mapping.spec))
    written = {key: value for key, value in mapping.spec.items() if key != "columns"}
    return {"code": mapping.code, "name": mapping.name, "positions": positions, **written}


def _with_earlier(columns: tuple[picking.SourceColumn, ...], code: str) -> list[picking.SourceColumn]:
    """Take over what the version in use says of columns with the same title."""
    mapping = ListMapping.objects.filter(code=code, state=ListMapping.State.APPROVED).first()
    earlier = {one.title: one for one in picking.Description.from_json(mapping.spec).columns} if mapping else {}
    return [earlier.get(one.title, one) for one in columns]


@requires(DESCRIBE_LISTS, APPROVE_LISTS)
@require_http_methods(["GET", "HEAD", "POST"])
def mapping_page(request: HttpRequest, pk: int) -> HttpResponse:
    """対応付け: how the list is read; a draft can be changed."""
    mapping = _mapping(pk)
    how = columns = None
    if request.method == "POST":
        how = HowForm(request.POST)
        columns = ColumnsForm(picking.Description.from_json(mapping.spec).columns, request.POST)
        if not may(request, DESCRIBE_LISTS):
            how.add_error(None, _("対応付けを作る権限がありません。"))
        elif how.is_valid() and columns.is_valid():
            version = request.POST.get("row_version", "")
            try:
                describing.change_draft(
                    pk,
                    how.cleaned_data["name"],
                    how.description(columns.columns()),
                    actor_of(request),
                    row_version=int(version) if version.isdigit() and len(version) < 9 else 0,
                )
            except describing.DescribingRefused as refused:
                how.add_error(None, str(refused))
            else:
                messages.success(request, _("下書きを保存しました。見本で試してください。"))
                return redirect("intake:mapping", pk)
    return _show(request, mapping, how=how, columns=columns)


@requires(DESCRIBE_LISTS)
@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@require_POST
def try_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a mapping on a sample and show what became of each record; nothing of it is kept."""
    request.upload_handlers.insert(0, ListSizeLimit(request))
    return _try_mapping(request, pk)


@csrf_protect
def _try_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    mapping, sample, trial = _mapping(pk), SampleForm(request.POST, request.FILES), None
    if sample.is_valid():
        try:
            trial = describing.try_on(pk, _path(sample.cleaned_data["file"]), actor_of(request))
        except (describing.DescribingRefused, picking.WrongSource) as refused:
            sample.add_error("file", str(refused))
    mapping.refresh_from_db()
    return _show(request, mapping, sample=sample, trial=trial)


@requires(DESCRIBE_LISTS)
@require_POST
def hand_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a draft in for approval."""
    _mapping(pk)
    try:
        describing.hand_in(pk, actor_of(request))
    except describing.DescribingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("承認に出しました。別の職員が承認すると使えます。"))
    return redirect("intake:mapping", pk)


def _mapping(pk: int) -> ListMapping:
    mapping = ListMapping.objects.filter(pk=pk).first()
    if mapping is None:
        raise Http404
    return mapping


def _path(uploaded: object) -> Path:
    """Return where an upload lies; raises WrongSource for one that is larger than any list."""
    assert isinstance(uploaded, TemporaryUploadedFile)  # the zone's settings have every upload on disk
    if uploaded.size and uploaded.size > LARGEST_FILE:
        raise picking.WrongSource(_("ファイルが大きすぎます。一覧の一部を見本にしてください。"))
    return Path(uploaded.temporary_file_path())


def _show(
    request: HttpRequest,
    mapping: ListMapping,
    *,
    how: HowForm | None = None,
    columns: ColumnsForm | None = None,
    sample: SampleForm | None = None,
    trial: describing.Trial | None = None,
) -> HttpResponse:
    description = picking.Description.from_json(mapping.spec)
    wrong = next((form for form in (how, columns, sample) if form is not None and form.errors), None)
    context = {
        "mapping": mapping,
        "is_draft": mapping.state == ListMapping.State.DRAFT,
        "may_describe": may(request, DESCRIBE_LISTS),
        "how": how or HowForm(initial=_initial(mapping)),
        "columns": columns or ColumnsForm(description.columns),
        "sample": sample or SampleForm(),
        "trial": trial,
        "problems": trial.problems[:_PROBLEMS_SHOWN] if trial else (),
        "is_tried": describing.is_tried(mapping),
        "faults": list(description.faults()),
        "described": [(one, FIELDS[one.field].title if one.field else "") for one in description.columns],
        "dates": _DATES[description.dates],
        "is_fixed": description.unit is not None,
        "wrong": wrong,
        "has_errors": wrong is not None,
    }
    return render(request, "intake/mapping.html", context, status=422 if wrong else 200)
