"""The waiting list as staff see it: who stands in it by booking number or without one, what is offered now, what became of offers (S26)."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from madoguchi.booking.reservations.models import Credential, Offer, Wish, WishMember
from madoguchi.platform import clock

ROWS_SHOWN = 200
DAYS_COUNTED = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One wish in the order of the list, with what is offered to it now."""

    turn: int
    wish: Wish
    serials: tuple[str, ...]
    offer: Offer | None

    @property
    def needs_a_call(self) -> bool:
        """Tell whether nobody but staff tells the person of the offer."""
        return self.offer is not None and not self.wish.email and bool(self.serials)


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """What became of the offers of the last weeks."""

    made: int
    taken: int
    declined: int
    expired: int


def _standing() -> QuerySet[Wish]:
    members = Prefetch("members", WishMember.objects.select_related("credential").order_by("pk"))
    offers = Prefetch(
        "offers",
        Offer.objects.filter(state=Offer.State.OPEN, expires_at__gt=clock.now()).select_related("booking__slot__place"),
        to_attr="open_offers",
    )
    found = Wish.objects.filter(state__in=[Wish.State.WAITING, Wish.State.OFFERED])
    return found.select_related("kind").prefetch_related(members, offers).order_by("queued_at", "id")


def in_line(places: Collection[str] | None) -> list[Waiting]:
    """Return who waits for `places` (None: all), in turn, those with an offer among them. Three statements."""
    found = _standing()
    if places is not None:
        found = found.filter(Q(places=[]) | Q(places__overlap=sorted(places)))
    rows = []
    for turn, wish in enumerate(found[:ROWS_SHOWN], start=1):
        offers: list[Offer] = wish.open_offers  # type: ignore[attr-defined]  # named by the prefetch above
        serials = tuple(member.credential.serial for member in wish.members.all())
        rows.append(Waiting(turn, wish, serials, offers[0] if offers else None))
    return rows


def wish_of_number(credential: Credential) -> Wish | None:
    """Return the wish with which a booking number stands in the list. One statement."""
    return Wish.objects.filter(members__credential=credential, members__live=True).first()


def people_before(wish: Wish) -> int:
    """Return how many wishes for the same kind have their turn before this one. One statement."""
    before = Q(queued_at__lt=wish.queued_at) | Q(queued_at=wish.queued_at, id__lt=wish.pk)
    return Wish.objects.filter(before, kind=wish.kind_id, state=Wish.State.WAITING).count()


def offer_counts() -> OfferCounts:
    """Return what became of the offers of the last thirty days. One statement."""
    made = Offer.objects.filter(offered_at__gte=clock.now() - DAYS_COUNTED)
    counts = made.aggregate(
        made=Count("pk"),
        taken=Count("pk", filter=Q(state=Offer.State.TAKEN)),
        declined=Count("pk", filter=Q(state=Offer.State.DECLINED)),
        expired=Count("pk", filter=Q(state=Offer.State.EXPIRED)),
    )
    return OfferCounts(**counts)


def offers_to_call() -> int:
    """Return how many offers nobody hears of unless staff call. One statement."""
    offers = Offer.objects.filter(state=Offer.State.OPEN, expires_at__gt=clock.now(), wish__email="", wish__members__isnull=False)
    return offers.values("pk").distinct().count()


def hours_waited() -> float | None:
    """Return the median of the hours that people waited who were given a place in the last thirty days; None without any. One statement."""
    taken = Offer.objects.filter(state=Offer.State.TAKEN, offered_at__gte=clock.now() - DAYS_COUNTED)
    waits = sorted(taken.annotate(waited=F("offered_at") - F("wish__created_at")).values_list("waited", flat=True))
    return waits[len(waits) // 2].total_seconds() / 3600 if waits else None


def standing_in_words(wish: Wish) -> str:
    """Return where a wish stands, to be told on the telephone."""
    if wish.state == Wish.State.OFFERED:
        return _("空き待ち：ご案内中")
    return _("空き待ち：前に%(number)d件") % {"number": people_before(wish)}
