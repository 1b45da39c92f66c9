"""Reads for the list of what waits."""

from django.db.models import Q, QuerySet

from madoguchi.platform.accounts.access import rights_of
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.approvals.kinds import Queue, Waiting, kind_of, kinds_decided_with, known_kinds, queues_decided_with
from madoguchi.platform.approvals.models import Approval


def seen_by(staff: Staff) -> QuerySet[Approval]:
    """Return what `staff` may see: what they have asked for, and what they may decide."""
    decidable = kinds_decided_with(set(rights_of(staff)))
    return Approval.objects.filter(Q(requested_by=staff.user_id, kind__in=known_kinds()) | Q(kind__in=decidable))


def waiting_for(staff: Staff) -> QuerySet[Approval]:
    """Return what waits for a decision that `staff` may take: not their own requests."""
    decidable = kinds_decided_with(set(rights_of(staff)))
    return Approval.objects.filter(state=Approval.State.OPEN, kind__in=decidable).exclude(requested_by=staff.user_id)


def waiting_elsewhere(staff: Staff) -> list[tuple[Queue, Waiting]]:
    """Return what waits on pages of its own for a decision that `staff` may take: not what they brought themselves."""
    queues = queues_decided_with(set(rights_of(staff)))
    return [(queue, waiting) for queue in queues for waiting in queue.waiting() if waiting.requested_by != staff.user_id]


def may_decide(approval: Approval, staff: Staff) -> bool:
    """Tell whether `staff` may approve or reject `approval` now."""
    return (
        approval.state == Approval.State.OPEN
        and approval.requested_by != staff.user_id
        and kind_of(approval.kind).right.code in rights_of(staff)
    )
