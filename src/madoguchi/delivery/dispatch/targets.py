"""The roster for the booking zone (type `targets`): who may book, with which verifier, where and until when (EX-01).

No name and no address is in it. `rev` is the card's version, which rises with every change of the card, of its holds and of its notice, so
that the receiving zone can tell an older row from a newer one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Q

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card, Municipality
from madoguchi.delivery.dispatch.rules import month_day, public_stage
from madoguchi.kernel.kfx import Record

if TYPE_CHECKING:
    from django.db.models import QuerySet

_CHUNK = 2000
_ANNOUNCED = [value.value for value in rules.Notice if value is not rules.Notice.NONE]
# Delivered cards are closed by the results; these end without one.
_ENDED_BEFORE_DELIVERY = [rules.Progress.WITHDRAWN.value, rules.Progress.LAPSED.value]


def records(state: str | None = None) -> Iterator[Record]:
    """Yield one record for each card that may be booked, or that may no longer be.

    Without `state`: cards whose notice was made or sent. `all`: every live card (trial, first roll-out). A value of progress: the live
    cards there. Lost cards, cards that are stopped for booking, and cards whose notice went out and that were withdrawn or lapsed, go as
    `closed` without their secrets; a stopped card that was never announced is left out. Raises ValueError for an unknown value.
    """
    office = cards.municipality()
    chunk: list[Card] = []
    for card in _chosen(state).select_related("delivery_place").iterator(chunk_size=_CHUNK):
        chunk.append(card)
        if len(chunk) == _CHUNK:
            yield from _records_of(chunk, office)
            chunk = []
    yield from _records_of(chunk, office)


def _chosen(state: str | None) -> "QuerySet[Card]":
    named = cards.live_cards().exclude(serial="")
    if state is None:
        live = named.filter(notice__in=_ANNOUNCED)
    elif state == "all":
        live = named
    else:
        live = named.filter(progress=rules.Progress(state).value)
    ended = Card.objects.filter(progress__in=_ENDED_BEFORE_DELIVERY, notice__in=_ANNOUNCED)
    return Card.objects.filter(Q(pk__in=live.order_by().values("pk")) | Q(pk__in=ended.values("pk"))).order_by("serial")


def _records_of(chunk: list[Card], office: Municipality) -> Iterator[Record]:
    pks = [card.pk for card in chunk]
    holds = cards.open_holds_of(pks)
    codes = card_services.booking_codes_of(pks) if office.uses_booking_codes else {}
    for card in chunk:
        stopped = rules.blocking_holds(holds.get(card.pk, frozenset()), rules.Effect.BOOKING)
        if stopped and card.notice == rules.Notice.NONE:
            continue
        is_lost = card.place_kind == rules.PlaceKind.LOST
        is_open = not stopped and not is_lost and card.progress not in _ENDED_BEFORE_DELIVERY
        yield _record(card, codes.get(card.pk) if is_open else None, office, is_open=is_open)


def _record(card: Card, code: str | None, office: Municipality, *, is_open: bool) -> Record:
    """Return one record; place, deadline and stage only where the municipality sends them (EX-07)."""
    place = card.delivery_place if is_open and office.sends_place else None
    return {
        "id": card.serial,
        "code": code,
        "md": month_day(card.born) if is_open else None,
        "dispatch": card.dispatch_no or None if is_open else None,
        "places": [place.code] if place and place.is_open else [],
        "from": None,
        "until": card.notice_deadline.isoformat() if card.notice_deadline and office.sends_deadline else None,
        "status": "open" if is_open else "closed",
        "rev": card.version,
        "stage": public_stage(rules.Progress(card.progress), rules.Notice(card.notice)) if is_open and office.sends_stage else None,
    }
