"""Progress of a command as a person and a log file see it."""

import io

import pytest

from madoguchi.platform.jobs.terminal import TerminalProgress, line_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stopwatch:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_terminal_sees_one_line_rewritten() -> None:
    watch, terminal = Stopwatch(), Terminal()
    progress = TerminalProgress(terminal, watch)
    progress.advance(1, 4, "読み込み")
    watch.at += 0.0625
    progress.advance(2, 4, "読み込み")
    watch.at += 0.125
    progress.advance(3, 4, "読み込み")
    progress.advance(4, 4, "読み込み")
    progress.close()
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines == [
        "",
        "[######..................] 1／4 件 (25%) 読み込み",
        "[##################......] 3／4 件 (75%) 読み込み",
        "[########################] 4／4 件 (100%) 読み込み",
        "",
    ]
    assert "\n" not in terminal.getvalue()


def test_a_file_gets_a_plain_line_at_most_every_two_seconds() -> None:
    watch, file = Stopwatch(), io.StringIO()
    progress = TerminalProgress(file, watch)
    for tenth in range(50):
        progress.advance(tenth * 100, 5000, "反映")
        watch.at += 0.1
    progress.close()
    shown = file.getvalue().splitlines()
    assert 2 <= len(shown) <= 3
    assert all(line.endswith("反映") and "／5,000 件" in line for line in shown)
    assert "\x1b" not in file.getvalue()


def test_quick_work_writes_nothing_into_a_file() -> None:
    watch, file = Stopwatch(), io.StringIO()
    progress = TerminalProgress(file, watch)
    watch.at += 1.9
    progress.advance(1, 1)
    assert file.getvalue() == ""


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (1234, None, "1,234 件"),
        (0, 0, "0／0 件"),
        (5, 4, "[########################] 5／4 件 (100%)"),
    ],
)
def test_unknown_and_odd_totals_are_said_plainly(done: int, total: int | None, words: str) -> None:
    assert line_of(done, total, "", with_bar=True) == words


def test_a_long_note_does_not_wrap_the_line() -> None:
    assert line_of(1, 2, "あ" * 200, with_bar=False) == "1／2 件 (50%) " + "あ" * 43
