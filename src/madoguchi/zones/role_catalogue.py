"""The roles that a municipality starts with, put together from what each app grants them.

Functions are set one by one and administrators are few (seed 000 (5)ア(エ)); a municipality changes its copy in the database.
"""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from madoguchi.platform.accounts.rights import Right, RoleDefinition

ROLE_NAMES = {
    "clerk": "窓口担当",
    "chief": "責任者",
    "operator": "コールセンター",
    "administrator": "システム管理者",
    "auditor": "監査",
}


def starting_roles() -> list[RoleDefinition]:
    """Return the roles of this process's zone: for each the rights that the installed apps' `rights.ROLE_RIGHTS` give it."""
    granted: dict[str, list[Right]] = {code: [] for code in ROLE_NAMES}
    for app in apps.get_app_configs():
        if app.name.startswith("madoguchi.") and find_spec(f"{app.name}.rights"):
            for role, rights in getattr(import_module(f"{app.name}.rights"), "ROLE_RIGHTS", {}).items():
                granted[role].extend(rights)
    return [RoleDefinition(code, name, tuple(granted[code])) for code, name in ROLE_NAMES.items()]
