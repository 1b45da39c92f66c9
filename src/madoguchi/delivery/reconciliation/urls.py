"""Addresses of the reconciliation."""

from django.urls import path

from madoguchi.delivery.reconciliation import views

app_name = "reconciliation"
urlpatterns = [
    path("", views.differences_page, name="differences"),
    path("export/", views.export, name="export"),
    path("unconfirmed/", views.unconfirmed_page, name="unconfirmed"),
    path("cards/<int:pk>/", views.explain, name="explain"),
    path("unknown/", views.unknown_page, name="unknown"),
    path("unknown/<int:pk>/", views.explain_row, name="explain-row"),
    path("lists/", views.lists_page, name="lists"),
    path("lists/<int:pk>/", views.list_page, name="terminal-list"),
    path("lists/<int:pk>/changes/", views.changes_page, name="changes"),
    path("lists/<int:pk>/apply/", views.apply, name="apply"),
    path("lists/<int:pk>/discard/", views.discard, name="discard"),
    path("days/", views.days_page, name="days"),
]
