"""役割と権限の表: which role of this municipality holds which right of this zone, as it is now (S30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db.models import Count, Q

from madoguchi.platform.accounts.models import Role
from madoguchi.platform.accounts.rights import Right


@dataclass(frozen=True, slots=True)
class RightRow:
    """One right and, in the order of the roles, who holds it."""

    right: Right
    held: Sequence[bool]

    @property
    def is_nobodys(self) -> bool:
        """Tell whether no role holds it: what it opens is closed to everybody."""
        return not any(self.held)


def rights_of_zone() -> list[Right]:
    """Return every right that the installed apps name, by its code."""
    found: dict[str, Right] = {}
    for app in apps.get_app_configs():
        if app.name.startswith("madoguchi.") and find_spec(f"{app.name}.rights"):
            named = vars(import_module(f"{app.name}.rights")).values()
            found |= {right.code: right for right in named if isinstance(right, Right)}
    return [found[code] for code in sorted(found)]


def roles_with_people() -> list[tuple[Role, int]]:
    """Return the roles, each with how many open accounts have it. One statement."""
    people = Count("assignment__staff", filter=Q(assignment__staff__is_active=True), distinct=True)
    return [(role, role.people) for role in Role.objects.filter(is_retired=False).annotate(people=people).order_by("code")]


def rows_for(roles: Sequence[Role]) -> list[RightRow]:
    """Return the table for `roles`: a row for each right."""
    held = [frozenset(role.rights) for role in roles]
    return [RightRow(right, [right.code in codes for codes in held]) for right in rights_of_zone()]
