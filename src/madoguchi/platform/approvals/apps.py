from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ApprovalsConfig(AppConfig):
    name = "madoguchi.platform.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Read every app's `approvable.py`, where it names what a second person approves."""
        autodiscover_modules("approvable")
