"""What stands around every page of the delivery zone."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.queries import NotSetUp, municipality
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.characters.fonts import style_sheet_url
from madoguchi.platform.accounts.access import may
from madoguchi.platform.accounts.privacy_mode import is_hidden
from madoguchi.platform.jobs.queries import bell_of
from madoguchi.platform.ui.shell import ScanBox, Shell, shortcuts_of, volume_of
from madoguchi.platform.ui.staff_member import staff_member

SERVICE = _("マイナンバーカード交付管理")


def shell(request: HttpRequest) -> Shell:
    """Return the municipality's name, who is signed in, and the scan box; before `init` the page stands without a name."""
    try:
        name = municipality().name
    except NotSetUp:
        name = ""
    person = staff_member(request)
    if person is None:
        return Shell(municipality=name, service=SERVICE)
    return Shell(
        municipality=name,
        service=SERVICE,
        staff=person,
        scan=ScanBox(reverse("scanning:desk"), _("番号で探す")) if may(request, SEE_CARDS) else None,
        bell=bell_of(request),
        volume=volume_of(request),
        terminal_url=reverse("scanning:sound") if may(request, SEE_CARDS) else "",
        own_characters_url=style_sheet_url(),
        privacy_url=reverse("accounts:hide-pane"),
        is_private=is_hidden(request),
        shortcuts=shortcuts_of(request),
    )
