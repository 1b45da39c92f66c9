"""Every pair of colours that the stylesheets put together, recomputed from the tokens (WCAG 1.4.3, 1.4.11; DADS: 4.5 everywhere)."""

import re
from pathlib import Path

import pytest

import madoguchi.platform.ui

STYLES = Path(madoguchi.platform.ui.__file__).parent / "static" / "ui"
TEXT, LARGE_SIGN = 4.5, 3.0

TEXT_ON = [
    ("ink", "paper"), ("ink", "tint"), ("ink", "key-50"), ("ink", "halo"), ("ink", "bad-tint"), ("ink", "warn-tint"),
    ("ink", "ok-tint"), ("ink", "note-tint"), ("ink-soft", "paper"), ("ink-soft", "tint"), ("ink-soft", "key-50"),
    ("link", "paper"), ("link", "tint"), ("link", "key-50"), ("link", "key-100"), ("link-visited", "paper"),
    ("link-visited", "tint"), ("link-visited", "key-50"), ("paper", "key-900"), ("paper", "key-1000"), ("paper", "key-1200"),
    ("key-900", "paper"), ("key-900", "key-50"), ("key-900", "key-100"), ("key-900", "tint"), ("key-1000", "paper"),
    ("paper", "bad"), ("paper", "bad-deep"), ("paper", "ok-deep"), ("paper", "warn-deep"), ("paper", "note-deep"),
    ("bad", "paper"), ("bad", "tint"), ("bad-deep", "bad-tint"), ("ok-deep", "ok-tint"), ("warn-deep", "warn-tint"),
    ("note-deep", "note-tint"), ("demo-ink", "demo-tint"), ("training-ink", "training-tint"),
]  # fmt: skip
SIGN_ON = [
    ("line", "paper"), ("line", "tint"), ("key-900", "paper"), ("key-900", "key-50"), ("note", "note-tint"), ("ok", "ok-tint"),
    ("bad", "bad-tint"), ("warn", "warn-tint"), ("ring", "paper"), ("ring", "tint"), ("halo", "key-1200"), ("halo", "key-900"),
]  # fmt: skip


def tokens() -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", (STYLES / "tokens.css").read_text(encoding="utf-8")))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ec0000", "#f2f2f2") < TEXT  # a pair of the design system that must not be used for words


@pytest.mark.parametrize(("ink", "paper"), TEXT_ON)
def test_words_can_be_read(ink: str, paper: str) -> None:
    assert contrast(tokens()[ink], tokens()[paper]) >= TEXT


@pytest.mark.parametrize(("sign", "paper"), SIGN_ON)
def test_borders_and_signs_can_be_seen(sign: str, paper: str) -> None:
    assert contrast(tokens()[sign], tokens()[paper]) >= LARGE_SIGN


def test_every_colour_is_a_token_and_every_token_of_colour_is_in_a_tested_pair() -> None:
    rules = "".join((STYLES / name).read_text(encoding="utf-8") for name in ("base.css", "site-public.css", "site-staff.css"))
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []
    tested = {name for pair in (*TEXT_ON, *SIGN_ON) for name in pair}
    decoration = {"key-300", "line-soft"}  # borders of panels and rows: carry no meaning
    assert set(tokens()) - tested == decoration
