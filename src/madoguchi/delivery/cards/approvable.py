"""Acts on cards that the head of the section approves: 交付済の訂正, 紛失の確定, 取りやめ・失効の取消."""

from collections.abc import Mapping

from django.urls import reverse

from madoguchi.delivery.cards import queries, rules, services
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rights import APPROVE_ACTS
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.verbs import Refusal


def request_act(card: Card, act: str, actor: Actor, *, reason: str, detail: Mapping[str, object]) -> Approval:
    """Ask the head for `act` on `card` as it stands now.

    Raises NotAllowed when it would be refused anyway, Refusal when the card waits for the head already.
    """
    facts = card.facts(queries.open_holds(card.pk))
    chosen = rules.ACT_BY_CODE[act]
    evidence = rules.Evidence(today=clock.today(), actor=actor.user_id)
    sentence = rules.refusal(chosen, facts, rules.with_everything(evidence))
    if sentence:
        raise services.NotAllowed(sentence)
    return approvals.request(
        ACT,
        subject=f"card:{card.pk}",
        title=f"{chosen.name} ({card.serial or card.application_id})",
        actor=actor,
        detail={"card": card.pk, "version": card.version, "act": act, "evidence": dict(detail)},
        reason=reason,
    )


def _carry_out(approval: Approval, approver: Actor) -> None:
    asked = approval.detail
    actor = Actor(kind=ActorKind.STAFF, user_id=approval.requested_by, user_name=approval.requested_by_name)
    try:
        services.perform(
            asked["card"],
            asked["act"],
            actor,
            expected_version=asked["version"],
            reason=approval.reason,
            detail={**asked["evidence"], "approved_by": approver.user_id},
        )
    except (services.NotAllowed, services.Conflict) as refused:
        raise Refusal(str(refused)) from refused


def _page_of(approval: Approval) -> str:
    return reverse("cards:card", args=[approval.detail["card"]])


ACT = register(Kind("cards.act", "カードの操作", APPROVE_ACTS, _carry_out, page_of=_page_of))
