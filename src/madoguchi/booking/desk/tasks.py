"""What the worker does for the desk."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.booking.desk import mass, stops
from madoguchi.booking.desk.models import EmergencyStop, MassChange
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.jobs.kinds import job_kind
from madoguchi.platform.verbs import Outcome, Progress

REBOOK = "desk.rebook"
CHANGE_MANY = "desk.mass"
TAKE_MANY_BACK = "desk.mass_back"


@job_kind(REBOOK, atomic=False, page_of=lambda job: reverse("desk:stop", args=[job.arguments["stop"]]))
def rebook(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Move the bookings of an emergency stop to the times that a person has seen and confirmed."""
    done = stops.rebook(actor, EmergencyStop.objects.get(pk=arguments["stop"]), progress)
    lines = [_("%(moved)d件の予約を移しました。") % {"moved": done.moved}]
    if done.refused:
        lines.append(_("%(refused)d件は移せませんでした。理由は停止の画面にあります。") % {"refused": done.refused})
    return Outcome({"moved": done.moved, "refused": done.refused}, lines)


@job_kind(CHANGE_MANY, atomic=False, page_of=lambda job: reverse("desk:mass", args=[job.arguments["mass"]]))
def change_many(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Change the bookings that a person has looked at and confirmed."""
    return _told(mass.carry_out(actor, MassChange.objects.get(pk=arguments["mass"]), progress), _("%(number)d件を変更しました。"))


@job_kind(TAKE_MANY_BACK, atomic=False, page_of=lambda job: reverse("desk:mass", args=[job.arguments["mass"]]))
def take_many_back(arguments: Mapping[str, Any], progress: Progress, actor: Actor) -> Outcome:
    """Bring the bookings of a mass change back as they were."""
    return _told(mass.take_back(actor, MassChange.objects.get(pk=arguments["mass"]), progress), _("%(number)d件を元に戻しました。"))


def _told(done: mass.Done, words: str) -> Outcome:
    lines = [words % {"number": done.changed}]
    if done.refused:
        lines.append(_("%(number)d件はできませんでした。理由は結果の一覧にあります。") % {"number": done.refused})
    return Outcome({"changed": done.changed, "refused": done.refused}, lines)
