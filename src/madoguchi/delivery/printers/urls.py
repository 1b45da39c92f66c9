"""Addresses of the printers."""

from django.urls import path

from madoguchi.delivery.printers import views

app_name = "printers"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("new/", views.new_page, name="new"),
    path("<int:pk>/", views.printer_page, name="printer"),
    path("<int:pk>/sheet.pdf", views.sheet, name="sheet"),
    path("<int:pk>/read/", views.read, name="read"),
]
