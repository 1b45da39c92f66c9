"""Reading what a mail or calendar file tells of a booking."""

from madoguchi.booking.municipality import queries as municipality
from madoguchi.booking.notices.appointments import Appointment, moment
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.reservations.models import Booking
from madoguchi.booking.reservations.queries import end_of


def appointment_of(booking: Booking) -> Appointment:
    """Return what `booking` (with slot and place at hand, else two statements more) tells to the outside."""
    slot, office = booking.slot, municipality.current()
    return Appointment(
        uid=booking.pk,
        number=booking.number,
        sequence=booking.sequence,
        place_name=slot.place.name,
        place_address=slot.place.address,
        starts=moment(slot.day, slot.start),
        ends=moment(slot.day, end_of(booking)),
        municipality_code=office.code,
        municipality_name=office.name,
        telephone=office.telephone,
    )


def waiting_mails() -> int:
    """Return how many mails wait for the mail server."""
    return Mail.objects.filter(state=Mail.State.WAITING).count()
