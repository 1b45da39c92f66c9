"""Who may open which address: read from the views' own declarations, written to docs/urls.md, compared by a test.

`python -m madoguchi.zones.url_table > docs/urls.md` writes the table anew.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver

from madoguchi.zones.configuration import ZONES, Zone

if TYPE_CHECKING:
    from madoguchi.platform.accounts.access import Requirement

HEAD = """# Who may open which address

Made by `python -m madoguchi.zones.url_table > docs/urls.md` from the declarations of the views; a test compares it with them and opens
every address as every role. A view that declares nothing is closed to everybody.

"""
ZONE_NAMES: dict[Zone, str] = {"booking": "Booking zone", "delivery": "Delivery zone"}


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a zone: its path, its name, what its parts are, and what its view requires (None: it says nothing)."""

    path: str
    name: str
    parts: dict[str, str]
    requirement: "Requirement | None"


def addresses_of(zone: Zone) -> list[Address]:
    """Return every address of `zone` in the order in which they are tried."""
    patterns: Sequence[URLPattern | URLResolver] = import_module(f"madoguchi.zones.{zone}.urls").urlpatterns
    return list(_walk(patterns, "/", "", {}))


def _walk(patterns: Sequence[URLPattern | URLResolver], path: str, namespace: str, parts: dict[str, str]) -> Iterator[Address]:
    from madoguchi.platform.accounts.access import requirement_of

    for one in patterns:
        here = path + str(one.pattern)
        kinds = {name: type(kind).__name__.removesuffix("Converter").lower() for name, kind in one.pattern.converters.items()}
        if isinstance(one, URLResolver):
            inner = f"{namespace}{one.namespace}:" if one.namespace else namespace
            yield from _walk(one.url_patterns, here, inner, {**parts, **kinds})
        else:
            view: Callable[..., object] = one.callback
            yield Address(here, f"{namespace}{one.name or ''}", {**parts, **kinds}, requirement_of(view))


def roles_by_right() -> dict[str, list[str]]:
    """Return for each right the starting roles that hold it."""
    from madoguchi.zones.role_catalogue import starting_roles

    found: dict[str, list[str]] = {}
    for role in starting_roles():
        for right in role.rights:
            found.setdefault(right.code, []).append(role.code)
    return found


def table() -> str:
    """Return the whole table as Markdown."""
    holders = roles_by_right()
    text = HEAD
    for zone in ZONES:
        text += f"## {ZONE_NAMES[zone]}\n\n| Address | Name | Right | Starting roles |\n|---|---|---|---|\n"
        for address in addresses_of(zone):
            text += f"| `{address.path}` | {address.name} | {' | '.join(_who(address.requirement, holders))} |\n"
        text += "\n"
    return text.rstrip() + "\n"


def _who(requirement: "Requirement | None", holders: dict[str, list[str]]) -> tuple[str, str]:
    if requirement is None:
        return "**undeclared**", "nobody"
    if requirement.everybody:
        return "none needed", "everybody"
    if not requirement.rights:
        return "signed in", "all"
    codes = [right.code for right in requirement.rights]
    roles = sorted({role for code in codes for role in holders.get(code, [])})
    return " or ".join(codes), ", ".join(roles) or "nobody yet"


def main() -> None:
    """Print the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.zones.all_apps")
    import django

    django.setup()
    sys.stdout.write(table())


if __name__ == "__main__":
    main()
