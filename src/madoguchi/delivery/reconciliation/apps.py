from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "madoguchi.delivery.reconciliation"
    label = "reconciliation"
