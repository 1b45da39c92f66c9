"""Addresses of the scanning desk. What was scanned travels in the body, never in an address."""

from django.urls import path

from madoguchi.delivery.scanning import views

app_name = "scanning"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("sound/", views.sound, name="sound"),
]
