from django.apps import AppConfig


class FilingConfig(AppConfig):
    name = "madoguchi.delivery.filing"
    label = "filing"
