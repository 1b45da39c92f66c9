"""The embedded cluster: made, shared, stopped by the last one out, and found again with its data."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from madoguchi.platform.database.cluster import Cluster, ClusterError, embedded_binaries

pytestmark = pytest.mark.database

HOLD = """
import sys, time
from pathlib import Path
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
with Cluster(Path(sys.argv[1]), embedded_binaries(), fsync=False).running():
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def own_cluster(tmp_path: Path) -> Cluster:
    # A folder that nobody else may enter: the server passes through, the folder stays closed.
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return Cluster(closed / "database", embedded_binaries(), fsync=False)


def test_data_outlives_a_stop(own_cluster: Cluster) -> None:
    with own_cluster.running(), psycopg.connect(own_cluster.dsn("postgres")) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    assert not own_cluster.is_running()
    with own_cluster.running(), psycopg.connect(own_cluster.dsn("postgres")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert own_cluster.folder.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["窓口 の データ", "it's, another"], ids=["spaces", "marks"])
def test_a_data_folder_may_have_any_name_that_people_give(tmp_path: Path, name: str) -> None:
    cluster = Cluster(tmp_path / name, embedded_binaries(), fsync=False)
    with cluster.running(), psycopg.connect(cluster.dsn("postgres")) as connection:
        assert connection.execute("SHOW unix_socket_directories").fetchone() == (str(cluster.socket_folder),)


def test_a_name_that_a_shell_would_take_for_a_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"扱えない文字があります \(\$\)"):
        Cluster(tmp_path / "$(reboot)", embedded_binaries(), fsync=False).ensure_running()
    assert list(tmp_path.iterdir()) == []


def test_a_short_user_does_not_stop_the_server_of_a_longer_one(own_cluster: Cluster) -> None:
    with own_cluster.running():
        with own_cluster.running():
            pass
        assert own_cluster.is_running()
    assert not own_cluster.is_running()


def test_a_server_left_by_a_killed_process_is_used_and_stopped(own_cluster: Cluster) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(own_cluster.folder)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "up\n"
        holder.kill()
        holder.wait()
    assert own_cluster.is_running()
    with own_cluster.running():
        assert own_cluster.is_running()
    assert not own_cluster.is_running()


def test_a_killed_server_starts_again(own_cluster: Cluster) -> None:
    own_cluster.ensure_running()
    os.kill(int((own_cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    for _ in range(50):
        if not own_cluster.is_running():
            break
        time.sleep(0.1)
    with own_cluster.running():
        assert own_cluster.is_running()


def test_a_half_made_cluster_is_made_anew(own_cluster: Cluster) -> None:
    own_cluster.data.mkdir(parents=True)
    (own_cluster.data / "postgresql.conf").touch()
    with own_cluster.running():
        assert own_cluster.is_running()


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(ClusterError, match="MADOGUCHI_POSTGRES_BIN"):
        embedded_binaries()
