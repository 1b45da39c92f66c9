"""Children that end: which of them begin again, and when the rest ends with them."""

from pathlib import Path

import pytest

from madoguchi.zones import serving
from madoguchi.zones.serving import supervised


def _lives(told: Path) -> list[str]:
    return ["/bin/sh", "-c", f"echo lived >> {told}"]


def test_a_worker_that_ends_begins_again_until_it_does_nothing_but_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "_SHORT_LIVES", 2)
    monkeypatch.setattr(serving, "_LONGEST_PAUSE_SECONDS", 0)
    told = tmp_path / "lives"
    with supervised() as supervisor:
        supervisor.start("web", ["/bin/sleep", "60"], {})
        supervisor.start("worker", _lives(told), {}, again=True)
        assert supervisor.wait() == "worker"
        assert supervisor.children["web"].poll() is None
    assert told.read_text().splitlines() == ["lived"] * 3
    assert capsys.readouterr().err.count("worker") == 2


def test_a_child_that_may_not_begin_again_ends_the_rest_at_once(tmp_path: Path) -> None:
    told = tmp_path / "lives"
    with supervised() as supervisor:
        supervisor.start("web", _lives(told), {})
        supervisor.start("worker", ["/bin/sleep", "60"], {}, again=True)
        assert supervisor.wait() == "web"
    assert told.read_text().splitlines() == ["lived"]
    assert supervisor.children["worker"].returncode != 0
