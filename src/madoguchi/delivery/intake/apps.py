from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "madoguchi.delivery.intake"
    label = "intake"
