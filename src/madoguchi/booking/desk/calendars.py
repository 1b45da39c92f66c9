"""Month, week and day of one place as tables for staff; each costs a constant number of statements (BS-03, P-13)."""

import calendar as month_arithmetic
import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from madoguchi.booking.calendar import queries as calendar
from madoguchi.booking.calendar.models import Place, Slot
from madoguchi.booking.desk.listing import LISTED_STATES, ListedBooking, Wanted, in_order, listed
from madoguchi.booking.reservations.models import Booking, Seat, State

MOST_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class DayLoad:
    """How full a day is; without slots it is closed."""

    day: dt.date
    capacity: int = 0
    taken: int = 0
    in_month: bool = True

    @property
    def is_open(self) -> bool:
        return self.capacity > 0

    @property
    def percent(self) -> int:
        return round(100 * self.taken / self.capacity) if self.capacity else 0


def month_weeks(places: Collection[Place], year: int, month: int) -> list[list[DayLoad]]:
    """Return the weeks of a month, from Sunday on as on a wall, with the load of each day summed over `places`. One statement."""
    weeks = month_arithmetic.Calendar(firstweekday=6).monthdatescalendar(year, month)
    loads: dict[dt.date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    if places:
        for total in calendar.totals(weeks[0][0], weeks[-1][-1], [place.code for place in places]):
            capacity, taken = loads[total.day]
            loads[total.day] = (capacity + total.capacity, taken + total.taken)
    return [[DayLoad(day, *loads.get(day, (0, 0)), in_month=day.month == month) for day in week] for week in weeks]


@dataclass(frozen=True, slots=True)
class PlaceWeek:
    """One place across a week, to be compared with the others."""

    place: Place
    days: Sequence[DayLoad]


def place_weeks(places: Sequence[Place], monday: dt.date) -> list[PlaceWeek]:
    """Return a week of all `places` beside each other, a row for each. One statement."""
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    totals = calendar.totals(days[0], days[-1], [place.code for place in places])
    loads = {(total.place, total.day): DayLoad(total.day, total.capacity, total.taken) for total in totals}
    return [PlaceWeek(place, [loads.get((place.code, day), DayLoad(day)) for day in days]) for place in places]


@dataclass(frozen=True, slots=True)
class TimeLoad:
    """How full one time of one day is."""

    day: dt.date
    capacity: int
    taken: int
    is_open: bool

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)


@dataclass(slots=True)
class WeekRow:
    """One time of day across a week; None where the day has no such time."""

    start: dt.time
    cells: list[TimeLoad | None] = field(default_factory=list)


def _shown_slots(place: Place, first: dt.date, last: dt.date) -> list[Slot]:
    found = Slot.objects.filter(place=place, day__range=(first, last)).filter(Q(is_open=True) | Q(taken__gt=0))
    return list(found.order_by("day", "start", "pk"))


def week_rows(place: Place, monday: dt.date) -> list[WeekRow]:
    """Return the times of a week at `place`: a row for each time of day, a cell for each day. One statement."""
    loads: dict[tuple[dt.time, dt.date], TimeLoad] = {}
    for slot in _shown_slots(place, monday, monday + dt.timedelta(days=6)):
        known = loads.get((slot.start, slot.day))
        capacity, taken = (slot.capacity, slot.taken) if known is None else (known.capacity + slot.capacity, known.taken + slot.taken)
        loads[slot.start, slot.day] = TimeLoad(slot.day, capacity, taken, slot.is_open or (known is not None and known.is_open))
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    return [WeekRow(start, [loads.get((start, day)) for day in days]) for start in sorted({start for start, _day in loads})]


@dataclass(frozen=True, slots=True)
class Cell:
    """One booking in one row: `width` places; `goes_on` where it began at an earlier time."""

    listed: ListedBooking
    width: int
    goes_on: bool = False


@dataclass(slots=True)
class CounterRow:
    """One time of a day: who comes at it, one after another across the counters, and how many places are free."""

    start: dt.time
    end: dt.time
    is_open: bool
    capacity: int
    columns: int
    cells: list[Cell] = field(default_factory=list)
    beyond: list[Cell] = field(default_factory=list)

    @property
    def rest(self) -> int:
        """How many cells of the row stay empty."""
        return self.columns - sum(cell.width for cell in self.cells)

    @property
    def taken(self) -> int:
        return sum(cell.width for cell in (*self.cells, *self.beyond))

    @property
    def free(self) -> int:
        return max(self.capacity - self.taken, 0)


@dataclass(frozen=True, slots=True)
class DaySheet:
    """The day of one place by counter."""

    columns: int
    rows: Sequence[CounterRow]


def day_sheet(place: Place, day: dt.date) -> DaySheet:
    """Return who comes when at `place`, laid out over its counters; without cancelled bookings. Four statements.

    A booking takes as many cells as places, at every time that it occupies.
    """
    slots = _shown_slots(place, day, day)
    wanted = Wanted(day, day, states=tuple(state for state in LISTED_STATES if state is not State.CANCELLED))
    seats = Seat.objects.filter(slot__place=place, slot__day=day, free_at__isnull=True, booking__state__in=wanted.states)
    found = in_order(Booking.objects.filter(seats__in=seats).distinct(), wanted)
    shown = {booking.pk: listed(booking) for booking in found}
    by_slot: dict[int, list[Cell]] = defaultdict(list)
    for booking_pk, slot_pk, width in seats.values_list("booking_id", "slot_id", "places").order_by("booking__number"):
        one = shown.get(booking_pk)
        if one is not None:
            by_slot[slot_pk].append(Cell(one, width, goes_on=one.booking.slot_id != slot_pk))
    columns = min(max((slot.capacity for slot in slots), default=0), MOST_COLUMNS)
    rows = []
    for slot in slots:
        row = CounterRow(slot.start, slot.end, slot.is_open, slot.capacity, columns)
        used = 0
        for cell in by_slot[slot.pk]:
            fits = used + cell.width <= columns
            (row.cells if fits else row.beyond).append(cell)
            used += cell.width if fits else 0
        rows.append(row)
    return DaySheet(columns, rows)
