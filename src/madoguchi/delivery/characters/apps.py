from django.apps import AppConfig


class CharactersConfig(AppConfig):
    name = "madoguchi.delivery.characters"
    label = "characters"
