"""Django app of the look."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Shells, components and problem pages that both zones share."""

    name = "madoguchi.platform.ui"
    label = "ui"
