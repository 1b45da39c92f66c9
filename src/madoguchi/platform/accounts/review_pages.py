"""Pages of the review of rights (権限の棚卸, S30): the reviews so far, one with its decisions, and the same on paper."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts import audited, reviewing, rules
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.accounts.forms import ReviewForm
from madoguchi.platform.accounts.models import ReviewedRight, RightsReview
from madoguchi.platform.accounts.rights import RIGHTS_REVIEW, RIGHTS_REVIEW_SEE
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.paper_tables import print_table
from madoguchi.platform.verbs import Refusal


@requires(RIGHTS_REVIEW, RIGHTS_REVIEW_SEE)
@require_safe
def reviews_page(request: HttpRequest) -> HttpResponse:
    """権限の棚卸: those so far, and whether this half of the year still waits for its own."""
    found = list(RightsReview.objects.all()[:40])
    context = {
        "reviews": [{"review": one, "is_late": one.closed_at is None and one.due_on < clock.today()} for one in found],
        "is_done": reviewing.is_done_for_this_half(),
        "due": rules.end_of_half(clock.today()),
        "may_begin": may(request, RIGHTS_REVIEW) and not any(one.closed_at is None for one in found),
    }
    return render(request, "accounts/reviews.html", context)


@requires(RIGHTS_REVIEW)
@require_POST
def begin_review(request: HttpRequest) -> HttpResponse:
    """Begin the review of this half."""
    try:
        review = reviewing.begin(actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("accounts:reviews")
    return redirect("accounts:review", review.pk)


@requires(RIGHTS_REVIEW, RIGHTS_REVIEW_SEE)
@require_safe
def review_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One review: every role of every person, who signed in when, and what was decided."""
    return _show(request, pk, ReviewForm())


def _show(request: HttpRequest, pk: int, form: ReviewForm, chosen: frozenset[int] = frozenset()) -> HttpResponse:
    review = get_object_or_404(RightsReview, pk=pk)
    record(actor_of(request), audited.REVIEW_VIEWED, subject=str(review))
    silent = clock.now() - dt.timedelta(days=rules.DAYS_OF_SILENCE)
    rows = [
        {
            "right": one,
            "is_own": one.staff_id == actor_of(request).staff_pk,
            "is_silent": (one.last_login or one.granted_at) < silent,
            "is_chosen": one.pk in chosen,
        }
        for one in _rights(review)
    ]
    is_open = review.closed_at is None
    context = {
        "review": review,
        "rows": rows,
        "form": form,
        "left": sum(not row["right"].decision for row in rows),  # type: ignore[attr-defined]  # a ReviewedRight
        "may_decide": is_open and may(request, RIGHTS_REVIEW),
        "is_late": is_open and review.due_on < clock.today(),
        "silence": rules.DAYS_OF_SILENCE,
    }
    return render(request, "accounts/review.html", context, status=422 if form.errors else 200)


def _rights(review: RightsReview) -> list[ReviewedRight]:
    return list(review.rights.select_related("staff", "staff__section", "role"))


@requires(RIGHTS_REVIEW)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the ticked rights, or ask that they be taken away."""
    form = ReviewForm(request.POST)
    chosen = frozenset(number for text in request.POST.getlist("right") if (number := rules.key_as_sent(text)))
    if form.is_valid():
        get_object_or_404(RightsReview, pk=pk)
        try:
            done = reviewing.decide(
                pk, chosen, ReviewedRight.Decision(form.cleaned_data["decision"]), form.cleaned_data["note"], actor_of(request)
            )
        except Refusal as refusal:
            wants_reason = form.cleaned_data["decision"] == "withdraw" and not form.cleaned_data["note"]
            form.add_error("note" if wants_reason else None, refusal.message)
        else:
            messages.success(request, _("%(number)d 件を確かめました。") % {"number": done})
            return redirect("accounts:review", pk)
    return _show(request, pk, form, chosen)


@requires(RIGHTS_REVIEW)
@require_POST
def close_review(request: HttpRequest, pk: int) -> HttpResponse:
    """End a review that has decided about everything."""
    get_object_or_404(RightsReview, pk=pk)
    try:
        reviewing.close(pk, actor_of(request))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("権限の棚卸を終えました。"))
    return redirect("accounts:review", pk)


@requires(RIGHTS_REVIEW, RIGHTS_REVIEW_SEE)
@require_safe
def print_review(request: HttpRequest, pk: int) -> HttpResponse:
    """権限の棚卸表 as PDF, to be kept with the section's papers."""
    review = get_object_or_404(RightsReview, pk=pk)
    rights = _rights(review)
    header = [
        _("利用者ID"),
        _("氏名"),
        _("区分"),
        _("部課"),
        _("役割"),
        _("場所"),
        _("最後のログイン"),
        _("確認"),
        _("確かめた人"),
        _("備考"),
    ]
    cells = [
        [
            one.staff.user_id,
            one.staff.name,
            one.staff.get_kind_display(),
            one.staff.section.name,
            one.role.name,
            one.place or _("すべて"),
            f"{timezone.localtime(one.last_login):%Y-%m-%d}" if one.last_login else _("なし"),
            one.get_decision_display(),
            one.decided_by,
            one.note,
        ]
        for one in rights
    ]
    words = _("開始 %(begun)s %(by)s　期限 %(due)s　全%(rows)d件") % {
        "begun": f"{timezone.localtime(review.opened_at):%Y-%m-%d}",
        "by": review.opened_by,
        "due": review.due_on,
        "rows": len(rights),
    }
    made = print_table(actor_of(request), _("権限の棚卸表"), words, header, cells, [2.3, 2.6, 1.3, 2.3, 2.2, 1.4, 2.7, 2.2, 2.2, 3.8])
    record(actor_of(request), audited.REVIEW_PRINTED, subject=str(review), content={"rows": len(rights)})
    headers = {"Content-Disposition": f'inline; filename="tanaoroshi_{pk}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
