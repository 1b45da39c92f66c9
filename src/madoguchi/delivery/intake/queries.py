"""Reads of the intake for its pages."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.intake.models import Arrival, ArrivedCard, ImportBatch, ImportProblem


def batches() -> "QuerySet[ImportBatch]":
    """Return the lists that were read, newest first."""
    return ImportBatch.objects.order_by("-id")


def waiting_batches() -> "QuerySet[ImportBatch]":
    """Return the lists that wait for a second person, oldest first."""
    return ImportBatch.objects.filter(state=ImportBatch.State.WAITING).order_by("id")


def batch(pk: int) -> ImportBatch | None:
    """Return one batch, None when there is none."""
    return ImportBatch.objects.filter(pk=pk).first()


def problems(batch_pk: int) -> "QuerySet[ImportProblem]":
    """Return the problems of a batch, errors before warnings, by line."""
    return ImportProblem.objects.filter(batch_id=batch_pk).order_by("-is_error", "line")


@dataclass(frozen=True, slots=True)
class Tally:
    """How far an arrival is."""

    read: int
    labelled: int
    inspected: int


def arrivals() -> "QuerySet[Arrival]":
    """Return the arrivals, open ones first, each with `read` and `inspected` counted. One statement."""
    counted = Arrival.objects.select_related("place").annotate(
        read=Count("cards"), inspected=Count("cards", filter=Q(cards__inspected_at__isnull=False))
    )
    return counted.order_by(F("closed_at").desc(nulls_first=True), "-id")


def arrival(pk: int) -> Arrival | None:
    """Return one arrival, None when there is none."""
    return Arrival.objects.select_related("place").filter(pk=pk).first()


def tally(arrival_pk: int) -> Tally:
    """Count what was read, labelled and inspected."""
    counted = ArrivedCard.objects.filter(arrival_id=arrival_pk).aggregate(
        read=Count("id"), labelled=Count("labelled_at"), inspected=Count("inspected_at")
    )
    return Tally(counted["read"], counted["labelled"], counted["inspected"])


def waiting_for_inspection(arrival_pk: int) -> "QuerySet[ArrivedCard]":
    """Return the cards of an arrival that are not inspected, last read first."""
    return ArrivedCard.objects.filter(arrival_id=arrival_pk, inspected_at__isnull=True).select_related("card").order_by("-id")


def waiting_for_preset() -> "QuerySet[Card]":
    """Return the cards that wait for the result of the 交付前設定."""
    return Card.objects.filter(progress=rules.Progress.INSPECTED.value).order_by("inspected_on", "id")
