"""Pages on which two people mask a number on a filed page, and one on which what was under it is shown (DL-32)."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.filing import masking, services
from madoguchi.delivery.filing.forms import MaskForm, UnmaskedForm
from madoguchi.delivery.filing.image_store import PictureMissing
from madoguchi.delivery.filing.masking import MOST_RECTANGLES, Rectangle
from madoguchi.delivery.filing.models import Page
from madoguchi.delivery.filing.rights import APPROVE_MASKS, MASK_NUMBERS
from madoguchi.delivery.filing.views.documents import may_see_picture, overtaken, page_of, show_document, stated_reason, to_page, turned
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.approvals.forms import WitnessForm


@requires(MASK_NUMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def mask_page(request: HttpRequest, pk: int) -> HttpResponse:
    """番号を伏せる: rectangles by pointer or by numbers, a trial of them, and the mask itself before a second person."""
    page = page_of(request, pk)
    if not may_see_picture(request, page.document):
        return redirect("filing:document", page.document_id)
    if page.document.disposal == "disposed":
        raise Http404
    if request.method != "POST":
        try:
            proposed = masking.proposed(page)
        except PictureMissing:
            return to_page(page, page.position)
        form = MaskForm(initial={"version": page.document.version}, proposed=proposed)
        return _show(request, page, form, WitnessForm(), tried=(), found=len(proposed))
    form, witness_form = MaskForm(request.POST), WitnessForm(request.POST)
    is_trial = request.POST.get("step") == "try"
    if is_trial:
        witness_form = WitnessForm()
        form.fields["reason"].required = False
    is_valid, form.fields["reason"].required = form.is_valid(), True
    if is_valid and not is_trial:
        answer = _mask(request, page, form, witness_form)
        if answer is not None:
            return answer
    tried = form.cleaned_data.get("rectangles", ()) if form.is_bound and hasattr(form, "cleaned_data") else ()
    return _show(request, page, form, witness_form, tried=tried, found=0)


def _mask(request: HttpRequest, page: Page, form: MaskForm, witness_form: WitnessForm) -> HttpResponse | None:
    given, actor = form.cleaned_data, actor_of(request)
    second = witness_form.witness(APPROVE_MASKS, actor)
    if second is None:
        return None
    try:
        row = masking.mask(page, given["rectangles"], actor, second, reason=given["reason"], expected_version=given["version"])
    except services.Overtaken:
        return overtaken(request, page)
    except (services.Refused, PictureMissing) as refused:
        form.add_error(None, str(refused))
        return None
    messages.success(
        request,
        _("番号を伏せました。伏せる前の画像は残してあります。")
        if row.keeps_unmasked
        else _("番号を伏せました。取り込んだファイルと伏せる前の画像は消しました。"),
    )
    return to_page(page, page.position)


def _show(
    request: HttpRequest, page: Page, form: MaskForm, witness_form: WitnessForm, *, tried: tuple[Rectangle, ...], found: int
) -> HttpResponse:
    wrong = bool(form.errors or witness_form.errors)
    context = {
        "page": page,
        "row": page.document,
        "form": form,
        "witness_form": witness_form,
        "has_errors": wrong,
        "trial": "&".join(f"r={one.left},{one.top},{one.width},{one.height}" for one in tried),
        "found": found,
        "keeps": page.document.document_class.keeps_unmasked,
    }
    return render(request, "filing/mask.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


@requires(MASK_NUMBERS)
@require_safe
def trial_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the page with the rectangles of the address blacked out; nothing is kept. A look at the page as any other, on record."""
    page = page_of(request, pk)
    if not may_see_picture(request, page.document):
        raise Http404
    rectangles = [one for text in request.GET.getlist("r")[:MOST_RECTANGLES] if (one := _read(text)) is not None]
    try:
        content = services.open_picture(page, actor_of(request), small=False, reason=stated_reason(request, page.document) or "")
    except PictureMissing:
        raise Http404 from None
    shown = masking.blacked(turned(content, page.rotation), rectangles)
    return HttpResponse(shown, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _read(text: str) -> Rectangle | None:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    found = Rectangle(*map(int, parts))
    return found if found.is_inside else None


@requires(MASK_NUMBERS)
@require_POST
def unmasked(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a masked page looked like before, where that is kept: with a reason and before a second person."""
    page = page_of(request, pk)
    form, witness_form = UnmaskedForm(request.POST, auto_id="unmasked-%s"), WitnessForm(request.POST, auto_id="unmasked-%s")
    if form.is_valid():
        second = witness_form.witness(APPROVE_MASKS, actor_of(request))
        if second is not None:
            try:
                content = masking.open_unmasked(page, actor_of(request), second, form.cleaned_data["reason"])
            except (services.Refused, PictureMissing) as refused:
                form.add_error(None, str(refused))
            else:
                return HttpResponse(turned(content, page.rotation), content_type="image/jpeg", headers={"Cache-Control": "no-store"})
    return show_document(request, page.document, unmasked_form=form, unmasked_witness=witness_form, position=str(page.position))
