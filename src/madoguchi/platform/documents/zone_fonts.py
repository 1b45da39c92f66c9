"""The fonts of this zone: the machine's, the municipality's own from the zone's folder, and its substitutes for what has no shape."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from madoguchi.platform.documents.fonts import Shelf, open_shelf

_sources: list[Callable[[], Mapping[int, str]]] = []


def own_font_folder() -> Path:
    """Return the folder into which a municipality puts its font for private-use characters (外字)."""
    return Path(settings.MADOGUCHI_FOLDER) / "fonts"


def take_substitutes_from(source: Callable[[], Mapping[int, str]]) -> None:
    """Name the table that says what is printed for an own character that no font has a shape for."""
    if source not in _sources:
        _sources.append(source)


def zone_shelf() -> Shelf:
    """Return the fonts from which this zone prints, as they are now."""
    substitutes = {point: text for source in _sources for point, text in source().items()}
    return dataclasses.replace(open_shelf(own_font_folder()), substitutes=substitutes)
