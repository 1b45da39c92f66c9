"""Where each output of the booking zone is made (S28). A test keeps this table whole."""

from madoguchi.booking.desk import audited as desk
from madoguchi.booking.figures import audited as figures
from madoguchi.booking.reservations import audited as reservations
from madoguchi.booking.service_level import audited as service_level
from madoguchi.platform.audit.outputs import Place
from madoguchi.zones.outputs import COMMON

PLACES: tuple[Place, ...] = (
    Place(reservations.LIST_EXPORTED, "desk:bookings"),
    Place(desk.LIST_PRINTED, "desk:bookings"),
    Place(desk.MASS_EXPORTED, "desk:masses"),
    Place(figures.FIGURES_EXPORTED, "figures:overview"),
    Place(service_level.REPORT_PRINTED, "service_level:overview"),
    *COMMON,
)
