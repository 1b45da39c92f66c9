"""What of accounts takes two people: roles, the link with the sign-in service, and the removal of the second factor (SF-02)."""

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse

from madoguchi.platform.accounts import own_roles, services
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import ACCOUNTS_APPROVE
from madoguchi.platform.approvals.kinds import Kind, register
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal


def _concerned(approval: Approval, actor: Actor) -> Staff:
    """Return whom the request concerns; nobody approves what concerns themselves."""
    staff: Staff = Staff.objects.get(pk=approval.detail["staff"])
    if staff.pk == actor.staff_pk:
        raise Refusal("自分の権限に関わる依頼は、自分では承認できません。別の人に頼んでください。")
    return staff


def _assign(approval: Approval, actor: Actor) -> None:
    staff, detail = _concerned(approval, actor), approval.detail
    until = dt.date.fromisoformat(detail["until"]) if detail.get("until") else None
    services.assign_role(staff, detail["role"], place=detail["place"], until=until, actor=actor, reason=approval.reason)


def _withdraw(approval: Approval, actor: Actor) -> None:
    staff, detail = _concerned(approval, actor), approval.detail
    services.withdraw_role(staff, detail["role"], place=detail["place"], actor=actor, reason=approval.reason)


def _remove_factor(approval: Approval, actor: Actor) -> None:
    services.remove_second_factor(_concerned(approval, actor), actor=actor, reason=approval.reason)


def _link(approval: Approval, actor: Actor) -> None:
    staff, detail = _concerned(approval, actor), approval.detail
    services.link_identity(staff, issuer=detail["issuer"], subject=detail["sub"], actor=actor, reason=approval.reason)


def _wanted(approval: Approval) -> own_roles.Wanted:
    detail = approval.detail
    return own_roles.Wanted(detail["name"], tuple(detail["rights"]), role=detail["role"], before=tuple(detail["before"]))


def _make_role(approval: Approval, actor: Actor) -> None:
    own_roles.carry_out(_wanted(approval), number=approval.pk, actor=actor, reason=approval.reason)


def _retire_role(approval: Approval, actor: Actor) -> None:
    own_roles.retire(approval.detail["role"], actor=actor, reason=approval.reason)


def _differences(approval: Approval) -> Sequence[tuple[str, Sequence[str]]]:
    return own_roles.differences(_wanted(approval))


def _page_of(approval: Approval) -> str:
    return reverse("accounts:account", args=[approval.detail["staff"]])


ROLE_ASSIGNMENT = register(Kind("accounts.assign", "役割の付与", ACCOUNTS_APPROVE, _assign, page_of=_page_of))
ROLE_WITHDRAWAL = register(Kind("accounts.withdraw", "役割の取消し", ACCOUNTS_APPROVE, _withdraw, page_of=_page_of))
FACTOR_REMOVAL = register(
    Kind("accounts.remove-factor", "認証アプリと認証器の登録の取消し", ACCOUNTS_APPROVE, _remove_factor, page_of=_page_of)
)
IDENTITY_LINK = register(Kind("accounts.link-identity", "職員認証基盤との結び付け", ACCOUNTS_APPROVE, _link, page_of=_page_of))
OWN_ROLE = register(Kind("accounts.own-role", "市区町村の役割", ACCOUNTS_APPROVE, _make_role, facts_of=_differences))
OWN_ROLE_END = register(Kind("accounts.own-role-end", "市区町村の役割の使用終了", ACCOUNTS_APPROVE, _retire_role))
