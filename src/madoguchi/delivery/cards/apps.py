from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "madoguchi.delivery.cards"
    label = "cards"
