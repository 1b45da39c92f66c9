from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "madoguchi.delivery.matching"
    label = "matching"
