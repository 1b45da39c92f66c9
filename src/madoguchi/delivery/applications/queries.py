"""Reads of applications. Whoever shows answers audits it (services.record_opening)."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from madoguchi.delivery.applications.models import Application, Order
from madoguchi.delivery.applications.rules import OPEN_STAGES, Act, Outcome, Reading, Stage
from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.kernel.names import kana_key, search_key
from madoguchi.kernel.numbers import normalise_digits

SEARCH_CAP = 50


def applications(places: Collection[str] | None = None) -> QuerySet[Application]:
    """Return the applications at `places` (None: everywhere) in the order of their times.

    `place_name` is what people call the place; `waits` tells that an order is without an answer.
    """
    names = DeliveryPlace.objects.filter(code=OuterRef("place")).values("name")
    waiting = Order.objects.filter(application=OuterRef("pk"), outcome=Outcome.NONE.value).exclude(act=Act.TAKEN.value)
    found = Application.objects.annotate(
        place_name=Coalesce(Subquery(names), F("place"), output_field=CharField()), waits=Exists(waiting)
    ).order_by("day", "start", "number")
    return found if places is None else found.filter(place__in=list(places))


def listed(
    places: Collection[str] | None, *, stage: Stage | None = None, day: dt.date | None = None, place: str = "", unreadable: bool = False
) -> QuerySet[Application]:
    """Return what the list shows: by default every application that the office has still to deal with."""
    found = applications(places)
    if unreadable:
        found = found.filter(reading=Reading.UNREADABLE.value)
    elif stage is not None:
        found = found.filter(stage=stage.value)
    else:
        found = found.filter(stage__in=[stage.value for stage in OPEN_STAGES]).exclude(state="cancelled")
    if day is not None:
        found = found.filter(day=day)
    return found.filter(place=place) if place else found


def search(places: Collection[str] | None, terms: Mapping[str, str]) -> list[Application]:
    """Find applications by number, or by at least two of name (or reading), day of birth, address and telephone; at most 50.

    The caller has checked that the terms are enough (rules.enough_to_search).
    """
    found = applications(places)
    if terms.get("number"):
        found = found.filter(number=normalise_digits(terms["number"]).upper().removeprefix("Y"))
    if name := terms.get("name"):
        found = found.filter(Q(name_key__startswith=search_key(name)) | Q(kana_key__startswith=kana_key(name)))
    if terms.get("born"):
        found = found.filter(born=terms["born"])
    if terms.get("address"):
        found = found.filter(address_key__contains=search_key(terms["address"]))
    if terms.get("telephone"):
        found = found.filter(telephone_key=normalise_digits(terms["telephone"]))
    return list(found[:SEARCH_CAP])


def application(pk: int, places: Collection[str] | None) -> Application | None:
    """Return one application if it is at one of `places`."""
    return applications(places).filter(pk=pk).first()


def orders_of(row: Application) -> QuerySet[Order]:
    """Return the orders that staff gave, the newest first."""
    return row.orders.exclude(act=Act.TAKEN.value).order_by("-rank")
