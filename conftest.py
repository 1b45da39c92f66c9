"""Fixtures of every test: an embedded PostgreSQL, migrated once and cloned for each parallel worker, used as the service role."""

import contextlib
import fcntl
import os
import runpy
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client, RequestFactory, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.platform.database.provision import create_database, create_roles
from madoguchi.platform.database.roles import ROLES, role_name

# A busy machine is no fault of what is tested: how long an example takes is never judged.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")

TEST_DATA = "MADOGUCHI_TEST_DATA"
ONE_EXAMPLE = "MADOGUCHI_ONE_EXAMPLE"
TEMPLATE = "madoguchi_template"
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues that changed, and name the folder of this run's cluster, which is started only when a test needs it."""
    if not hasattr(config, "workerinput"):
        runpy.run_path(str(Path(__file__).with_name("hatch_build.py")))["compile_catalogues"](Path(__file__).parent)
    if not hasattr(config, "workerinput") and TEST_DATA not in os.environ:
        os.environ[TEST_DATA] = tempfile.mkdtemp(prefix="madoguchi-test-")
        config.add_cleanup(_remove_cluster)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where one example of each test is asked for, leave out the others: they send the same statements with other values."""
    if os.environ.get(ONE_EXAMPLE) != "yes":
        return
    first: dict[str, pytest.Item] = {}
    for item in items:
        first.setdefault(item.nodeid.partition("[")[0], item)
    kept = set(first.values())
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _remove_cluster() -> None:
    folder = Path(os.environ.pop(TEST_DATA))
    if (folder / "pgdata").exists():
        _cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _cluster(folder: Path) -> Cluster:
    return Cluster(folder, embedded_binaries(), fsync=False)


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The running cluster of this test run, with the roles of the test zone."""
    running = _cluster(Path(os.environ[TEST_DATA]))
    running.ensure_running()
    return running


def _set_role(role: str) -> None:
    connections["default"].settings_dict["OPTIONS"]["options"] = f"-c role={role_name('test', role)}"
    connections["default"].close()


def _migrate_template(cluster: Cluster) -> None:
    """Make the migrated template database, once per run."""
    from django.core.management import call_command

    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:
        create_roles(server, "test")
        server.execute("CREATE ROLE madoguchi_tester LOGIN")
        for role in ROLES:
            server.execute(sql.SQL("GRANT {} TO madoguchi_tester").format(sql.Identifier(role_name("test", role))))
        server.execute(
            sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(sql.Identifier(role_name("test", "migrator")))
        )
        create_database(server, "test", TEMPLATE)
    connections["default"].settings_dict["NAME"] = TEMPLATE
    _set_role("migrator")
    call_command("migrate", verbosity=0, interactive=False)
    _set_role("service")
    (cluster.folder / "template-is-ready").touch()


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster, django_db_blocker: "pytest.FixtureRequest", worker_id: str) -> Iterator[None]:
    """Give this worker an own database, cloned from the migrated template, and connect to it as the service role."""
    name = f"madoguchi_{worker_id}"
    settings = connections["default"].settings_dict
    settings["HOST"] = str(cluster.socket_folder)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django's blocker
        with (cluster.folder / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (cluster.folder / "template-is-ready").exists():
                _migrate_template(cluster)
            with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as server:
                server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        settings["NAME"] = name
        _set_role("service")
        yield
        connections.close_all()


def _empty_tables(_case: TransactionTestCase) -> None:
    """Empty behind a test that commits every table that it filled, and begin their numbers anew; only the owner of the tables may.

    Rows are deleted with the guards and references asleep: a TRUNCATE makes every file of a table and of its indexes anew, for some rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "migrator"))))
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
        )
        tables = [sql.Identifier(row[0]) for row in cursor.fetchall() if row[0] not in KEPT_TABLES]
        if tables:
            cursor.execute(sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(table) for table in tables))
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
            " WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename <> ALL(%s)",
            [[f"{table}_id_seq" for table in KEPT_TABLES]],
        )
        cursor.execute("RESET session_replication_role")
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "service"))))


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]  # Django's own flush needs the owner's rights


@pytest.fixture
def as_auditor() -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager in which the test's connection reads as the auditor, inside the test's own transaction."""

    @contextlib.contextmanager
    def reading() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "auditor"))))
            try:
                yield
            finally:
                cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role_name("test", "service"))))

    return reading


@pytest.fixture
def secrets_folder(tmp_path: Path, settings: object) -> Path:
    """A zone folder with every secret that `init` makes; the settings point at it."""
    from madoguchi.zones.configuration import SECRET_NAMES, ZoneFolder

    folder = ZoneFolder(tmp_path, "booking")
    for name in SECRET_NAMES:
        folder.make_secret(name)
    settings.MADOGUCHI_FOLDER = folder.path  # type: ignore[attr-defined]  # pytest-django's settings wrapper
    settings.MADOGUCHI_SECRETS = folder.secrets  # type: ignore[attr-defined]
    return folder.secrets


@pytest.fixture
def signed_in_client(db: None) -> Callable[..., Client]:
    """Return a function that makes an account with a starting role (`clerk`, `chief`, …) and a client in which it is signed in.

    The account stands at `client.staff`; `place` limits the role, `user_id` names the account (the role's code by default).
    """
    from django.contrib.auth.models import AnonymousUser

    from madoguchi.platform.accounts import services, sign_in
    from madoguchi.platform.accounts.models import Staff
    from madoguchi.platform.accounts.sessions import SessionStore
    from madoguchi.platform.audit.actors import automatic
    from madoguchi.zones.role_catalogue import starting_roles

    def signed_in(role: str, *, place: str = "", user_id: str = "") -> Client:
        actor, name = automatic("test"), user_id or role
        services.seed_roles(starting_roles(), actor)
        staff = services.create_staff(
            user_id=name,
            name=f"試験 {name}",
            section=services.section_named("100", "市民窓口課"),
            actor=actor,
            password="kawa-no-hotori-7",
            must_change_password=False,
        )
        services.assign_role(staff, role, actor=actor, place=place)
        client, request = Client(), RequestFactory().get("/")
        request.user, request.session = AnonymousUser(), SessionStore()
        sign_in.open_session(request, staff)
        request.session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
        client.staff = Staff.objects.get(pk=staff.pk)  # type: ignore[attr-defined]  # for the test to read
        return client

    return signed_in
