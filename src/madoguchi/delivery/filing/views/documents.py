"""Papers: lists, search, the papers of a card, one paper with its pages."""

import io
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from PIL import Image

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.cards.services import find_by_number
from madoguchi.delivery.filing import audited, masking, presenting, queries, rules, services
from madoguchi.delivery.filing.cover_sheets import print_covers
from madoguchi.delivery.filing.forms import (
    CardNumberForm,
    ClassChangeForm,
    CoverForm,
    OpenForm,
    PageForm,
    ScanSizeLimit,
    SearchForm,
    UnmaskedForm,
    UploadForm,
)
from madoguchi.delivery.filing.image_store import PictureMissing
from madoguchi.delivery.filing.models import Document, Page
from madoguchi.delivery.filing.reading import LARGEST_FILE
from madoguchi.delivery.filing.rights import EXTRACT_IMAGES, FILE_IMAGES, MASK_NUMBERS, SEE_FILING_RECORDS, SEE_IMAGES, SET_CLASSES
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, places_of, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link
from madoguchi.platform.virus_scan import scanner

_PER_PAGE = 50
_MOST_COUNTED = 2000
_OPEN_SECONDS = 600
_VIEWS_SHOWN = 100
_OPENED = "filing_opened"


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Counts as far as anybody pages; a hundred thousand papers cost no more than two thousand."""

    @cached_property
    def count(self) -> int:
        """The number of papers, 2000 at most."""
        return int(self.object_list[:_MOST_COUNTED].count())  # type: ignore[attr-defined]  # a query set


@requires(SEE_IMAGES)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """帳票: the papers of a year, newest first, names masked; each page of the list is recorded."""
    years, kinds = range(clock.today().year, 2015, -1), list(queries.classes(only_open=False))
    chosen = {name: request.GET.get(name, "") for name in ("year", "kind", "paper")}
    found = queries.at_places(queries.documents(), places_of(request, SEE_IMAGES)).exclude(disposal=rules.Disposal.DISPOSED.value)
    if chosen["year"].isdigit() and len(chosen["year"]) == 4:
        found = found.filter(fiscal_year=int(chosen["year"]))
    if (kind := next((kind for kind in kinds if kind.code == chosen["kind"]), None)) is not None:
        found = found.filter(document_class=kind)
    if chosen["paper"] in set(rules.Paper):
        found = found.filter(paper=chosen["paper"])
    page = CappedPaginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    rows = presenting.list_rows(list(page.object_list))
    record(actor_of(request), audited.LIST_DOCUMENTS, content={"page": page.number, "rows": len(rows), **chosen})
    state = scanner()
    context = {
        "page": page,
        "rows": rows,
        "years": years,
        "kinds": kinds,
        "papers": list(rules.Paper),
        "chosen": chosen,
        "form": CardNumberForm(),
        "may_file": may(request, FILE_IMAGES),
        "may_extract": may(request, EXTRACT_IMAGES),
        "may_set": may(request, SET_CLASSES),
        "may_see_records": may(request, SEE_FILING_RECORDS),
        "unprotected": not state.configured,
        "scanner_fault": state.fault,
        "takes_unscanned": queries.settings_row().takes_unscanned,
        "overdue": queries.overdue_papers(),
    }
    return render(request, "filing/list.html", context)


@requires(SEE_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """番号で開く: the papers of a card, or the paper whose cover sheet was scanned."""
    form = CardNumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        paper = queries.by_number(form.cleaned_data["code"])
        if paper is not None:
            return redirect("filing:document", paper.pk)
        card = find_by_number(form.cleaned_data["code"], actor_of(request))
        if card is not None:
            return redirect("filing:card", card.pk)
        form.add_error("code", _("その番号のカードも帳票もありません。番号を確かめて、もう一度読み取ってください。"))
    return render(request, "filing/find.html", {"form": form}, status=422 if form.errors else 200)


@requires(SEE_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def search_page(request: HttpRequest) -> HttpResponse:
    """帳票を探す: by the index; what was asked for is on record as far as it names no person."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        matching = queries.at_places(queries.search(form.wanted()), places_of(request, SEE_IMAGES))
        found = list(matching[: queries.SEARCH_SHOWS + 1])
        terms = sorted(name for name, value in form.cleaned_data.items() if value)
        record(actor_of(request), audited.SEARCH, content={"terms": terms, "found": len(found)})
        context |= {
            "searched": True,
            "capped": len(found) > queries.SEARCH_SHOWS,
            "rows": presenting.list_rows(found[: queries.SEARCH_SHOWS]),
        }
    return render(request, "filing/search.html", context, status=422 if form.errors else 200)


@csrf_exempt  # the token is checked below, once the limit on the upload is in place
@requires(SEE_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def card_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """カードの帳票: what is filed of one person's card, and more of it taken in."""
    request.upload_handlers.insert(0, ScanSizeLimit(request))
    return _card_page(request, pk)


@csrf_protect
def _card_page(request: HttpRequest, pk: int) -> HttpResponse:
    card = _card(pk)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and not may(request, FILE_IMAGES):
        form.add_error(None, _("帳票を取り込む権限がありません。権限のある職員に頼んでください。"))
    elif request.method == "POST" and form.is_valid():
        row = _file(request, form, card)
        if row is not None:
            messages.success(request, _("資料番号 %(number)s として取り込みました。") % {"number": row.number})
            return redirect("filing:document", row.pk)
    return _show_card(request, card, form)


def _show_card(request: HttpRequest, card: Card, form: UploadForm | None = None, cover_form: CoverForm | None = None) -> HttpResponse:
    papers = queries.of_card(card.pk, places_of(request, SEE_IMAGES))
    rows = presenting.list_rows(list(papers[: queries.SEARCH_SHOWS]))
    record(actor_of(request), audited.LIST_DOCUMENTS, subject=f"card:{card.pk}", content={"rows": len(rows)})
    wrong = next((one for one in (form, cover_form) if one is not None and one.errors), None)
    context = {
        "card": card,
        "band": presenting.card_band(card),
        "rows": rows,
        "form": form or UploadForm(),
        "cover_form": cover_form or CoverForm(),
        "wrong": wrong,
        "may_file": may(request, FILE_IMAGES),
        "may_see_card": may(request, SEE_CARDS),
    }
    return render(request, "filing/card.html", context, status=422 if wrong else 200)


def _file(request: HttpRequest, form: UploadForm, card: Card) -> Document | None:
    uploaded = form.cleaned_data["file"]
    assert isinstance(uploaded, UploadedFile)
    if uploaded.size is None or uploaded.size > LARGEST_FILE:
        form.add_error("file", _("ファイルが大きすぎます (64 MB まで)。分けてスキャンしてください。"))
        return None
    try:
        checked = services.check_file(uploaded.read(), actor_of(request))
        return services.file_for_card(checked, card, form.cleaned_data["document_class"], actor_of(request))
    except services.Refused as refused:
        form.add_error("file", str(refused))
        return None


@requires(FILE_IMAGES)
@require_POST
def covers(request: HttpRequest, pk: int) -> HttpResponse:
    """帳票の表紙: cover sheets for papers of a card, as PDF."""
    card, form = _card(pk), CoverForm(request.POST)
    if not form.is_valid():
        return _show_card(request, card, cover_form=form)
    try:
        made = services.make_covers(card, list(form.cleaned_data["kinds"]), actor_of(request))
    except services.Refused as refused:
        form.add_error("kinds", str(refused))
        return _show_card(request, card, cover_form=form)
    return HttpResponse(
        print_covers(made), content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="covers.pdf"'}
    )


@requires(SEE_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def document_page(request: HttpRequest, pk: int) -> HttpResponse:
    """帳票: index, pages, one page large, and who saw it. POST opens the pictures of a paper with a 個人番号, with a reason."""
    row = _document(request, pk)
    form = OpenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        opened = dict(request.session.get(_OPENED, {}))
        opened[str(pk)] = {"until": clock.now().timestamp() + _OPEN_SECONDS, "reason": form.cleaned_data["reason"]}
        request.session[_OPENED] = opened
        return redirect("filing:document", pk)
    return show_document(request, row, open_form=form)


def show_document(
    request: HttpRequest,
    row: Document,
    *,
    open_form: OpenForm | None = None,
    class_form: ClassChangeForm | None = None,
    unmasked_form: UnmaskedForm | None = None,
    unmasked_witness: WitnessForm | None = None,
    position: str = "",
) -> HttpResponse:
    """Show a paper with its pages and whatever form was not right."""
    services.record_document_view(row, actor_of(request))
    pages = queries.pages(row)
    wanted = position or request.GET.get("page", "1")
    shown = next((page for page in pages if str(page.position) == wanted), pages[0] if pages else None)
    asked = (open_form, class_form, unmasked_form, unmasked_witness)
    wrong = next((one for one in asked if one is not None and one.errors), None)
    card = row.card
    held = cards.open_holds(card.pk) if card else frozenset()
    context = {
        "row": row,
        "index": presenting.index_rows(row, pages),
        "pages": pages,
        "shown": shown,
        "shown_file": presenting.file_rows(row, shown) if shown else [],
        "is_open": may_see_picture(request, row),
        "masks": shown.masks.all() if shown else [],
        "may_mask": may(request, MASK_NUMBERS),
        "may_unmask": shown is not None and may(request, MASK_NUMBERS) and masking.keeps_what_was_there(shown),
        "unmasked_form": unmasked_form or UnmaskedForm(auto_id="unmasked-%s"),
        "unmasked_witness": unmasked_witness or WitnessForm(auto_id="unmasked-%s"),
        "open_form": open_form or OpenForm(),
        "class_form": class_form or ClassChangeForm(initial={"version": row.version}, auto_id="class-%s"),
        "wrong": wrong,
        "seen": [presenting.view_row(view) for view in row.views.all()[:_VIEWS_SHOWN]],
        "may_file": may(request, FILE_IMAGES),
        "may_look": may(request, FILE_IMAGES) and row.paper == rules.Paper.HELD and row.registered_by != actor_of(request).user_id,
        "is_protected": card_rules.HoldKind.PROTECTED in held,
        "is_disposed": row.disposal == rules.Disposal.DISPOSED,
    }
    return render(request, "filing/document.html", context, status=422 if wrong else 200)


def may_see_picture(request: HttpRequest, row: Document) -> bool:
    """Tell whether the pictures may be sent now: those with a 個人番号 only for ten minutes behind a stated reason."""
    return not row.document_class.holds_individual_number or stated_reason(request, row) is not None


def stated_reason(request: HttpRequest, row: Document) -> str | None:
    """Return why the pictures of a paper with a 個人番号 are open now; None when they are not."""
    opened = request.session.get(_OPENED, {}).get(str(row.pk))
    return str(opened["reason"]) if opened and opened["until"] > clock.now().timestamp() else None


@requires(SEE_IMAGES)
@require_safe
def image(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the picture of a page at its angle; who saw it is on record before a byte is sent."""
    return _picture(request, pk, small=False)


@requires(SEE_IMAGES)
@require_safe
def thumb(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the small picture of a page for the overview."""
    return _picture(request, pk, small=True)


def _picture(request: HttpRequest, pk: int, *, small: bool) -> HttpResponse:
    page = queries.page(pk)
    if page is None or not may_see_picture(request, page.document):
        raise Http404
    if not queries.belongs_to(page.document_id, places_of(request, SEE_IMAGES)):
        raise Http404
    try:
        content = services.open_picture(page, actor_of(request), small=small, reason=stated_reason(request, page.document) or "")
    except PictureMissing as missing:
        link = Link(_("帳票の一覧へ"), reverse("filing:list"))
        return render_problem(request, 410, title=_("画像を開けません"), message=str(missing), links=(link,))
    return HttpResponse(turned(content, page.rotation), content_type="image/jpeg")


def turned(content: bytes, angle: int) -> bytes:
    """Return a picture of our own making turned clockwise; what is kept stays as it is."""
    if not angle:
        return content
    out = io.BytesIO()
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        picture.rotate(-angle, expand=True).save(out, "JPEG", quality=80)
    return out.getvalue()


@requires(FILE_IMAGES)
@require_POST
def turn(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn a page."""
    page = page_of(request, pk)
    form = PageForm(request.POST)
    if not form.is_valid() or form.cleaned_data["by"] not in {90, 180, 270}:
        return overtaken(request, page)
    try:
        services.turn_page(page, form.cleaned_data["by"], actor_of(request), expected_version=form.cleaned_data["version"])
    except services.Overtaken:
        return overtaken(request, page)
    return to_page(page, page.position)


@requires(FILE_IMAGES)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a page to another place."""
    page = page_of(request, pk)
    form = PageForm(request.POST)
    if not form.is_valid() or form.cleaned_data["by"] not in {-1, 1}:
        return overtaken(request, page)
    try:
        place = services.move_page(page, form.cleaned_data["by"], actor_of(request), expected_version=form.cleaned_data["version"])
    except services.Overtaken:
        return overtaken(request, page)
    return to_page(page, place)


@requires(FILE_IMAGES)
@require_POST
def change_class(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a paper under another kind."""
    row, form = _document(request, pk), ClassChangeForm(request.POST, auto_id="class-%s")
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.change_class(
                row, given["document_class"], actor_of(request), expected_version=given["version"], reason=given["reason"]
            )
        except services.Refused as refused:
            form.add_error("document_class", str(refused))
        else:
            messages.success(request, _("資料区分を変えました。保存期限も計算し直しました。"))
            return redirect("filing:document", pk)
    return show_document(request, row, class_form=form)


def to_page(page: Page, position: int) -> HttpResponse:
    """Lead back to a page of its paper."""
    return redirect(f"{reverse('filing:document', args=[page.document_id])}?{urlencode({'page': position})}")


def overtaken(request: HttpRequest, page: Page) -> HttpResponse:
    """Say that somebody else changed the paper."""
    link = Link(_("帳票の今の状態を開く"), reverse("filing:document", args=[page.document_id]))
    return render_problem(request, 409, title=_("ほかの職員が先に更新しました"), message=str(services.Overtaken()), links=(link,))


def _card(pk: int) -> Card:
    card = cards.by_pk(pk)
    if card is None:
        raise Http404
    return card


def _document(request: HttpRequest, pk: int) -> Document:
    row = queries.document(pk)
    if row is None or not queries.belongs_to(row.pk, places_of(request, SEE_IMAGES)):
        raise Http404
    return row


def page_of(request: HttpRequest, pk: int) -> Page:
    """Return a page that the signed-in person may see; raises Http404."""
    page = queries.page(pk)
    if page is None or not queries.belongs_to(page.document_id, places_of(request, SEE_IMAGES)):
        raise Http404
    return page
