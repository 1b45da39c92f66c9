"""The fonts of this zone: the machine's, and the municipality's own from the zone's folder."""

from pathlib import Path

from django.conf import settings

from madoguchi.platform.documents.fonts import Shelf, open_shelf


def own_font_folder() -> Path:
    """Return the folder into which a municipality puts its font for private-use characters (外字)."""
    return Path(settings.MADOGUCHI_FOLDER) / "fonts"


def zone_shelf() -> Shelf:
    """Return the fonts from which this zone prints, as they are now."""
    return open_shelf(own_font_folder())
