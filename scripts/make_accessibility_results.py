"""Run the examinations of accessibility and write what they found for the public result page.

`python -m scripts.make_accessibility_results` takes some minutes; with codes behind it (`A13 A18`) only those that are stories of their own
are made again, and the rest stays as it is. It writes the figures also when faults were found: then it ends with status 1, and the page
says so.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path

from madoguchi.booking.citizens.accessibility import RESULTS
from tests.accessibility import STORIES

# The rounds of the roles look at pages of staff alone.
PUBLIC = "not every_page_of_a_role and not no_address_was_left_out"


def run_tests(codes: Iterable[str], results: Path, report: Path) -> None:
    """Run every test that these examinations need."""
    files = sorted({file for code in codes for file, _names in STORIES[code]})
    subprocess.run(
        # Two workers as in `make test`: the round of every page leaves its municipality otherwise than the stories find it.
        [sys.executable, "-m", "pytest", "-q", "-n2", "--dist", "loadgroup", "-k", PUBLIC, *files, f"--junitxml={report}"],
        env={**os.environ, "MADOGUCHI_ACCESSIBILITY_RESULTS": str(results)},
        check=False,
    )


def count_stories(codes: Iterable[str], report: Path) -> dict[str, dict[str, int]]:
    """Return how many tests of each of these stories ran, and how many failed."""
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 pytest wrote it a moment ago
    counts = {}
    for code in codes:
        chosen = [
            case
            for file, names in STORIES[code]
            for case in cases
            if case.get("classname", "").startswith(file.removesuffix(".py").replace("/", ".")) and re.search(names, case.get("name", ""))
        ]
        failed = [case for case in chosen if case.find("failure") is not None or case.find("error") is not None]
        counts[code] = {"looks": len(chosen), "faults": len(failed)}
    return counts


def axe_version() -> str:
    """Return the version of the axe-core that the tests load."""
    for file in distribution("axe-playwright-python").files or ():
        if file.name == "axe.min.js" and (found := re.search(r"axe v(\d+\.\d+\.\d+)", file.read_text()[:200])):
            return found.group(1)
    raise SystemExit("axe-core is not where it was")


def main(chosen: Sequence[str]) -> int:
    """Write the results; return 1 when an examination found something or never looked."""
    codes = chosen or list(STORIES)
    with tempfile.TemporaryDirectory() as folder:
        results, report = Path(folder) / "results.json", Path(folder) / "report.xml"
        run_tests(codes, results, report)
        found: dict[str, dict[str, int]] = (
            {code: counts for code, counts in json.loads(RESULTS.read_text(encoding="utf-8"))["found"].items() if code not in chosen}
            if chosen
            else json.loads(results.read_text(encoding="utf-8"))
        )
        for code, told in count_stories(codes, report).items():
            found[code] = {what: count + found.get(code, {}).get(what, 0) for what, count in told.items()}
    browser = subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
    written = {
        "day": dt.datetime.now(dt.UTC).date().isoformat(),  # noqa: TID251 a script outside the product
        "browser": " ".join(browser.split()[:2]),
        "axe": axe_version(),
        "found": dict(sorted(found.items(), key=lambda one: int(one[0][1:]))),
    }
    RESULTS.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(one["faults"] or not one["looks"] for one in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
