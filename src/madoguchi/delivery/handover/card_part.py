"""What the counter says on the page of a card: who served it when, and how it ended."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.parts import Part, Tab, register
from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rules import EncounterState
from madoguchi.platform.ui.shell import Link

_SHOWN = 50


def encounters_part(card: Card) -> Part:
    """Return the newest visits at the counter for a card. Two statements."""
    names = dict(DeliveryPlace.objects.values_list("code", "name"))
    rows = [
        (
            Link(f"{one.served_on:%Y-%m-%d}", reverse("handover:encounter", args=[one.pk])),
            names.get(one.place, one.place),
            EncounterState(one.state).label,
            one.served_by or one.opened_by,
            one.reason,
        )
        for one in Encounter.objects.filter(card=card).order_by("-served_on", "-pk")[:_SHOWN]
    ]
    return Part(
        title=_("窓口での対応"),
        heads=(_("対応日"), _("交付場所"), _("状態"), _("対応者"), _("理由")),
        rows=rows,
        empty=_("窓口での対応はまだありません。"),
    )


register(Tab.BOOKING, encounters_part)
