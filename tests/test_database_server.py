"""An installation on a PostgreSQL server that somebody else runs, reached over TCP with passwords, as in production."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from madoguchi.platform.database.cluster import SUPERUSER, Cluster, embedded_binaries

pytestmark = [pytest.mark.slow, pytest.mark.database]
PASSWORD = "only-for-this-test"


@dataclass(frozen=True)
class Server(Cluster):
    """A PostgreSQL server on a TCP port that asks for passwords."""

    port: int = 0

    def dsn(self, database: str, user: str = SUPERUSER) -> str:
        return f"host={self.socket_folder} port={self.port} dbname={database} user={user}"

    def _server_options(self) -> list[str]:
        return ["-h 127.0.0.1", f"-p {self.port}", f"-k '{self.socket_folder}'", "-c fsync=off"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    running = Server(tmp_path / "server", embedded_binaries(), fsync=False, port=port)
    with running.running():
        with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER ROLE {SUPERUSER} PASSWORD '{PASSWORD}'")
            (running.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
        yield running


def madoguchi(data: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "madoguchi.zones.command", *words, "--data", str(data), "--json"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_both_zones_live_on_a_server_with_passwords(server: Server, tmp_path: Path) -> None:
    data = tmp_path / "data"
    admin = f"host=127.0.0.1 port={server.port} dbname=postgres user={SUPERUSER} password={PASSWORD}"
    made = madoguchi(data, "init", MADOGUCHI_DATABASE_ADMIN=admin)
    assert made.returncode == 0, made.stderr
    assert not (data / "database").exists(), "no embedded cluster is made beside a server"
    checked = madoguchi(data, "doctor")
    assert checked.returncode == 1, "the doctor finds that this server would lose acknowledged bookings with the power"
    assert "fsync" in checked.stdout
    listed = madoguchi(data, "delivery", "cards", "list", "--state", "all")
    assert (listed.returncode, listed.stdout.strip()) == (0, '{"rows": []}'), listed.stderr
    with psycopg.connect(f"{admin.replace('dbname=postgres', 'dbname=madoguchi_delivery')}") as connection:
        owner = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'cards_card'").fetchone()
    assert owner == ("madoguchi_delivery_migrator",)


def test_a_server_that_refuses_is_named(tmp_path: Path) -> None:
    refused = madoguchi(tmp_path / "data", "init", MADOGUCHI_DATABASE_ADMIN="host=127.0.0.1 port=1 dbname=postgres user=nobody")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "data" / "booking" / "zone.json").exists()
