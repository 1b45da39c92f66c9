"""Addresses of matching."""

from django.urls import path

from madoguchi.delivery.matching import views

app_name = "matching"
urlpatterns = [path("", views.work_list_page, name="work-list")]
