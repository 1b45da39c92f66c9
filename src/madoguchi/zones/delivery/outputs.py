"""Where each output of the core zone is made (S28). A test keeps this table whole."""

from madoguchi.delivery.applications import audited as applications
from madoguchi.delivery.cards import audited as cards
from madoguchi.delivery.dispatch import audited as dispatch
from madoguchi.delivery.dispatch.queries import kept_batches, kept_until
from madoguchi.delivery.disposal import audited as disposal
from madoguchi.delivery.fees import audited as fees
from madoguchi.delivery.filing import audited as filing
from madoguchi.delivery.intake import audited as intake
from madoguchi.delivery.printers import audited as printers
from madoguchi.delivery.procedures import audited as procedures
from madoguchi.delivery.queues import audited as queues
from madoguchi.delivery.reconciliation import audited as reconciliation
from madoguchi.delivery.registration import audited as registration
from madoguchi.delivery.reports import audited as reports
from madoguchi.delivery.storage import audited as storage
from madoguchi.delivery.takeover import audited as takeover
from madoguchi.platform.audit.outputs import Place
from madoguchi.zones.outputs import COMMON

_BATCH = {"letters": "dispatch:batch"}

PLACES: tuple[Place, ...] = (
    Place(dispatch.PRINT_LETTERS, "dispatch:list", _BATCH, keeps=kept_batches, until=kept_until, asks_why=True),
    Place(dispatch.OPEN_LETTERS, "dispatch:list", _BATCH, keeps=kept_batches, until=kept_until),
    Place(dispatch.PRINT_LABELS, "dispatch:dispatches", _BATCH),
    Place(dispatch.PRINT_PROTECTED_SLIP, "dispatch:protected"),
    Place(dispatch.EXPORT_DISPATCHES, "dispatch:dispatches"),
    Place(intake.PRINT_LABEL, "intake:arrivals", {"arrival": "intake:arrival"}),
    Place(intake.EXPORT_RESULT, "intake:lists", {"import": "intake:batch"}),
    Place(takeover.PRINT_LABELS, "takeover:lists", {"stock-list": "takeover:list"}),
    Place(storage.PRINT_LABELS, "storage:boxes"),
    Place(storage.PRINT_SLIP, "storage:boxes", {"transfer": "storage:transfer"}),
    Place(storage.EXPORT_REPORT, "storage:stock-takes", {"stock-take": "storage:stock-report"}),
    Place(printers.PRINT_TEST_SHEET, "printers:list", {"printer": "printers:printer"}),
    Place(cards.EXPORT_CARDS, "cards:list"),
    Place(cards.EXPORT_CHARACTERS, "characters:table"),
    Place(queues.QUEUE_EXPORTED, "queues:list"),
    Place(reconciliation.EXPORT_DIFFERENCES, "reconciliation:differences"),
    Place(registration.TAKE_LIST, "registration:venues", {"venue": "registration:venue"}),
    Place(applications.APPLICATION_PRINTED, "received:list", {"application": "received:application"}),
    Place(fees.RECEIPT_PRINTED, "fees:home"),
    Place(fees.REPORT_MADE, "fees:report"),
    Place(filing.PRINT_COVERS, "filing:list", {"card": "filing:card"}),
    Place(filing.EXTRACT, "filing:extract", asks_why=True),
    Place(filing.PRINT_CERTIFICATE, "filing:disposals", {"filing-disposal": "filing:disposal"}),
    Place(disposal.PRINT_CERTIFICATE, "disposal:home", {"disposal": "disposal:batch"}),
    Place(procedures.FIGURES_EXPORTED, "procedures:figures"),
    Place(reports.REPORT_EXPORTED, "reports:overview"),
    Place(reports.REPORT_PRINTED, "reports:overview"),
    Place(reports.BEHIND_EXPORTED, "reports:overview"),
    *COMMON,
)
