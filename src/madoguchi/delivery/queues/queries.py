"""Counting and listing the queues: equal standings are counted together by one statement, then named by the one function of the rules."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import DateField, F, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Greatest

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import WAITS, Card, DeliveryPlace
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import OPEN_STATES, Match
from madoguchi.delivery.queues import rules
from madoguchi.delivery.queues.rules import Queue
from madoguchi.delivery.reconciliation.rules import difference
from madoguchi.kernel.working_days import next_working_day
from madoguchi.platform import clock

_STAMP_SECONDS = 300
_AXES = ("progress", "place_kind", "notice", "visit", "terminal", "disposal")
_COLUMNS = (*_AXES, "holds", *rules.MARK_NAMES)
# Cards whose life has ended in good order, the great mass after some years, wait for nothing; they are never read.
_STANDINGS = """
    SELECT c.id, c.progress, c.place_kind, c.notice, c.visit, c.terminal, c.disposal, COALESCE(h.kinds, '') AS holds,
           COALESCE(c.registered_at < %(midnight)s - (SELECT make_interval(days => m.days_without_arrival) FROM cards_municipality m),
                    FALSE) AS late_to_arrive,
           COALESCE(c.notice_sent_on <= %(today)s - (SELECT m.days_without_booking FROM cards_municipality m),
                    FALSE) AS long_without_booking,
           COALESCE(c.notice_deadline < %(today)s, FALSE) AS deadline_over,
           COALESCE(c.expires < %(today)s + (SELECT m.days_before_expiry FROM cards_municipality m), FALSE) AS expires_soon,
           COALESCE(v.today, FALSE) AS comes_today, COALESCE(v.next, FALSE) AS comes_next,
           (c.progress || ' ' || c.terminal) = ANY(%(differing)s) AND COALESCE(c.terminal_seen_at > (SELECT max(e.at)
               FROM cards_cardevent e WHERE e.card_id = c.id AND e.axis = 'progress'), TRUE) AS list_is_newer
      FROM cards_card c
      LEFT JOIN (SELECT card_id, string_agg(kind, ',' ORDER BY kind) AS kinds FROM cards_hold
                  WHERE released_at IS NULL GROUP BY card_id) h ON h.card_id = c.id
      LEFT JOIN (SELECT card_id, bool_or(day = %(today)s) AS today, bool_or(day > %(today)s) AS next FROM matching_bookedvisit
                  WHERE state = ANY(%(open)s) AND match = %(matched)s AND day BETWEEN %(today)s AND %(next)s GROUP BY card_id) v
             ON v.card_id = c.id
     WHERE (c.progress NOT IN ('disposed', 'lapsed_after') OR c.terminal NOT IN ('unseen', 'lapsed', 'returned', 'discarded'))
       AND NOT (c.progress = 'delivered' AND c.terminal = 'in_use')
"""
# What is counted for one place says nothing of a card under 支援措置: its number there would tell where the person is served (DL-30).
_AT_PLACES = """ AND (c.site_id IS NULL OR (c.site_id IN (SELECT p.id FROM cards_deliveryplace p WHERE p.code = ANY(%(places)s))
    AND NOT EXISTS (SELECT 1 FROM cards_hold ph WHERE ph.card_id = c.id AND ph.released_at IS NULL AND ph.kind = %(protected)s)))"""
# What a named parameter of the text above becomes when the ORM takes its parameters by position.
_BY_POSITION = ("midnight", "today", "today", "today", "differing", "today", "today", "open", "matched", "today", "next")
# Where progress and terminal agree it does not matter which of the two is newer, and no event is read.
_DIFFERING = [
    f"{progress.value} {terminal.value}"
    for progress in card_rules.Progress
    for terminal in card_rules.Terminal
    if terminal is not card_rules.Terminal.UNSEEN and difference(progress, terminal) is not None
]


@dataclass(frozen=True, slots=True)
class Standing:
    """Cards that stand alike: on every axis, with the same holds and marks."""

    values: tuple[object, ...]
    cards: int
    queues: frozenset[Queue]
    phase: card_rules.Phase


def _parameters(places: Collection[str] | None) -> dict[str, Any]:
    today = clock.today()
    return {
        "midnight": dt.datetime.combine(today, dt.time(), clock.TOKYO),
        "today": today,
        "differing": _DIFFERING,
        "next": next_working_day(today),
        "open": [state.value for state in OPEN_STATES],
        "matched": Match.MATCHED.value,
        "places": sorted(places or ()),
        "protected": card_rules.HoldKind.PROTECTED.value,
    }


def standings(places: Collection[str] | None = None) -> list[Standing]:
    """Return how the cards at `places` (codes; None: all; cards that are nowhere yet belong to everybody) stand. One statement."""
    columns = ", ".join(_COLUMNS)
    chosen = _STANDINGS + ("" if places is None else _AT_PLACES)
    grouped = f"SELECT {columns}, count(*) FROM ({chosen}) s GROUP BY {columns}"  # noqa: S608 put together from the texts above
    with connection.cursor() as cursor:
        cursor.execute(grouped, _parameters(places))
        rows = cursor.fetchall()
    return [_named(row[:-1], row[-1]) for row in rows]


def _named(values: Sequence[object], cards: int) -> Standing:
    row = dict(zip(_COLUMNS, values, strict=True))
    facts = card_rules.CardFacts(
        progress=card_rules.Progress(str(row["progress"])),
        place_kind=card_rules.PlaceKind(str(row["place_kind"])),
        notice=card_rules.Notice(str(row["notice"])),
        visit=card_rules.Visit(str(row["visit"])),
        terminal=card_rules.Terminal(str(row["terminal"])),
        disposal=card_rules.Disposal(str(row["disposal"])),
        holds=frozenset(card_rules.HoldKind(kind) for kind in str(row["holds"]).split(",") if kind),
    )
    marks = rules.Marks(**{name: bool(row[name]) for name in rules.MARK_NAMES})
    return Standing(tuple(values), cards, rules.queues_of(facts, marks), card_rules.phase(facts))


def stamp() -> str:
    """Return a mark that differs when the numbers of the queues may: the newest event of a card, what waits for approval, the time.

    It reads the ends of two indexes. What makes no event of a card (a file of bookings, a new day) shows after the next five minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT max(id) FROM cards_cardevent), (SELECT count(*) FROM approvals_approval WHERE state = 'open')")
        event, waiting = cursor.fetchone()
    return f"{event}-{waiting}-{int(clock.now().timestamp()) // _STAMP_SECONDS}"


def counts(found: Sequence[Standing]) -> dict[Queue, int]:
    """Return how many cards stand in each queue, zeros included."""
    return {queue: sum(one.cards for one in found if queue in one.queues) for queue in Queue}


def number_in(queue: Queue | None, found: Sequence[Standing], phase: card_rules.Phase | None = None) -> int:
    """Return how many cards `cards_in` gives, from the standings that were counted already."""
    return sum(one.cards for one in found if queue in {None, *one.queues} and phase in {None, one.phase})


def cards_in(
    queue: Queue | None, found: Sequence[Standing], places: Collection[str] | None, phase: card_rules.Phase | None = None
) -> "QuerySet[Card]":
    """Return the cards of a queue and a phase (None: whatever it waits for), given the standings that there are."""
    statement = _STANDINGS + ("" if places is None else _AT_PLACES)
    given = _parameters(places)
    names = [*_BY_POSITION, *([] if places is None else ["places", "protected"])]
    for name in set(names):
        statement = statement.replace(f"%({name})s", "%s")
    parameters: list[object] = [given[name] for name in names]
    if queue is None and phase is None:
        chosen = f"SELECT s.id FROM ({statement}) s"  # noqa: S608 put together from the texts above
    else:
        wanted = [one.values for one in found if queue in {None, *one.queues} and phase in {None, one.phase}]
        if not wanted:
            return Card.objects.none()
        columns, row = ", ".join(f"s.{name}" for name in _COLUMNS), f"({', '.join(['%s'] * len(_COLUMNS))})"
        standing = ", ".join([row] * len(wanted))
        # Both parts are read once and met by hash: a list of row values would be gone through for each card.
        chosen = (
            f"WITH s AS MATERIALIZED ({statement}) SELECT s.id FROM s "  # noqa: S608 put together from the texts above
            f"WHERE ({columns}) IN (SELECT * FROM (VALUES {standing}) w)"
        )
        parameters += [value for values in wanted for value in values]
    # Said once more, in the words of the index: without it PostgreSQL reads the ended cards too, to throw them away.
    return Card.objects.filter(WAITS, pk__in=RawSQL(chosen, parameters))  # noqa: S611 no value stands in the text of the statement


def with_waiting(cards: "QuerySet[Card]") -> "QuerySet[Card]":
    """Add `since`: the newest day on which something was done with a card; from then on it waits."""
    days = [
        Cast("registered_at", DateField()),
        *(F(name) for name in ("arrived_on", "inspected_on", "preset_on", "notice_sent_on", "reminded_on")),
    ]
    return cards.annotate(since=Greatest(*days)).select_related("site", "transfer_to", "delivery_place")


def next_visits(card_pks: Sequence[int]) -> dict[int, BookedVisit]:
    """Return the soonest open booking of each card that has one. One statement."""
    visits = BookedVisit.objects.filter(card_id__in=card_pks, state__in=OPEN_STATES).order_by("card_id", "day", "start").distinct("card_id")
    return {visit.card_id: visit for visit in visits if visit.card_id is not None}


def place_names() -> Mapping[str, str]:
    """Return the names of the places in use, by code."""
    return dict(DeliveryPlace.objects.filter(is_open=True).values_list("code", "name"))


def live_cards(found: Sequence[Standing]) -> int:
    """Return how many cards there are that still wait for anything."""
    return sum(one.cards for one in found)
