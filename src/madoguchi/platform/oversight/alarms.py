"""What a first page says about findings that nobody has looked into."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.platform.accounts.access import may
from madoguchi.platform.oversight.queries import unread
from madoguchi.platform.oversight.rights import EXAMINE
from madoguchi.platform.ui.components import Tile


def unread_findings(request: HttpRequest) -> list[Tile]:
    """Return the number of findings that wait for an auditor; nothing for everybody else. One statement."""
    if not may(request, EXAMINE):
        return []
    number = unread()
    return [Tile(number, _("確かめていない報告"), reverse("oversight:findings"), _("ふだんと違う使い方"), is_pressing=bool(number))]
