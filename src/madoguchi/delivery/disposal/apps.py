from django.apps import AppConfig


class DisposalConfig(AppConfig):
    name = "madoguchi.delivery.disposal"
    label = "disposal"
