from django.apps import AppConfig


class PrintersConfig(AppConfig):
    name = "madoguchi.delivery.printers"
    label = "printers"
