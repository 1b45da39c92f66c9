"""Addresses of the figures."""

from django.urls import path

from madoguchi.booking.figures import views

app_name = "figures"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("export/", views.export, name="export"),
]
