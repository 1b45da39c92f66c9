"""Who looked at what was sent: name and address are in it, so every look is in the operation log before the page is."""

from django.db import transaction

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.dispatch import audited, queries
from madoguchi.delivery.dispatch.models import Dispatch
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record


@transaction.atomic
def look_up_history(card: Card, actor: Actor) -> list[Dispatch]:
    """Return what was sent for a card, newest first, and record that somebody looked."""
    record_card(audited.VIEW_HISTORY, card, actor)
    return list(queries.dispatches_of(card.pk))


def record_card(process: Process, card: Card, actor: Actor) -> None:
    """Record that somebody looks at where the letters of a card go."""
    record(actor, process, subject=f"card:{card.pk}")


def record_view(row: Dispatch, actor: Actor) -> None:
    """Record that somebody looks at one dispatch."""
    record(actor, audited.VIEW_DISPATCH, subject=f"dispatch:{row.pk}")


def record_list(process: Process, actor: Actor, *, page: int, rows: int) -> None:
    """Record that somebody looks at a page of dispatches."""
    record(actor, process, content={"page": page, "rows": rows})
