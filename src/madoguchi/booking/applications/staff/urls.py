"""Addresses of the staff pages of the forms."""

from django.urls import path

from madoguchi.booking.applications.staff import views

app_name = "forms"
urlpatterns = [
    path("", views.forms_page, name="list"),
    path("kinds/<slug:kind>/", views.kind_page, name="kind"),
    path("questions/new/", views.question_page, name="new-question"),
    path("questions/<slug:code>/", views.question_page, name="question"),
    path("locked/", views.locked_page, name="locked"),
]
