from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "madoguchi.booking.figures"
    label = "figures"
