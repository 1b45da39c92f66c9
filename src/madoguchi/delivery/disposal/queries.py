"""Reads of the disposal."""

from django.db.models import Count, Q, QuerySet

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.changes import queries as deadlines
from madoguchi.delivery.changes.rules import Proposal
from madoguchi.delivery.disposal.models import DisposalBatch, DisposalItem

_OPEN = (DisposalBatch.State.PROPOSED, DisposalBatch.State.APPROVED)


def candidates() -> list[Card]:
    """Return the cards that a new batch takes: those whose end the rule says, and those that staff proposed one by one."""
    by_rule = [card for card, _proposal in deadlines.passed(Proposal.DISPOSE)]
    in_a_batch = DisposalItem.objects.filter(batch__state__in=_OPEN, left_out_by="").values("card_id")
    ended = [value.value for value in (card_rules.Progress.WITHDRAWN, card_rules.Progress.LAPSED, card_rules.Progress.RETURNED)]
    proposed = Card.objects.filter(disposal=card_rules.Disposal.PROPOSED.value, progress__in=ended).exclude(pk__in=in_a_batch)
    return [*by_rule, *proposed.order_by("pk")]


def batches() -> QuerySet[DisposalBatch]:
    """Return all batches, newest first, with the number of cards that go."""
    going = Q(items__left_out_by="")
    counted = DisposalBatch.objects.annotate(
        cards=Count("items", filter=going), bagged=Count("items", filter=going & Q(items__bagged_at__isnull=False))
    )
    return counted.order_by("-id")


def items(batch: DisposalBatch) -> QuerySet[DisposalItem]:
    """Return the cards of a batch that go, in the order in which they were taken."""
    return batch.items.select_related("card", "card__site", "card__transfer_to").filter(left_out_by="")
