"""Writing probes, incidents, days, agreements and cases."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.service_level.audited import AGREED, CASE_CHANGED, CASE_OPENED
from madoguchi.booking.service_level.models import Agreement, Case, Incident, Probe, ServedDay, ServedMinute
from madoguchi.booking.service_level.queries import agreed_on, measured_between
from madoguchi.booking.service_level.rules import MINUTE, MINUTES_OF_AN_INCIDENT, Audience, added, missed, month_of
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_MINUTES_KEPT = dt.timedelta(days=40)
_PROBES_KEPT = dt.timedelta(days=800)


@transaction.atomic
def note_probe(minute: dt.datetime, *, answered: bool, milliseconds: int) -> None:
    """Store what the probe of one minute found, and open or close the incident that follows from it.

    Minutes without a probe (the whole machine was down) count as not answered: the first answer behind them tells how long it was.
    """
    minute = minute.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('service_level.probe'))")
    Probe.objects.update_or_create(minute=minute, defaults={"answered": answered, "milliseconds": milliseconds})
    last = Probe.objects.filter(answered=True, minute__lt=minute).order_by("-minute").values_list("minute", flat=True).first()
    if last is None:
        # Not in service yet: the worker may begin before the web server does.
        return
    silent_from = last + MINUTE
    if answered and minute - silent_from >= MINUTES_OF_AN_INCIDENT * MINUTE:
        Incident.objects.update_or_create(began_at=silent_from, defaults={"ended_at": minute})
    elif not answered and minute - silent_from >= (MINUTES_OF_AN_INCIDENT - 1) * MINUTE:
        Incident.objects.get_or_create(began_at=silent_from)


@transaction.atomic
def close_day(day: dt.date) -> None:
    """Add the minutes of a day up; doing it again gives the same."""
    start = dt.datetime.combine(day, dt.time(), clock.TOKYO)
    rows = list(ServedMinute.objects.filter(minute__gte=start, minute__lt=start + dt.timedelta(days=1)))
    for audience in Audience:
        own = [row for row in rows if row.audience == audience]
        values = {
            "requests": sum(row.requests for row in own),
            "errors": sum(row.errors for row in own),
            "histogram": added(row.histogram for row in own),
        }
        if own:
            ServedDay.objects.update_or_create(day=day, audience=audience.value, defaults=values)


def forget() -> None:
    """Delete minutes that are added up, and very old probes. Two statements."""
    ServedMinute.objects.filter(minute__lt=clock.now() - _MINUTES_KEPT).delete()
    Probe.objects.filter(minute__lt=clock.now() - _PROBES_KEPT).delete()


@transaction.atomic
def open_cases(actor: Actor, month: dt.date) -> int:
    """Open a case for every agreed value that was missed in a month that is over; one that stands is left as it is. Returns how many."""
    first, after = month_of(month)
    if clock.today() < after:
        return 0
    measured = measured_between(first, after)
    opened = 0
    for measure, (agreed, value) in missed(measured, agreed_on(first)).items():
        defaults = {"agreed": agreed, "measured": value, "opened_at": clock.now(), "changed_at": clock.now()}
        case, made = Case.objects.get_or_create(month=first, measure=measure.value, defaults=defaults)
        if made:
            record(actor, CASE_OPENED, subject=f"case:{case.pk}", content={"month": f"{first:%Y-%m}", "measure": measure.value})
        opened += made
    return opened


@transaction.atomic
def agree(
    actor: Actor, *, valid_from: dt.date, availability_percent: Decimal, p95_ms: int, error_percent: Decimal, reason: str
) -> Agreement:
    """Add what was agreed from the month of `valid_from` on.

    Raises ValidationError for a month that is over (its values have been judged), or a value out of range.
    """
    first = valid_from.replace(day=1)
    if first < clock.today().replace(day=1):
        raise ValidationError({"valid_from": _("終わった月の合意値は変えられません。今月以降の月を入力してください。")})
    row = Agreement(
        valid_from=first,
        availability_percent=availability_percent,
        p95_ms=p95_ms,
        error_percent=error_percent,
        reason=reason,
        made_at=clock.now(),
        made_by=actor.user_id,
    )
    row.full_clean()
    row.save()
    content = {"from": f"{first:%Y-%m}", "availability": str(availability_percent), "p95_ms": p95_ms, "errors": str(error_percent)}
    record(actor, AGREED, subject=f"agreement:{row.pk}", content=content, reason=reason)
    return row


@transaction.atomic
def describe_case(actor: Actor, pk: int, *, version: int, cause: str, action: str, done_on: dt.date | None) -> bool:
    """Write cause, action and the day on which it was done. Tells whether it was stored: not when somebody else was faster.

    Raises ValidationError when a case is to be done without cause and action, or in the future.
    """
    if done_on is not None and not (cause and action):
        raise ValidationError({"done_on": _("対策を終えた日は、原因と対策を入力してから登録してください。")})
    if done_on is not None and done_on > clock.today():
        raise ValidationError({"done_on": _("対策を終えた日に、先の日は登録できません。")})
    values = {"cause": cause, "action": action, "done_on": done_on, "changed_at": clock.now(), "changed_by": actor.user_id}
    if not Case.objects.filter(pk=pk, version=version).update(version=version + 1, **values):
        return False
    record(actor, CASE_CHANGED, subject=f"case:{pk}", content={"done": done_on is not None})
    return True
