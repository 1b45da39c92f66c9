"""The counter hears of acts that were done elsewhere: on the page of a card, on many cards of a list, at the post."""

from collections.abc import Sequence

from madoguchi.delivery.cards.services import Done
from madoguchi.delivery.handover.services import follow_act
from madoguchi.platform.audit.actors import Actor


def on_act(*, act: str, done: Sequence[Done], actor: Actor, **_signal: object) -> None:
    """Receive `madoguchi.delivery.cards.signals.act_performed`."""
    follow_act(act, done, actor)
