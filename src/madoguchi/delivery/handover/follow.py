"""The counter hears of acts that were done on the page of a card."""

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.handover.services import follow_act
from madoguchi.platform.audit.actors import Actor


def on_act(*, card: Card, act: str, reason: str, actor: Actor, **_signal: object) -> None:
    """Receive `madoguchi.delivery.cards.signals.act_performed`."""
    follow_act(card, act, reason, actor)
