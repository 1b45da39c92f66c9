"""The day board: who comes today to one place, who is here, who waits for which window; read in a constant number of statements (BS-04)."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk.listing import LISTED_STATES, ListedBooking, Wanted, in_order, listed
from madoguchi.booking.desk.models import CallTicket
from madoguchi.booking.desk.rules import ACT_NAMES, NEXT_ACTS, WAITING_STATES, Act, acts_for, minutes_late
from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.platform import clock

# What a row of the board offers, by the state of the booking: the most usual first.
MARKS_OFFERED = {
    State.CONFIRMED: ("arrived", "late", "no_show"),
    State.ARRIVED: ("done", "refused"),
}
# What a municipality may leave to the delivery zone: it is entered there alone and comes by file (BS-12).
RESULTS = frozenset({"done", "refused", "no_show"})


@dataclass(frozen=True, slots=True)
class QueuedTicket:
    """A call number with what may be done with it now."""

    ticket: CallTicket
    next_act: Act | None
    other_acts: Sequence[Act]
    minutes: int

    @property
    def next_name(self) -> str | Promise:
        return ACT_NAMES[self.next_act] if self.next_act else ""

    @property
    def others(self) -> list[tuple[str, str | Promise]]:
        """The further acts with their words; forwarding has a box of its own."""
        return [(act.value, ACT_NAMES[act]) for act in self.other_acts if act is not Act.FORWARD]

    @property
    def may_forward(self) -> bool:
        return Act.FORWARD in self.other_acts


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A booking of the day: who, in which state, how late, with which call number."""

    listed: ListedBooking
    ticket: CallTicket | None
    minutes_late: int
    marks: Sequence[str]

    @property
    def is_overdue(self) -> bool:
        """Tell whether the time has come and nobody is here."""
        return self.minutes_late > 0 and self.listed.state is State.CONFIRMED


@dataclass(frozen=True, slots=True)
class Board:
    """All that the board of one place shows."""

    place: Place
    day: dt.date
    now: dt.datetime
    rows: Sequence[BoardRow]
    queue: Sequence[QueuedTicket]
    closed: int

    def count(self, *states: str) -> int:
        """Return how many bookings stand in one of `states`."""
        counted = Counter(row.listed.state.value for row in self.rows)
        return sum(counted[state] for state in states)

    @property
    def expected(self) -> int:
        return self.count(State.CONFIRMED)

    @property
    def here(self) -> int:
        return self.count(State.ARRIVED)

    @property
    def over(self) -> int:
        return self.count(State.DONE, State.REFUSED)

    @property
    def missing(self) -> int:
        return self.count(State.NO_SHOW)

    @property
    def overdue(self) -> int:
        return sum(row.is_overdue for row in self.rows)

    @property
    def waiting(self) -> int:
        return sum(one.ticket.state == CallTicket.State.WAITING for one in self.queue)


def board(place: Place, day: dt.date) -> Board:
    """Return the board of `place` on `day`. Four statements whatever the number of bookings."""
    now = clock.now()
    by_file = RESULTS if municipality.current().results_from_delivery else frozenset[str]()
    wanted = Wanted(day, day, states=tuple(state for state in LISTED_STATES if state is not State.CANCELLED))
    found = in_order(Booking.objects.filter(slot__place=place, slot__day=day, state__in=wanted.states), wanted)
    tickets = list(CallTicket.objects.filter(place=place, day=day).exclude(state=CallTicket.State.VOID).select_related("booking"))
    of_booking = {ticket.booking_id: ticket for ticket in tickets if ticket.booking_id}
    rows = [
        BoardRow(
            one := listed(booking),
            of_booking.get(booking.pk),
            minutes_late(booking.slot.start, now, day),
            tuple(mark for mark in MARKS_OFFERED.get(one.state, ()) if mark not in by_file) if day <= now.date() else (),
        )
        for booking in found
    ]
    queue = [_queued(ticket, now) for ticket in tickets if ticket.state in WAITING_STATES]
    return Board(place, day, now, rows, queue, sum(ticket.state == CallTicket.State.CLOSED for ticket in tickets))


def _queued(ticket: CallTicket, now: dt.datetime) -> QueuedTicket:
    first = NEXT_ACTS.get(ticket.state)
    since = ticket.called_at if ticket.state == CallTicket.State.CALLED and ticket.called_at else ticket.issued_at
    others = [act for act in acts_for(ticket.state) if act is not first]
    return QueuedTicket(ticket, first, others, max(0, int((now - since).total_seconds() // 60)))
