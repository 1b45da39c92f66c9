"""Fonts for tests: the machine's own, and a municipality's font with one private-use character."""

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from madoguchi.platform.documents.fonts import Shelf, open_shelf


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    return open_shelf()


@pytest.fixture(scope="session")
def own_fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a font that has a shape (a triangle) for U+E000 and nothing else."""
    folder = tmp_path_factory.mktemp("fonts")
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "gaiji"])
    builder.setupCharacterMap({0xE000: "gaiji"})
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((500, 800))
    pen.lineTo((900, 0))
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "gaiji": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "gaiji": (1000, 100)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Town Gaiji", "styleName": "Regular", "psName": "TownGaiji-Regular"})
    builder.setupOS2(sTypoAscender=880)
    builder.setupPost()
    builder.save(folder / "town.ttf")
    return folder
