"""Originals and their shredding, extraction, disposal: pages on which two people act, and the records that stay."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.filing import disposal, extraction, paper, presenting, queries, services
from madoguchi.delivery.filing.approvable import DISPOSAL
from madoguchi.delivery.filing.certificate import print_certificate
from madoguchi.delivery.filing.forms import CutoffForm, ExtractForm, ShreddedForm
from madoguchi.delivery.filing.models import DisposalBatch, Extraction, ShreddingList
from madoguchi.delivery.filing.rights import (
    APPROVE_DISPOSAL,
    EXTRACT_IMAGES,
    FILE_IMAGES,
    PROPOSE_DISPOSAL,
    SEE_FILING_RECORDS,
    SEE_IMAGES,
)
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link

_PER_PAGE = 50


@requires(SEE_FILING_RECORDS, FILE_IMAGES)
@require_safe
def shredding_page(request: HttpRequest) -> HttpResponse:
    """原本: what waits for a second look, the open shredding list, and the closed ones."""
    return _show_shredding(request)


def _show_shredding(request: HttpRequest, form: ShreddedForm | None = None, witness_form: WitnessForm | None = None) -> HttpResponse:
    may_file = may(request, FILE_IMAGES)
    open_list = queries.open_shredding()
    papers = list(queries.documents().filter(shredding=open_list).order_by("id")[:500]) if open_list else []
    closed = Paginator(ShreddingList.objects.filter(closed_on__isnull=False).order_by("-id"), _PER_PAGE).get_page(request.GET.get("page"))
    counted = queries.papers_of_lists([row.pk for row in closed.object_list])
    wrong = next((one for one in (form, witness_form) if one is not None and one.errors), None)
    context = {
        "waiting": presenting.list_rows(list(queries.to_look_at()[:100])) if may_file else [],
        "open_list": open_list,
        "papers": papers,
        "closed": closed,
        "closed_rows": [{"row": row, "papers": counted.get(row.pk, 0)} for row in closed.object_list],
        "overdue": queries.overdue_papers(),
        "days": queries.settings_row().shred_within_days,
        "form": form or ShreddedForm(initial={"day": clock.today()}),
        "witness_form": witness_form or WitnessForm(),
        "wrong": wrong,
        "may_file": may_file,
        "may_see": may(request, SEE_IMAGES),
    }
    return render(request, "filing/shredding.html", context, status=422 if wrong else 200)


@requires(FILE_IMAGES)
@require_POST
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Say as the second person that the pictures are good; the original may be shredded."""
    row = queries.document(pk)
    if row is None or not request.POST.get("version", "").isdigit():
        raise Http404
    try:
        paper.look_again(row, actor_of(request), expected_version=int(request.POST["version"]))
    except services.Refused as refused:
        link = Link(_("帳票の画像に戻る"), reverse("filing:document", args=[pk]))
        return render_problem(request, 409, title=_("確認できません"), message=str(refused), links=(link,))
    messages.success(request, _("画像を確認しました。原本を細断リストに載せました。"))
    return redirect("filing:shredding")


@requires(FILE_IMAGES)
@require_POST
def close_shredding(request: HttpRequest, pk: int) -> HttpResponse:
    """細断リストを締める: two names and the day."""
    form, witness_form = ShreddedForm(request.POST), WitnessForm(request.POST)
    if not ShreddingList.objects.filter(pk=pk).exists():
        raise Http404
    if form.is_valid():
        second = witness_form.witness(FILE_IMAGES, actor_of(request))
        if second is not None:
            try:
                papers = paper.close_list(pk, actor_of(request), second, form.cleaned_data["day"])
            except services.Refused as refused:
                form.add_error("day", str(refused))
            else:
                messages.success(request, _("細断リストを締めました（%(papers)s 件）。") % {"papers": papers})
                return redirect("filing:shredding")
    return _show_shredding(request, form, witness_form)


@requires(SEE_FILING_RECORDS, EXTRACT_IMAGES)
@require_http_methods(["GET", "HEAD", "POST"])
def extract_page(request: HttpRequest) -> HttpResponse:
    """抽出: choose papers by 資料番号, with a reason and a second person; below, every extraction so far."""
    form, witness_form = ExtractForm(), WitnessForm()
    if request.method == "POST":
        form, witness_form = ExtractForm(request.POST), WitnessForm(request.POST)
        if not may(request, EXTRACT_IMAGES):
            form.add_error(None, _("帳票を抽出する権限がありません。権限のある職員に頼んでください。"))
        elif form.is_valid():
            answer = _extract(request, form, witness_form)
            if answer is not None:
                return answer
    page = Paginator(Extraction.objects.all(), _PER_PAGE).get_page(request.GET.get("page"))
    wrong = next((one for one in (form, witness_form) if one.errors), None)
    context = {
        "form": form,
        "witness_form": witness_form,
        "page": page,
        "wrong": wrong,
        "may_extract": may(request, EXTRACT_IMAGES),
        "may_see": may(request, SEE_IMAGES),
    }
    return render(request, "filing/extract.html", context, status=422 if wrong else 200)


def _extract(request: HttpRequest, form: ExtractForm, witness_form: WitnessForm) -> HttpResponse | None:
    given = form.cleaned_data
    try:
        papers = extraction.find(given["numbers"].split())
        second = witness_form.witness(FILE_IMAGES, actor_of(request))
        if second is None:
            return None
        number, content = extraction.extract(papers, given["form"], actor_of(request), second, given["reason"])
    except services.Refused as refused:
        form.add_error("numbers", str(refused))
        return None
    kind = {"pdf": "application/pdf", "zip": "application/zip"}[given["form"]]
    name = f"extraction-{number}.{given['form']}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@requires(SEE_FILING_RECORDS, PROPOSE_DISPOSAL)
@require_http_methods(["GET", "HEAD", "POST"])
def disposals_page(request: HttpRequest) -> HttpResponse:
    """帳票の廃棄: make candidates of papers whose time is over, and see what became of earlier ones."""
    form = CutoffForm(request.POST) if request.method == "POST" else CutoffForm(initial={"cutoff": clock.today()})
    if request.method == "POST" and not may(request, PROPOSE_DISPOSAL):
        form.add_error(None, _("廃棄候補を作る権限がありません。責任者に頼んでください。"))
    elif request.method == "POST" and form.is_valid():
        try:
            batch = disposal.propose(form.cleaned_data["cutoff"], actor_of(request), DISPOSAL)
        except services.Refused as refused:
            form.add_error("cutoff", str(refused))
        else:
            messages.success(request, _("廃棄候補を作り、承認を依頼しました。"))
            return redirect("filing:disposal", batch.pk)
    page = Paginator(DisposalBatch.objects.order_by("-id"), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "may_propose": may(request, PROPOSE_DISPOSAL),
        "may_see": may(request, SEE_IMAGES),
        "due": queries.past_their_time(clock.today()).count(),
    }
    return render(request, "filing/disposals.html", context, status=422 if form.errors else 200)


@requires(SEE_FILING_RECORDS, PROPOSE_DISPOSAL, APPROVE_DISPOSAL)
@require_http_methods(["GET", "HEAD", "POST"])
def disposal_page(request: HttpRequest, pk: int) -> HttpResponse:
    """廃棄: what is in it, who decided; an approved one is carried out here by two people."""
    batch = DisposalBatch.objects.filter(pk=pk).first()
    if batch is None:
        raise Http404
    witness_form = WitnessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may(request, PROPOSE_DISPOSAL):
            witness_form.add_error(None, _("廃棄を実施する権限がありません。責任者に頼んでください。"))
        else:
            second = witness_form.witness(FILE_IMAGES, actor_of(request))
            if second is not None:
                try:
                    done = disposal.carry_out(pk, actor_of(request), second)
                except services.Refused as refused:
                    witness_form.add_error(None, str(refused))
                else:
                    messages.success(request, _("%(papers)s 件の帳票を廃棄しました。") % {"papers": done.documents_removed})
                    return redirect("filing:disposal", pk)
    context = {
        "batch": batch,
        "facts": presenting.disposal_rows(batch),
        "tally": disposal.tally(batch),
        "witness_form": witness_form,
        "may_carry_out": may(request, PROPOSE_DISPOSAL) and batch.approved_at and not batch.carried_out_at,
    }
    return render(request, "filing/disposal.html", context, status=422 if witness_form.errors else 200)


@requires(SEE_FILING_RECORDS, PROPOSE_DISPOSAL)
@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """廃棄証明書, as PDF."""
    batch = DisposalBatch.objects.filter(pk=pk, removed_at__isnull=False).first()
    if batch is None:
        raise Http404
    content = print_certificate(batch, actor_of(request))
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="certificate.pdf"'})
