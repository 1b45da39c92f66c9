"""Own rules of papers wait for somebody else's approval before they count."""

import datetime as dt

from django.urls import reverse

from madoguchi.delivery.cards.services import NotAllowed
from madoguchi.delivery.handover.rights import APPROVE_PAPER_RULES
from madoguchi.delivery.handover.services import NewPaperRule, add_paper_rule
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal


def request_paper_rule(new: NewPaperRule, actor: Actor) -> Approval:
    """Ask for an own rule; raises Refusal when the same rule and day wait already."""
    detail = {
        "code": new.code,
        "papers": list(new.papers),
        "hidden": new.hidden,
        "since": new.since.isoformat(),
        "until": new.until.isoformat() if new.until else "",
        "source": new.source,
    }
    title = f"書類の規則の変更 ({new.code}、{new.since:%Y-%m-%d}から)"
    return approvals.request(
        PAPER_RULE, subject=f"papers:{new.code}:{new.since}", title=title, actor=actor, detail=detail, reason=new.source
    )


def _carry_out(approval: Approval, approver: Actor) -> None:
    asked = approval.detail
    until = dt.date.fromisoformat(asked["until"]) if asked["until"] else None
    since = dt.date.fromisoformat(asked["since"])
    new = NewPaperRule(asked["code"], asked["papers"], asked["hidden"], since, until, asked["source"])
    try:
        add_paper_rule(new, requested_by=approval.requested_by, approver=approver)
    except NotAllowed as refused:
        raise Refusal(str(refused)) from refused


PAPER_RULE = register(
    Kind(
        "handover.paper-rule",
        "書類の規則の変更",
        APPROVE_PAPER_RULES,
        _carry_out,
        page_of=lambda _approval: reverse("handover:paper-rules"),
    )
)
