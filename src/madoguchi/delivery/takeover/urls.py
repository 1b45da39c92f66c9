"""Addresses of the take-over."""

from django.urls import path

from madoguchi.delivery.takeover import views

app_name = "takeover"
urlpatterns = [
    path("", views.lists_page, name="lists"),
    path("template.<slug:kind>", views.template, name="template"),
    path("<int:pk>/", views.list_page, name="list"),
    path("<int:pk>/labels/", views.labels, name="labels"),
    path("<int:pk>/codes/", views.print_codes, name="codes"),
    path("<int:pk>/sign-off/", views.sign_off, name="sign-off"),
]
