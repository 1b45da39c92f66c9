"""What the medium that carries bookings to the counters does to the desk: deadlines it can keep, and cancellations it misses (EX-08)."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.municipality.models import Municipality
from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations.models import Attendee, Booking, State
from madoguchi.kernel.working_days import is_working_day, next_working_day
from madoguchi.platform import clock
from madoguchi.platform.exchange.models import ExchangeRules
from madoguchi.platform.exchange.queries import carried_away_up_to
from madoguchi.platform.exchange.services.media_ledger import rules
from madoguchi.platform.exchange.timetable import Timetable

_DAYS_TO_CHECK = 60
_DOORS_OPEN = dt.time(9)


def timetable(asked: ExchangeRules | None = None) -> Timetable | None:
    """Return when bookings travel by the rules `asked` (without them: those in force); None where nobody has said it yet."""
    asked = asked or rules()
    interval = dt.timedelta(minutes=asked.direct_minutes) if asked.direct_on else None
    if interval is None and (not asked.trip_weekdays or asked.trip_time is None):
        return None
    return Timetable(
        frozenset(asked.trip_weekdays),
        asked.trip_time or dt.time(),
        dt.timedelta(minutes=asked.transfer_minutes),
        dt.timedelta(minutes=asked.picking_minutes),
        interval,
    )


def last_day_to_book(visit: dt.date, earliest_days: int, lead_days: int, *, in_business_days: bool = False) -> dt.date:
    """Return the last day on which somebody may book for `visit`: so many days ahead, and so many working days for the card."""
    ahead = _working_days_before(visit, earliest_days) if in_business_days else visit - dt.timedelta(days=earliest_days)
    return min(_working_days_before(visit, lead_days), ahead)


def _working_days_before(day: dt.date, left: int) -> dt.date:
    while left:
        day -= dt.timedelta(days=1)
        left -= is_working_day(day)
    return day


def unkept_deadline(earliest_days: int, lead_days: int, *, in_business_days: bool = False, trips: Timetable | None = None) -> str | None:
    """Return why bookings that these settings allow could not reach the counter in time, with the first day that shows it; else None."""
    trips = trips or timetable()
    if trips is None:
        return None

    def closes(visit: dt.date) -> dt.datetime:
        last = last_day_to_book(visit, earliest_days, lead_days, in_business_days=in_business_days)
        return _midnight_after(last) if last < visit else dt.datetime.combine(visit, _DOORS_OPEN, clock.TOKYO)

    visit = _first_unkept(trips, closes)
    if visit is None:
        return None
    return _("この締切では、%(visit)sの朝までに予約が窓口に届きません。%(trips)s日数を増やすか、媒体の決まりを変えてください。") % {
        "visit": f"{visit.month}月{visit.day}日",
        "trips": _words_of(trips),
    }


def unkept_cancellation(cancel_days: int, *, in_business_days: bool = False, trips: Timetable | None = None) -> str | None:
    """Return why changes and cancellations that this setting allows could not reach the counter in time; else None."""
    trips = trips or timetable()
    if trips is None:
        return None

    def closes(visit: dt.date) -> dt.datetime:
        if not cancel_days:
            return dt.datetime.combine(visit, _DOORS_OPEN, clock.TOKYO)
        last = _working_days_before(visit, cancel_days) if in_business_days else visit - dt.timedelta(days=cancel_days)
        return _midnight_after(last)

    visit = _first_unkept(trips, closes)
    if visit is None:
        return None
    return _(
        "この締切では、%(visit)sの予約の変更と取消が、朝までに窓口に届きません。%(trips)s"
        "日数を増やすか、媒体の決まりで「間に合わない取消は電話で知らせる」を選んでください。"
    ) % {"visit": f"{visit.month}月{visit.day}日", "trips": _words_of(trips)}


def _first_unkept(trips: Timetable, closes: Callable[[dt.date], dt.datetime]) -> dt.date | None:
    today = clock.today()
    for ahead in range(1, _DAYS_TO_CHECK + 1):
        visit = today + dt.timedelta(days=ahead)
        begins = dt.datetime.combine(visit, _DOORS_OPEN, clock.TOKYO)
        if is_working_day(visit) and not trips.can_keep(closes(visit), begins, is_working_day):
            return visit
    return None


def _midnight_after(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.TOKYO)


def _words_of(trips: Timetable) -> str:
    if trips.interval is not None:
        minutes = int(trips.interval.total_seconds() // 60)
        return _("直接連携は%(minutes)d分おきです。") % {"minutes": minutes}
    return _("媒体は%(time)sに運ばれます。") % {"time": f"{trips.leaves:%H:%M}"}


@dataclass(frozen=True, slots=True)
class Unkept:
    """A setting that cannot be kept: its field, in the kind as in the municipality's settings, and why."""

    field: str
    why: str


def unkept_setting(
    office: Municipality, kinds: Iterable[VisitKind], lead_days: int, asked: ExchangeRules | None = None
) -> Iterator[Unkept]:
    """Yield what the timetable cannot keep of the deadlines for booking, change and cancellation, kind by kind (EX-08).

    Args:
        office: the municipality's settings, stored or as they are about to be.
        kinds: the kinds of visit to look at; closed ones are passed over.
        lead_days: shortest time that a card needs to an open place.
        asked: the rules of the exchange as they are about to be; without them, those in force.
    """
    asked = asked or rules()
    trips = timetable(asked)
    if trips is None:
        return
    for kind in kinds:
        if not kind.is_open:
            continue
        business = (kind.counts or office.window_counts) == VisitKind.Counts.BUSINESS
        earliest = office.earliest_days_ahead if kind.earliest_days_ahead is None else kind.earliest_days_ahead
        lead = lead_days if kind.identification == VisitKind.Identification.NUMBER else 0
        why = unkept_deadline(earliest, lead, in_business_days=business, trips=trips)
        if why:
            yield Unkept("earliest_days_ahead", f"{kind.name}: {why}")
        if not asked.late_cancels_by_telephone:
            days = office.cancel_days_before if kind.cancel_days_before is None else kind.cancel_days_before
            why = unkept_cancellation(days, in_business_days=business, trips=trips)
            if why:
                yield Unkept("cancel_days_before", f"{kind.name}: {why}")


def shortest_lead() -> int:
    """Return how many working days a card needs at least to an open place."""
    return min(Place.objects.filter(is_open=True).values_list("lead_days", flat=True), default=0)


def faults_of_rules(asked: ExchangeRules) -> list[str]:
    """Return why the deadlines in force could not be kept under the rules `asked`; the page of the rules refuses them then."""
    return [found.why for found in unkept_setting(fresh(), VisitKind.objects.all(), shortest_lead(), asked)]


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
