"""Reads about letters, for pages, commands and the export of targets."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Max, Q

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, LetterText, Sheet
from madoguchi.delivery.dispatch.texts import NoticeText, first_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

TEXT_FIELDS = ("sender", "section", "title", "lead", "steps", "steps_by_staff", "bring", "notes", "contact", "deadline_days")


def notice_text() -> NoticeText:
    """Return the words of the notice: the municipality's own, or the first text."""
    row = LetterText.objects.filter(kind=Kind.NOTICE).values(*TEXT_FIELDS).first()
    return NoticeText(**row) if row else first_text(cards.own_municipality().short_name)


def open_stop() -> Batch | None:
    """Return the batch whose mismatch still stops all printing, if there is one."""
    return Batch.objects.filter(state=BatchState.STOPPED, cleared_at__isnull=True).first()


def batches() -> "QuerySet[Batch]":
    """Return the batches, newest first, each with `letters` (valid sheets) and `void_sheets`. One statement."""
    return Batch.objects.annotate(
        letters=Count("sheets", filter=Q(sheets__void=False)), void_sheets=Count("sheets", filter=Q(sheets__void=True))
    ).order_by("-made_at", "pk")


def batch(pk: UUID) -> Batch | None:
    """Return one batch with its counts."""
    return batches().filter(pk=pk).first()


def sheets_with_missing(pk: UUID) -> "QuerySet[Sheet]":
    """Return the valid sheets of a batch on which a character has no shape of its own, in order."""
    return Sheet.objects.filter(batch_id=pk, void=False).exclude(missing=[]).order_by("number")


def dispatches_of(card_pk: int) -> "QuerySet[Dispatch]":
    """Return the history of what was sent for a card, newest first."""
    return Dispatch.objects.filter(card_id=card_pk)


def times_sent(card_pks: list[int], kind: str) -> dict[int, int]:
    """Return how often a letter of `kind` was already made for each card; cards without one are absent. One statement."""
    rows = (
        Dispatch.objects.filter(card_id__in=card_pks, kind=kind)
        .values("card_id")
        .annotate(times=Max("times"))
        .values_list("card_id", "times")
    )
    return dict(rows)
