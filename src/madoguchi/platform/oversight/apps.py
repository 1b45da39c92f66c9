from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "madoguchi.platform.oversight"
    label = "oversight"
