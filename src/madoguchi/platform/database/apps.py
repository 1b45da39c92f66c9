"""Django app of the database floor: after each migration the roles get their rights."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


def _grant(using: str, **_: object) -> None:
    from madoguchi.platform.database.roles import apply_grants

    apply_grants(settings.MADOGUCHI_ZONE, using)


class DatabaseConfig(AppConfig):
    name = "madoguchi.platform.database"
    label = "database"

    def ready(self) -> None:
        """Hook the grants behind the last app of a migration run."""
        post_migrate.connect(_grant, sender=self, dispatch_uid="madoguchi-grants")
