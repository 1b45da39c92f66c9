"""How a zone's address list is put together from its apps."""

from importlib.util import find_spec

from django.urls import URLResolver, include, path


def pages_of(*rooms: tuple[str, str]) -> list[URLResolver]:
    """Return the addresses of `rooms`, each (prefix, app); an app without pages adds none."""
    return [path(prefix, include(f"{app}.urls")) for prefix, app in rooms if find_spec(f"{app}.urls")]
