"""Every address of the booking zone."""

from madoguchi.zones.addresses import pages_of

urlpatterns = pages_of(
    ("", "madoguchi.booking.citizens"),
    ("", "madoguchi.booking.guidance"),
    ("apply/", "madoguchi.booking.applications"),
    ("desk/forms/", "madoguchi.booking.applications.staff"),
    ("desk/", "madoguchi.booking.desk"),
    ("desk/", "madoguchi.booking.abuse"),
    ("", "madoguchi.booking.service_level"),
    ("desk/figures/", "madoguchi.booking.figures"),
    ("desk/", "madoguchi.platform.accounts"),
    ("desk/", "madoguchi.platform.audit"),
    ("desk/", "madoguchi.platform.oversight"),
    ("desk/", "madoguchi.platform.approvals"),
    ("desk/", "madoguchi.platform.jobs"),
    ("desk/", "madoguchi.platform.condition"),
    ("desk/exchange/", "madoguchi.platform.exchange"),
    ("", "madoguchi.booking.notices"),
    ("", "madoguchi.platform.ui"),
)
handler400 = "madoguchi.platform.ui.views.bad_request"
handler403 = "madoguchi.platform.ui.views.permission_denied"
handler404 = "madoguchi.platform.ui.views.page_not_found"
handler500 = "madoguchi.platform.ui.views.server_error"
