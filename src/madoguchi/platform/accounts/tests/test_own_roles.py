"""S30: a municipality makes roles of its own; two people, and no right over accounts or over the log in them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.platform.accounts import own_roles, services
from madoguchi.platform.accounts.access import rights_of
from madoguchi.platform.accounts.models import Role, Staff
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
SignedIn = Callable[..., Client]
NOBODY = automatic("test")
ASKED = {"name": "夜間窓口", "rights": ["cards.see", "handover.serve"], "reason": "夜間だけの窓口"}

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]


def decide(client: Client, decision: str = "approve") -> int:
    address = reverse("approvals:approval", args=[Approval.objects.get(state="open").pk])
    return client.post(address, {"decision": decision, "reason": "確かめた"}).status_code


def test_a_role_is_asked_for_seen_by_a_second_person_and_used(signed_in_client: SignedIn, as_auditor: AsAuditor) -> None:
    admin, chief = signed_in_client("administrator", user_id="admin"), signed_in_client("chief", user_id="head")
    address = reverse("accounts:own-role")
    assert admin.post(address, ASKED).status_code == 302
    assert not Role.objects.filter(name="夜間窓口").exists()
    assert decide(admin) == 422
    seen = chief.get(reverse("approvals:approval", args=[Approval.objects.get().pk])).content.decode()
    assert "加わる権限" in seen
    assert "カードを見る<br>窓口で受け付け、交付する" in seen
    assert decide(chief) == 302
    role = Role.objects.get(name="夜間窓口")
    assert (own_roles.is_own(role), role.rights) == (True, ["cards.see", "handover.serve"])

    staff: Staff = signed_in_client("auditor", user_id="yoru").staff  # type: ignore[attr-defined]  # the fixture's
    services.assign_role(staff, role.code, actor=NOBODY)
    assert {"cards.see", "handover.serve"} <= set(rights_of(staff))

    changed = {**ASKED, "rights": ["cards.see", "fees.see"]}
    assert "夜間窓口" in admin.get(reverse("accounts:roles")).content.decode()
    assert admin.post(f"{address}?role={role.code}", changed).status_code == 302
    seen = chief.get(reverse("approvals:approval", args=[Approval.objects.get(state="open").pk])).content.decode()
    assert ["外れる権限" in seen, "加わる権限" in seen, "そのままの権限" in seen] == [True, True, True]
    assert decide(chief) == 302
    assert "handover.serve" not in rights_of(staff)
    assert "fees.see" in rights_of(staff)
    with as_auditor():
        events = AuditEvent.objects.filter(process_code__in=["accounts.role.made", "accounts.role.changed"]).order_by("pk")
        assert [event.content for event in events] == [
            {"name": "夜間窓口", "rights": ["cards.see", "handover.serve"]},
            {"name": "夜間窓口", "added": ["fees.see"], "removed": ["handover.serve"]},
        ]


def test_what_gives_rights_or_watches_is_in_no_own_role(signed_in_client: SignedIn) -> None:
    admin, address = signed_in_client("administrator"), reverse("accounts:own-role")
    chosen = {right.code for right in own_roles.rights_to_choose()}
    assert chosen
    assert not any(code.startswith(("accounts.", "audit.")) for code in chosen)
    for wrong in (["accounts.approve"], ["audit.view"], ["no.such"], []):
        assert admin.post(address, {**ASKED, "rights": wrong}).status_code == 422
    with pytest.raises(Refusal, match="入れられない権限"):
        own_roles.carry_out(own_roles.Wanted("夜間窓口", ("cards.see", "accounts.manage")), number=1, actor=NOBODY, reason="")
    assert not Approval.objects.exists()
    assert "accounts.manage" not in admin.get(f"{address}?like=administrator").content.decode()


def test_names_are_given_once_and_starting_roles_stay_as_they_are(signed_in_client: SignedIn) -> None:
    admin, address = signed_in_client("administrator"), reverse("accounts:own-role")
    name = Role.objects.get(code="administrator").name
    assert admin.post(address, {**ASKED, "name": name}).status_code == 422
    assert admin.get(f"{address}?role=administrator").status_code == 404
    assert admin.post(f"{address}?role=administrator", ASKED).status_code == 404
    assert admin.get(f"{address}?like=nobody").status_code == 404
    assert admin.post(address, {**ASKED, "reason": ""}).status_code == 422
    assert signed_in_client("clerk").post(address, ASKED).status_code == 403


def test_a_role_that_changed_meanwhile_is_not_changed_again() -> None:
    role = own_roles.carry_out(own_roles.Wanted("夜間窓口", ("cards.see",)), number=7, actor=NOBODY, reason="")
    assert role.code == "own-7"
    first = own_roles.Wanted("夜間窓口", ("fees.see",), role=role.code, before=("cards.see",))
    own_roles.carry_out(first, number=8, actor=NOBODY, reason="")
    with pytest.raises(Refusal, match="依頼のあとで変わりました"):
        own_roles.carry_out(first, number=9, actor=NOBODY, reason="")
    with pytest.raises(Refusal, match="同じ名前"):
        own_roles.carry_out(own_roles.Wanted("夜間窓口", ("cards.see",)), number=10, actor=NOBODY, reason="")


def test_a_role_that_nobody_has_is_given_to_nobody_any_more(signed_in_client: SignedIn) -> None:
    role = own_roles.carry_out(own_roles.Wanted("夜間窓口", ("cards.see",)), number=7, actor=NOBODY, reason="")
    admin, chief = signed_in_client("administrator", user_id="admin"), signed_in_client("chief", user_id="head")
    staff: Staff = signed_in_client("auditor", user_id="yoru").staff  # type: ignore[attr-defined]  # the fixture's
    address = f"{reverse('accounts:own-role')}?role={role.code}"
    services.assign_role(staff, role.code, actor=NOBODY)
    assert admin.post(address, {"end": "1", "end-reason": ""}).status_code == 422
    assert admin.post(address, {"end": "1", "end-reason": "窓口を閉じた"}).status_code == 302
    assert decide(chief) == 422  # somebody has it
    services.withdraw_role(staff, role.code, actor=NOBODY)
    assert decide(chief) == 302
    assert admin.get(address).status_code == 404
    assert "夜間窓口" not in admin.get(reverse("accounts:roles")).content.decode()
    with pytest.raises(Refusal, match="ありません"):
        services.assign_role(staff, role.code, actor=NOBODY)
