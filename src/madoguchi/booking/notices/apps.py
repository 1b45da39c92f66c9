from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "madoguchi.booking.notices"
    label = "notices"
