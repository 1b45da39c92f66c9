"""Reads for the page, the report and the status address; the number of statements does not depend on the number of rows."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from madoguchi.booking.service_level.models import Agreement, Case, Incident, Probe, ServedDay, ServedMinute
from madoguchi.booking.service_level.rules import MINUTE, STARTING_VALUES, AgreedValues, Audience, Measured, added, percentile_ms
from madoguchi.platform import clock


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day, as the charts show it."""

    day: dt.date
    availability: float | None
    p95_ms: float | None
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class _Answers:
    requests: int
    errors: int
    histogram: list[int]


def agreed_on(month: dt.date) -> AgreedValues:
    """Return what holds in the month of `month`: the newest agreement from then or before, else the starting values. One statement."""
    row = Agreement.objects.filter(valid_from__lte=month).order_by("-valid_from", "-id").first()
    return AgreedValues(row.availability_percent, row.p95_ms, row.error_percent) if row else STARTING_VALUES


def agreements() -> QuerySet[Agreement]:
    """Return the history of what was agreed, newest first."""
    return Agreement.objects.order_by("-valid_from", "-id")


def _answers(first: dt.date, after: dt.date, audience: Audience) -> dict[dt.date, _Answers]:
    """Return the answers by day: days that are over from their sums, the running one from its minutes. Two statements."""
    days = ServedDay.objects.filter(day__gte=first, day__lt=after, audience=audience.value)
    found = {row.day: _Answers(row.requests, row.errors, list(row.histogram)) for row in days}
    begun = dt.datetime.combine(max(first, clock.today() - dt.timedelta(days=1)), dt.time(), clock.TOKYO)
    by_day: dict[dt.date, list[ServedMinute]] = {}
    for minute in ServedMinute.objects.filter(minute__gte=begun, audience=audience.value):
        by_day.setdefault(minute.minute.astimezone(clock.TOKYO).date(), []).append(minute)
    for day, minutes in by_day.items():
        if first <= day < after and day not in found:
            found[day] = _Answers(sum(m.requests for m in minutes), sum(m.errors for m in minutes), added(m.histogram for m in minutes))
    return found


def _probed(first: dt.date, after: dt.date) -> dict[dt.date, tuple[int, int]]:
    """Return (minutes that should have been answered, minutes answered) by day. Two statements.

    Counted is from the very first answer of the installation up to the minute before this one.
    """
    in_service = Probe.objects.filter(answered=True).aggregate(first=Min("minute"))["first"]
    if in_service is None:
        return {}
    end = clock.now().replace(second=0, microsecond=0)
    answered = dict(
        Probe.objects.filter(answered=True, minute__gte=_midnight(first), minute__lt=min(_midnight(after), end))
        .values_list("minute__date")
        .annotate(number=Count("pk"))
    )
    found = {}
    for number in range((after - first).days):
        day = first + dt.timedelta(days=number)
        begun, over = max(_midnight(day), in_service), min(_midnight(day + dt.timedelta(days=1)), end)
        if over > begun:
            found[day] = ((over - begun) // MINUTE, answered.get(day, 0))
    return found


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.TOKYO)


def measured_between(first: dt.date, after: dt.date, audience: Audience = Audience.PUBLIC) -> Measured:
    """Return what was measured from `first` up to the day before `after`. Four statements."""
    answers, probed = _answers(first, after, audience).values(), _probed(first, after).values()
    histogram = added(answer.histogram for answer in answers)
    return Measured(
        minutes=sum(minutes for minutes, _answered in probed),
        minutes_answered=sum(answered for _minutes, answered in probed),
        requests=sum(answer.requests for answer in answers),
        errors=sum(answer.errors for answer in answers),
        p50_ms=percentile_ms(histogram, 0.5),
        p95_ms=percentile_ms(histogram, 0.95),
        p99_ms=percentile_ms(histogram, 0.99),
    )


def days_between(first: dt.date, after: dt.date) -> list[DayFigures]:
    """Return every day's figures for citizens. Four statements."""
    answers, probed = _answers(first, after, Audience.PUBLIC), _probed(first, after)
    found = []
    for number in range((after - first).days):
        day = first + dt.timedelta(days=number)
        minutes, answered = probed.get(day, (0, 0))
        answer = answers.get(day, _Answers(0, 0, []))
        availability = 100 * answered / minutes if minutes else None
        found.append(DayFigures(day, availability, percentile_ms(answer.histogram, 0.95), answer.requests, answer.errors))
    return found


def incidents_between(first: dt.date, after: dt.date) -> list[Incident]:
    """Return the incidents that touch the days, newest first. One statement."""
    found = Incident.objects.filter(began_at__lt=_midnight(after)).filter(Q(ended_at__isnull=True) | Q(ended_at__gt=_midnight(first)))
    return list(found.order_by("-began_at"))


def cases(number: int) -> QuerySet[Case]:
    """Return the newest cases, open ones first."""
    return Case.objects.order_by("-done_on", "-month", "measure")[:number]


def cases_of(month: dt.date) -> list[Case]:
    """Return the cases of one month. One statement."""
    return list(Case.objects.filter(month=month).order_by("measure"))
