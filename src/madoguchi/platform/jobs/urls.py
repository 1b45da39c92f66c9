"""Addresses of long work."""

from django.urls import path

from madoguchi.platform.jobs import views

app_name = "jobs"
urlpatterns = [
    path("jobs/", views.list_page, name="list"),
    path("jobs/bell/", views.bell_part, name="bell"),
    path("jobs/<int:pk>/", views.job_page, name="job"),
    path("jobs/<int:pk>/progress/", views.progress_part, name="progress"),
]
