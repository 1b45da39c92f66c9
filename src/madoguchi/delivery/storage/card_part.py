"""What storage says on the page of a card: who kept it where, the newest first."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.parts import Part, Tab, register
from madoguchi.delivery.storage.custody import chain_of
from madoguchi.platform.ui.shell import Link

_SHOWN = 20


def custody_part(card: Card) -> Part:
    """Return the newest periods of the custody chain; all of them stand on their own page. Two statements."""
    chain = chain_of(card, dict(DeliveryPlace.objects.values_list("code", "name")))[-_SHOWN:]
    rows = [
        (
            f"{timezone.localtime(period.since):%Y-%m-%d %H:%M}",
            period.custodian,
            f"{period.kind.label} {period.where}",
            period.act,
            period.by,
        )
        for period in reversed(chain)
    ]
    return Part(
        title=_("保管の経過"),
        heads=(_("いつから"), _("保管責任者"), _("場所"), _("操作"), _("操作した人")),
        rows=rows,
        empty="",
        links=(Link(_("保管の経過"), reverse("storage:custody", args=[card.pk])),),
    )


register(Tab.STORAGE, custody_part)
