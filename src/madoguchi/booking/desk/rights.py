"""Rights at the desk, and which role starts with which (SF-02)."""

from collections.abc import Mapping

from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.platform.accounts.rights import Right

SET_MUNICIPALITY = Right("desk.settings", "市区町村設定の変更")
EXPORT_LISTS = Right("desk.export", "予約一覧の出力・印刷")
EXPORT_REQUESTS = Right("desk.export-requests", "予約一覧の出力に、お手伝いの列を入れる")
# What a role takes out is granted column by column (S28): what help somebody needs may tell of their health.
COLUMN_RIGHTS = {"requests": EXPORT_REQUESTS}
RECEIVE_PEOPLE = Right("desk.receive", "来庁の消し込み・受付番号の呼出")
SET_DISPLAYS = Right("desk.displays", "呼出表示の登録・停止")
OVERBOOK = Right("desk.overbook", "定員を超える予約")
STOP_DAYS = Right("desk.stop", "臨時停止・一斉振替・お知らせ")
CHANGE_MANY = Right("desk.mass", "予約の一括の変更・取消")
CONTACT_PEOPLE = Right("desk.contact", "連絡要の対応")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SEE_BOOKINGS, BOOK_FOR_CALLERS, EXPORT_LISTS, EXPORT_REQUESTS, RECEIVE_PEOPLE, CONTACT_PEOPLE, CHANGE_MANY),
    "operator": (SEE_BOOKINGS, BOOK_FOR_CALLERS, CONTACT_PEOPLE),
    "chief": (
        *(SEE_BOOKINGS, BOOK_FOR_CALLERS, UNLOCK_NUMBERS, SET_CALENDAR),
        *(EXPORT_LISTS, EXPORT_REQUESTS, RECEIVE_PEOPLE, SET_DISPLAYS, STOP_DAYS, CONTACT_PEOPLE, OVERBOOK, CHANGE_MANY),
    ),
    "administrator": (SET_CALENDAR, SET_MUNICIPALITY, SET_DISPLAYS),
    "auditor": (SEE_BOOKINGS,),
}
