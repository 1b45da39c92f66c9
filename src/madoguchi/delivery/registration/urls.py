"""Addresses of registration. None of them carries a personal value."""

from django.urls import path

from madoguchi.delivery.registration import views

app_name = "registration"
urlpatterns = [
    path("", views.list_page, name="list"),
    path("new/", views.new, name="new"),
    path("settings/", views.settings_page, name="settings"),
    path("from/<int:pk>/", views.from_application, name="from-application"),
    path("<int:pk>/", views.registration_page, name="registration"),
    path("<int:pk>/photo/", views.photo, name="photo"),
    path("<int:pk>/send/", views.send, name="send"),
    path("venues/", views.venues_page, name="venues"),
    path("venues/<int:pk>/", views.venue_page, name="venue"),
    path("venues/<int:pk>/workbook/", views.venue_workbook, name="venue-workbook"),
    path("venues/<int:pk>/sheets/", views.venue_sheets, name="venue-sheets"),
    path("venues/<int:pk>/close/", views.close_venue, name="close-venue"),
]
