"""Addresses of the take-over."""

from django.urls import path, re_path

from madoguchi.delivery.takeover import views

app_name = "takeover"
urlpatterns = [
    path("", views.lists_page, name="lists"),
    re_path(r"^template\.(?P<kind>xlsx|csv)$", views.template, name="template"),
    path("<int:pk>/", views.list_page, name="list"),
    path("<int:pk>/labels/", views.labels, name="labels"),
    path("<int:pk>/sign-off/", views.sign_off, name="sign-off"),
]
