"""置き場所を元に戻す: take the newest move between shelves and one's own hands back, on the day of the move, by a move of its own.

The history is never edited: going back is one more event with the reason. What somebody else has done with the card since stays.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor

_MOVES = {"store", "take_to_counter"}
_PARTS = ("site", "safe", "box", "slot")


@dataclass(frozen=True, slots=True)
class WayBack:
    """The act that brings a card back to where it was, and the words for that place."""

    act: str
    detail: dict[str, object]
    words: str


def way_back(card: Card, actor: Actor) -> WayBack | None:
    """Return how the newest move of a card is taken back, None when it cannot be. Two statements."""
    newest = list(CardEvent.objects.filter(card=card, axis="place_kind").order_by("-id")[:2])
    if len(newest) < 2:
        return None
    last, before = newest
    if last.act not in _MOVES or last.version != card.version or last.at.astimezone(clock.TOKYO).date() != clock.today():
        return None
    if before.after == rules.PlaceKind.STORED and before.detail.get("box"):
        detail = {part: before.detail.get(part, "") for part in _PARTS} | {"custodian": before.detail.get("custodian", "")}
        return WayBack("store", detail, " ".join(str(before.detail.get(part, "")) for part in _PARTS[1:]))
    # Into somebody else's hands nobody can put it from here.
    if before.after == rules.PlaceKind.COUNTER and last.act == "store" and before.detail.get("custodian") == actor.user_id:
        return WayBack("take_to_counter", {}, _("自分の手もと"))
    return None


def take_back(card: Card, actor: Actor) -> WayBack:
    """Bring a card back to where it was before its newest move.

    Raises NotAllowed when there is no way back or its old slot is taken, and Conflict of the register.
    """
    way = way_back(card, actor)
    if way is None:
        raise card_services.NotAllowed(
            "この移動は取り消せません。取り消せるのは、今日の、その後に何もしていない移動だけです。置く場所を読み取って動かしてください。"
        )
    try:
        with transaction.atomic():
            card_services.perform(card.pk, way.act, actor, expected_version=card.version, reason="置き場所の変更の取消", detail=way.detail)
    except IntegrityError:
        raise card_services.NotAllowed("元の位置には、もう別のカードがあります。別の位置に置いてください。") from None
    return way
