from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "madoguchi.booking.applications"
    label = "applications"
