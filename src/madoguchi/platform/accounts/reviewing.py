"""Commands of the review of rights (権限の棚卸, S30): begin, decide about each role of each person, end."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from madoguchi.platform import clock
from madoguchi.platform.accounts import audited, rules
from madoguchi.platform.accounts.approvable import ROLE_WITHDRAWAL
from madoguchi.platform.accounts.models import Assignment, ReviewedRight, RightsReview
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

Decision = ReviewedRight.Decision


@transaction.atomic
def begin(actor: Actor) -> RightsReview:
    """Begin a review: every role of every account that is not closed, with the last sign-in. Raises Refusal while another is open."""
    try:
        with transaction.atomic():
            review = RightsReview.objects.create(opened_at=clock.now(), opened_by=actor.user_id, due_on=rules.end_of_half(clock.today()))
    except IntegrityError:
        raise Refusal(_("権限の棚卸は、すでに始まっています。一覧から開いて続けてください。")) from None
    held = Assignment.objects.in_force().filter(staff__closed_at__isnull=True).select_related("staff")
    found = ReviewedRight.objects.bulk_create(
        ReviewedRight(
            review=review,
            staff_id=one.staff_id,
            role_id=one.role_id,
            place=one.place,
            granted_at=one.granted_at,
            last_login=one.staff.last_login,
        )
        for one in held
    )
    record(actor, audited.REVIEW_BEGUN, subject=str(review), content={"rights": len(found), "due": review.due_on.isoformat()})
    return review


@transaction.atomic
def decide(review_pk: int, chosen: Collection[int], decision: ReviewedRight.Decision, note: str, actor: Actor) -> int:
    """Confirm the chosen rights, or ask that they be taken away (somebody else approves that); returns how many were decided.

    Raises Refusal: nothing chosen, the review is over, one's own right, a right that was decided, a withdrawal without a note.
    """
    _open(review_pk)
    locked = ReviewedRight.objects.select_for_update(of=("self",)).select_related("staff", "role")
    found = list(locked.filter(review=review_pk, pk__in=chosen))
    if not found:
        raise Refusal(_("確かめる権限を選んでください。"))
    if any(one.staff_id == actor.staff_pk for one in found):
        raise Refusal(_("自分の権限は、自分では確かめられません。別の人に頼んでください。"))
    if any(one.decision for one in found):
        raise Refusal(_("すでに確かめた権限が含まれています。画面を開き直してください。"))
    if decision == Decision.WITHDRAW and not note.strip():
        raise Refusal(_("取消しを依頼する理由を入力してください。"))
    for one in found:
        one.decision, one.note, one.decided_by, one.decided_at = decision, note.strip(), actor.user_id, clock.now()
        if decision == Decision.WITHDRAW:
            _ask_for_withdrawal(one, actor)
        content = {"staff": one.staff_id, "role": one.role.code, "place": one.place, "decision": decision.value}
        record(actor, audited.REVIEW_DECIDED, subject=f"rights-review:{review_pk}", content=content, reason=one.note)
    ReviewedRight.objects.bulk_update(found, ["decision", "note", "decided_by", "decided_at"])
    return len(found)


def _ask_for_withdrawal(one: ReviewedRight, actor: Actor) -> None:
    """Ask for the withdrawal as the page of the account does; where it is asked for already, that request stands for this one."""
    subject = f"staff:{one.staff_id}:{one.role.code}:{one.place}"
    if Approval.objects.filter(kind=ROLE_WITHDRAWAL.code, subject=subject, state=Approval.State.OPEN).exists():
        return
    where = one.place or _("すべての場所")
    approvals.request(
        ROLE_WITHDRAWAL,
        subject=subject,
        title=_("%(user)s から「%(role)s」(%(where)s)を外す") % {"user": one.staff.user_id, "role": one.role.name, "where": where},
        actor=actor,
        detail={"staff": one.staff_id, "role": one.role.code, "place": one.place},
        reason=_("権限の棚卸: %(note)s") % {"note": one.note},
    )


def undecided(review: RightsReview) -> QuerySet[ReviewedRight]:
    """Return the rights that are still held and that nobody has decided about."""
    held = Assignment.objects.filter(staff=OuterRef("staff"), role=OuterRef("role"), place=OuterRef("place"), staff__closed_at__isnull=True)
    return ReviewedRight.objects.filter(Exists(held), review=review, decision=Decision.OPEN)


@transaction.atomic
def close(review_pk: int, actor: Actor) -> None:
    """End a review; rights that are held no longer are written down as gone. Raises Refusal while one is not decided about."""
    review = _open(review_pk)
    left = undecided(review).count()
    if left:
        raise Refusal(_("まだ確かめていない権限が %(number)d 件あります。") % {"number": left})
    gone = ReviewedRight.objects.filter(review=review, decision=Decision.OPEN).update(
        decision=Decision.GONE, decided_by=actor.user_id, decided_at=clock.now()
    )
    review.closed_at, review.closed_by = clock.now(), actor.user_id
    review.save(update_fields=["closed_at", "closed_by"])
    decided = ReviewedRight.objects.filter(review=review)
    counts = {one.value: decided.filter(decision=one).count() for one in (Decision.KEEP, Decision.WITHDRAW)}
    record(actor, audited.REVIEW_CLOSED, subject=str(review), content={**counts, "gone": gone})


def _open(review_pk: int) -> RightsReview:
    review = RightsReview.objects.select_for_update().get(pk=review_pk)
    if review.closed_at is not None:
        raise Refusal(_("この棚卸は終わっています。何も変わっていません。"))
    return review


def is_done_for_this_half() -> bool:
    """Tell whether the rights were reviewed to the end in this half of the office's year."""
    return RightsReview.objects.filter(due_on=rules.end_of_half(clock.today()), closed_at__isnull=False).exists()


@dataclass(frozen=True, slots=True)
class Due:
    """A review of rights that somebody has to make or to end: until when, and whether that day is over."""

    day: dt.date
    is_late: bool


def due() -> Due | None:
    """Return what review is due now; None while there is nothing to do.

    Late is one that was begun and not ended in its half, and the half before when nobody reviewed it though there were rights then.
    A review that was ended in this half makes up for what was missed.
    """
    today = clock.today()
    this, before = rules.end_of_half(today), rules.end_of_half_before(today)
    reviews = {one.due_on: one.closed_at is not None for one in RightsReview.objects.filter(due_on__gte=before)}
    if reviews.get(this):
        return None
    begun_long_ago = (
        RightsReview.objects.filter(closed_at=None, due_on__lt=today).order_by("due_on").values_list("due_on", flat=True).first()
    )
    if begun_long_ago:
        return Due(begun_long_ago, is_late=True)
    if before not in reviews and Assignment.objects.filter(granted_at__date__lte=before).exists():
        return Due(before, is_late=True)
    return Due(this, is_late=False) if (this - today).days <= rules.DAYS_BEFORE_A_REVIEW else None
