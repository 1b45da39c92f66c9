from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "madoguchi.platform.ui"
    label = "ui"
