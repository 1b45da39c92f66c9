"""Reads of matching: the work list, and who comes on a day."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import BEFORE_DELIVERY, Visit
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import OPEN_STATES, BookingState, Match
from madoguchi.kernel.numbers import normalise_digits

BOOKING_NUMBER_LENGTH = 10


def work_list(*, unmatched_only: bool = False) -> QuerySet[BookedVisit]:
    """Return open bookings with their cards, soonest first; with `unmatched_only` those that somebody must deal with.

    Those are also the ones that the booking zone calls done while no hand-over of the card is on record: either the card has left the safe
    unrecorded, or the wrong button was pressed there.
    `place_name` is what people call the place; a place that is not known here keeps the code that the file named.
    """
    names = DeliveryPlace.objects.filter(code=OuterRef("place")).values("name")
    wanted = Q(state__in=OPEN_STATES)
    if unmatched_only:
        before = [value.value for value in BEFORE_DELIVERY]
        wanted = wanted & ~Q(match=Match.MATCHED) | Q(state=BookingState.DONE, card__progress__in=before, card__visit=Visit.BOOKED)
    return (
        BookedVisit.objects.select_related("card", "card__site")
        .filter(wanted)
        .annotate(place_name=Coalesce(Subquery(names), F("place")))
        .order_by("day", "start", "number", "serial")
    )


def visits_on(day: dt.date, place: str | None = None) -> QuerySet[BookedVisit]:
    """Return the matched bookings of `day`, at `place` where one is named, in the order of their times."""
    visits = work_list().filter(day=day, match=Match.MATCHED)
    return visits.filter(place=place) if place else visits


def visit_of_card(card_pk: int) -> BookedVisit | None:
    """Return the open booking of a card, the soonest where there is more than one."""
    return BookedVisit.objects.filter(card_id=card_pk, state__in=OPEN_STATES).order_by("day", "start").first()


def booking_numbers_of(card_pks: Sequence[int]) -> dict[int, str]:
    """Return the number of the open booking of each card, the soonest where there is more than one; empty for one that has none."""
    visits = BookedVisit.objects.filter(card_id__in=card_pks, state__in=OPEN_STATES).order_by("-day", "-start")
    return dict.fromkeys(card_pks, "") | {visit.card_id: visit.number for visit in visits if visit.card_id}


def card_of_booking(text: str) -> Card | None:
    """Find the card of an open booking by its 予約番号 as the slip shows it: ten digits, in the slip's QR code with a Y before them."""
    figures = _figures_on_a_slip(text)
    if not figures:
        return None
    # Of a party of several people the number alone does not tell who stands there: their own numbers do.
    visits = BookedVisit.objects.select_related("card").filter(number=figures, state__in=OPEN_STATES, match=Match.MATCHED)[:2]
    return visits[0].card if len(visits) == 1 else None


def is_booked_by_slip(card_pk: int, text: str) -> bool:
    """Tell whether the slip whose number was read is of an open booking of this card, alone or with others of its party."""
    figures = _figures_on_a_slip(text)
    booked = BookedVisit.objects.filter(card_id=card_pk, number=figures, state__in=OPEN_STATES, match=Match.MATCHED)
    return bool(figures) and booked.exists()


def _figures_on_a_slip(text: str) -> str:
    figures = normalise_digits(text).upper().removeprefix("Y")
    return figures if len(figures) == BOOKING_NUMBER_LENGTH and figures.isdecimal() else ""


def matched_between(first: dt.date, last: dt.date) -> QuerySet[BookedVisit]:
    """Return the matched open bookings of the days from `first` to `last` with their cards, in the order of their times."""
    return work_list().filter(day__range=(first, last), match=Match.MATCHED)


def next_day_with_visits(after: dt.date) -> dt.date | None:
    """Return the first day behind `after` for which there is a matched booking; None when there is none."""
    coming = BookedVisit.objects.filter(state__in=OPEN_STATES, match=Match.MATCHED, day__gt=after)
    return coming.order_by("day").values_list("day", flat=True).first()
