"""The commands over bookings: the only writer of their tables.

Every command is one transaction, most are one statement (madoguchi.booking.reservations.statements). A command that refuses raises
BookingRefused and has changed nothing.
"""

from madoguchi.booking.reservations.services.changing import (
    cancel,
    cancel_by_staff,
    cancel_without_number,
    cancelled_since,
    change,
    change_party_by_staff,
    live_booking_of,
    may_still_change,
    move_by_staff,
    move_without_number,
    undo_cancel,
    undo_cancel_by_staff,
    undo_until,
)
from madoguchi.booking.reservations.services.holding import (
    Confirmation,
    choose_contact,
    choose_place,
    confirm,
    confirm_without_number,
    expire_holds,
    extend,
    hold,
    hold_without_number,
    release,
)
from madoguchi.booking.reservations.services.proxy import book_by_staff, walk_in
from madoguchi.booking.reservations.services.transactions import statement_values
from madoguchi.booking.reservations.services.visiting import (
    correct_mark,
    mark_arrived,
    mark_done,
    mark_late,
    mark_no_show,
    mark_refused,
    set_message,
)
from madoguchi.booking.reservations.services.wishing import (
    Wanted,
    decline_offer,
    offer_open_places,
    open_offer_of,
    stop_wish,
    take_offer,
    wish,
    wish_of,
)

__all__ = [
    "Confirmation",
    "Wanted",
    "book_by_staff",
    "cancel",
    "cancel_by_staff",
    "cancel_without_number",
    "cancelled_since",
    "change",
    "change_party_by_staff",
    "choose_contact",
    "choose_place",
    "confirm",
    "confirm_without_number",
    "correct_mark",
    "decline_offer",
    "expire_holds",
    "extend",
    "hold",
    "hold_without_number",
    "live_booking_of",
    "mark_arrived",
    "mark_done",
    "mark_late",
    "mark_no_show",
    "mark_refused",
    "may_still_change",
    "move_by_staff",
    "move_without_number",
    "offer_open_places",
    "open_offer_of",
    "release",
    "set_message",
    "statement_values",
    "stop_wish",
    "take_offer",
    "undo_cancel",
    "undo_cancel_by_staff",
    "undo_until",
    "walk_in",
    "wish",
    "wish_of",
]
