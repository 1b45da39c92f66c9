"""Addresses of the service level."""

from django.urls import path

from madoguchi.booking.service_level import views

app_name = "service_level"
urlpatterns = [
    path("status/", views.status, name="status"),
    path("desk/service/", views.overview, name="overview"),
    path("desk/service/report/", views.report, name="report"),
    path("desk/service/agreement/", views.agreement, name="agreement"),
    path("desk/service/cases/<int:pk>/", views.case, name="case"),
]
