"""The counts behind the reports: one statement each, whatever the number of cards; and the cards behind a number."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card, CardEvent, Hold
from madoguchi.delivery.reports import rules
from madoguchi.delivery.reports.rules import DayCount, Measure
from madoguchi.platform import clock

# Named one by one, so that an index finds them among the many whose life has ended.
_WAITING = [
    value.value
    for value in card_rules.Progress
    if value not in {card_rules.Progress.DELIVERED, card_rules.Progress.DISPOSED, card_rules.Progress.LAPSED_AFTER}
]
_IN_THE_HOUSE = [kind.value for kind in (*card_rules.IN_THE_HOUSE, card_rules.PlaceKind.BAG)]
# Numbers of a place are those of the cards that belong there now: where they are to be handed over, else where they lie. None of a card
# under 支援措置: a number that is higher than its list would tell where the person is served (DL-30). Those of the whole office count it.
_AT_PLACES = """ AND COALESCE(c.delivery_place_id, c.site_id) IN (SELECT p.id FROM cards_deliveryplace p WHERE p.code = ANY(%(places)s))
    AND NOT EXISTS (SELECT 1 FROM cards_hold ph WHERE ph.card_id = c.id AND ph.released_at IS NULL AND ph.kind = %(protected)s)"""
# For rows that name a card: the register is read only where places are asked for.
_OF_CARDS_AT_PLACES = f" AND EXISTS (SELECT 1 FROM cards_card c WHERE c.id = e.card_id{_AT_PLACES})"  # noqa: S608 put together from the text above


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: a period, and places (codes; None: all)."""

    first: dt.date
    last: dt.date
    places: frozenset[str] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "also": list(rules.ALSO),
            "first": _midnight(self.first),
            "after": _midnight(self.last + dt.timedelta(days=1)),
            "places": sorted(self.places or ()),
            "first_day": self.first,
            "last_day": self.last,
            "house": _IN_THE_HOUSE,
            "waiting": _WAITING,
            "protected": card_rules.HoldKind.PROTECTED.value,
            "today": clock.today(),
            "day_after": self.last + dt.timedelta(days=1),
            "oldest": _months_before(self.last, 11),
        }

    def narrowed(self, text: str) -> str:
        """Return a statement with the condition on the places where it says so."""
        whole = self.places is None
        return text.replace("/*places*/", "" if whole else _AT_PLACES).replace("/*their places*/", "" if whole else _OF_CARDS_AT_PLACES)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.TOKYO)


def _months_before(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month that lies `months` before that of `day`."""
    number = day.year * 12 + day.month - 1 - months
    return dt.date(number // 12, number % 12 + 1, 1)


def _rows(scope: Scope, text: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(scope.narrowed(text), scope.parameters)
        return list(cursor.fetchall())


def counts(scope: Scope) -> list[DayCount]:
    """Count everything that happened, by day and measure. One statement."""
    found = _rows(
        scope,
        """
        SELECT (e.at AT TIME ZONE 'Asia/Tokyo')::date, e.axis, e.after, e.act, count(*)
          FROM cards_cardevent e
         WHERE e.at >= %(first)s AND e.at < %(after)s AND (e.axis IN ('progress', 'notice', 'visit') OR e.act = ANY(%(also)s))
               /*their places*/ GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT (c.registered_at AT TIME ZONE 'Asia/Tokyo')::date, 'entry', '', '', count(*) FROM cards_card c
         WHERE c.registered_at >= %(first)s AND c.registered_at < %(after)s /*places*/ GROUP BY 1
        """,
    )
    return [
        DayCount(day, measure.code, number)
        for day, axis, after, act, number in found
        for measure in rules.MEASURES
        if measure.counts(axis, after, act)
    ]


def stock_changes(scope: Scope) -> dict[dt.date, int]:
    """Return by how many cards the stock of the house grew on each day since the period began, up to now. One statement."""
    found = _rows(
        scope,
        """
        SELECT (e.at AT TIME ZONE 'Asia/Tokyo')::date,
               sum((e.after = ANY(%(house)s))::int - (e.before = ANY(%(house)s))::int)
          FROM cards_cardevent e
         WHERE e.axis = 'place_kind' AND e.at >= %(first)s /*their places*/ GROUP BY 1
        """,
    )
    return {day: int(change) for day, change in found}


def stock_now(scope: Scope) -> int:
    """Return how many cards the house has now. One statement."""
    return int(_rows(scope, "SELECT count(*) FROM cards_card c WHERE c.place_kind = ANY(%(house)s) /*places*/")[0][0])


@dataclass(frozen=True, slots=True)
class Aged:
    """How many cards of one phase have waited for a time of one bucket."""

    phase: card_rules.Phase
    bucket: int
    number: int


def aged(scope: Scope) -> list[Aged]:
    """Count what waits now, by phase and by how long nothing was done with it (滞留). One statement."""
    found = _rows(
        scope,
        """
        SELECT c.progress, c.place_kind, c.notice, c.visit, c.terminal, c.disposal,
               c.id IN (SELECT h.card_id FROM cards_hold h WHERE h.released_at IS NULL),
               %(today)s - GREATEST((c.registered_at AT TIME ZONE 'Asia/Tokyo')::date, c.arrived_on,
                   c.inspected_on, c.preset_on, c.notice_sent_on, c.reminded_on), count(*)
          FROM cards_card c WHERE c.progress = ANY(%(waiting)s) /*places*/
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        """,
    )
    summed: dict[tuple[card_rules.Phase, int], int] = {}
    for progress, place, notice, visit, terminal, disposal, held, days, number in found:
        facts = card_rules.CardFacts(
            card_rules.Progress(progress),
            card_rules.PlaceKind(place),
            card_rules.Notice(notice),
            card_rules.Visit(visit),
            card_rules.Terminal(terminal),
            card_rules.Disposal(disposal),
            frozenset({card_rules.HoldKind.INVESTIGATION}) if held else frozenset(),
        )
        key = card_rules.phase(facts), rules.bucket_of(max(days, 0), rules.WAIT_BUCKETS)
        summed[key] = summed.get(key, 0) + number
    return [Aged(phase, bucket, number) for (phase, bucket), number in summed.items() if phase is not card_rules.Phase.ENDED]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those whose first notice was sent in one month: how many, how many have their card, and after how many days half of them had it."""

    month: dt.date
    told: int
    delivered: int
    median_days: float | None


def cohorts(scope: Scope) -> list[Cohort]:
    """Return the cohorts of the twelve months up to the end of the period (交付率). One statement."""
    found = _rows(
        scope,
        """
        SELECT date_trunc('month', c.notice_sent_on)::date, count(*), count(c.delivered_on),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY c.delivered_on - c.notice_sent_on)
          FROM cards_card c
         WHERE c.notice_sent_on >= %(oldest)s AND c.notice_sent_on < %(day_after)s /*places*/
         GROUP BY 1 ORDER BY 1
        """,
    )
    return [Cohort(month, told, delivered, None if median is None else float(median)) for month, told, delivered, median in found]


def leads(scope: Scope) -> list[int]:
    """Count the cards handed over in the period by the days from the first notice, in the buckets of the rules. One statement."""
    found = _rows(
        scope,
        """
        SELECT c.delivered_on - c.notice_sent_on, count(*) FROM cards_card c
         WHERE c.delivered_on BETWEEN %(first_day)s AND %(last_day)s AND c.notice_sent_on IS NOT NULL /*places*/
         GROUP BY 1
        """,
    )
    numbers = [0] * len(rules.LEAD_BUCKETS)
    for days, number in found:
        numbers[rules.bucket_of(max(days, 0), rules.LEAD_BUCKETS)] += number
    return numbers


@dataclass(frozen=True, slots=True)
class Served:
    """The visits that ended in the period: how many, and how long half of them took at most."""

    visits: int
    median_minutes: float | None
    longest_minutes: float | None


def served(scope: Scope) -> Served:
    """Return the times of the counter. One statement."""
    visits, median, longest = _rows(
        scope,
        """
        SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.closed_at - e.opened_at)) / 60,
               max(extract(epoch FROM e.closed_at - e.opened_at)) / 60
          FROM handover_encounter e
         WHERE e.closed_at >= %(first)s AND e.closed_at < %(after)s /*their places*/
        """,
    )[0]
    return Served(visits, None if median is None else float(median), None if longest is None else float(longest))


def behind(scope: Scope, measure: Measure) -> "QuerySet[CardEvent] | QuerySet[Card]":
    """Return what a number of a report counts: events with their cards, newest last; for `listed` the cards themselves.

    The list of one place leaves out cards whose place may not be told; the number counts them.
    """
    first, after = scope.parameters["first"], scope.parameters["after"]
    if measure.axis == "entry":
        return Card.objects.filter(_at_places(scope.places, ""), registered_at__gte=first, registered_at__lt=after).order_by(
            "registered_at", "id"
        )
    wanted = Q(axis=measure.axis, after__in=measure.values)
    if measure.acts:
        wanted &= Q(act__in=measure.acts)
    for axis, act in measure.also:
        wanted |= Q(axis=axis, act=act)
    events = CardEvent.objects.select_related("card").filter(wanted, at__gte=first, at__lt=after)
    return events.filter(_at_places(scope.places, "card__")).order_by("at", "id")


def _at_places(places: Collection[str] | None, prefix: str) -> Q:
    if places is None:
        return Q()
    stopping = [kind.value for kind, effects in card_rules.STOPS.items() if card_rules.Effect.PLACE_LIST in effects]
    hidden = Hold.objects.filter(card_id=OuterRef("card_id" if prefix else "pk"), released_at__isnull=True, kind__in=stopping)
    by_delivery = Q((f"{prefix}delivery_place__code__in", sorted(places)))
    by_site = Q((f"{prefix}delivery_place__isnull", True), (f"{prefix}site__code__in", sorted(places)))
    return (by_delivery | by_site) & ~Q(Exists(hidden))


def cohort_cards(scope: Scope, month: dt.date, *, delivered: bool) -> "QuerySet[Card]":
    """Return the cards of a cohort, those handed over or those still waiting."""
    first, last = rules.month_of(month)
    cards = Card.objects.filter(_at_places(scope.places, ""), notice_sent_on__range=(first, last))
    return cards.filter(delivered_on__isnull=not delivered).order_by("notice_sent_on", "id")


def days_of(scope: Scope) -> Sequence[dt.date]:
    """Return the days of the period."""
    return [scope.first + dt.timedelta(days=number) for number in range((scope.last - scope.first).days + 1)]
