"""What stands around every page of the delivery zone."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards.queries import NotSetUp, municipality
from madoguchi.delivery.cards.rights import SEE_CARDS
from madoguchi.delivery.characters.fonts import style_sheet_url
from madoguchi.platform.accounts.access import may
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.ui.shell import ScanBox, Shell, StaffMember, shortcuts_of, volume_of

SERVICE = _("マイナンバーカード交付管理")


def shell(request: HttpRequest) -> Shell:
    """Return the municipality's name, who is signed in, and the scan box; before `init` the page stands without a name."""
    try:
        name = municipality().name
    except NotSetUp:
        name = ""
    user = getattr(request, "user", None)
    if not isinstance(user, Staff):
        return Shell(municipality=name, service=SERVICE)
    return Shell(
        municipality=name,
        service=SERVICE,
        staff=StaffMember(name=user.name, section=user.section.name, sign_out_url=reverse("accounts:sign-out")),
        scan=ScanBox(reverse("scanning:desk"), _("番号で探す")) if may(request, SEE_CARDS) else None,
        volume=volume_of(request),
        own_characters_url=style_sheet_url(),
        shortcuts=shortcuts_of(request),
    )
