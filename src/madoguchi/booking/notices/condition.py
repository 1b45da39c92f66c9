"""What the booking zone adds to the page of its condition: mail, and how far ahead there are times to book."""

import datetime as dt

from django.conf import settings
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.queries import calls_needed, dead_mails, waiting_mails
from madoguchi.platform import clock
from madoguchi.platform.condition.figures import Line, Section

_LONG_WAIT = dt.timedelta(minutes=15)


def section() -> Section:
    """Return the lines of the booking zone. Five statements."""
    due = Mail.objects.filter(state=Mail.State.WAITING).aggregate(first=Min("due_at"))["first"]
    late = due is not None and clock.now() - due > _LONG_WAIT
    dead, calls = dead_mails(), calls_needed().count()
    last = Slot.objects.aggregate(last=Max("day"))["last"]
    return Section(
        _("メールと予約枠"),
        [
            Line(_("メールサーバー"), settings.EMAIL_HOST or _("決めていません。")),
            Line(
                _("送信待ちのメール"),
                _("%(number)d件") % {"number": waiting_mails()},
                "warning" if late else "ok",
                _("15分より長く待っているメールがあります。メールサーバーとワーカーを確かめてください。") if late else "",
            ),
            Line(_("送れなかったメール（これからの来庁）"), _("%(number)d件") % {"number": dead}, "warning" if dead else "ok"),
            Line(_("電話で知らせる人"), _("%(number)d件") % {"number": calls}, "warning" if calls else "ok"),
            Line(_("予約枠のある最後の日"), f"{last:%Y-%m-%d}" if last else _("まだありません"), "ok" if last else "warning"),
        ],
    )
