"""Addresses of the condition."""

from django.urls import path

from madoguchi.platform.condition import views

app_name = "condition"
urlpatterns = [path("condition/", views.show, name="show")]
