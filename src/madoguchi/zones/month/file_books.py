"""The books of the files between the zones: no number of a stream is missing, in either direction."""

from typing import TYPE_CHECKING

from django.db.models import Count, Max

from madoguchi.platform.exchange.models import IncomingFile, OutgoingFile
from madoguchi.platform.language import Sentence
from madoguchi.zones.month.books import Book

if TYPE_CHECKING:
    from django.db.models import QuerySet


def books(zone: Sentence) -> list[Book]:
    """Return a book for each stream of files of this zone: as many files as its highest number."""
    sent = OutgoingFile.objects.filter(state=OutgoingFile.State.ISSUED)
    return [
        *(
            Book(Sentence("{zone}: 送ったファイル ({kind}) の連番", zone=zone, kind=kind), last, number)
            for kind, last, number in _streams(sent)
        ),
        *(
            Book(Sentence("{zone}: 受けたファイル ({kind}) の連番", zone=zone, kind=kind), last, number)
            for kind, last, number in _streams(IncomingFile.objects.all())
        ),
    ]


def _streams(files: "QuerySet[OutgoingFile] | QuerySet[IncomingFile]") -> list[tuple[str, int, int]]:
    counted = files.order_by("type").values("type").annotate(last=Max("seq"), number=Count("pk"))
    return [(row["type"], row["last"], row["number"]) for row in counted]
