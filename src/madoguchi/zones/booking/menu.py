"""The menu of the desk."""

from collections.abc import Sequence

from django.http import HttpRequest

from madoguchi.platform.ui.shell import MenuSection
from madoguchi.zones.menus import Chapter, menu_for

CHAPTERS: tuple[Chapter, ...] = ()


def menu(request: HttpRequest) -> Sequence[MenuSection]:
    """Return what the signed-in person may open."""
    return menu_for(request, CHAPTERS)
