"""What the worker does for the desk."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.booking.desk import stops
from madoguchi.booking.desk.models import EmergencyStop
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.verbs import Outcome, Progress

REBOOK = "desk.rebook"


@job_kind(REBOOK, atomic=False, page_of=lambda job: reverse("desk:stop", args=[job.arguments["stop"]]))
def rebook(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Move the bookings of an emergency stop to the times that a person has seen and confirmed."""
    done = stops.rebook(actor, EmergencyStop.objects.get(pk=arguments["stop"]), progress)
    lines = [_("%(moved)d件の予約を移しました。") % {"moved": done.moved}]
    if done.refused:
        lines.append(_("%(refused)d件は移せませんでした。理由は停止の画面にあります。") % {"refused": done.refused})
    return Outcome({"moved": done.moved, "refused": done.refused}, lines)
