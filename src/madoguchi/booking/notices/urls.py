"""Addresses of the demo's mailbox."""

from django.urls import path

from madoguchi.booking.notices import views

app_name = "notices"
urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", views.mail, name="mail"),
]
