"""Roles that a municipality makes of rights itself, beside those it starts with (S30). They take two people, as giving a role does.

Rights over accounts, over their review and over the operation log stay with the starting roles: nobody makes themselves a role that gives
rights away or watches itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from madoguchi.platform.accounts import audited
from madoguchi.platform.accounts.models import Assignment, Role
from madoguchi.platform.accounts.rights import Right
from madoguchi.platform.accounts.role_table import rights_of_zone
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

PREFIX = "own-"
_KEPT_BY_STARTING_ROLES = ("accounts.", "audit.")
_TAKEN = "同じ名前の役割があります。別の名前で依頼し直してください。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a role is to be: `role` is the code of the one to be changed, empty for a new one; `before` are the rights that were seen."""

    name: str
    rights: tuple[str, ...]
    role: str = ""
    before: tuple[str, ...] = ()


def is_own(role: Role) -> bool:
    """Tell whether the municipality made this role."""
    return role.code.startswith(PREFIX)


def rights_to_choose() -> list[Right]:
    """Return the rights of this zone that an own role may hold."""
    return [right for right in rights_of_zone() if not right.code.startswith(_KEPT_BY_STARTING_ROLES)]


def names_of(codes: Collection[str]) -> list[str]:
    """Return what rights are called, in the order of their codes; a right that the zone has no more stands with its code."""
    known = {right.code: right.name for right in rights_of_zone()}
    return [known.get(code, code) for code in sorted(codes)]


def is_name_taken(name: str, *, role: str = "") -> bool:
    """Tell whether another role is called so."""
    return Role.objects.filter(name=name).exclude(code=role).exists()


def carry_out(wanted: Wanted, *, number: int, actor: Actor, reason: str) -> Role:
    """Make or change a role; whoever has it has its rights from the next request on. `number` names a new one and is never used twice.

    Raises Refusal: a right that no own role may hold, no right at all, a name that is taken, a role that is not own or was changed since.
    """
    allowed = {right.code for right in rights_to_choose()}
    if not wanted.rights or not allowed.issuperset(wanted.rights):
        raise Refusal("この役割には入れられない権限が含まれているか、権限がありません。依頼し直してください。")
    try:
        with transaction.atomic():
            return _write(wanted, sorted(wanted.rights), number, actor, reason)
    except IntegrityError:
        raise Refusal(_TAKEN) from None


def _write(wanted: Wanted, rights: list[str], number: int, actor: Actor, reason: str) -> Role:
    if is_name_taken(wanted.name, role=wanted.role):
        raise Refusal(_TAKEN)
    if not wanted.role:
        role = Role.objects.create(code=f"{PREFIX}{number}", name=wanted.name, rights=rights)
        record(actor, audited.ROLE_MADE, subject=f"role:{role.code}", content={"name": role.name, "rights": rights}, reason=reason)
        return role
    role = Role.objects.select_for_update().get(code=wanted.role)
    if not is_own(role) or role.is_retired or sorted(role.rights) != sorted(wanted.before):
        raise Refusal("この役割は、依頼のあとで変わりました。いまの内容を確かめて、依頼し直してください。")
    content = {
        "name": wanted.name,
        "added": sorted(set(rights) - set(role.rights)),
        "removed": sorted(set(role.rights) - set(rights)),
    }
    role.name, role.rights = wanted.name, rights
    role.save(update_fields=["name", "rights"])
    record(actor, audited.ROLE_CHANGED, subject=f"role:{role.code}", content=content, reason=reason)
    return role


def retire(code: str, *, actor: Actor, reason: str) -> None:
    """Give a role to nobody any more; its name stays with what was recorded of it. Raises Refusal while somebody has it."""
    with transaction.atomic():
        role = Role.objects.select_for_update().get(code=code)
        if not is_own(role) or role.is_retired:
            raise Refusal("この役割の使用は、もう終わっています。")
        if Assignment.objects.filter(role=role).exists():
            raise Refusal("この役割の人がいます。先に、その人から役割を外してください。")
        role.is_retired = True
        role.save(update_fields=["is_retired"])
        record(actor, audited.ROLE_RETIRED, subject=f"role:{code}", content={"name": role.name}, reason=reason)


def differences(wanted: Wanted) -> Sequence[tuple[str, list[str]]]:
    """Return what a second person has to see: the name, the rights that come, go and stay."""
    after, before = set(wanted.rights), set(wanted.before)
    parts = (("加わる権限", after - before), ("外れる権限", before - after), ("そのままの権限", after & before))
    return [("役割の名前", [wanted.name]), *((words, names_of(codes)) for words, codes in parts if codes)]
