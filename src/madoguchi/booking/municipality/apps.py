from django.apps import AppConfig


class MunicipalityConfig(AppConfig):
    name = "madoguchi.booking.municipality"
    label = "municipality"
