from django.apps import AppConfig


class ChangesConfig(AppConfig):
    name = "madoguchi.delivery.changes"
    label = "changes"
