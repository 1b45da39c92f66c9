"""Making a zone's roles and database on a PostgreSQL server, as its superuser; doing it again changes nothing."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

from madoguchi.platform.database.roles import ROLES, role_name


def create_roles(server: psycopg.Connection[tuple[object, ...]], zone: str, passwords: Mapping[str, str] | None = None) -> None:
    """Create the roles of `zone` if they are missing; `passwords` by role where the server asks for them."""
    for role in ROLES:
        name = role_name(zone, role)
        if server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
            server.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE").format(sql.Identifier(name)))
        if passwords:
            server.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(passwords[role])))


def create_database(server: psycopg.Connection[tuple[object, ...]], zone: str, name: str) -> None:
    """Create the database `name` of `zone`, open to the zone's roles alone."""
    if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(role_name(zone, "migrator"))
            )
        )
    server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    server.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(role_name(zone, "service")))
    )
    server.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(role_name(zone, "auditor"))))
