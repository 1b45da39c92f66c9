from django.apps import AppConfig


class FeesConfig(AppConfig):
    name = "madoguchi.delivery.fees"
    label = "fees"
