"""カードの状況 (BK-13): how far the own card is, by number and secrets, without a name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from madoguchi.booking.citizens.visit import identified
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations import services
from madoguchi.booking.reservations.audited import CARD_STATE_VIEWED
from madoguchi.booking.reservations.identification import citizen
from madoguchi.booking.reservations.models import Draft
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import client_of
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.languages import long_day_in_words

# What each stage says, and how it looks; a stage that the delivery zone has not told yet says only that.
_WORDS = {
    "": (_("確認中"), "info", _("カードの状況は、まだ届いていません。お急ぎのときは、お電話でお問い合わせください。")),
    "preparing": (_("準備中"), "info", _("カードの受け取りの準備をしています。準備ができると、お知らせを送ります。")),
    "notice_made": (_("お知らせの準備中"), "info", _("受け取りのお知らせを作りました。まもなく発送します。")),
    "notice_sent": (_("お知らせを発送済"), "info", _("受け取りのお知らせを送りました。カードは準備中です。受け取りの日時を予約できます。")),
    "notice_returned": (
        _("お知らせが届いていません"),
        "warning",
        _("お知らせが届かずに戻ってきました。お電話でお問い合わせください。"),
    ),
    "ready": (_("受け取れます"), "success", _("カードの準備ができています。受け取りの日時を予約して、お越しください。")),
}


@identified
@require_safe
def show(request: HttpRequest, draft: Draft) -> HttpResponse:
    """How far the card is, until when it can be fetched, and whether a visit is booked. Neither name nor place is on the page."""
    credential = draft.credential
    record(citizen(credential.pk, client_of(request)), CARD_STATE_VIEWED, subject=f"credential:{credential.pk}")
    state, tone, words = _WORDS[credential.stage]
    over = credential.deadline is not None and credential.deadline < clock.today()
    context = {
        "state": state,
        "tone": tone,
        "words": words,
        "deadline": long_day_in_words(credential.deadline) if credential.deadline else "",
        "over": over,
        "is_booked": services.live_booking_of(draft) is not None,
        "as_of": credential.changed_at,
        "municipality": municipality.current(),
    }
    return render(request, "citizens/card_state.html", context)
