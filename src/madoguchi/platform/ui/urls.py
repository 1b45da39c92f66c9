"""The pattern page; a zone shows it in demo, debug and test only."""

from django.urls import path

from madoguchi.platform.ui import patterns

app_name = "ui"
urlpatterns = [
    path("__ui__/", patterns.public, name="patterns"),
    path("__ui__/staff/", patterns.staff, name="patterns-staff"),
    path("__ui__/problem/<int:status>/", patterns.problem, name="patterns-problem"),
    path("__ui__/taken/", patterns.taken, name="patterns-taken"),
]
