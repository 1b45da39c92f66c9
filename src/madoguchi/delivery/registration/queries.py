"""Reads of applications that the office takes itself."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from madoguchi.delivery.cards.models import Hold
from madoguchi.delivery.cards.rules import HoldKind, Progress
from madoguchi.delivery.registration.models import Registration, RegistrationSettings, Venue
from madoguchi.delivery.registration.rules import Receipt
from madoguchi.platform import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many applications wait, and how many of them alarm."""

    unsent: int
    unsent_overdue: int
    without_photo: int
    no_card: int
    on_list_unsent: int


def settings_row() -> RegistrationSettings:
    """Return the settings; the defaults before anybody changed them."""
    return RegistrationSettings.objects.filter(pk=RegistrationSettings.ONLY_ROW).first() or RegistrationSettings()


def registrations(places: Collection[str] | None = None) -> "QuerySet[Registration]":
    """Return the applications at `places` (codes; None: all) with their cards, newest first.

    Whoever sees some places alone sees none of a person under 支援措置 in them: the list would tell where the person goes (DL-30).
    """
    found = Registration.objects.select_related("card", "place", "venue").order_by("-received_at", "-id")
    return found if places is None else _at(found, places)


def _at(found: "QuerySet[Registration]", places: Collection[str]) -> "QuerySet[Registration]":
    protected = Hold.objects.filter(card_id=OuterRef("card_id"), released_at__isnull=True, kind=HoldKind.PROTECTED.value)
    return found.filter(~Exists(protected), place__code__in=sorted(places))


def registration(pk: int) -> Registration | None:
    """Return one application with everything that its page shows."""
    return Registration.objects.select_related("card", "place", "venue", "photo__document_class", "application").filter(pk=pk).first()


def unsent(places: Collection[str] | None = None) -> "QuerySet[Registration]":
    """Return what waits to be sent, oldest first; withdrawn applications wait no more."""
    return registrations(places).filter(sent_way="", card__progress=Progress.APPLIED.value).order_by("received_at", "id")


def overdue(places: Collection[str] | None = None) -> "QuerySet[Registration]":
    """Return what should have been sent: taken before today (DL-24)."""
    return unsent(places).filter(received_at__lt=_midnight())


def without_card(places: Collection[str] | None = None) -> "QuerySet[Registration]":
    """Return what was sent longer ago than the municipality allows, and whose card has not come (DL-24), oldest first."""
    before = clock.today() - dt.timedelta(days=settings_row().card_within_days)
    return registrations(places).filter(sent_on__lt=before, card__progress=Progress.ORDERED.value).order_by("sent_on", "id")


def on_list_but_unsent(places: Collection[str] | None = None) -> "QuerySet[Registration]":
    """Return what stands on a card list although nobody recorded that it was sent."""
    return unsent(places).exclude(card__serial="")


def counts(places: Collection[str] | None = None) -> Counts:
    """Count what waits and what alarms at `places` (codes; None: all). Two statements."""
    before = clock.today() - dt.timedelta(days=settings_row().card_within_days)
    waits = Q(sent_way="", card__progress=Progress.APPLIED.value)
    found = (
        registrations(places)
        .order_by()
        .aggregate(
            unsent=Count("pk", filter=waits),
            unsent_overdue=Count("pk", filter=waits & Q(received_at__lt=_midnight())),
            without_photo=Count("pk", filter=waits & Q(photo__isnull=True)),
            no_card=Count("pk", filter=Q(sent_on__lt=before, card__progress=Progress.ORDERED.value)),
            on_list_unsent=Count("pk", filter=waits & ~Q(card__serial="")),
        )
    )
    return Counts(**found)


def receipts_of(card_pks: Iterable[int]) -> Mapping[int, Receipt]:
    """Return how each person wants the card, by card; cards that came by J-LIS's own way are absent. One statement."""
    rows = Registration.objects.filter(card_id__in=list(card_pks)).values_list("card_id", "receipt")
    return {card: Receipt(receipt) for card, receipt in rows}


def venues(places: Collection[str] | None = None) -> "QuerySet[Venue]":
    """Return the venues of `places` (codes; None: all) with the number of applications that were joined."""
    found = Venue.objects.select_related("place").annotate(joined=Count("registrations")).order_by("-day", "-id")
    return found if places is None else found.filter(place__code__in=sorted(places))


def venue(pk: int) -> Venue | None:
    """Return one venue."""
    return Venue.objects.select_related("place").filter(pk=pk).first()


def _midnight() -> dt.datetime:
    return dt.datetime.combine(clock.today(), dt.time(), clock.TOKYO)
