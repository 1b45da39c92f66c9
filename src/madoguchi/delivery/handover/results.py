"""What the booking zone is told of each card: the records of a `results` file."""

from collections.abc import Iterator

from madoguchi.delivery.handover.models import ReportedResult
from madoguchi.kernel.kfx import Record


def records(_state: str | None = None) -> Iterator[Record]:
    """Yield the newest result of every card that has one, by serial number; the booking zone skips what it already knows."""
    rows = ReportedResult.objects.select_related("card").order_by("card__serial")
    for row in rows.iterator(chunk_size=2000):
        yield {"id": row.card.serial, "no": row.number or None, "result": row.result, "rev": row.rev}
