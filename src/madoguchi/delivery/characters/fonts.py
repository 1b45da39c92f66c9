"""The municipality's font on pages: one style sheet that names its files, each for the characters that it has a shape for.

The sheet's address holds a digest of what is in it, so that browsers keep it until the font changes. The font comes from this process
and no other (CSP `font-src 'self'`).
"""

import hashlib

from django.urls import reverse

from madoguchi.platform.documents.own_fonts import OwnFont, own_fonts
from madoguchi.platform.documents.zone_fonts import own_font_folder

FAMILY = "Own Characters"
"""The family that stands first in the style sheets' lists; it has nothing but private-use characters."""


def style_sheet_url() -> str:
    """Return where the style sheet is; empty without a font. Asks the folder, not the database: every page calls it."""
    fonts = own_fonts(own_font_folder())
    return reverse("characters:style", args=[_digest_of(fonts)]) if fonts else ""


def _digest_of(fonts: tuple[OwnFont, ...]) -> str:
    return hashlib.sha256("".join(font.digest for font in fonts).encode()).hexdigest()[:16]


def style_sheet(digest: str) -> str | None:
    """Return the style sheet of this digest; None when the fonts are others by now."""
    fonts = own_fonts(own_font_folder())
    if not fonts or digest != _digest_of(fonts):
        return None
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; src: url("{reverse("characters:font", args=[font.digest])}");'
        f" unicode-range: {font.unicode_range}; }}\n"
        for font in fonts
    )


def font_file(digest: str) -> OwnFont | None:
    """Return the font with this digest, None when it is not in use."""
    return next((font for font in own_fonts(own_font_folder()) if font.digest == digest), None)
