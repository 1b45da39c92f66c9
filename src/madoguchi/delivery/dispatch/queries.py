"""Reads about letters, for pages, commands and the export of targets."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import Hold
from madoguchi.delivery.cards.rules import STOPS, Effect, HoldKind
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, LetterText, OtherAddress, Sheet, TextState, Way
from madoguchi.delivery.dispatch.texts import LetterWords, first_text
from madoguchi.platform import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet


def text_in_force(kind: Kind, on: dt.date | None = None) -> LetterText | None:
    """Return the approved version of the words of `kind` that prints on a day (today), None while the first text holds."""
    day = on or clock.today()
    return LetterText.objects.filter(kind=kind, state=TextState.APPROVED, valid_from__lte=day).order_by("-valid_from", "-number").first()


def words(kind: Kind) -> LetterWords:
    """Return the words of a kind of letter as they print today: the municipality's own, or the first text."""
    version = text_in_force(kind)
    return LetterWords(**version.words) if version else first_words(kind)


def first_words(kind: Kind) -> LetterWords:
    """Return the first text of a kind, with the municipality's name."""
    return first_text(cards.own_municipality().short_name, kind)


def texts_of(kind: Kind) -> "QuerySet[LetterText]":
    """Return the versions of the words of a kind, newest first."""
    return LetterText.objects.filter(kind=kind).order_by("-number")


def waiting_text(kind: Kind) -> LetterText | None:
    """Return the version of a kind that awaits its approval."""
    return LetterText.objects.filter(kind=kind, state=TextState.WAITING).first()


def open_stop() -> Batch | None:
    """Return the batch whose mismatch still stops all printing, if there is one."""
    return Batch.objects.filter(state=BatchState.STOPPED, cleared_at__isnull=True).first()


def batches() -> "QuerySet[Batch]":
    """Return the batches, newest first, with counts of sheets: `letters` (valid), `void_sheets`, `scanned`, `sent`. One statement."""
    valid = Q(sheets__void=False)
    return Batch.objects.annotate(
        letters=Count("sheets", filter=valid),
        void_sheets=Count("sheets", filter=Q(sheets__void=True)),
        scanned=Count("sheets", filter=valid & Q(sheets__scanned_at__isnull=False)),
        sent=Count("sheets", filter=valid & Q(sheets__dispatch__sent_on__isnull=False)),
    ).order_by("-made_at", "pk")


def batch(pk: UUID) -> Batch | None:
    """Return one batch with its counts."""
    return batches().filter(pk=pk).first()


def sheets_with_missing(pk: UUID) -> "QuerySet[Sheet]":
    """Return the valid sheets of a batch on which a character has no shape of its own, in order."""
    return Sheet.objects.filter(batch_id=pk, void=False).exclude(missing=[]).order_by("number")


def uncoded_sheets(pk: UUID) -> "QuerySet[Sheet]":
    """Return the valid sheets of a batch without a customer barcode, in order."""
    return Sheet.objects.filter(batch_id=pk, void=False).exclude(uncoded="").order_by("number")


def unscanned_sheets(pk: UUID) -> "QuerySet[Sheet]":
    """Return the valid sheets of a batch whose envelope was not scanned yet, in order."""
    return Sheet.objects.filter(batch_id=pk, void=False, scanned_at__isnull=True).order_by("number")


def sheet_by_code(code: str) -> Sheet | None:
    """Return the sheet with a code, with its batch and its card."""
    return Sheet.objects.select_related("batch", "card").filter(code=code).first()


def dispatches_of(card_pk: int) -> "QuerySet[Dispatch]":
    """Return the history of what was sent for a card, newest first."""
    return Dispatch.objects.filter(card_id=card_pk)


def dispatch(pk: int) -> Dispatch | None:
    """Return one row of 発送管理 with its card and its sheet."""
    return Dispatch.objects.select_related("card", "sheet", "sheet__batch").filter(pk=pk).first()


def newest_sent(card_pk: int) -> Dispatch | None:
    """Return what was sent last for a card and has neither come back nor been delivered."""
    return (
        Dispatch.objects.select_related("card", "sheet")
        .filter(card_id=card_pk, sent_on__isnull=False, returned_on__isnull=True, delivered_on__isnull=True)
        .order_by("-sent_on", "-id")
        .first()
    )


def listed_dispatches() -> "QuerySet[Dispatch]":
    """Return the rows of 発送管理 that a list may show, newest first: none of a card whose place no list may tell (支援措置, …)."""
    stopping = [kind.value for kind, effects in STOPS.items() if Effect.PLACE_LIST in effects]
    held = Hold.objects.filter(card_id=OuterRef("card_id"), released_at__isnull=True, kind__in=stopping)
    return Dispatch.objects.select_related("card", "sheet").exclude(Exists(held)).order_by("-id")


def kept_batches(subjects: Iterable[str]) -> frozenset[str]:
    """Return those of the subjects of events (`letters:…`) whose batch has its PDF in the zone still. One statement."""
    keys = [key for kind, _, key in (subject.partition(":") for subject in subjects) if kind == "letters"]
    return frozenset(str(batch) for batch in Batch.objects.filter(pk__in=keys, kept=True).only("pk"))


def kept_until(subjects: Iterable[str]) -> dict[str, dt.date]:
    """Return the last day of the PDFs that the zone still has, by the subjects of events (`letters:…`). Two statements."""
    keys = [key for kind, _, key in (subject.partition(":") for subject in subjects) if kind == "letters"]
    days = dt.timedelta(days=cards.municipality().days_letters_kept)
    found = Batch.objects.filter(pk__in=keys, kept=True).only("pk", "made_at")
    return {str(batch): (batch.made_at + days).astimezone(clock.TOKYO).date() for batch in found}


def told_their_code(card_pks: Sequence[int], kinds: Iterable[Kind]) -> frozenset[int]:
    """Return the cards with a booking code for which a letter of ours that carries it (`kinds`) was printed. One statement."""
    found = Dispatch.objects.filter(card_id__in=card_pks, kind__in=list(kinds), sheet__void=False, card__booking_code__isnull=False)
    return frozenset(found.values_list("card_id", flat=True))


def printed_and_unsent(card_pks: Sequence[int], kind: Kind) -> frozenset[int]:
    """Return the cards that have a valid sheet of `kind` which was printed and not yet sent. One statement."""
    found = Dispatch.objects.filter(card_id__in=card_pks, kind=kind, sent_on__isnull=True, sheet__void=False)
    return frozenset(found.values_list("card_id", flat=True))


def times_sent(card_pks: list[int], kind: str) -> dict[int, int]:
    """Return how often a letter of `kind` was already made for each card; cards without one are absent. One statement."""
    rows = (
        Dispatch.objects.filter(card_id__in=card_pks, kind=kind)
        .values("card_id")
        .annotate(times=Max("times"))
        .values_list("card_id", "times")
    )
    return dict(rows)


def other_addresses_of(card_pks: Sequence[int], on: dt.date) -> dict[int, OtherAddress]:
    """Return the other addresses (送付先) in force on a day, by card. One statement."""
    return {row.card_id: row for row in OtherAddress.objects.filter(card_id__in=card_pks, ended_at__isnull=True, until__gte=on)}


def posted(way: Way, sent_on: dt.date, *, protected: bool) -> "QuerySet[Dispatch]":
    """Return what was sent by a way on a day and stands on one posting slip.

    Recorded mail of people under 支援措置 stands on slips of its own (`protected`): by its number anybody may ask the post where it was
    delivered, so neither name nor number is on a list that others handle (DL-30). Ordinary mail is only counted, and counted together.
    """
    found = Dispatch.objects.filter(way=way, sent_on=sent_on)
    if way is Way.ORDINARY:
        return found.none() if protected else found
    return found.filter(Exists(_PROTECTED)) if protected else found.exclude(Exists(_PROTECTED))


_HELD_BY_PROTECTION = {"released_at__isnull": True, "kind": HoldKind.PROTECTED.value}
_PROTECTED = Hold.objects.filter(card_id=OuterRef("card_id"), **_HELD_BY_PROTECTION)


def protected_post(since: dt.date) -> "QuerySet[Dispatch]":
    """Return the recorded mail of people under 支援措置 that waits, is on its way, or was sent since a day; newest first."""
    recorded = Dispatch.objects.select_related("sheet").exclude(way=Way.ORDINARY).filter(Exists(_PROTECTED), ~Q(sheet__void=True))
    on_its_way = Q(returned_on__isnull=True, delivered_on__isnull=True)
    return recorded.filter(Q(sent_on__gte=since) | on_its_way).order_by("-id")


def is_protected(card_pk: int) -> bool:
    """Tell whether a card has 支援措置 now."""
    return Hold.objects.filter(card_id=card_pk, **_HELD_BY_PROTECTION).exists()


def posted_since(day: dt.date) -> list[tuple[dt.date, Way, int]]:
    """Return the days since `day` on which something was sent, by way, with what the common slip of the day has. One statement."""
    rows = (
        Dispatch.objects.filter(sent_on__gte=day)
        .exclude(~Q(way=Way.ORDINARY) & Exists(_PROTECTED))
        .order_by()
        .values("sent_on", "way")
        .annotate(count=Count("pk"))
        .order_by("-sent_on", "way")
    )
    return [(row["sent_on"], Way(row["way"]), int(row["count"])) for row in rows if row["sent_on"]]


def mailed_cards() -> "QuerySet[Dispatch]":
    """Return the cards that are to go or went by mail and have neither been delivered nor come back, newest first; none of a held card."""
    return listed_dispatches().filter(kind=Kind.CARD, sheet__void=False, returned_on__isnull=True, delivered_on__isnull=True)
