"""P20: the page for the web server in front stands alone, in every language."""

import argparse
import re
from pathlib import Path

import pytest

from madoguchi.booking.municipality.away_page import away_page
from madoguchi.booking.municipality.commands import write_away_page
from madoguchi.booking.municipality.services import change, set_up
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.ui.languages import LANGUAGES
from madoguchi.platform.verbs import Refusal, Silent

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> None:
    set_up("142051")
    change(automatic("test"), telephone="0466-00-0000", telephone_hours="平日 8時30分〜17時")


@pytest.mark.usefixtures("town")
def test_it_names_the_town_and_its_telephone_in_every_language_and_asks_for_nothing_else() -> None:
    page = away_page()
    assert re.findall(r'<section lang="([^"]+)"', page) == [language.code for language in LANGUAGES]
    headings = re.findall(r"<h[12]>(.*?)</h[12]>", page)
    assert len(set(headings)) == len(LANGUAGES)
    assert "ただいまご利用いただけません｜藤沢市" in page
    assert '<a href="tel:0466-00-0000">0466-00-0000</a>（平日 8時30分〜17時）' in page
    assert "<ruby>" in page
    assert "max-width: 40rem" in page
    assert not re.search(r"\bsrc=|url\(|<link|<script|@import", page)
    assert not re.search(r'href="(?!tel:)', page)
    assert len(page.encode()) < 10_000


@pytest.mark.usefixtures("town")
def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "503.html"
    done = write_away_page(argparse.Namespace(out=str(out)), Silent())
    assert out.read_text(encoding="utf-8") == away_page()
    assert done.data == {"file": str(out), "bytes": out.stat().st_size}
    with pytest.raises(Refusal):
        write_away_page(argparse.Namespace(out=str(tmp_path / "nowhere" / "503.html")), Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["503.html"]
