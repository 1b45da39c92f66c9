"""Own amounts wait for somebody else's approval before they count."""

import datetime as dt

from django.urls import reverse

from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.fees.rights import APPROVE_AMOUNTS
from madoguchi.delivery.fees.services import NewAmount, add_amount
from madoguchi.kernel.fees import ITEM_NAMES
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal


def request_amount(new: NewAmount, actor: Actor) -> Approval:
    """Ask for an own amount; raises Refusal when the same item and day wait already."""
    detail = {
        "item": new.item,
        "yen": new.yen,
        "since": new.since.isoformat(),
        "until": new.until.isoformat() if new.until else "",
        "source": new.source,
    }
    title = f"手数料表の変更 ({ITEM_NAMES[new.item]} {new.yen:,}円、{new.since:%Y-%m-%d}から)"
    return approvals.request(AMOUNT, subject=f"fee:{new.item}:{new.since}", title=title, actor=actor, detail=detail, reason=new.source)


def _carry_out(approval: Approval, approver: Actor) -> None:
    asked = approval.detail
    until = dt.date.fromisoformat(asked["until"]) if asked["until"] else None
    new = NewAmount(asked["item"], asked["yen"], dt.date.fromisoformat(asked["since"]), until, asked["source"])
    try:
        add_amount(new, requested_by=approval.requested_by, approver=approver)
    except NotAllowed as refused:
        raise Refusal(str(refused)) from refused


AMOUNT = register(Kind("fees.amount", "手数料表の変更", APPROVE_AMOUNTS, _carry_out, page_of=lambda _approval: reverse("fees:table")))
