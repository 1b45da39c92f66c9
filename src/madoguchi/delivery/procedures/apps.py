from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "madoguchi.delivery.procedures"
    label = "procedures"
