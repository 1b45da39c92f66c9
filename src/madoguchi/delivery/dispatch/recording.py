"""What was sent before this system, and who looked at what was sent: every look is in the operation log before the page is."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.dispatch import audited, queries
from madoguchi.delivery.dispatch.letters import address_of
from madoguchi.delivery.dispatch.models import Dispatch
from madoguchi.kernel.names import has_gaiji
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class EarlierLetter:
    """A letter that another system sent for a card, by its kind; `returned_on` when it came back."""

    card: Card
    kind: str
    sent_on: dt.date
    returned_on: dt.date | None = None
    return_reason: str = ""


def record_earlier_letters(letters: Iterable[EarlierLetter], *, note: str) -> int:
    """Enter letters that were sent before this system into 発送管理, in the caller's transaction; returns how many (DL-29).

    They have no sheet of ours. They stand at the address that the card has now: where the old system sent them is not known.
    """
    rows = [
        Dispatch(
            card=letter.card,
            kind=letter.kind,
            sent_on=letter.sent_on,
            postcode=letter.card.postcode,
            name=letter.card.name,
            address=address_of(letter.card, None),
            times=1,
            returned_on=letter.returned_on,
            return_reason=letter.return_reason,
            has_gaiji=has_gaiji(letter.card.name + letter.card.address + letter.card.house),
            memo=note,
        )
        for letter in letters
    ]
    Dispatch.objects.bulk_create(rows, batch_size=_AT_ONCE)
    return len(rows)


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
