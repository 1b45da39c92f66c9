"""Addresses of planning."""

from django.urls import path

from madoguchi.delivery.planning import views

app_name = "planning"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.proposal_page, name="proposal"),
]
