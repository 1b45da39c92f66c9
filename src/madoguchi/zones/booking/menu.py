"""The menu of the desk."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.abuse.rights import SEE_LIMITS
from madoguchi.booking.applications.rights import SET_QUESTIONS
from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.desk.rights import CONTACT_PEOPLE, SET_DISPLAYS, SET_MUNICIPALITY, STOP_DAYS
from madoguchi.booking.figures.rights import SEE_FIGURES
from madoguchi.booking.guidance.rights import SEE_GUIDANCE, SET_GUIDANCE
from madoguchi.booking.notices.rights import SEE_MAILS, SET_TEXTS
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.booking.service_level.rights import SEE_SERVICE
from madoguchi.platform.ui.shell import MenuSection
from madoguchi.zones.menus import EXCHANGE, OFFICE, Chapter, Entry, menu_for

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        _("予約"),
        (
            Entry(_("ホーム"), "desk:home", key="h"),
            Entry(_("本日ボード"), "desk:board", (SEE_BOOKINGS,), key="b"),
            Entry(_("代理予約・照会"), "desk:find", (BOOK_FOR_CALLERS, SEE_BOOKINGS), key="d"),
            Entry(_("電話受付"), "desk:phone", (BOOK_FOR_CALLERS,), key="p"),
            Entry(_("予約一覧"), "desk:bookings", (SEE_BOOKINGS,), key="y"),
            Entry(_("カレンダー"), "desk:month-calendar", (SEE_BOOKINGS,), key="c"),
            Entry(_("持ち物案内"), "guidance:look", (SEE_GUIDANCE,)),
            Entry(_("連絡要"), "desk:contacts", (CONTACT_PEOPLE,), key="r"),
            Entry(_("メールの送信記録"), "notices:log", (SEE_MAILS,)),
            Entry(_("臨時停止"), "desk:stops", (STOP_DAYS,)),
            Entry(_("公開ページのお知らせ"), "desk:announcements", (STOP_DAYS,)),
            Entry(_("停止中の予約用ID"), "desk:locked", (UNLOCK_NUMBERS,)),
            Entry(_("停止中の申請予約"), "forms:locked", (UNLOCK_NUMBERS,)),
            Entry(_("受付の制限"), "abuse:limits", (SEE_LIMITS,)),
            Entry(_("統計"), "figures:overview", (SEE_FIGURES,), key="t"),
            Entry(_("サービス水準"), "service_level:overview", (SEE_SERVICE,)),
        ),
    ),
    Chapter(
        _("設定"),
        (
            Entry(_("交付場所と開所規則"), "desk:places", (SET_CALENDAR,)),
            Entry(_("休止日"), "desk:closures", (SET_CALENDAR,)),
            Entry(_("祝日・停止日"), "desk:holidays", (SET_CALENDAR,)),
            Entry(_("予約区分と予約表"), "desk:kinds", (SET_CALENDAR,)),
            Entry(_("申請フォームの質問"), "forms:list", (SET_QUESTIONS,)),
            Entry(_("枠と日程の変更履歴"), "desk:calendar-history", (SET_CALENDAR,)),
            Entry(_("持ち物案内の規則"), "guidance:rules", (SET_GUIDANCE,)),
            Entry(_("呼出表示"), "desk:displays", (SET_DISPLAYS,)),
            Entry(_("メールの文面"), "notices:texts", (SET_TEXTS,)),
            Entry(_("言葉と訳"), "desk:own-words", (SET_MUNICIPALITY,)),
            Entry(_("市区町村の設定"), "desk:settings", (SET_MUNICIPALITY,)),
        ),
    ),
    EXCHANGE,
    OFFICE,
)


def menu(request: HttpRequest) -> Sequence[MenuSection]:
    """Return what the signed-in person may open."""
    return menu_for(request, CHAPTERS)
