from django.apps import AppConfig


class ServiceLevelConfig(AppConfig):
    name = "madoguchi.booking.service_level"
    label = "service_level"
