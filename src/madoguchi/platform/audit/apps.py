from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "madoguchi.platform.audit"
    label = "audit"
