"""Reads of the counter: today's people, the visit that is open, what ended today."""

import datetime as dt
from dataclasses import replace

from django.db.models import QuerySet

from madoguchi.delivery.fees.queries import live_payment
from madoguchi.delivery.handover.models import Encounter, OwnPaperRule
from madoguchi.delivery.handover.rules import UNFINISHED, Facts, FeeKind
from madoguchi.kernel.required_documents import OwnRule


def unfinished() -> QuerySet[Encounter]:
    """Return the visits that are being served, interrupted or kept, oldest first."""
    return Encounter.objects.select_related("card", "booking").filter(state__in=UNFINISHED).order_by("opened_at")


def ended_on(day: dt.date) -> QuerySet[Encounter]:
    """Return the visits that ended on `day`, newest first."""
    return Encounter.objects.select_related("card", "booking").filter(closed_at__date=day).order_by("-closed_at")


def paper_rules() -> list[OwnRule]:
    """Return the municipality's rows over the national rules of papers, in the order in which they were made."""
    return [row.as_rule() for row in OwnPaperRule.objects.all()]


def subject_of(encounter: Encounter) -> str:
    """Return how the books of fees name the visit."""
    return f"encounter:{encounter.pk}"


def facts_of(encounter: Encounter) -> Facts:
    """Return what the rules may know; a fee whose payment was taken back is undecided again."""
    facts = encounter.facts(paper_rules())
    if facts.fee in {FeeKind.CASH, FeeKind.CASHLESS} and live_payment(subject_of(encounter)) is None:
        return replace(facts, fee=FeeKind.UNDECIDED)
    return facts
