"""Reads of storage: boxes with what is in them, and the pick list of a day."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.storage.models import Box, LeadTime, StockTake, Transfer, TransferItem, TransferState
from madoguchi.kernel.labels import BOX_LETTER, SAFE_LETTER, LabelError, own_code, read_own_code, read_safe_code, read_slot_code
from madoguchi.kernel.office_days import office_days_before

USUAL_DAYS = 1
"""The lead time between two places for which none is set."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A box and how many cards are in it."""

    box: Box
    cards: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A card that is wanted at the counter: for which booking, when, at which place."""

    card_pk: int
    start: dt.time
    number: str
    place: str
    place_name: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """A row of the pick list. `where` is empty when the card must not or cannot be fetched; `note` then says why."""

    wanted: Wanted
    card: Card
    where: str
    note: str
    taken: bool


def boxes(sites: Iterable[str] | None = None) -> list[Filled]:
    """Return the boxes in use at `sites` (codes; None: all) with their cards counted. Two statements."""
    found = Box.objects.select_related("site").filter(is_open=True)
    if sites is not None:
        found = found.filter(site__code__in=list(sites))
    counted = {
        (site, safe, box): number
        for site, safe, box, number in Card.objects.filter(place_kind=rules.PlaceKind.STORED.value)
        .exclude(box="")
        .values_list("site_id", "safe", "box")
        .annotate(number=Count("pk"))
    }
    return [Filled(box, counted.get((box.site_id, box.safe, box.name), 0)) for box in found]


def by_code(text: str) -> Box | None:
    """Find a box by its label; None when there is none or it is no such code."""
    try:
        return Box.objects.select_related("site").filter(code=read_own_code(text, BOX_LETTER), is_open=True).first()
    except LabelError:
        return None


def by_slot_code(text: str) -> tuple[Box, str] | None:
    """Find a box and one of its slots by the slot's label; None when there is no such box or slot, or it is no such code."""
    try:
        number, slot = read_slot_code(text)
    except LabelError:
        return None
    box = Box.objects.select_related("site").filter(pk=number, is_open=True, slots__gte=slot).first() if slot else None
    return (box, str(slot)) if box else None


def safe_code(box: Box) -> str:
    """Return the code of the safe that `box` stands in: a safe is named by the first of its boxes, which are never deleted."""
    first = Box.objects.filter(site_id=box.site_id, safe=box.safe).order_by("pk").values_list("pk", flat=True)[0]
    return own_code(SAFE_LETTER, first)


def safe_by_code(text: str) -> list[Filled]:
    """Return the boxes in use of the safe whose label was read, with their cards counted; nothing when there is no such safe."""
    try:
        number = read_safe_code(text)
    except LabelError:
        return []
    named = Box.objects.select_related("site").filter(pk=number).first()
    if named is None:
        return []
    return [filled for filled in boxes([named.site.code]) if filled.box.safe == named.safe]


def cards_in(box: Box) -> int:
    """Count the cards in `box`."""
    return Card.objects.filter(place_kind=rules.PlaceKind.STORED.value, site_id=box.site_id, safe=box.safe, box=box.name).count()


@dataclass(frozen=True, slots=True)
class ToMove:
    """A card that is booked at another place than where it lies, and the last day to send it."""

    card: Card
    place: str
    place_name: str
    day: dt.date
    send_by: dt.date
    is_late: bool


def transfers(sites: Iterable[str] | None) -> "QuerySet[Transfer]":
    """Return the transfers from or to `sites` (codes; None: all) with their cards counted, open ones first. One statement."""
    found = Transfer.objects.select_related("from_site", "to_site")
    if sites is not None:
        codes = list(sites)
        found = found.filter(Q(from_site__code__in=codes) | Q(to_site__code__in=codes))
    counted = found.annotate(
        cards=Count("items", filter=Q(items__is_extra=False)), received=Count("items", filter=Q(items__received_at__isnull=False))
    )
    return counted.order_by("closed_at", "state", "-id")


def on_the_way_without_slip() -> list[Card]:
    """Return cards that are on the way in no open transfer: somebody has to ask after them. One statement, the first fifty."""
    in_a_bag = TransferItem.objects.filter(transfer__state=TransferState.ON_THE_WAY).values("card_id")
    lost = Card.objects.select_related("site", "transfer_to").filter(place_kind=rules.PlaceKind.TRANSFER.value)
    return list(lost.exclude(pk__in=in_a_bag).order_by("id")[:50])


def cards_to_move(visits: Iterable[BookedVisit], today: dt.date) -> tuple[list[ToMove], int]:
    """Return the cards that must be sent for their bookings, most urgent first, and how many more stand on no list. Three statements."""
    sites = {place.code: place for place in DeliveryPlace.objects.all()}
    leads = {(lead.from_site_id, lead.to_site_id): lead.days for lead in LeadTime.objects.all()}
    rows, held_back = list[ToMove](), 0
    away = [visit for visit in visits if visit.card and visit.card.site and visit.place in sites and visit.place != visit.card.site.code]
    here = [visit for visit in away if visit.card and visit.card.place_kind in {rules.PlaceKind.STORED, rules.PlaceKind.COUNTER}]
    holds = cards.open_holds_of([visit.card_id for visit in here if visit.card_id])
    for visit in here:
        assert visit.card is not None  # chosen above
        if holds.get(visit.card.pk):
            held_back += 1
            continue
        to = sites[visit.place]
        send_by = office_days_before(visit.day, leads.get((visit.card.site_id or 0, to.pk), USUAL_DAYS))
        rows.append(ToMove(visit.card, to.code, to.name, visit.day, send_by, send_by < today))
    return sorted(rows, key=lambda row: (row.send_by, row.place, row.card.pk)), held_back


@dataclass(frozen=True, slots=True)
class Readings:
    """How many codes a 棚卸 has read, and of how many cards that should be there."""

    codes: int
    found: int
    expected: int


def readings_of(take: StockTake) -> Readings:
    """Count what was read so far, to go on after a break. Two statements."""
    read = take.scans.aggregate(codes=Count("pk"), found=Count("pk", filter=Q(was_expected=True)))
    return Readings(read["codes"], read["found"], take.expected.count())


def slots_taken(box: Box) -> set[str]:
    """Return the slots of `box` that hold a card."""
    stored = Card.objects.filter(place_kind=rules.PlaceKind.STORED.value, site_id=box.site_id, safe=box.safe, box=box.name)
    return set(stored.values_list("slot", flat=True))


def pick_list(wanted: Sequence[Wanted]) -> list[Pick]:
    """Return what has to be fetched, in the order in which one walks along the safes. Two statements.

    A card that is stopped for hand-over, or whose place may not be listed, shows no place (a list of places is a way to a person under
    protection); it goes to the head of the list with what to do.
    """
    pks = [entry.card_pk for entry in wanted]
    found = {card.pk: card for card in Card.objects.select_related("site", "transfer_to").filter(pk__in=pks)}
    holds = cards.open_holds_of(pks)
    picks = [_pick(entry, found[entry.card_pk], holds.get(entry.card_pk, frozenset())) for entry in wanted if entry.card_pk in found]
    return sorted(picks, key=_walk)


def _walk(pick: Pick) -> tuple[bool, bool, str, str, str, str, dt.time]:
    card = pick.card
    return (
        not pick.note,
        pick.taken,
        card.site.code if card.site and pick.where else "",
        card.safe,
        card.box,
        card.slot.zfill(4),
        pick.wanted.start,
    )


def _pick(wanted: Wanted, card: Card, holds: frozenset[rules.HoldKind]) -> Pick:
    stopped = rules.blocking_holds(holds, rules.Effect.HANDOVER) | rules.blocking_holds(holds, rules.Effect.PLACE_LIST)
    if stopped:
        return Pick(wanted, card, "", "停止中です。責任者に確かめてください。", taken=False)
    kind = rules.PlaceKind(card.place_kind)
    site = card.site.name if card.site else ""
    if kind is rules.PlaceKind.STORED:
        where = " ".join(part for part in (site, card.safe, card.box, card.slot) if part)
        elsewhere = card.site is not None and wanted.place not in {"", card.site.code}
        note = "予約の場所とは別の施設にあります。「移送」で期限を確かめてください。" if elsewhere else ""
        return Pick(wanted, card, where, note, taken=False)
    if kind is rules.PlaceKind.COUNTER:
        return Pick(wanted, card, f"{site} 窓口（{card.custodian}）", "", taken=True)
    return Pick(wanted, card, "", f"場所は「{kind.label}」です。予約の前に探してください。", taken=False)
