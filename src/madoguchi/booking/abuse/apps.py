from django.apps import AppConfig


class AbuseConfig(AppConfig):
    name = "madoguchi.booking.abuse"
    label = "abuse"
