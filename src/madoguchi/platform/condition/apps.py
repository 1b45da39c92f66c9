from django.apps import AppConfig


class ConditionConfig(AppConfig):
    name = "madoguchi.platform.condition"
    label = "condition"
