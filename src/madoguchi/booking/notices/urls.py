"""Addresses of mail: the demo's mailbox, and the staff pages."""

from django.urls import path

from madoguchi.booking.notices.views import log, mailbox, texts

app_name = "notices"
urlpatterns = [
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox.mail, name="mail"),
    path("desk/mails/", log.log, name="log"),
    path("desk/mails/calls/", log.calls, name="calls"),
    path("desk/mails/calls/<uuid:pk>/", log.called, name="called"),
    path("desk/mails/texts/", texts.texts, name="texts"),
    path("desk/mails/texts/<slug:kind>/<slug:language>/", texts.text, name="text"),
    path("desk/mails/<uuid:pk>/again/", log.again, name="again"),
]
