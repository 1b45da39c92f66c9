"""Addresses of the auditors' tools."""

from django.urls import path

from madoguchi.platform.oversight import views

app_name = "oversight"
urlpatterns = [
    path("audit/use/", views.use_page, name="use"),
    path("audit/findings/", views.findings_page, name="findings"),
    path("audit/findings/examine/", views.examine, name="examine"),
    path("audit/findings/<int:pk>/", views.finding_page, name="finding"),
    path("audit/thresholds/", views.thresholds_page, name="thresholds"),
    path("audit/facts/", views.facts_page, name="facts"),
    path("audit/facts/file/", views.facts_file, name="facts-file"),
    path("audit/facts/print/", views.facts_print, name="facts-print"),
    path("audit/exports/", views.exports_page, name="exports"),
    path("audit/exports/check/", views.check_page, name="check"),
]
