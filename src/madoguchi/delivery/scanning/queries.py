"""What stands behind a scanned code; the number of statements does not depend on how much there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery

from madoguchi.delivery.cards import queries as register
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.dispatch.models import Sheet
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rules import EncounterState
from madoguchi.delivery.intake.models import ArrivedCard
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import OPEN_STATES, Match
from madoguchi.delivery.scanning.codes import Kind, Read
from madoguchi.delivery.storage.models import Box, Transfer, TransferItem, TransferState
from madoguchi.delivery.storage.queries import Filled, by_code, by_slot_code, safe_by_code


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card with what is open for it: its holds, its visit at the counter, the arrival that it came in."""

    card: Card
    holds: frozenset[HoldKind]
    visit: int | None
    arrival: int | None
    transfer: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """The record behind a code; all empty when there is none. Of several cards (a booking of a party) none is chosen."""

    card: FoundCard | None = None
    sheet: Sheet | None = None
    box: Box | None = None
    slot: str = ""
    safe: Sequence[Filled] = ()
    transfer: Transfer | None = None
    several: bool = False


def find(read: Read) -> Found:
    """Look up what `read` names."""
    if read.kind is Kind.SAFE:
        return Found(safe=safe_by_code(read.value))
    if read.kind is Kind.BOX:
        return Found(box=by_code(read.value))
    if read.kind is Kind.SLOT:
        box, slot = by_slot_code(read.value) or (None, "")
        return Found(box=box, slot=slot)
    if read.kind is Kind.TRANSFER:
        return Found(transfer=Transfer.objects.select_related("from_site", "to_site").filter(code=read.value).first())
    if read.kind is Kind.SHEET:
        sheet = Sheet.objects.select_related("batch").filter(code=read.value).first()
        return Found(card=by_pk(sheet.card_id), sheet=sheet) if sheet else Found()
    cards = _cards(read)
    if cards is None:
        return Found()
    found = list(_with_what_is_open(cards)[:2])
    if len(found) == 1:
        return Found(card=_found(found[0]))
    return Found(several=bool(found))


def by_pk(pk: int) -> FoundCard | None:
    """Return the card `pk` with what is open for it. Two statements."""
    card = _with_what_is_open(Card.objects.filter(pk=pk)).first()
    return _found(card) if card else None


def _cards(read: Read) -> "QuerySet[Card] | None":
    match read.number or read.kind:
        case Kind.SLEEVE:
            return Card.objects.filter(sleeve_code=read.value)
        case Kind.NOTICE | Kind.SERIAL:
            return Card.objects.filter(serial=read.value)
        case Kind.APPLICATION:
            return Card.objects.filter(application_id=read.value)
        case Kind.DISPATCH:
            return Card.objects.filter(dispatch_no=read.value)
        case Kind.BOOKING:
            booked = BookedVisit.objects.filter(number=read.value, state__in=OPEN_STATES, match=Match.MATCHED)
            return Card.objects.filter(pk__in=booked.values("card_id"))
    return None


def _with_what_is_open(cards: "QuerySet[Card]") -> "QuerySet[Card]":
    visit = Encounter.objects.filter(card_id=OuterRef("pk"), state=EncounterState.OPEN).values("pk")[:1]
    arrival = ArrivedCard.objects.filter(card_id=OuterRef("pk"), arrival__closed_at__isnull=True).values("arrival_id")[:1]
    under_way = TransferItem.objects.filter(card_id=OuterRef("pk"), transfer__state=TransferState.ON_THE_WAY).values("transfer__code")[:1]
    opened = cards.annotate(open_visit=Subquery(visit), open_arrival=Subquery(arrival), open_transfer=Subquery(under_way))
    return opened.select_related("site", "transfer_to").order_by("id")


def _found(card: Card) -> FoundCard:
    values = (card.open_visit, card.open_arrival, card.open_transfer)  # type: ignore[attr-defined]  # annotated above
    return FoundCard(card, register.open_holds(card.pk), *values)
