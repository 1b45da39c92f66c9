"""Addresses of changes."""

from django.urls import path

from madoguchi.delivery.changes import views

app_name = "changes"
urlpatterns = [
    path("", views.lists_page, name="lists"),
    path("lists/<int:pk>/", views.list_page, name="list"),
    path("lists/<int:pk>/apply/", views.apply, name="apply"),
    path("lists/<int:pk>/discard/", views.discard, name="discard"),
    path("rows/", views.rows_page, name="rows"),
    path("rows/<int:pk>/", views.settle, name="settle"),
    path("protected/", views.protected_page, name="protected"),
    path("protected/<int:pk>/", views.decide, name="decide"),
    path("deadlines/", views.deadlines_page, name="deadlines"),
    path("deadlines/<slug:kind>/", views.act_on_passed, name="act-on-passed"),
]
