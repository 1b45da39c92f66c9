"""Reads of the counter: today's people, the visit that is open, what ended today."""

import datetime as dt

from django.db.models import QuerySet

from madoguchi.delivery.handover.models import Encounter
from madoguchi.delivery.handover.rules import UNFINISHED


def unfinished() -> QuerySet[Encounter]:
    """Return the visits that are being served, interrupted or kept, oldest first."""
    return Encounter.objects.select_related("card", "booking").filter(state__in=UNFINISHED).order_by("opened_at")


def ended_on(day: dt.date) -> QuerySet[Encounter]:
    """Return the visits that ended on `day`, newest first."""
    return Encounter.objects.select_related("card", "booking").filter(closed_at__date=day).order_by("-closed_at")
