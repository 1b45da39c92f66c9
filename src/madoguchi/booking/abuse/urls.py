"""Addresses of the page of limits. None of them names a network or a booking number."""

from django.urls import path

from madoguchi.booking.abuse import views

app_name = "abuse"
urlpatterns = [
    path("limits/", views.overview, name="limits"),
    path("limits/release/", views.release, name="release"),
    path("limits/alarms/<int:pk>/seen/", views.see, name="see"),
    path("limits/shared/", views.share, name="share"),
    path("limits/shared/<int:pk>/remove/", views.unshare, name="unshare"),
]
