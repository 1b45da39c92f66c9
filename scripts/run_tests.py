"""`make test`: every check and every test that this machine can run; what it cannot run is named at the end.

On a machine that sets CI, something that cannot run is a failure: nothing is skipped there.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEBIAN_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
CHROMIUM = shutil.which("chromium")

CHECKS = (
    ("ruff", ["ruff", "check", "."]),
    ("形 (ruff format)", ["ruff", "format", "--check", "."]),
    ("階の約束 (import-linter)", ["lint-imports"]),
    ("使う部品 (deptry)", ["deptry", "src"]),
    ("型 (mypy)", ["mypy"]),
    ("表の版 (migrations)", ["python", "-m", "django", "makemigrations", "--check", "--dry-run", "--settings", "madoguchi.zones.all_apps"]),
)
# Everything that touches a database; a test of pure rules says the same on either engine.
ON_BOTH_ENGINES = "(django_db or database) and not browser"
# The order of the collection is kept: the browser's tests come last (tests/conftest.py).
# What tries again and again tries less often on the second engine: the code is the same.
SHORTER = {"MADOGUCHI_SOAK_KILLS": "6", "MADOGUCHI_RACE_ROUNDS": "4", "MADOGUCHI_HISTORIES": "6"}
PYTEST = ["pytest", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "10"]


def step(title: str, words: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run one step with its output shown; tell whether it succeeded."""
    print(f"== {title}", flush=True)
    began = time.monotonic()
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **(environment or {})}, check=False)
    print(f"-- {title}: {'合格' if done.returncode == 0 else '不合格'} ({time.monotonic() - began:.0f} 秒)", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run everything and return 0 when all of it passed."""
    failed = [title for title, words in CHECKS if not step(title, words)]
    missing = []
    selection = []
    if CHROMIUM is None:
        missing.append("ブラウザーの試験: apt-get install chromium fonts-noto-cjk")
        selection = ["-m", "not browser"]
    if not step("試験 (内蔵の PostgreSQL)", [*PYTEST, *selection]):
        failed.append("試験 (内蔵の PostgreSQL)")
    if DEBIAN_POSTGRES:
        title = f"データベースの試験 (Debian の PostgreSQL {DEBIAN_POSTGRES[-1].parent.name})"
        if not step(title, [*PYTEST, "-m", ON_BOTH_ENGINES], {**SHORTER, "MADOGUCHI_POSTGRES_BIN": str(DEBIAN_POSTGRES[-1])}):
            failed.append(title)
    else:
        missing.append("Debian の PostgreSQL での試験: apt-get install postgresql-15")
    for line in missing:
        print(f"この機械では動かせなかったもの: {line}", flush=True)
    for title in failed:
        print(f"不合格: {title}", flush=True)
    return 1 if failed or (missing and os.environ.get("CI")) else 0


if __name__ == "__main__":
    sys.exit(main())
