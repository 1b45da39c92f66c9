"""Running the `madoguchi` command as an operator does, and an installation to run it on."""

import contextlib
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi.kernel import invented, municipalities
from madoguchi.platform.database.cluster import Cluster, embedded_binaries

FUJISAWA = "142051"


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
    """Run the command and return how it ended; `largest_file` is the size in bytes at which its disk is full."""
    known = {name: value for name, value in os.environ.items() if name not in {"MADOGUCHI_DATA", "LANG", "LC_ALL", "LC_MESSAGES"}}
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi.zones.command", *map(str, words)],
        env={**known, "LANG": "C.UTF-8", "MADOGUCHI_FSYNC": "off", **(env or {})},
        preexec_fn=(lambda: _limit_files(largest_file)) if largest_file else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


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
