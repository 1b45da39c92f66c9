"""Every address of the delivery zone."""

from madoguchi.zones.addresses import pages_of

urlpatterns = pages_of(
    ("", "madoguchi.delivery.queues"),
    ("reports/", "madoguchi.delivery.reports"),
    ("planning/", "madoguchi.delivery.planning"),
    ("", "madoguchi.delivery.cards"),
    ("characters/", "madoguchi.delivery.characters"),
    ("printers/", "madoguchi.delivery.printers"),
    ("search/", "madoguchi.delivery.search"),
    ("intake/", "madoguchi.delivery.intake"),
    ("scan/", "madoguchi.delivery.scanning"),
    ("storage/", "madoguchi.delivery.storage"),
    ("letters/", "madoguchi.delivery.dispatch"),
    ("matching/", "madoguchi.delivery.matching"),
    ("counter/", "madoguchi.delivery.handover"),
    ("fees/", "madoguchi.delivery.fees"),
    ("procedures/", "madoguchi.delivery.procedures"),
    ("applications/", "madoguchi.delivery.applications"),
    ("filing/", "madoguchi.delivery.filing"),
    ("registration/", "madoguchi.delivery.registration"),
    ("reconciliation/", "madoguchi.delivery.reconciliation"),
    ("changes/", "madoguchi.delivery.changes"),
    ("take-over/", "madoguchi.delivery.takeover"),
    ("disposal/", "madoguchi.delivery.disposal"),
    ("", "madoguchi.platform.accounts"),
    ("", "madoguchi.platform.audit"),
    ("", "madoguchi.platform.oversight"),
    ("", "madoguchi.platform.approvals"),
    ("", "madoguchi.platform.jobs"),
    ("", "madoguchi.platform.condition"),
    ("exchange/", "madoguchi.platform.exchange"),
    ("", "madoguchi.platform.ui"),
)
handler400 = "madoguchi.platform.ui.views.bad_request"
handler403 = "madoguchi.platform.ui.views.permission_denied"
handler404 = "madoguchi.platform.ui.views.page_not_found"
handler500 = "madoguchi.platform.ui.views.server_error"
