"""The manual's table of refusals says what the program says."""

from pathlib import Path

from madoguchi.kernel.kfx_refusals import REFUSALS

MANUAL = Path(__file__).resolve().parents[4] / "docs" / "exchange.md"


def test_the_manual_lists_every_refusal_as_the_program_words_it() -> None:
    table = [line for line in MANUAL.read_text(encoding="utf-8").splitlines() if line.startswith("| E")]
    assert table == [
        f"| {refusal.code}{' ⚠' if refusal.alarm else ''} | {refusal.ja} | {refusal.next_ja} |" for refusal in REFUSALS.values()
    ]
