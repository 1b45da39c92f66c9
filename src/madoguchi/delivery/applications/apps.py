from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "madoguchi.delivery.applications"
    label = "received"
