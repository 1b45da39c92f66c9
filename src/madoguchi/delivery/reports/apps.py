from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "madoguchi.delivery.reports"
    label = "reports"
