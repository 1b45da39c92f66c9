"""表示: opening one masked value of a person, counted for the one who does it and for auditors (ui: personal data on the screen; SF-04).

A value that stands masked on a page is opened one at a time, by a POST that is an event of its own. The processes of such events end
with `.reveal`, whatever room they belong to; that ending is what the count for auditors goes by. The count of today stands beside the
account, which every request of staff reads anyhow, so that the bar of every page can say it without a statement of its own.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, Count, F, Max, Value, When
from django.db.models.functions import TruncDate

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import Process, Result
from madoguchi.platform.audit.queries import reading_as_auditor
from madoguchi.platform.audit.services import record

ENDING = ".reveal"
"""How the code of every process ends that opens a masked value."""


@transaction.atomic
def record_reveal(actor: Actor, process: Process, *, subject: str, content: Mapping[str, object] | None = None, reason: str = "") -> None:
    """Record that one masked value was opened, before it is sent, and count it for the person of `actor`.

    `content` names the field, never its value. Raises ValueError for a process that the counts would not see.
    """
    if not process.code.endswith(ENDING):
        raise ValueError(f"{process.code} does not end with {ENDING}")
    record(actor, process, subject=subject, content=content, reason=reason)
    today = clock.today()
    Staff.objects.filter(pk=actor.staff_pk).update(
        reveals=Case(When(revealed_on=today, then=F("reveals") + 1), default=Value(1)), revealed_on=today
    )


def reveals_today(staff: Staff) -> int:
    """Return how many masked values `staff` has opened today, from the row at hand: no statement."""
    return staff.reveals if staff.revealed_on == clock.today() else 0


@dataclass(frozen=True, slots=True)
class DayOfReveals:
    """How many masked values one person opened on one day, and when the last."""

    day: dt.date
    user_id: str
    user_name: str
    count: int
    last: dt.datetime


def reveals_by_day(first: dt.date, last: dt.date, *, user_id: str = "") -> list[DayOfReveals]:
    """Return the opened values of the days from `first` to `last` by day and person, newest day first, then the most of a day.

    Read from the operation log as the auditor, not from the accounts: it proves what the bars have said. One statement.
    """
    start = dt.datetime.combine(first, dt.time(), clock.TOKYO)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), clock.TOKYO)
    with reading_as_auditor() as alias:
        events = AuditEvent.objects.using(alias).filter(
            at__gte=start, at__lt=end, process_code__endswith=ENDING, result=Result.DONE.value, **({"user_id": user_id} if user_id else {})
        )
        counted = events.annotate(day=TruncDate("at", tzinfo=clock.TOKYO)).values("day", "user_id")
        rows = counted.annotate(user_name=Max("user_name"), count=Count("pk"), last=Max("at")).order_by("-day", "-count", "user_id")
        return [DayOfReveals(**row) for row in rows]
