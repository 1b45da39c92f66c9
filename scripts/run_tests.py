"""`make test`: every check and every test that this machine can run; what it cannot run is named at the end.

Two lanes run beside each other, because the browser's tests mostly wait while the others mostly calculate. Each line says whose it is.
On a machine that sets CI, something that cannot run is a failure: nothing is skipped there but the engines beside Chromium.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEBIAN_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
CHROMIUM = shutil.which("chromium")
# One booking each is tried in them where they are there: Debian has them, but not every machine can install them.
OTHER_BROWSERS = {
    "Firefox での試験: apt-get install firefox-esr": ("firefox-esr",),
    "WebKit での試験: apt-get install webkit2gtk-driver xvfb": ("WebKitWebDriver", "Xvfb"),
}


@dataclass(frozen=True)
class Step:
    """One command: what it is called, its words, and what it finds in its environment besides what is there."""

    title: str
    words: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    # The same command without the tests that it runs: with these words the files that failed are tried once more.
    second_try: Sequence[str] = ()


CHECKS = (
    Step("ruff", ["ruff", "check", "."]),
    Step("形 (ruff format)", ["ruff", "format", "--check", "."]),
    Step("階の約束 (import-linter)", ["lint-imports"]),
    Step("使う部品 (deptry)", ["deptry", "src"]),
    Step("型 (mypy)", ["mypy"]),
    Step("表の版", ["python", "-m", "django", "makemigrations", "--check", "--dry-run", "--settings", "madoguchi.zones.all_apps"]),
)
# The order of the collection is kept: the browser's tests come last (tests/conftest.py).
PYTEST = ["pytest", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "10"]
# Everything that touches a database; a test of pure rules says the same on either engine. Pages ask through the same services, who guesses
# some thousand times sends the same statements each time, and a kill takes the same away from either.
ON_BOTH_ENGINES = ["-m", "(django_db or database) and not browser", "-k", "not _pages and not url_table and not guessing and not kills"]
# An installation on a server with passwords is one on a system's own PostgreSQL.
SERVER = "tests/test_database_server.py"
# What tries again and again tries less often on the second engine, and one example of a test is enough there: the statements are the same.
SHORTER = {"MADOGUCHI_ONE_EXAMPLE": "yes", "MADOGUCHI_RACE_ROUNDS": "4", "MADOGUCHI_HISTORIES": "6"}
# Three runs read the same files one after another: what the first has compiled the others find, also where Python was told to keep nothing.
KEEP_COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}

# What a failed step said is said again at the end, where a machine that keeps only the last lines of a long run still has it.
TELLING = ("E  ", "FAILED", "ERROR")
TOLD_AGAIN = 20

_speaking = threading.Lock()


def say(line: str) -> None:
    """Write one whole line, whoever else speaks."""
    with _speaking:
        print(line, flush=True)


@dataclass(frozen=True)
class Failure:
    """A step that failed, and the lines of its output that say why; `passed_later` when its files passed as a whole at the second try."""

    title: str
    lines: Sequence[str]
    passed_later: bool = False


def why(output: Sequence[str]) -> list[str]:
    """Return the last lines that name a failure, or the last lines of all where none does (a checker that is not pytest)."""
    telling = [line for line in output if line.startswith(TELLING)]
    return list(telling or output)[-TOLD_AGAIN:]


def files_that_failed(output: Sequence[str]) -> list[str]:
    """Return the test files that pytest's summary names as failed."""
    named = [line.split()[1] for line in output if line.startswith(("FAILED ", "ERROR "))]
    return sorted({name.partition("::")[0] for name in named if ".py" in name})


def failure(step: Step) -> Failure | None:
    """Run one step and return its failure, None when it passed at once.

    A browser beside everything else on a busy machine can miss a moment. What failed there is run once more, whole files: a fault of ours
    fails again, and what passes is still told at the end as unsteady, for somebody to look into.
    """
    passed, output = run(step)
    if passed:
        return None
    files = files_that_failed(output)
    if step.second_try and files:
        passed_later, again = run(Step(f"{step.title} 2回目", [*step.second_try, *files], step.environment))
        return Failure(step.title, why(output if passed_later else again), passed_later)
    return Failure(step.title, why(output))


def run(step: Step) -> tuple[bool, list[str]]:
    """Run one step with its output shown line by line; return whether it passed, and the output."""
    say(f"== {step.title}")
    began = time.monotonic()
    output: list[str] = []
    with subprocess.Popen(
        step.words,
        cwd=ROOT,
        env={**os.environ, **KEEP_COMPILED, **step.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line.rstrip())
            say(f"{step.title} | {output[-1]}")
    passed = process.returncode == 0
    say(f"-- {step.title}: {'合格' if passed else '不合格'} ({time.monotonic() - began:.0f} 秒)")
    return passed, output


def failures(lane: Sequence[Step]) -> list[Failure]:
    """Run the steps of a lane one after another, all of them; return what failed."""
    return [failed for step in lane if (failed := failure(step)) is not None]


def lanes() -> tuple[list[list[Step]], list[str]]:
    """Return what runs beside each other on this machine, and what it cannot run, each with the command that would install it."""
    elsewhere = ["--ignore", SERVER] if DEBIAN_POSTGRES else []
    calculating = [*CHECKS, Step("試験 (内蔵の PostgreSQL)", [*PYTEST, "-m", "not browser", *elsewhere])]
    waiting: list[Step] = []
    missing = []
    if CHROMIUM is None:
        missing.append("ブラウザーの試験: apt-get install chromium fonts-noto-cjk")
    else:
        browsing = [*PYTEST, "-m", "browser"]
        waiting.append(Step("試験 (ブラウザー)", [*browsing, "tests/browser"], second_try=browsing))
    if DEBIAN_POSTGRES:
        newest = DEBIAN_POSTGRES[-1]
        environment = {**SHORTER, "MADOGUCHI_POSTGRES_BIN": str(newest)}
        waiting.append(Step(f"試験 (Debian の PostgreSQL {newest.parent.name})", [*PYTEST, *ON_BOTH_ENGINES], environment))
    else:
        missing.append("Debian の PostgreSQL での試験: apt-get install postgresql-15")
    return [calculating, waiting], missing


def main() -> int:
    """Run everything and return 0 when all of it passed."""
    beside, missing = lanes()
    with ThreadPoolExecutor(len(beside)) as pool:
        failed = [each for lane in pool.map(failures, beside) for each in lane]
    for line, programs in OTHER_BROWSERS.items():
        if CHROMIUM is not None and not all(shutil.which(program) for program in programs):
            print(f"この機械では動かせなかったもの (不合格にはしない): {line}", flush=True)
    for line in missing:
        say(f"この機械では動かせなかったもの: {line}")
    for each in failed:
        say(f"{'不安定 (2回目に合格)' if each.passed_later else '不合格'}: {each.title}")
        for line in each.lines:
            say(f"  {line}")
    return 1 if not all(each.passed_later for each in failed) or (missing and os.environ.get("CI")) else 0


if __name__ == "__main__":
    sys.exit(main())
