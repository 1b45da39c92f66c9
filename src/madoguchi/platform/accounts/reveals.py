"""表示: opening one masked value of a person, counted for the one who does it and for auditors (ui: personal data on the screen; SF-04).

A value that stands masked on a page is opened one at a time, by a POST that is an event of its own. The processes of such events end
with `.reveal`, whatever room they belong to; that ending is what the reports of auditors go by. The count of today stands beside the
account, which every request of staff reads anyhow, so that the bar of every page can say it without a statement of its own.
"""

import re
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Case, F, Value, When

from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.queries import REVEALS
from madoguchi.platform.audit.services import record


@transaction.atomic
def record_reveal(actor: Actor, process: Process, *, subject: str, content: Mapping[str, object] | None = None, reason: str = "") -> None:
    """Record that one masked value was opened, before it is sent, and count it for the person of `actor`.

    `content` names the field, never its value. Raises ValueError for a process that the auditors' reports would not count.
    """
    if not re.search(REVEALS, process.code):
        raise ValueError(f"{process.code} is not the code of a reveal")
    record(actor, process, subject=subject, content=content, reason=reason)
    today = clock.today()
    Staff.objects.filter(pk=actor.staff_pk).update(
        reveals=Case(When(revealed_on=today, then=F("reveals") + 1), default=Value(1)), revealed_on=today
    )


def reveals_today(staff: Staff) -> int:
    """Return how many masked values `staff` has opened today, from the row at hand: no statement."""
    return staff.reveals if staff.revealed_on == clock.today() else 0
