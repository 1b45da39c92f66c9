"""Reads of the operation log for the auditors, under the auditor's database role, and of what they wrote down."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from madoguchi.kernel.office_days import is_office_day
from madoguchi.platform.accounts.models import Assignment, Staff
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.queries import NOT_PERSONAL, REVEALS, Wanted, outputs, reading_as_auditor
from madoguchi.platform.clock import TOKYO
from madoguchi.platform.oversight.models import Finding, ThresholdsSince
from madoguchi.platform.oversight.rules import USUAL_DAYS, Found, Rule, Thresholds, beyond_own_usual, beyond_peers

LONGEST_DAYS = 31
EVENTS_SHOWN = 200
_OUTPUTS_A_DAY = 10_000
# Keys of an output's event that say how much left the house.
AMOUNTS = ("rows", "sheets", "letters", "labels", "covers", "cards", "entries", "papers", "pages")
_BY_STAFF = "actor_kind IN ('staff', 'contractor')"
_VIEWED = f"process_class = 'view' AND result = 'done' AND {_BY_STAFF} AND process_code !~ '{NOT_PERSONAL}'"
# In two steps: what is counted twice over is grouped by record first, so that nothing has to be sorted.
_USE = f"""
WITH looked AS (
  SELECT (at AT TIME ZONE 'Asia/Tokyo')::date AS day, user_id, process_class, process_code, subject, count(*) AS times,
         max(user_name) AS user_name, max(section) AS section
    FROM audit_auditevent
   WHERE at >= %s AND at < %s AND {_BY_STAFF} AND process_class IN ('view', 'search', 'export', 'print') AND result = 'done'
     AND (%s = '' OR user_id = %s)
   GROUP BY 1, 2, 3, 4, 5),
of_records AS (
  SELECT day, user_id, subject, max(user_name) AS user_name, max(section) AS section,
         sum(times) FILTER (WHERE process_class = 'view' AND process_code !~ '{NOT_PERSONAL}') AS views,
         sum(times) FILTER (WHERE process_class = 'view' AND process_code ~ '{REVEALS}') AS reveals,
         sum(times) FILTER (WHERE process_class = 'search') AS searches,
         sum(times) FILTER (WHERE process_class IN ('export', 'print')) AS outputs
    FROM looked GROUP BY 1, 2, 3)
SELECT day, user_id, max(user_name), max(section), COALESCE(sum(views) FILTER (WHERE subject <> ''), 0)::bigint AS views,
       count(*) FILTER (WHERE subject <> '' AND views > 0), COALESCE(sum(views) FILTER (WHERE subject = ''), 0)::bigint,
       COALESCE(sum(reveals), 0)::bigint, COALESCE(sum(searches), 0)::bigint, COALESCE(sum(outputs), 0)::bigint
  FROM of_records GROUP BY 1, 2 ORDER BY 1 DESC, views DESC, 2"""  # noqa: S608
_VIEWS = f"SELECT user_id, count(*) FROM audit_auditevent WHERE at >= %s AND at < %s AND {_VIEWED} GROUP BY 1"  # noqa: S608
_USUAL = f"""
SELECT user_id, count(*), count(DISTINCT (at AT TIME ZONE 'Asia/Tokyo')::date) FROM audit_auditevent
 WHERE at >= %s AND at < %s AND {_VIEWED} GROUP BY 1"""  # noqa: S608
_OUTSIDE = f"""
SELECT user_id, count(*) FROM audit_auditevent WHERE at >= %s AND at < %s AND {_VIEWED}
   AND (%s OR (at AT TIME ZONE 'Asia/Tokyo')::time < %s OR (at AT TIME ZONE 'Asia/Tokyo')::time >= %s)
 GROUP BY 1 HAVING count(*) >= %s"""  # noqa: S608
# Whoever acted: a card that one person looks up and another hands over was looked up for work.
_IDLE = f"""
WITH seen AS (SELECT DISTINCT user_id, subject FROM audit_auditevent WHERE at >= %s AND at < %s AND {_VIEWED}
                 AND subject ~ '^(card|booking|application|registration):'),
     acted AS (SELECT DISTINCT subject FROM audit_auditevent WHERE at >= %s AND at < %s AND result = 'done' AND subject <> ''
                 AND process_class IN ('change', 'approve', 'import', 'print', 'export'))
SELECT user_id, {{shown}} FROM seen LEFT JOIN acted USING (subject) WHERE acted.subject IS NULL"""  # noqa: S608
_IDLE_COUNTED = _IDLE.format(shown="count(*)") + " GROUP BY 1 HAVING count(*) >= %s"
_IDLE_OF_ONE = _IDLE.format(shown="seen.subject") + " AND user_id = %s"
_REPEATED = f"""
SELECT user_id, subject, count(*) FROM audit_auditevent WHERE at >= %s AND at < %s AND {_VIEWED} AND subject <> ''
 GROUP BY 1, 2 HAVING count(*) >= %s"""  # noqa: S608
_PROTECTED = f"""
SELECT user_id, subject, count(*) FROM audit_auditevent WHERE at >= %s AND at < %s AND {_VIEWED} AND subject = ANY(%s)
 GROUP BY 1, 2 HAVING count(*) >= %s"""  # noqa: S608
_REFUSED = f"""
SELECT user_id, count(*) FROM audit_auditevent WHERE at >= %s AND at < %s AND {_BY_STAFF} AND result = 'refused'
 GROUP BY 1 HAVING count(*) >= %s"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Use:
    """How one person used personal data on one day: single records (and how many different ones), lists, reveals, searches, outputs."""

    day: dt.date
    user_id: str
    user_name: str
    section: str
    views: int
    records: int
    lists: int
    reveals: int
    searches: int
    outputs: int


def use(first: dt.date, last: dt.date, user_id: str = "") -> list[Use]:
    """Return the use of personal data by person and day, newest day first. One statement."""
    return [Use(*row) for row in _rows(_USE, [*_span(first, last), user_id, user_id])]


def thresholds_on(day: dt.date) -> Thresholds:
    """Return the thresholds in force on `day`."""
    row = ThresholdsSince.objects.filter(since__lte=day).first()
    return Thresholds(**{one.name: getattr(row, one.name) for one in fields(Thresholds)}) if row else Thresholds()


def protected_subjects() -> list[str]:
    """Return the keys of the records under 支援措置; the zone names them (setting MADOGUCHI_PROTECTED_SUBJECTS)."""
    path: str = getattr(settings, "MADOGUCHI_PROTECTED_SUBJECTS", "")
    if not path:
        return []
    named: Callable[[], Iterable[str]] = import_string(path)
    return sorted(named())


def examine(day: dt.date, protected: Collection[str]) -> list[Found]:
    """Return what is unusual about a day's use. A constant number of statements, each over one day (one over four weeks)."""
    thresholds, span = thresholds_on(day), _span(day, day)
    today: dict[str, int] = dict(_rows(_VIEWS, span))
    before = _span(day - dt.timedelta(days=USUAL_DAYS), day - dt.timedelta(days=1))
    usual = {user_id: (views, days) for user_id, views, days in _rows(_USUAL, before)}
    found = [*beyond_own_usual(today, usual, thresholds), *beyond_peers(today, _roles(today), thresholds)]

    def counted(rule: Rule, statement: str, *values: object) -> None:
        limit: int = getattr(thresholds, rule.value)
        if limit:
            for user_id, *subject, number in _rows(statement, [*span, *values, limit]):
                found.append(Found(rule, user_id, subject[0] if subject else "", number, limit))

    counted(Rule.OUTSIDE, _OUTSIDE, not is_office_day(day), thresholds.opens, thresholds.closes)
    counted(Rule.IDLE, _IDLE_COUNTED, *span)
    counted(Rule.REPEATED, _REPEATED)
    counted(Rule.PROTECTED, _PROTECTED, list(protected))
    counted(Rule.REFUSED, _REFUSED)
    return [*found, *_bulk(day, thresholds)]


def _bulk(day: dt.date, thresholds: Thresholds) -> list[Found]:
    if not thresholds.bulk:
        return []
    made = outputs(Wanted(day, day), before=None, limit=_OUTPUTS_A_DAY)
    return [
        Found(Rule.BULK, event.user_id, f"event:{event.pk}", amount, thresholds.bulk)
        for event in made
        if event.actor_kind in {"staff", "contractor"} and (amount := amount_of(event)) >= thresholds.bulk
    ]


def amount_of(event: AuditEvent) -> int:
    """Return how much an output held, by its event; 0 where it does not say."""
    return next((event.content[name] for name in AMOUNTS if type(event.content.get(name)) is int), 0)


def _roles(users: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    held = Assignment.objects.in_force().filter(staff__user_id__in=list(users))
    for user_id, role in held.values_list("staff__user_id", "role__code"):
        found[user_id].add(role)
    return found


def events_behind(finding: Finding) -> list[AuditEvent]:
    """Return the newest events that a finding is about."""
    thresholds = thresholds_on(finding.day)
    start, end = _span(finding.day, finding.day)
    with reading_as_auditor() as alias:
        day = AuditEvent.objects.using(alias).filter(at__gte=start, at__lt=end, user_id=finding.user_id)
        viewed = day.filter(process_class="view", result="done").exclude(process_code__regex=NOT_PERSONAL)
        match Rule(finding.rule):
            case Rule.REFUSED:
                found = day.filter(result="refused")
            case Rule.BULK:
                found = day.filter(pk=int(finding.subject.partition(":")[2]))
            case Rule.REPEATED | Rule.PROTECTED:
                found = viewed.filter(subject=finding.subject)
            case Rule.IDLE:
                with connections[alias].cursor() as cursor:
                    cursor.execute(_IDLE_OF_ONE, [start, end, start, end, finding.user_id])
                    found = viewed.filter(subject__in=[subject for _user, subject in cursor.fetchall()])
            case Rule.OUTSIDE if is_office_day(finding.day):
                opens = dt.datetime.combine(finding.day, thresholds.opens, TOKYO)
                closes = dt.datetime.combine(finding.day, thresholds.closes, TOKYO)
                found = viewed.exclude(at__gte=opens, at__lt=closes)
            case _:
                found = viewed
        return list(found.order_by("-pk")[:EVENTS_SHOWN])


def unread() -> int:
    """Return how many findings nobody has looked into yet."""
    return Finding.objects.filter(signed_at__isnull=True).count()


def names_of(users: Iterable[str]) -> Mapping[str, str]:
    """Return the names of members of staff by user id."""
    return dict(Staff.objects.filter(user_id__in=set(users)).values_list("user_id", "name"))


def as_values(thresholds: Thresholds) -> dict[str, Any]:
    """Return thresholds as the values of a form or an event."""
    return asdict(thresholds)


def _span(first: dt.date, last: dt.date) -> list[dt.datetime]:
    return [dt.datetime.combine(first, dt.time(), TOKYO), dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), TOKYO)]


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with reading_as_auditor() as alias, connections[alias].cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
