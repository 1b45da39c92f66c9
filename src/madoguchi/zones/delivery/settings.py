"""Settings of the delivery zone's processes."""

from madoguchi.zones.foundation import zone_settings

APPS: tuple[str, ...] = (
    "madoguchi.delivery.cards",
    "madoguchi.delivery.characters",
    "madoguchi.delivery.printers",
    "madoguchi.delivery.search",
    "madoguchi.delivery.intake",
    "madoguchi.delivery.storage",
    "madoguchi.delivery.dispatch",
    "madoguchi.delivery.matching",
    "madoguchi.delivery.fees",
    "madoguchi.delivery.handover",
    "madoguchi.delivery.applications",
    "madoguchi.delivery.procedures",
    "madoguchi.delivery.scanning",
    "madoguchi.delivery.queues",
    "madoguchi.delivery.filing",
    "madoguchi.delivery.registration",
    "madoguchi.delivery.reconciliation",
    "madoguchi.delivery.reports",
    "madoguchi.delivery.planning",
    "madoguchi.delivery.changes",
    "madoguchi.delivery.disposal",
    "madoguchi.delivery.takeover",
)

globals().update(zone_settings("delivery", APPS, inner_middleware=("madoguchi.delivery.characters.middleware.OwnCharactersShown",)))

ROOT_URLCONF = "madoguchi.zones.delivery.urls"
WSGI_APPLICATION = "madoguchi.zones.delivery.wsgi.application"
MADOGUCHI_SHELL = "madoguchi.zones.delivery.shell.shell"
MADOGUCHI_MENU = "madoguchi.zones.delivery.menu.menu"
MADOGUCHI_OUTPUTS = "madoguchi.zones.delivery.outputs.PLACES"
MADOGUCHI_PROTECTED_SUBJECTS = "madoguchi.delivery.cards.queries.protected_subjects"
MADOGUCHI_HOLDINGS = "madoguchi.zones.personal_data.DELIVERY"
MADOGUCHI_OWN_FACTS = "madoguchi.zones.personal_data.of_delivery"
MADOGUCHI_CONDITION = "madoguchi.delivery.queues.condition.section"
MADOGUCHI_PLACES = "madoguchi.delivery.cards.queries.places"
MADOGUCHI_EXERCISES = "madoguchi.zones.exercises.EXERCISES"
MADOGUCHI_STAFF_HOME = "queues:home"
MADOGUCHI_EXCHANGE_RECEIVES = {
    "bookings": "madoguchi.delivery.matching.bookings_file.BookingsHandler",
    "applications": "madoguchi.delivery.applications.applications_file.ApplicationsHandler",
}
MADOGUCHI_EXCHANGE_SENDS = {
    "targets": "madoguchi.delivery.dispatch.targets.records",
    "results": "madoguchi.delivery.handover.results.records",
    "commands": "madoguchi.delivery.applications.orders_file.records",
}
