"""The past that the forecast rests on, and where things stand today. A constant number of statements."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.rules import Phase
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import OPEN_STATES
from madoguchi.delivery.planning import forecast
from madoguchi.delivery.planning.forecast import Estimate
from madoguchi.delivery.reports.queries import Scope, counts, stock_now
from madoguchi.kernel.working_days import is_working_day
from madoguchi.platform import clock

WEEKS_BACK = 8
ASSUMED_NO_SHOW, ASSUMED_RESPONSE, ASSUMED_DAYS_TO_BOOK, ASSUMED_MINUTES, ASSUMED_SPREAD = 0.1, 0.9, 10.0, 15.0, 0.4


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that the past says, and today's numbers."""

    arrivals: tuple[Estimate, ...]
    no_show: Estimate
    response: Estimate
    days_to_book: Estimate
    minutes: Estimate
    spread: float
    walk_ins_a_day: Estimate
    stock: int
    ready: int
    told: int
    booked: dict[dt.date, int]


def past() -> Past:
    """Read the last eight weeks up to yesterday, and today's stock."""
    today = clock.today()
    first = today - dt.timedelta(weeks=WEEKS_BACK)
    scope = Scope(first, today - dt.timedelta(days=1))
    found = counts(scope)
    by_day: dict[tuple[dt.date, str], int] = {}
    for one in found:
        by_day[one.day, one.measure] = by_day.get((one.day, one.measure), 0) + one.number
    days = [first + dt.timedelta(days=number) for number in range((today - first).days)]
    working = [day for day in days if is_working_day(day)]
    by_weekday: dict[int, list[int]] = {}
    for day in working:
        by_weekday.setdefault(day.weekday(), []).append(by_day.get((day, "arrived"), 0))
    visited = sum(number for (_day, measure), number in by_day.items() if measure == "visited")
    missed = sum(number for (_day, measure), number in by_day.items() if measure == "no_show")
    minutes, spread, walk_ins = _at_the_counter(scope)
    phases = cards.phase_counts()
    response, days_to_book = _answers(today)
    upcoming = BookedVisit.objects.filter(day__gte=today, state__in=OPEN_STATES).values("day").annotate(number=Count("pk"))
    return Past(
        arrivals=forecast.by_weekday(by_weekday),
        no_show=forecast.share(missed, visited + missed, ASSUMED_NO_SHOW),
        response=response,
        days_to_book=days_to_book,
        minutes=minutes,
        spread=spread,
        walk_ins_a_day=forecast.mean([walk_ins / len(working)] if working and minutes.cases else [], 0.0),
        stock=stock_now(scope),
        ready=phases[Phase.TO_NOTIFY] + phases[Phase.TO_SEND],
        told=phases[Phase.TO_BOOK],
        booked={row["day"]: row["number"] for row in upcoming},
    )


def _at_the_counter(scope: Scope) -> tuple[Estimate, float, int]:
    """Return how long visits took, their spread, and how many came without a booking. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT extract(epoch FROM closed_at - opened_at)::float / 60, booking_id IS NULL FROM handover_encounter
             WHERE state = 'delivered' AND opened_at >= %s ORDER BY opened_at DESC LIMIT 2000
            """,
            [dt.datetime.combine(scope.first, dt.time(), clock.TOKYO)],
        )
        rows = cursor.fetchall()
    minutes = forecast.mean([value for value, _walked_in in rows], ASSUMED_MINUTES)
    if len(rows) < 2 or minutes.value <= 0:
        return forecast.mean([], ASSUMED_MINUTES) if minutes.value <= 0 else minutes, ASSUMED_SPREAD, 0
    deviation = (sum((value - minutes.value) ** 2 for value, _walked_in in rows) / (len(rows) - 1)) ** 0.5
    return minutes, min(2.0, max(0.05, deviation / minutes.value)), sum(walked_in for _value, walked_in in rows)


def _answers(today: dt.date) -> tuple[Estimate, Estimate]:
    """Return which share of those told half a year to three months ago has the card, and after how many days people book."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(delivered_on) FROM cards_card WHERE notice_sent_on BETWEEN %s AND %s",
            [today - dt.timedelta(days=182), today - dt.timedelta(days=91)],
        )
        told, came = cursor.fetchone()
        cursor.execute(
            """
            SELECT ((e.at AT TIME ZONE 'Asia/Tokyo')::date - c.notice_sent_on)::float
              FROM cards_cardevent e JOIN cards_card c ON c.id = e.card_id
             WHERE e.axis = 'visit' AND e.after = 'booked' AND e.at >= %s AND c.notice_sent_on IS NOT NULL
               AND (e.at AT TIME ZONE 'Asia/Tokyo')::date >= c.notice_sent_on LIMIT 2000
            """,
            [dt.datetime.combine(today - dt.timedelta(weeks=WEEKS_BACK), dt.time(), clock.TOKYO)],
        )
        days = [row[0] for row in cursor.fetchall()]
    return forecast.share(came, told, ASSUMED_RESPONSE), forecast.mean(days, ASSUMED_DAYS_TO_BOOK)
