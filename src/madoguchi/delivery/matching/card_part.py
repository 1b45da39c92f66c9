"""What matching says on the page of a card: the bookings that the booking zone reported for it."""

from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.parts import Part, Tab, register
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import BookingState, Match

_SHOWN = 50


def bookings_part(card: Card) -> Part:
    """Return the newest bookings of a card. Two statements."""
    names = dict(DeliveryPlace.objects.values_list("code", "name"))
    rows = [
        (
            f"{visit.day:%Y-%m-%d} {visit.start:%H:%M}–{visit.end:%H:%M}",
            names.get(visit.place, visit.place),
            visit.number,
            BookingState(visit.state).label,
            Match(visit.match).label,
        )
        for visit in BookedVisit.objects.filter(card=card).order_by("-day", "-start", "-pk")[:_SHOWN]
    ]
    return Part(
        title=_("予約"),
        heads=(_("日時"), _("交付場所"), _("予約番号"), _("予約結果"), _("突合")),
        rows=rows,
        empty=_("予約管理から届いた予約はありません。"),
    )


register(Tab.BOOKING, bookings_part)
