from django.apps import AppConfig


class ScanningConfig(AppConfig):
    name = "madoguchi.delivery.scanning"
    label = "scanning"
