"""Pages of what waits for a second person."""

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.platform.accounts.access import actor_of, may_open, signed_in, staff_of
from madoguchi.platform.approvals import queries, services
from madoguchi.platform.approvals.forms import DecisionForm
from madoguchi.platform.approvals.kinds import kind_of
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.verbs import Refusal

_PAGE = 50


@signed_in
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """承認待ち: what this person may decide or has asked for; `?state=all` shows what was decided as well."""
    staff = staff_of(request)
    seen = queries.seen_by(staff).order_by("-requested_at")
    everything = request.GET.get("state") == "all"
    page = Paginator(seen if everything else seen.filter(state=Approval.State.OPEN), _PAGE).get_page(request.GET.get("page"))
    rows = [(approval, kind_of(approval.kind), approval.requested_by == staff.user_id) for approval in page]
    context = {"page": page, "rows": rows, "everything": everything, "elsewhere": queries.waiting_elsewhere(staff)}
    return render(request, "approvals/list.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def approval_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what it is about, and the decision."""
    staff = staff_of(request)
    approval = queries.seen_by(staff).filter(pk=pk).first()
    if approval is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _carry_out(request, approval, form.cleaned_data["reason"]))
            return redirect("approvals:list")
        except Refusal as refusal:
            form.add_error("reason", refusal.message)
            approval.refresh_from_db()
    kind = kind_of(approval.kind)
    address = kind.page_of(approval)
    own = approval.requested_by == staff.user_id and approval.state == Approval.State.OPEN
    page = {
        "approval": approval,
        "kind": kind,
        "facts": kind.facts_of(approval),
        "address": address if may_open(request, address) else "",
        "form": form,
        "may_decide": queries.may_decide(approval, staff),
        "own": own,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "approvals/approval.html", page, status=status)


def _carry_out(request: HttpRequest, approval: Approval, reason: str) -> str:
    staff, actor = staff_of(request), actor_of(request)
    decision = request.POST.get("decision", "")
    if decision == "approve":
        services.approve(approval.pk, staff, actor=actor, reason=reason)
        return _("承認しました。")
    if decision == "reject":
        services.reject(approval.pk, staff, actor=actor, reason=reason)
        return _("差し戻しました。")
    if decision == "withdraw":
        services.withdraw(approval.pk, actor=actor)
        return _("依頼を取り下げました。")
    raise Refusal(_("「承認する」か「差し戻す」のどちらかのボタンを押してください。"))
