"""What of the intake waits for a second person: lists that were read and not yet applied. They are decided on their own page."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.delivery.intake import describing, queries
from madoguchi.delivery.intake.rights import APPROVE_LISTS
from madoguchi.platform.approvals.kinds import Kind, Queue, Waiting, register, register_queue
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor


def _waiting_lists() -> Sequence[Waiting]:
    return [
        Waiting(
            title=_("取り込み %(number)s: 新規 %(new)s 件、変更 %(changed)s 件")
            % {"number": batch.pk, "new": batch.new, "changed": batch.changed},
            requested_by=batch.imported_by,
            requested_at=batch.imported_at,
            address=reverse("intake:batch", args=[batch.pk]),
        )
        for batch in queries.waiting_batches()
    ]


CARD_LISTS = register_queue(Queue("intake.lists", "カード発行一覧の反映", APPROVE_LISTS, _waiting_lists))


def _use_mapping(approval: Approval, approver: Actor) -> None:
    describing.put_to_use(approval.detail["mapping"], approver)


def _give_back(approval: Approval, approver: Actor) -> None:
    describing.give_back(approval.detail["mapping"], approver)


def _page_of_mapping(approval: Approval) -> str:
    return reverse("intake:mapping", args=[approval.detail["mapping"]])


MAPPING = register(Kind(describing.APPROVAL, "一覧の対応付け", APPROVE_LISTS, _use_mapping, _give_back, _page_of_mapping))
