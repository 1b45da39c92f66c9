"""The disposal of a bag of cards, as it waits for the head of the section."""

from django.urls import reverse

from madoguchi.delivery.disposal import services
from madoguchi.delivery.disposal.models import DisposalBatch
from madoguchi.delivery.disposal.rights import APPROVE_DISPOSAL
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor, ActorKind


def request_approval(batch: DisposalBatch, cards: int, actor: Actor) -> Approval:
    """Ask for the approval of a batch; raises Refusal when it waits already."""
    return approvals.request(
        DISPOSAL, subject=f"disposal:{batch.pk}", title=f"カード {cards} 枚の廃棄", actor=actor, detail={"batch": batch.pk}
    )


def _approve(approval: Approval, approver: Actor) -> None:
    requester = Actor(kind=ActorKind.STAFF, user_id=approval.requested_by, user_name=approval.requested_by_name)
    services.approve(approval.detail["batch"], requester, approver)


def _give_up(approval: Approval, actor: Actor) -> None:
    services.give_up(approval.detail["batch"], actor, approval.decision_reason or "依頼の取り下げ")


def _page_of(approval: Approval) -> str:
    return reverse("disposal:batch", args=[approval.detail["batch"]])


DISPOSAL = register(Kind("disposal.cards", "カードの廃棄", APPROVE_DISPOSAL, _approve, _give_up, _page_of))
