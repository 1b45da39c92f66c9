"""Booking numbers, bookings, drafts and the waiting list. No citizen's name or address has a column here."""

from madoguchi.booking.reservations.models.bookings import (
    FREED_STATES,
    LIVE_STATES,
    Attendee,
    Booking,
    BookingEvent,
    MailIntent,
    Seat,
    State,
)
from madoguchi.booking.reservations.models.drafts import Draft, DraftMember
from madoguchi.booking.reservations.models.roster import CLOSING_RESULTS, RESULTS, STAGES, Credential
from madoguchi.booking.reservations.models.waiting import Offer, Wish, WishMember

__all__ = [
    "CLOSING_RESULTS",
    "FREED_STATES",
    "LIVE_STATES",
    "RESULTS",
    "STAGES",
    "Attendee",
    "Booking",
    "BookingEvent",
    "Credential",
    "Draft",
    "DraftMember",
    "MailIntent",
    "Offer",
    "Seat",
    "State",
    "Wish",
    "WishMember",
]
