"""The run of all tests tells what failed and why; a second try excuses nothing that fails twice, and hides nothing that passed then."""

import sys
from pathlib import Path

import pytest

from scripts.run_tests import TOLD_AGAIN, Failure, Step, failure, files_that_failed, why

SUMMARY = "FAILED tests/browser/test_one.py::test_a - AssertionError: {who}"
FAILS_ONCE = (
    "import pathlib, sys; seen = pathlib.Path(sys.argv[1]); tried = seen.exists(); seen.touch(); print(sys.argv[2]); sys.exit(not tried)"
)
ALWAYS_FAILS = "import sys; print(sys.argv[2]); sys.exit(1)"


@pytest.mark.parametrize(("program", "passed_later"), [(FAILS_ONCE, True), (ALWAYS_FAILS, False)])
def test_what_fails_is_tried_again_and_told_either_way(tmp_path: Path, program: str, *, passed_later: bool) -> None:
    words = [sys.executable, "-c", program, str(tmp_path / "seen"), SUMMARY.format(who="the browser was late")]
    assert failure(Step("ブラウザー", words, second_try=words)) == Failure("ブラウザー", [words[-1]], passed_later)


def test_without_a_second_try_one_failure_is_one(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FAILS_ONCE, str(tmp_path / "seen"), SUMMARY.format(who="a rule")]
    assert failure(Step("規則", words)) == Failure("規則", [words[-1]])
    assert failure(Step("規則", words)) is None


def test_the_last_lines_say_why() -> None:
    noise = [f"line {number}" for number in range(50)]
    told = ["E   AssertionError", "FAILED a.py::b", "ERROR c.py::d - setup"]
    assert why([*noise, *told, "2 failed"]) == told
    assert why(noise) == noise[-TOLD_AGAIN:]
    assert files_that_failed([*told, "ERROR: not found", "FAILED a.py::e"]) == ["a.py", "c.py"]
