"""Context processor: what the shells need, computed only when a template asks."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from madoguchi.platform.ui.screens import screen_of
from madoguchi.platform.ui.shell import menu_of, shell_of, site


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give ``site``, ``shell``, ``menu`` and ``screen`` (the page's code); all but the first are lazy, so a fragment costs no query."""
    return {
        "site": site(),
        "shell": SimpleLazyObject(lambda: shell_of(request)),
        "menu": () if getattr(request, "screen_locked", False) else SimpleLazyObject(lambda: menu_of(request)),
        "screen": SimpleLazyObject(lambda: screen_of(request)),
    }
