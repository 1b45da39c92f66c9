"""Addresses of what waits for a second person."""

from django.urls import path

from madoguchi.platform.approvals import views

app_name = "approvals"
urlpatterns = [
    path("approvals/", views.list_page, name="list"),
    path("approvals/<int:pk>/", views.approval_page, name="approval"),
]
