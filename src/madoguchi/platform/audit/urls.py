"""Addresses of the operation log."""

from django.urls import path

from madoguchi.platform.audit import output_pages, views

app_name = "audit"
urlpatterns = [path("audit/", views.log_page, name="log"), path("outputs/", output_pages.outputs_page, name="outputs")]
