"""Addresses of reports."""

from django.urls import path

from madoguchi.delivery.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("export/", views.export, name="export"),
    path("behind/", views.behind, name="behind"),
    path("behind/export/", views.export_behind, name="export-behind"),
    path("notified/<str:month>/", views.cohort, name="cohort"),
]
