"""`make soak`: the long forms of the reliability tests, hours of them; what was seen is written to docs/evidence.

    python scripts/run_soak.py                every long form
    python scripts/run_soak.py --only R-07    one of them

Each is a test of `make test` that is told to try more often. A run that fails is written down as well.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from madoguchi.platform import clock

ROOT = Path(__file__).resolve().parent.parent
EVIDENCE = ROOT / "docs" / "evidence"


@dataclass(frozen=True)
class Soak:
    """One long form: what it shows, the tests that show it, and how often they try (`variable` = `times`)."""

    code: str
    claim: str
    tests: tuple[str, ...]
    variable: str
    times: int


RESERVATIONS = "src/madoguchi/booking/reservations/tests"
SOAKS = (
    Soak(
        "R-01",
        "kill -9 of server, worker or PostgreSQL under load: nothing acknowledged is lost, over or doubled",
        ("tests/test_kills.py",),
        "MADOGUCHI_SOAK_KILLS",
        1000,
    ),
    Soak(
        "R-02",
        "many want the last place, on every write path: exactly as many get it as there are places",
        (f"{RESERVATIONS}/test_booking_races.py",),
        "MADOGUCHI_RACE_ROUNDS",
        600,
    ),
    Soak(
        "R-07",
        "guessing from many networks: nobody is taken over, nobody is locked out",
        (f"{RESERVATIONS}/test_guessing.py",),
        "MADOGUCHI_GUESSES",
        100_000,
    ),
    Soak(
        "R-13",
        "two clerks on one card: the second sees the conflict, nothing is overwritten",
        ("src/madoguchi/delivery/cards/tests/test_two_clerks.py",),
        "MADOGUCHI_RACE_ROUNDS",
        2000,
    ),
)


def _commit() -> str:
    git = shutil.which("git") or "git"
    return subprocess.run([git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def run(soak: Soak, times: int) -> bool:
    """Run one long form with its output shown, write what was seen, and tell whether it held."""
    command = ["pytest", "-n", "0", "-s", "-q", "-p", "no:cacheprovider", *soak.tests]
    print(f"== {soak.code} {soak.claim} ({soak.variable}={times})", flush=True)
    began, commit, lines = time.monotonic(), _commit(), []
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, soak.variable: str(times)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    minutes = (time.monotonic() - began) / 60
    said = [line for line in lines if line and not set(line) <= set(".% []0123456789")]
    EVIDENCE.mkdir(exist_ok=True)
    (EVIDENCE / f"{soak.code}.md").write_text(
        "\n".join(
            (
                f"# {soak.code}",
                "",
                f"{soak.claim[0].upper()}{soak.claim[1:]}.",
                "",
                f"- result: {'held' if running.returncode == 0 else 'FAILED'}",
                f"- command: `{soak.variable}={times} {' '.join(command)}`",
                f"- commit: {commit}, {clock.today().isoformat()}",
                f"- machine: {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
                f"- took: {minutes:.0f} minutes",
                "",
                "```",
                *said[-40:],
                "```",
                "",
            )
        ),
        encoding="utf-8",
    )
    return running.returncode == 0


def main() -> int:
    """Run what was asked for and return 0 when all of it held."""
    parser = argparse.ArgumentParser(description="The long forms of the reliability tests")
    parser.add_argument("--only", choices=[soak.code for soak in SOAKS])
    parser.add_argument("--times", type=int, help="how often, in place of the long form's own number")
    arguments = parser.parse_args()
    wanted = [soak for soak in SOAKS if arguments.only in (None, soak.code)]
    held = [run(soak, arguments.times or soak.times) for soak in wanted]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
