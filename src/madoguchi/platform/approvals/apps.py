from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "madoguchi.platform.approvals"
    label = "approvals"
