"""Addresses of the scanning desk. What was scanned travels in the body, never in an address."""

from django.urls import path

from madoguchi.delivery.scanning import format_views, views

app_name = "scanning"
urlpatterns = [
    path("", views.desk, name="desk"),
    path("formats/", format_views.list_page, name="formats"),
    path("formats/new/", format_views.new_page, name="new-format"),
    path("formats/<int:pk>/", format_views.change_page, name="format"),
    path("sound/", views.sound, name="sound"),
]
