from django.apps import AppConfig


class CitizensConfig(AppConfig):
    name = "madoguchi.booking.citizens"
    label = "citizens"
