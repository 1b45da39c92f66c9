from django.apps import AppConfig


class TakeOverConfig(AppConfig):
    name = "madoguchi.delivery.takeover"
    label = "takeover"
