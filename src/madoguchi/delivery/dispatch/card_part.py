"""What dispatch says on the page of a card: what was sent, how, when and whether it came back; to whom and where on its own page."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.parts import Part, Tab, register
from madoguchi.delivery.dispatch.models import Dispatch, Kind, Way
from madoguchi.platform.ui.shell import Link

_SHOWN = 50


def dispatches_part(card: Card) -> Part:
    """Return the newest dispatches of a card, without addressees. One statement."""
    rows = [
        (
            Link(Kind(one.kind).label, reverse("dispatch:dispatch", args=[one.pk])),
            Way(one.way).label,
            one.sent_on or "",
            one.times,
            one.tracking_number,
            one.delivered_on or "",
            f"{one.returned_on or ''} {one.return_reason}".strip(),
        )
        for one in Dispatch.objects.filter(card=card).order_by("-pk")[:_SHOWN]
    ]
    return Part(
        title=_("発送"),
        heads=(_("種類"), _("送り方"), _("発送日"), _("回数"), _("追跡番号"), _("配達日"), _("返戻")),
        rows=rows,
        empty=_("このカードには、まだ何も発送していません。"),
        links=(Link(_("通知"), reverse("dispatch:list")),),
    )


register(Tab.NOTICE, dispatches_part)
