from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "madoguchi.delivery.planning"
    label = "planning"
