"""Settings of the booking zone's processes."""

from madoguchi.zones.foundation import zone_settings

APPS: tuple[str, ...] = (
    "madoguchi.booking.municipality",
    "madoguchi.booking.calendar",
    "madoguchi.booking.abuse",
    "madoguchi.booking.reservations",
    "madoguchi.booking.guidance",
    "madoguchi.booking.notices",
    "madoguchi.booking.service_level",
    "madoguchi.booking.citizens",
    "madoguchi.booking.applications",
    "madoguchi.booking.desk",
    "madoguchi.booking.figures",
)

_SHARED = zone_settings("booking", APPS)
globals().update(_SHARED)

# Outermost, so that it sees how every request ends and how long all of it took.
MIDDLEWARE = ["madoguchi.booking.service_level.tally.MeasureAnswers", *_SHARED["MIDDLEWARE"]]

ROOT_URLCONF = "madoguchi.zones.booking.urls"
WSGI_APPLICATION = "madoguchi.zones.booking.wsgi.application"
MADOGUCHI_SHELL = "madoguchi.booking.municipality.shell.shell"
MADOGUCHI_LANGUAGE = "madoguchi.booking.municipality.languages.chosen"
MADOGUCHI_MENU = "madoguchi.zones.booking.menu.menu"
MADOGUCHI_OUTPUTS = "madoguchi.zones.booking.outputs.PLACES"
MADOGUCHI_HOLDINGS = "madoguchi.zones.personal_data.BOOKING"
MADOGUCHI_OWN_FACTS = "madoguchi.zones.personal_data.of_booking"
MADOGUCHI_CONDITION = "madoguchi.booking.notices.condition.section"
MADOGUCHI_PLACES = "madoguchi.booking.calendar.queries.places"
MADOGUCHI_STAFF_HOME = "desk:home"
# Answers of application forms are sealed for the delivery zone in the request (ADR 0013); this zone never holds them with a key of its own.
MADOGUCHI_INPUT_NEVER_KEPT = frozenset({"desk:take-form"})
MADOGUCHI_EXCHANGE_RULES_CHECK = "madoguchi.booking.desk.media_trips.faults_of_rules"
MADOGUCHI_EXCHANGE_RECEIVES = {
    "targets": "madoguchi.booking.reservations.roster.TargetsHandler",
    "results": "madoguchi.booking.reservations.results.ResultsHandler",
    "commands": "madoguchi.booking.applications.commands_file.CommandsHandler",
}
MADOGUCHI_EXCHANGE_SENDS = {
    "bookings": "madoguchi.booking.reservations.bookings_file.records",
    "applications": "madoguchi.booking.applications.applications_file.records",
}
