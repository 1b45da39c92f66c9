"""What settings mean for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.municipality.models import Municipality


def warning_about_codes(municipality: Municipality) -> str | Promise | None:
    """Return the warning for a municipality that works without booking codes (BK-02), None when it uses them."""
    if municipality.uses_booking_codes:
        return None
    return _(
        "予約コードを使わない設定です。生月日(366通り)だけが本人確認の手がかりになるため、他人に予約・取消をされるおそれがあります。"
        "失敗の上限を1件5回・1日全体で50回に下げています。予約コードを使う設定に戻すことを強くお勧めします。"
    )
