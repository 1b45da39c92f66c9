"""What the medium that carries bookings to the counters does to the desk: deadlines it can keep, and cancellations it misses (EX-08)."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from madoguchi.booking.reservations.models import Attendee, Booking, State
from madoguchi.kernel.working_days import is_working_day, next_working_day
from madoguchi.platform import clock
from madoguchi.platform.exchange.queries import carried_away_up_to
from madoguchi.platform.exchange.services.media_ledger import rules
from madoguchi.platform.exchange.timetable import Timetable

_DAYS_TO_CHECK = 60
_DOORS_OPEN = dt.time(9)


def timetable() -> Timetable | None:
    """Return when the medium travels; None where nobody has said it yet, so that nothing is checked."""
    asked = rules()
    if not asked.trip_weekdays or asked.trip_time is None:
        return None
    return Timetable(
        frozenset(asked.trip_weekdays),
        asked.trip_time,
        dt.timedelta(minutes=asked.transfer_minutes),
        dt.timedelta(minutes=asked.picking_minutes),
    )


def last_day_to_book(visit: dt.date, earliest_days: int, lead_days: int) -> dt.date:
    """Return the last day on which somebody may book for `visit`: so many days ahead, and so many working days for the card."""
    day, left = visit, lead_days
    while left:
        day -= dt.timedelta(days=1)
        left -= is_working_day(day)
    return min(day, visit - dt.timedelta(days=earliest_days))


def unkept_deadline(earliest_days: int, lead_days: int) -> str | None:
    """Return why bookings that these settings allow could not reach the counter in time, with the first day that shows it; else None."""
    trips = timetable()
    if trips is None:
        return None
    today = clock.today()
    for ahead in range(1, _DAYS_TO_CHECK + 1):
        visit = today + dt.timedelta(days=ahead)
        if not is_working_day(visit):
            continue
        closes = dt.datetime.combine(last_day_to_book(visit, earliest_days, lead_days) + dt.timedelta(days=1), dt.time(), clock.TOKYO)
        begins = dt.datetime.combine(visit, _DOORS_OPEN, clock.TOKYO)
        if not trips.can_keep(closes, begins, is_working_day):
            return _(
                "この締切では、%(visit)sの朝までに予約が窓口に届きません。媒体は%(time)sに運ばれます。日数を増やすか、媒体の決まりを変えてください。"
            ) % {"visit": f"{visit.month}月{visit.day}日", "time": f"{trips.leaves:%H:%M}"}
    return None


def missed_cancellations(places: Collection[str] | None) -> QuerySet[Booking]:
    """Return cancelled bookings up to the next working day that the last file carried away does not know, soonest first.

    Somebody calls the counter about them: a card would be fetched for nobody. Two statements when read.
    """
    today = clock.today()
    people = Prefetch("attendees", Attendee.objects.select_related("credential").order_by("pk"))
    found = Booking.objects.filter(state=State.CANCELLED, slot__day__range=(today, next_working_day(today)), confirmed_at__isnull=False)
    carried = carried_away_up_to("bookings")
    if carried is not None:
        found = found.filter(changed_at__gt=carried)
    if places is not None:
        found = found.filter(slot__place__code__in=places)
    return found.select_related("slot__place").prefetch_related(people).order_by("slot__day", "slot__start", "number")
