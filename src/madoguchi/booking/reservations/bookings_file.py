"""What the delivery zone is told of the bookings (`bookings`, EX-02): neither a password nor a mail address leaves by this road."""

import datetime as dt
from collections.abc import Iterator

from madoguchi.booking.reservations.models import Attendee, State
from madoguchi.kernel.kfx import Record
from madoguchi.platform import clock

# Past bookings are told for as long as their results may still be on the way.
_DAYS_BACK = dt.timedelta(days=31)


def records() -> Iterator[Record]:
    """Yield one record for each person of each booking that stands or stood: mere holds are nobody's business. One statement."""
    found = (
        Attendee.objects.select_related("booking__slot__place", "credential")
        .exclude(booking__state__in=[State.HELD, State.EXPIRED])
        .filter(booking__slot__day__gte=clock.today() - _DAYS_BACK)
        .order_by("booking__number", "credential__serial")
    )
    for attendee in found.iterator(chunk_size=2_000):
        booking, slot = attendee.booking, attendee.booking.slot
        yield {
            "no": booking.number,
            "id": attendee.credential.serial,
            "place": slot.place.code,
            "day": slot.day.isoformat(),
            "start": f"{slot.start:%H:%M}",
            "end": f"{slot.end:%H:%M}",
            "state": _state_of(attendee),
            "rev": booking.version,
            "group": booking.number,
            "requests": list(booking.requests),
        }


def _state_of(attendee: Attendee) -> str:
    """Return what became of one person: who was taken out of a party, did not come or got no card ends otherwise than the others."""
    if attendee.left:
        return State.CANCELLED.value
    own_ends = {State.NO_SHOW.value, State.REFUSED.value}
    return attendee.result if attendee.booking.state == State.DONE and attendee.result in own_ends else attendee.booking.state
