"""The manual for clerks: every page and picture that it names is there, every picture is used, and all of it is small."""

import re
from pathlib import Path

import pytest

MANUAL = Path(__file__).parents[1] / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*.md"))


def targets(page: Path) -> set[Path]:
    """Return the files that a page leads to or shows."""
    return {(MANUAL / found).resolve() for found in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path) -> None:
    assert [target for target in targets(page) if not target.exists()] == []


def test_every_page_is_in_the_contents_and_every_picture_on_a_page() -> None:
    assert len(PAGES) > 10
    assert targets(MANUAL / "README.md") >= {page.resolve() for page in PAGES if page.name != "README.md"}
    shown = set().union(*map(targets, PAGES))
    assert [picture.name for picture in sorted(MANUAL.glob("images/*.png")) if picture.resolve() not in shown] == []


def test_the_pictures_weigh_little() -> None:
    assert sum(picture.stat().st_size for picture in MANUAL.glob("images/*.png")) < 6_000_000
