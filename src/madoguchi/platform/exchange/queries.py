"""Reads of the exchange for its pages and commands."""

from django.db.models import Exists, OuterRef, QuerySet

from madoguchi.platform.exchange.models import IncomingFile, LedgerEntry, OutgoingFile, OutgoingStream, SealedCopy
from madoguchi.platform.exchange.services.sending import RECEIPT


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
