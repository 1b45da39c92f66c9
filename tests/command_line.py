"""Running the `madoguchi` command as an operator does, and an installation to run it on."""

import contextlib
import fcntl
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi.kernel import invented, municipalities
from madoguchi.platform.database.cluster import Cluster, embedded_binaries
from madoguchi.zones import command

FUJISAWA = "142051"

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        *("django.contrib.auth.hashers", "django.db.models", "django.forms", "django.http", "django.template.backends.django"),
        *("PIL.Image", "argon2", "cryptography.x509", "fontTools.ttLib", "jpholiday", "openpyxl", "pikepdf", "procrastinate", "psycopg"),
        *("pypdfium2", "segno", "sqlparse", "structlog.dev", "typst", "zxingcpp", "tests.command_line"),
    ]
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self
        loaded: dict[str, Any] = json.loads(lines[0])
        return loaded


def madoguchi(*words: object, env: Mapping[str, str] | None = None, largest_file: int | None = None) -> Done:
    """Run the command and return how it ended; `largest_file` is the size in bytes at which its disk is full.

    It runs in a process of its own, forked from one that has read the libraries and nothing of a zone: reading them takes three times as
    long as most commands.
    """
    known = {name: value for name, value in os.environ.items() if name not in {"MADOGUCHI_DATA", "LANG", "LC_ALL", "LC_MESSAGES"}}
    environment = {**known, "LANG": "C.UTF-8", "MADOGUCHI_FSYNC": "off", **(env or {})}
    with tempfile.TemporaryDirectory(prefix="madoguchi-said-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _FORKING.Process(target=_become_the_command, args=([*map(str, words)], environment, out, err, largest_file))
        process.start()
        process.join(timeout=300)
        if process.exitcode is None:
            process.kill()
            raise AssertionError(f"still at work after 300 seconds: {words}")
        done = Done(process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
    assert "Traceback" not in done.err, done.err
    return done


def _become_the_command(words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, largest_file: int | None) -> None:
    """In the forked process: take the environment and the streams of a command, and run it as the console script does."""
    os.environ.clear()
    os.environ.update(environment)
    for file, stream in ((out, sys.stdout), (err, sys.stderr)):
        with file.open("wb") as opened:
            os.dup2(opened.fileno(), stream.fileno())
    if largest_file:
        _limit_files(largest_file)
    sys.exit(command.main(words))


def _limit_files(size: int) -> None:
    """In the child: a write beyond `size` fails (EFBIG) in place of killing the process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def in_zone(data: Path, zone: str, script: str, *words: object) -> str:
    """Run a Python script as a process of a zone and return what it printed."""
    environment = {**os.environ, "MADOGUCHI_DATA": str(data), "MADOGUCHI_ZONE": zone, "MADOGUCHI_ROLE": "service", "MADOGUCHI_FSYNC": "off"}
    environment["DJANGO_SETTINGS_MODULE"] = f"madoguchi.zones.{zone}.settings"
    script = f"import django\ndjango.setup()\n{script}"
    done = subprocess.run([sys.executable, "-c", script, *map(str, words)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def initialise(data: Path) -> None:
    """Put a fresh installation at `data`. It is made once in a test run and copied: all are one installation with the same keys."""
    shared = Path(os.environ["MADOGUCHI_TEST_DATA"])
    with (shared / "initialised.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "initialised").exists():
            made = madoguchi("init", "--data", shared / "making", "--json")
            assert made.code == 0, made.err
            (shared / "making").rename(shared / "initialised")
    # With owners: the database belongs to a user of its own where the tests run as root.
    subprocess.run(["/bin/cp", "-a", str(shared / "initialised"), str(data)], check=True)


@contextlib.contextmanager
def installation(folder: Path, *, of_its_own: bool = False) -> Iterator[Path]:
    """A freshly initialised installation; its database stays up for the block, so that each command need not start it.

    With `of_its_own` it has keys and a name that no other has.
    """
    data = folder / "data"
    if of_its_own:
        made = madoguchi("init", "--data", data, "--json")
        assert made.code == 0, made.err
    else:
        initialise(data)
    with Cluster(data / "database", embedded_binaries(), fsync=False).running():
        yield data


def card_list(file: Path, layout: invented.LayoutCode = "fujisawa", rows: int = 12, seed: int = 1, faults: int = 0) -> Path:
    """Write an invented card list."""
    fujisawa = municipalities.find(FUJISAWA)
    assert fujisawa is not None
    lines, _planted = invented.card_list(layout, fujisawa, rows, seed, faults=faults)
    file.write_bytes(b"".join(lines))
    return file
