"""Addresses of the operation log."""

from django.urls import path

from madoguchi.platform.audit import views

app_name = "audit"
urlpatterns = [path("audit/", views.log_page, name="log")]
