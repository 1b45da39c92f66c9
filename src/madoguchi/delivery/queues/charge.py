"""担当: who has taken which card. The database lets one person have a card at a time; whoever does something with it ends it.

A charge is a word among colleagues, not a lock: an act is guarded by the version of the card, whoever has taken it.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import models, transaction

from madoguchi.delivery.cards.services import Done
from madoguchi.delivery.queues.audited import CHARGE_ENDED, CHARGE_TAKEN
from madoguchi.delivery.queues.models import Charge
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

HOURS = 2
"""After this time a card is free again: somebody who went home keeps nothing from the others."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many cards somebody took, and how many others had taken before."""

    taken: int
    others: int


def standing() -> "models.QuerySet[Charge]":
    """Return the charges that are in force now."""
    return Charge.objects.filter(ended_at__isnull=True, until__gt=clock.now())


@transaction.atomic
def take(card_pks: Collection[int], staff: Staff, actor: Actor) -> Taken:
    """Take cards to work on them; what somebody else has stays with them, an own one is kept for longer. Four statements."""
    now = clock.now()
    until, wanted = now + dt.timedelta(hours=HOURS), sorted(set(card_pks))
    over = Charge.objects.filter(card__in=wanted, ended_at__isnull=True, until__lte=now)
    over.update(ended_at=now, ended=Charge.Ended.TIME, ended_by=actor.user_id)
    # In the order of the cards: two who take the same ones wait for each other and never in a circle. Of two the first one has it.
    Charge.objects.bulk_create([Charge(card_id=pk, staff=staff, taken_at=now, until=until) for pk in wanted], ignore_conflicts=True)
    own = Charge.objects.filter(card__in=wanted, ended_at__isnull=True, staff=staff).update(until=until)
    record(actor, CHARGE_TAKEN, subject=_subject(wanted), content={"cards": own, "others": len(wanted) - own})
    return Taken(own, len(wanted) - own)


@transaction.atomic
def let_go(card_pks: Collection[int], staff: Staff, actor: Actor, *, as_head: bool = False) -> int:
    """Give back what a person has taken; a head of section (`as_head`) takes it from anybody. Returns how many cards are free now."""
    standing_now = Charge.objects.filter(card__in=card_pks, ended_at__isnull=True)
    gone = standing_now.filter(staff=staff).update(ended_at=clock.now(), ended=Charge.Ended.OWN, ended_by=actor.user_id)
    if as_head:
        gone += standing_now.update(ended_at=clock.now(), ended=Charge.Ended.HEAD, ended_by=actor.user_id)
    if gone:
        record(actor, CHARGE_ENDED, subject=_subject(card_pks), content={"cards": gone, "as_head": as_head})
    return gone


def on_act(*, act: str, done: Sequence[Done], actor: Actor, **_signal: object) -> None:
    """Receive `madoguchi.delivery.cards.signals.act_performed`: what a card was taken for has been done."""
    cards = [one.card.pk for one in done]
    gone = Charge.objects.filter(card__in=cards, ended_at__isnull=True).update(
        ended_at=clock.now(), ended=Charge.Ended.ACT, ended_by=actor.user_id
    )
    if gone:
        record(actor, CHARGE_ENDED, subject=_subject(cards), content={"cards": gone, "act": act})


def charges_of(card_pks: Sequence[int]) -> Mapping[int, Charge]:
    """Return who has which of the cards. One statement."""
    return {charge.card_id: charge for charge in standing().filter(card__in=card_pks).select_related("staff")}


def _subject(card_pks: Collection[int]) -> str:
    return f"card:{next(iter(card_pks))}" if len(card_pks) == 1 else "cards"
