"""A take-over is applied by a second person."""

from django.urls import reverse

from madoguchi.delivery.takeover import services
from madoguchi.delivery.takeover.rights import APPROVE_STOCK
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor


def _apply(approval: Approval, approver: Actor) -> None:
    services.approve(approval.detail["list"], approver)


def _discard(approval: Approval, actor: Actor) -> None:
    services.discard(approval.detail["list"], actor)


def _page(approval: Approval) -> str:
    return reverse("takeover:list", args=[approval.detail["list"]])


STOCK = register(Kind(services.APPROVAL, "移行の一覧の反映", APPROVE_STOCK, _apply, _discard, _page))
