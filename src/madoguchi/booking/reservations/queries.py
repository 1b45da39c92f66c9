"""Reading bookings for staff and for the files; every list with a constant number of statements. The caller audits the view."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Prefetch, QuerySet

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations.models import Attendee, Booking, BookingEvent, Credential, Seat, State


@dataclass(frozen=True, slots=True)
class Row:
    """One person of one booking, as lists show it."""

    booking: uuid.UUID
    number: str
    serial: str
    kind: str
    place: str
    place_name: str
    day: dt.date
    start: dt.time
    end: dt.time
    state: State
    source: str
    requests: tuple[str, ...]
    version: int
    has_mail: bool

    @property
    def state_name(self) -> str:
        return str(State(self.state).label)

    @property
    def source_name(self) -> str:
        return Booking.Source(self.source).label


def bookings(
    *,
    day: dt.date | None = None,
    places: Sequence[str] | frozenset[str] | None = None,
    states: Sequence[State] | None = None,
) -> list[Row]:
    """Return the bookings of `day` (None: every day) at `places` (None: everywhere) in time order; mere and ended holds are left out.

    A row for each person who comes; a booking by form has one, without a booking number. Two statements.
    """
    people = Prefetch("attendees", Attendee.objects.filter(left=False).select_related("credential").order_by("pk"))
    found = Booking.objects.select_related("slot__place", "kind").prefetch_related(people)
    found = found.filter(state__in=states) if states else found.exclude(state__in=[State.HELD, State.EXPIRED])
    if day is not None:
        found = found.filter(slot__day=day)
    if places is not None:
        found = found.filter(slot__place__code__in=list(places))
    rows: list[Row] = []
    for one in found.order_by("slot__day", "slot__start", "number"):
        serials = [attendee.credential.serial for attendee in one.attendees.all()] or [""]
        rows.extend(_row(one, serial) for serial in serials)
    return rows


def _row(booking: Booking, serial: str) -> Row:
    slot = booking.slot
    return Row(
        booking=booking.pk,
        number=booking.number,
        serial=serial,
        kind=booking.kind.code,
        place=slot.place.code,
        place_name=slot.place.name,
        day=slot.day,
        start=slot.start,
        end=slot.end,
        state=State(booking.state),
        source=booking.source,
        requests=tuple(booking.requests),
        version=booking.version,
        has_mail=bool(booking.email),
    )


def booking(pk: uuid.UUID) -> Booking | None:
    """Return one booking with its slot and place. One statement."""
    return Booking.objects.select_related("slot__place", "kind").filter(pk=pk).first()


def end_of(booking: Booking) -> dt.time:
    """Return when the visit is over: the end of the last time that it occupies. No statement for a visit of one time, else one."""
    kind = booking.kind
    if kind.minutes is None and (booking.people == 1 or kind.party_rule == VisitKind.PartyRule.PLACES):
        return booking.slot.end
    ends = Seat.objects.filter(booking=booking, slot__day=booking.slot.day, slot__place=booking.slot.place_id, free_at=None)
    return ends.aggregate(end=Max("slot__end"))["end"] or booking.slot.end


def booking_by_number(number: str) -> Booking | None:
    """Return the booking with the 予約番号 `number`. One statement."""
    return Booking.objects.select_related("slot__place", "kind").filter(number=number).first()


def booking_of_serial(serial: str) -> Booking | None:
    """Return the live booking of a booking number, holds included. One statement."""
    return Booking.objects.select_related("slot__place", "kind").filter(attendees__credential__serial=serial, attendees__live=True).first()


def attendees(booking: Booking) -> list[Attendee]:
    """Return the people of a booking, known by their numbers. One statement."""
    return list(Attendee.objects.select_related("credential").filter(booking=booking).order_by("pk"))


def who_come(booking: Booking) -> list[Credential]:
    """Return the booking numbers of the people of a booking, without those who were taken out of it. One statement."""
    found = Attendee.objects.select_related("credential").filter(booking=booking, left=False).order_by("pk")
    return [attendee.credential for attendee in found]


def history(booking: Booking) -> QuerySet[BookingEvent]:
    """Return what happened to a booking, oldest first."""
    return BookingEvent.objects.filter(booking=booking).order_by("pk")


def locked_numbers() -> QuerySet[Credential]:
    """Return the booking numbers that wrong birthdays have locked, newest first: staff call or write to their holders."""
    return Credential.objects.filter(locked_at__isnull=False).order_by("-locked_at")


def bookings_of_closed_numbers() -> list[Attendee]:
    """Return the live bookings whose number the delivery zone has closed since: staff call these people. One statement."""
    found = Attendee.objects.select_related("booking__slot__place", "credential")
    return list(found.filter(live=True, credential__status=Credential.Status.CLOSED).order_by("booking__slot__day", "booking__slot__start"))
