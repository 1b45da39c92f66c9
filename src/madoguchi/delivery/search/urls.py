"""Addresses of searching."""

from django.urls import path

from madoguchi.delivery.search import views

app_name = "search"
urlpatterns = [path("", views.people, name="people"), path("trace/", views.trace, name="trace")]
