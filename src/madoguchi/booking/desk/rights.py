"""Rights at the desk, and which role starts with which (SF-02)."""

from collections.abc import Mapping

from madoguchi.booking.calendar.rights import SET_CALENDAR
from madoguchi.booking.reservations.rights import BOOK_FOR_CALLERS, SEE_BOOKINGS, UNLOCK_NUMBERS
from madoguchi.platform.accounts.rights import Right

SET_MUNICIPALITY = Right("desk.settings", "市区町村設定の変更")

ROLE_RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "clerk": (SEE_BOOKINGS, BOOK_FOR_CALLERS),
    "operator": (SEE_BOOKINGS, BOOK_FOR_CALLERS),
    "chief": (SEE_BOOKINGS, BOOK_FOR_CALLERS, UNLOCK_NUMBERS, SET_CALENDAR),
    "administrator": (SET_CALENDAR, SET_MUNICIPALITY),
    "auditor": (SEE_BOOKINGS,),
}
