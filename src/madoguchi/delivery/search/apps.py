from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "madoguchi.delivery.search"
    label = "search"
