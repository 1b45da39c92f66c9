from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "madoguchi.booking.desk"
    label = "desk"
