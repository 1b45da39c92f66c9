"""Reads of the exchange for its pages and commands."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from madoguchi.platform import clock
from madoguchi.platform.exchange.models import (
    IncomingFile,
    LedgerEntry,
    MassChange,
    Medium,
    MediumTrip,
    OutgoingFile,
    OutgoingStream,
    SealedCopy,
)
from madoguchi.platform.exchange.services.sending import FINAL_REFUSALS, RECEIPT


def open_files() -> QuerySet[OutgoingFile]:
    """Return the files whose receipt is not back yet, newest first; each says whether it was ever written and is the last of its stream.

    Receipts are not among them: nobody answers a receipt.
    """
    written = LedgerEntry.objects.filter(outgoing=OuterRef("pk"), state=LedgerEntry.State.DONE)
    head = OutgoingStream.objects.filter(type=OuterRef("type"), seq=OuterRef("seq"))
    return (
        OutgoingFile.objects.filter(state=OutgoingFile.State.ISSUED, answered_at=None)
        .exclude(type=RECEIPT)
        .filter(Exists(SealedCopy.objects.filter(file=OuterRef("pk"))))
        .annotate(is_written=Exists(written), is_last=Exists(head))
        .order_by("-issued_at", "-pk")
    )


def recent_imports(limit: int = 20) -> QuerySet[IncomingFile]:
    """Return the files taken in last, newest first."""
    return IncomingFile.objects.select_related("receipt").order_by("-imported_at", "-pk")[:limit]


def ledger(limit: int = 50) -> QuerySet[LedgerEntry]:
    """Return the newest lines of the media ledger."""
    return LedgerEntry.objects.order_by("-started_at", "-pk")[:limit]


def ledger_between(start: dt.datetime, end: dt.datetime) -> QuerySet[LedgerEntry]:
    """Return the lines of a period, with the files that they write."""
    return LedgerEntry.objects.select_related("outgoing").filter(started_at__gte=start, started_at__lt=end).order_by("started_at", "pk")


def media() -> QuerySet[Medium]:
    """Return every medium with `open_trips`, the trip that it is on now. Two statements."""
    return Medium.objects.prefetch_related(Prefetch("trips", MediumTrip.objects.filter(back_at__isnull=True), to_attr="open_trips"))


def trip(pk: int) -> MediumTrip | None:
    """Return one trip."""
    return MediumTrip.objects.filter(pk=pk).first()


def overdue_trips(*, carried_by: str = "") -> QuerySet[MediumTrip]:
    """Return the trips whose medium is not back although its time is over, all or those of one carrier (EX-04)."""
    late = MediumTrip.objects.filter(back_at__isnull=True, due_at__lt=clock.now())
    return late.filter(carried_by=carried_by) if carried_by else late


def trips_between(start: dt.datetime, end: dt.datetime) -> QuerySet[MediumTrip]:
    """Return the trips that began in a period, with their media."""
    return MediumTrip.objects.select_related("medium").filter(out_at__gte=start, out_at__lt=end).order_by("out_at", "pk")


def taken_in_up_to(file_type: str) -> dt.datetime | None:
    """Return when the newest file of a type that was taken in had been made: what it says holds as of then (EX-08)."""
    return IncomingFile.objects.filter(type=file_type).order_by("-seq").values_list("made_at", flat=True).first()


def carried_away_up_to(file_type: str) -> dt.datetime | None:
    """Return when the newest file of a type that left the house had been made: what changed since then has not travelled (EX-08)."""
    left = LedgerEntry.objects.filter(outgoing=OuterRef("pk"), state=LedgerEntry.State.DONE)
    files = OutgoingFile.objects.filter(Exists(left), type=file_type, state=OutgoingFile.State.ISSUED)
    return files.order_by("-seq").values_list("issued_at", flat=True).first()


def waiting_for_direct(*, released_only: bool) -> QuerySet[OutgoingFile]:
    """Return the files that the direct transport has to bring over, in the order in which they were made (EX-05).

    An expired file is among them: the receiver's answer says whether it had arrived before, and that answer lets the next one replace it.
    A receipt is answered by nobody, so it waits until it was handed over once.
    """
    handed_over = LedgerEntry.objects.filter(outgoing=OuterRef("pk"), state=LedgerEntry.State.DONE, transport=LedgerEntry.Transport.DIRECT)
    of_receipts = Q(type=RECEIPT) & ~Exists(handed_over) & Q(expires_at__gt=clock.now())
    of_files = ~Q(type=RECEIPT) & ~Q(answer__in=FINAL_REFUSALS)
    if released_only:
        of_files &= ~Q(released_by="")
    return (
        OutgoingFile.objects.filter(state=OutgoingFile.State.ISSUED, answered_at=None)
        .filter(Exists(SealedCopy.objects.filter(file=OuterRef("pk"))))
        .filter(of_receipts | of_files)
        .order_by("pk")
    )


def direct_entries(limit: int = 50) -> QuerySet[LedgerEntry]:
    """Return the newest lines of the ledger that are of the direct transport."""
    return LedgerEntry.objects.filter(transport=LedgerEntry.Transport.DIRECT).order_by("-started_at", "-pk")[:limit]


def held_up() -> QuerySet[LedgerEntry]:
    """Return the files that were refused for changing too much at once and that nobody has let in yet: the newest attempt of each."""
    let_in = MassChange.objects.filter(file_hash=OuterRef("file_hash"))
    taken = IncomingFile.objects.filter(file_hash=OuterRef("file_hash"))
    later = IncomingFile.objects.filter(type=OuterRef("type"), seq__gte=OuterRef("seq"))
    newer = LedgerEntry.objects.filter(file_hash=OuterRef("file_hash"), code="E24", pk__gt=OuterRef("pk"))
    found = LedgerEntry.objects.filter(code="E24").exclude(file_hash="")
    return found.filter(~Exists(let_in), ~Exists(taken), ~Exists(later), ~Exists(newer)).order_by("-pk")


def kept_files(subjects: Iterable[str]) -> frozenset[str]:
    """Return those of the subjects of events (`exchange-file:…`) whose sealed bytes the zone still has. One statement."""
    kept = SealedCopy.objects.filter(file__in=_keys(subjects), file__state=OutgoingFile.State.ISSUED)
    return frozenset(f"exchange-file:{pk}" for pk in kept.values_list("pk", flat=True))


def released_by(subjects: Iterable[str]) -> dict[str, str]:
    """Return who let the files of the subjects of events go, for those that somebody released. One statement."""
    released = OutgoingFile.objects.filter(pk__in=_keys(subjects)).exclude(released_by="")
    return {f"exchange-file:{pk}": by for pk, by in released.values_list("pk", "released_by")}


def _keys(subjects: Iterable[str]) -> list[int]:
    parts = (subject.partition(":") for subject in subjects)
    return [int(key) for kind, _, key in parts if kind == "exchange-file" and key.isdecimal()]
