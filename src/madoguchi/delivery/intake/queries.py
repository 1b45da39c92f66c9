"""Reads of the intake for its pages."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.queries import by_any_number
from madoguchi.delivery.intake.models import Arrival, ArrivedCard, ImportBatch, ImportProblem
from madoguchi.kernel.labels import LabelError, read_sleeve_code

# Read in a box, not to be inspected: the application was withdrawn or the card lapsed while it was on the way or lay there.
ENDED = Q(inspected_at__isnull=True, fault="", card__progress__in=[value.value for value in rules.ENDED_BEFORE_DELIVERY])


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
    faulty: int
    ended: int

    def is_complete(self, expected: int) -> bool:
        """Tell whether everything on the note was read, and everything read was inspected, found faulty or has ended (DL-07)."""
        return self.read == expected and not self.left

    @property
    def left(self) -> int:
        """Return how many cards wait for their inspection."""
        return self.read - self.inspected - self.faulty - self.ended


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
        read=Count("id"),
        labelled=Count("labelled_at"),
        inspected=Count("inspected_at"),
        faulty=Count("fault_at"),
        ended=Count("id", filter=ENDED),
    )
    return Tally(**counted)


def waiting_for_inspection(arrival_pk: int) -> "QuerySet[ArrivedCard]":
    """Return the cards of an arrival that are not inspected, last read first."""
    return (
        ArrivedCard.objects.filter(~ENDED, arrival_id=arrival_pk, inspected_at__isnull=True, fault="")
        .select_related("card")
        .order_by("-id")
    )


def waiting_for_preset() -> "QuerySet[Card]":
    """Return the cards that wait for the result of the 交付前設定."""
    return Card.objects.filter(progress=rules.Progress.INSPECTED.value).order_by("inspected_on", "id")


def arrived_card(arrival_pk: int, text: str) -> tuple[ArrivedCard, bool] | None:
    """Find a card of an arrival by its label (also before it is bound) or by a number; the second value says that it was the label."""
    try:
        number = int(read_sleeve_code(text)[1:-1])
    except LabelError:
        card = by_any_number(text)
        item = ArrivedCard.objects.filter(arrival_id=arrival_pk, card=card).select_related("card").first() if card else None
        return (item, False) if item else None
    item = ArrivedCard.objects.filter(arrival_id=arrival_pk, card_id=number).select_related("card").first()
    return (item, True) if item else None
