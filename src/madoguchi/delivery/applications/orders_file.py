"""What the booking zone is told to do: the records of a `commands` file (BS-11).

An order is sent in every file until its answer is back; the booking zone carries each out once, in the order of `rev`.
"""

import datetime as dt
from collections.abc import Iterator

from madoguchi.delivery.applications.models import Order
from madoguchi.delivery.applications.rules import Outcome
from madoguchi.kernel.kfx import Record
from madoguchi.platform import clock

# An order without an answer after this long is for people to ask about: it stays on the application's page as unanswered.
_REPEATED_FOR = dt.timedelta(days=31)


def records(_state: str | None = None) -> Iterator[Record]:
    """Yield every order without an answer. One statement."""
    waiting = Order.objects.filter(outcome=Outcome.NONE.value, made_at__gte=clock.now() - _REPEATED_FOR)
    for order in waiting.select_related("application").order_by("rank").iterator(chunk_size=2_000):
        yield {
            "id": str(order.key),
            "act": order.act,
            "rev": order.rank,
            "no": order.application.number,
            "place": order.place or None,
            "day": order.day.isoformat() if order.day else None,
            "start": f"{order.start:%H:%M}" if order.start else None,
            "text": order.text,
        }
