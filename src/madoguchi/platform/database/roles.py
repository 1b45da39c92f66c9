"""Database roles of a zone and what each may touch.

migrator owns everything and changes the schema; service is what web and worker run as; auditor reads the audit events. The service
may add audit events but neither read nor change them, so that nobody who holds the application can rewrite its trail
(seed 000 (5)ア(カ); seed 003 7(1)②).
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

ROLES = ("migrator", "service", "auditor")


def role_name(zone: str, role: str) -> str:
    """Return the cluster-wide name of a zone's role, e.g. `madoguchi_booking_service`."""
    return f"madoguchi_{zone}_{role}"


def grant_statements(zone: str, tables: list[str]) -> Iterator[sql.Composed]:
    """Yield the grants for `tables` of a zone's database; running them again changes nothing.

    A model says `append_only = True` when its rows are never changed, and `read_by = "auditor"` when the service may not even read
    them; every other table is the service's to read and write.
    """
    service, auditor = sql.Identifier(role_name(zone, "service")), sql.Identifier(role_name(zone, "auditor"))
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001 Django's documented API
    for table in tables:
        model, name = models.get(table), sql.Identifier(table)
        if getattr(model, "read_by", "") == "auditor":
            rights = "INSERT"
        elif getattr(model, "append_only", False):
            rights = "SELECT, INSERT"
        else:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        yield sql.SQL("REVOKE ALL ON {} FROM {}").format(name, service)
        yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), name, service)
        if getattr(model, "read_by", "") == "auditor":
            yield sql.SQL("GRANT SELECT ON {} TO {}").format(name, auditor)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(service)
    yield sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(service)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}").format(service, auditor)


def apply_grants(zone: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Give each role of `zone` its rights on the tables that exist now; runs after every migration."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted(row[0] for row in cursor.fetchall())
        for statement in grant_statements(zone, tables):
            cursor.execute(statement)
