"""What the delivery zone is told of form bookings (`applications`): the answers as they were sealed, and what became of its orders."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Prefetch

from madoguchi.booking.applications.models import CarriedOut, SealedApplication
from madoguchi.booking.applications.queries import labels_of, questions_of
from madoguchi.booking.reservations.models import State
from madoguchi.kernel.kfx import Record
from madoguchi.platform import clock

# Past bookings are told for as long as their results and the answers to orders may still be on the way.
DAYS_BACK = dt.timedelta(days=31)


def records() -> Iterator[Record]:
    """Yield one record for each form booking that stands or stood. A constant number of statements and one for each kind."""
    since = clock.now() - DAYS_BACK
    carried_out = Prefetch("booking__commands", CarriedOut.objects.filter(at__gte=since))
    found = (
        SealedApplication.objects.select_related("booking__slot__place", "booking__kind")
        .prefetch_related(carried_out)
        .exclude(booking__state__in=[State.HELD, State.EXPIRED])
        .filter(booking__slot__day__gte=since.date())
        .order_by("booking__number")
    )
    labels: dict[int, dict[str, str]] = {}
    for application in found.iterator(chunk_size=1_000):
        booking, slot = application.booking, application.booking.slot
        if booking.kind_id not in labels:
            labels[booking.kind_id] = labels_of(questions_of(booking.kind))
        yield {
            "no": booking.number,
            "kind": booking.kind.code,
            "kind_name": booking.kind.name,
            "place": slot.place.code,
            "day": slot.day.isoformat(),
            "start": f"{slot.start:%H:%M}",
            "end": f"{slot.end:%H:%M}",
            "state": booking.state,
            "rev": booking.version,
            "at": booking.created_at.astimezone(clock.TOKYO).isoformat(timespec="seconds"),
            "labels": labels[booking.kind_id],
            "sealed": bytes(application.sealed).hex() if application.sealed is not None else None,
            "orders": {str(done.command): done.outcome for done in booking.commands.all()},
        }
