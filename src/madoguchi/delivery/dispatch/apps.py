from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "madoguchi.delivery.dispatch"
    label = "dispatch"
