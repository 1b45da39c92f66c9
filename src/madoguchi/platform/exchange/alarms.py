"""What a first page says about media: those that are not back although their time is over (EX-04)."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.platform.accounts.access import actor_of, may
from madoguchi.platform.exchange.queries import overdue_trips
from madoguchi.platform.exchange.rights import LEDGER, MEDIA
from madoguchi.platform.ui.components import Tile


def overdue_media(request: HttpRequest) -> list[Tile]:
    """Return the alarm about overdue media for those who carry them or keep the ledger; nothing where all are back in time.

    One's own are named apart: whoever carried a medium has to bring it. One statement.
    """
    if not (may(request, LEDGER) or may(request, MEDIA)):
        return []
    carriers = list(overdue_trips().values_list("carried_by", flat=True))
    if not carriers:
        return []
    own = carriers.count(actor_of(request).user_id)
    words = _("うち自分が運んだもの %(number)d") % {"number": own} if own else _("持出しの期限を過ぎ、返却されていないもの")
    return [Tile(len(carriers), _("返却期限を過ぎた媒体"), reverse("exchange:media"), words, is_pressing=True)]
