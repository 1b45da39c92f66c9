"""Commands of the auditors: examine a day, sign a finding off, set the thresholds."""

import datetime as dt
from dataclasses import asdict

from django.db import transaction

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.oversight import audited, queries
from madoguchi.platform.oversight.models import ExaminedDay, Finding, ThresholdsSince
from madoguchi.platform.oversight.rules import Thresholds
from madoguchi.platform.verbs import Refusal

LOOKED_BACK_DAYS = 31
"""So far back the nightly run makes up for nights on which it did not run."""


@transaction.atomic
def examine_day(day: dt.date, actor: Actor) -> int:
    """Examine a day that is over and keep what was found; return how much of it is new. What was signed off stays as it was read.

    Raises:
        Refusal: the day is not over.
    """
    if day >= clock.today():
        raise Refusal("終わった日だけを点検できます。昨日までの日付にしてください。")
    known = {(one.rule, one.user_id, one.subject): one for one in Finding.objects.filter(day=day)}
    now, new = clock.now(), []
    for found in queries.examine(day, queries.protected_subjects()):
        kept = known.get((found.rule.value, found.user_id, found.subject))
        if kept is None:
            values = {"rule": found.rule.value, "user_id": found.user_id, "subject": found.subject}
            new.append(Finding(day=day, number=found.number, limit=found.limit, found_at=now, **values))
        elif (kept.number, kept.limit) != (found.number, found.limit):
            Finding.objects.filter(pk=kept.pk, signed_at__isnull=True).update(number=found.number, limit=found.limit, found_at=now)
    Finding.objects.bulk_create(new, ignore_conflicts=True)
    ExaminedDay.objects.update_or_create(day=day, defaults={"at": now, "by": actor.user_id})
    record(actor, audited.DAY_EXAMINED, subject=f"day:{day.isoformat()}", content={"new": len(new)})
    return len(new)


def examine_what_is_left(actor: Actor) -> int:
    """Examine every day of the last month that nobody examined yet; return how many days that were."""
    today = clock.today()
    days = [today - dt.timedelta(days=back) for back in range(LOOKED_BACK_DAYS, 0, -1)]
    done = set(ExaminedDay.objects.filter(day__in=days).values_list("day", flat=True))
    for day in (left := [day for day in days if day not in done]):
        examine_day(day, actor)
    return len(left)


@transaction.atomic
def sign_off(pk: int, note: str, actor: Actor) -> None:
    """Say what a finding was. Only once, and never by the person whom it is about.

    Raises:
        Finding.DoesNotExist: there is none.
        Refusal: it is signed off already, or it is about who signs.
    """
    finding = Finding.objects.get(pk=pk)
    if finding.user_id == actor.user_id:
        raise Refusal("自分のことの報告は、自分では確かめられません。ほかの監査担当に頼んでください。")
    signed = Finding.objects.filter(pk=pk, signed_at__isnull=True).update(
        signed_at=clock.now(), signed_by=actor.user_id, signed_by_name=actor.user_name, note=note
    )
    if not signed:
        raise Refusal("この報告は、すでに確かめてあります。")
    content = {"rule": finding.rule, "day": finding.day.isoformat(), "about": finding.user_id}
    record(actor, audited.SIGNED_OFF, subject=f"finding:{pk}", content=content, reason=note)


@transaction.atomic
def set_thresholds(since: dt.date, thresholds: Thresholds, actor: Actor) -> None:
    """Set from how much on a use is unusual, from a day on that is not over; the last row of a day counts.

    Raises:
        Refusal: the day lies behind us: what was examined with other thresholds would be read with these.
    """
    if since < clock.today():
        raise Refusal("適用日は、今日からあとの日にしてください。")
    ThresholdsSince.objects.create(since=since, set_at=clock.now(), set_by=actor.user_id, **asdict(thresholds))
    content = {name: str(value) if isinstance(value, dt.time) else value for name, value in asdict(thresholds).items()}
    record(actor, audited.THRESHOLDS_SET, content={"since": since.isoformat(), **content})
