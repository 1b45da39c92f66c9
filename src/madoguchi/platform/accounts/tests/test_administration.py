"""Pages of those who manage accounts."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from madoguchi.platform.accounts import services
from madoguchi.platform.accounts.access import rights_of
from madoguchi.platform.accounts.models import Assignment, Role, Staff
from madoguchi.platform.accounts.second_factor import is_enrolled, new_secret
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.models import Approval
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")]
NEW = {"user_id": "hanako", "name": "藤沢 花子", "kind": "staff", "section_code": "100", "section_name": "別の名前"}


@pytest.fixture
def manager(signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("administrator", user_id="manager")


@pytest.fixture
def hanako(manager: Client) -> Staff:
    staff = services.create_staff(
        user_id="hanako",
        name="藤沢 花子",
        section=services.section_named("100", "市民窓口課"),
        actor=automatic("test"),
        password="kawa-no-hotori-7",
        must_change_password=False,
    )
    services.set_totp_secret(staff, new_secret(), actor=automatic("test"))
    return staff


def test_the_table_of_roles_says_who_holds_what(manager: Client, hanako: Staff, signed_in_client: Callable[..., Client]) -> None:
    services.assign_role(hanako, "clerk", actor=automatic("test"), place="01")
    services.assign_role(hanako, "clerk", actor=automatic("test"), place="02")
    Role.objects.filter(code="clerk").update(rights=["cards.see"])
    Role.objects.exclude(code="administrator").filter(rights__contains=["accounts.manage"]).update(rights=[])
    page = manager.get("/accounts/roles/")
    people = {role.code: number for role, number in page.context["roles"]}
    assert (people["clerk"], people["administrator"], people["auditor"]) == (1, 1, 0)
    names = [role.code for role, _people in page.context["roles"]]
    rows = {row.right.code: {name for name, held in zip(names, row.held, strict=True) if held} for row in page.context["rows"]}
    assert rows["accounts.manage"] == {"administrator"}
    assert "clerk" in rows["cards.see"]
    assert "花子" not in page.content.decode()
    assert signed_in_client("auditor").get("/accounts/roles/").status_code == 403


def test_an_account_is_made_with_a_password_shown_once(manager: Client, as_auditor: AsAuditor) -> None:
    assert manager.get("/accounts/new/").status_code == 200
    answer = manager.post("/accounts/new/", NEW)
    assert answer.status_code == 200
    shown = re.search(r"[a-z2-9]{5}(?:-[a-z2-9]{5}){3}", answer.content.decode())
    staff = Staff.objects.get(user_id="hanako")
    assert shown is not None
    assert staff.check_password(shown.group())
    assert staff.must_change_password
    assert staff.section.name == "市民窓口課"
    assert shown.group() not in manager.get(f"/accounts/{staff.pk}/").content.decode()
    with as_auditor():
        event = AuditEvent.objects.get(process_code="accounts.created", subject=f"staff:{staff.pk}")
    assert event.user_id == "manager"
    assert shown.group() not in str(event.content)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"user_id": "auto:importer"}, "だけを使って"),
        ({"user_id": "manager"}, "以前に使われて"),
        ({"name": ""}, "氏名を入力"),
        ({"kind": "automatic"}, ""),
    ],
)
def test_what_cannot_be_an_account_comes_back_with_the_reason(manager: Client, change: dict[str, str], sentence: str) -> None:
    answer = manager.post("/accounts/new/", {**NEW, **change})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Staff.objects.filter(user_id="hanako").exists()


def test_a_role_is_asked_for_by_one_and_given_by_another(
    manager: Client, hanako: Staff, signed_in_client: Callable[..., Client], as_auditor: AsAuditor
) -> None:
    chief = signed_in_client("chief")
    answer = manager.post(f"/accounts/{hanako.pk}/role/", {"role": "clerk", "place": "01", "reason": "異動"})
    assert answer.headers["Location"] == f"/accounts/{hanako.pk}/"
    assert rights_of(hanako) == {}
    assert "承認を待っているもの" in manager.get(f"/accounts/{hanako.pk}/").content.decode()
    again = manager.post(f"/accounts/{hanako.pk}/role/", {"role": "clerk", "place": "01", "reason": "異動"})
    assert "すでに承認待ち" in again.content.decode()
    approval = Approval.objects.get()
    manager_staff = manager.staff  # type: ignore[attr-defined]  # set by the fixture
    with pytest.raises(Refusal, match="自分が依頼"):
        approvals.approve(approval.pk, manager_staff)
    approvals.approve(approval.pk, chief.staff)  # type: ignore[attr-defined]
    held = Assignment.objects.get(staff=hanako)
    assert (held.role.code, held.place, held.granted_by) == ("clerk", "01", "chief")
    with as_auditor():
        assert AuditEvent.objects.get(process_code="accounts.role.assigned", subject=f"staff:{hanako.pk}").user_id == "chief"


def test_nobody_approves_a_role_for_themselves(manager: Client, signed_in_client: Callable[..., Client]) -> None:
    other = signed_in_client("administrator", user_id="other").staff  # type: ignore[attr-defined]
    manager.post(f"/accounts/{other.pk}/role/", {"role": "chief", "place": "", "reason": "兼務"})
    with pytest.raises(Refusal, match="自分の権限"):
        approvals.approve(Approval.objects.get().pk, other)
    assert Approval.objects.get().state == "open"


def test_a_role_is_taken_by_two_people(manager: Client, hanako: Staff, signed_in_client: Callable[..., Client]) -> None:
    chief = signed_in_client("chief")
    held = services.assign_role(hanako, "clerk", actor=automatic("test"))
    assert manager.post(f"/accounts/{hanako.pk}/role/withdraw/", {"assignment": str(held.pk)}).status_code == 302
    assert Assignment.objects.filter(staff=hanako).exists()
    approvals.approve(Approval.objects.get().pk, chief.staff)  # type: ignore[attr-defined]
    assert not Assignment.objects.filter(staff=hanako).exists()
    for odd in ("", "x", "-1", "9" * 30, str(held.pk)):
        assert manager.post(f"/accounts/{hanako.pk}/role/withdraw/", {"assignment": odd}).status_code == 404


@pytest.mark.parametrize(
    "sent", [{}, {"role": "kachou", "reason": "x"}, {"role": "clerk"}, {"role": "clerk", "reason": "x", "place": "1" * 21}]
)
def test_a_wrong_request_for_a_role_comes_back(manager: Client, hanako: Staff, sent: dict[str, str]) -> None:
    assert manager.post(f"/accounts/{hanako.pk}/role/", sent).status_code == 422
    assert not Approval.objects.exists()


def test_a_lost_device_takes_two_people_and_ends_the_session(
    manager: Client, hanako: Staff, signed_in_client: Callable[..., Client]
) -> None:
    chief = signed_in_client("chief")
    assert manager.post(f"/accounts/{hanako.pk}/factor/", {}).status_code == 422
    assert manager.post(f"/accounts/{hanako.pk}/factor/", {"factor-reason": "紛失"}).status_code == 302
    assert is_enrolled(hanako)
    approvals.approve(Approval.objects.get().pk, chief.staff)  # type: ignore[attr-defined]
    assert not is_enrolled(hanako)


def test_one_manager_alone_opens_no_account(manager: Client, hanako: Staff) -> None:
    shown = manager.post(f"/accounts/{hanako.pk}/password/").content.decode()
    assert "仮パスワード" in shown
    hanako.refresh_from_db()
    assert hanako.must_change_password
    Staff.objects.filter(pk=hanako.pk).update(must_change_password=False)
    TOTPDevice.objects.all().delete()
    before = Staff.objects.get(pk=hanako.pk).password
    refused = manager.post(f"/accounts/{hanako.pk}/password/", follow=True).content.decode()
    assert "仮パスワードを出せません" in refused
    assert Staff.objects.get(pk=hanako.pk).password == before


def test_an_account_is_closed_with_a_reason_but_not_ones_own(manager: Client, hanako: Staff) -> None:
    assert manager.post(f"/accounts/{hanako.pk}/close/", {}).status_code == 422
    assert manager.post(f"/accounts/{hanako.pk}/close/", {"close-reason": "退職"}).status_code == 302
    assert Staff.objects.get(pk=hanako.pk).closed_at is not None
    assert "hanako" not in manager.get("/accounts/").content.decode()
    assert "hanako" in manager.get("/accounts/?closed=1").content.decode()
    own = manager.staff.pk  # type: ignore[attr-defined]
    assert "自分の利用者ID" in manager.post(f"/accounts/{own}/close/", {"close-reason": "x"}, follow=True).content.decode()
    for act in ("role", "factor", "password", "unlock"):
        assert manager.post(f"/accounts/{hanako.pk}/{act}/", {"role": "clerk", "reason": "x"}).status_code == 404


def test_a_locked_account_is_shown_and_opened(manager: Client, hanako: Staff) -> None:
    for _ in range(5):
        Client().post("/sign-in/", {"user_id": "hanako", "password": "wrong"})
    assert "ロック中" in manager.get(f"/accounts/{hanako.pk}/").content.decode()
    assert manager.post(f"/accounts/{hanako.pk}/unlock/").status_code == 302
    assert "ロック中" not in manager.get(f"/accounts/{hanako.pk}/").content.decode()


def test_looking_at_accounts_is_recorded(manager: Client, hanako: Staff, as_auditor: AsAuditor) -> None:
    manager.get("/accounts/")
    manager.get(f"/accounts/{hanako.pk}/")
    with as_auditor():
        seen = AuditEvent.objects.filter(process_code__in=["accounts.listed", "accounts.viewed"]).order_by("id")
        assert [(event.user_id, event.process_class) for event in seen] == [("manager", "view")] * 2


def test_the_list_takes_the_same_number_of_statements_however_long(manager: Client, django_assert_num_queries: Any) -> None:
    section = services.section_named("100", "市民窓口課")

    def grow(number: int) -> None:
        staff = services.create_staff(user_id=f"u{number}", name="名", section=section, actor=automatic("test"), password=None)
        services.assign_role(staff, "clerk", actor=automatic("test"), place=f"{number:02}")

    grow(1)
    with django_assert_num_queries(8):
        manager.get("/accounts/")
    for number in range(2, 30):
        grow(number)
    with django_assert_num_queries(8):
        manager.get("/accounts/")


def test_without_the_right_there_are_no_such_pages(signed_in_client: Callable[..., Client], hanako: Staff) -> None:
    clerk = signed_in_client("clerk")
    for path in ("/accounts/", "/accounts/new/", f"/accounts/{hanako.pk}/"):
        assert clerk.get(path).status_code == 403
    for act in ("role", "role/withdraw", "factor", "password", "unlock", "close"):
        assert clerk.post(f"/accounts/{hanako.pk}/{act}/").status_code == 403


def test_the_administrator_says_where_the_installation_for_training_is(
    signed_in_client: Callable[..., Client], as_auditor: AsAuditor
) -> None:
    """S34: everybody finds it among their own settings."""
    admin, clerk = signed_in_client("administrator"), signed_in_client("clerk")
    assert "研修環境を開く" not in clerk.get(reverse("accounts:preferences")).content.decode()
    assert admin.post(reverse("accounts:training-site"), {"address": "javascript:alert(1)"}).status_code == 422
    assert clerk.post(reverse("accounts:training-site"), {"address": "https://kenshu.example/"}).status_code == 403
    assert admin.post(reverse("accounts:training-site"), {"address": "https://kenshu.example/"}).status_code == 302
    assert '<a href="https://kenshu.example/">' in clerk.get(reverse("accounts:preferences")).content.decode()
    assert admin.post(reverse("accounts:training-site"), {"address": ""}).status_code == 302
    assert "研修環境を開く" not in clerk.get(reverse("accounts:preferences")).content.decode()
    with as_auditor():
        contents = AuditEvent.objects.filter(process_code="accounts.training-site.set").order_by("pk").values_list("content", flat=True)
        assert list(contents) == [{"before": "", "after": "https://kenshu.example/"}, {"before": "https://kenshu.example/", "after": ""}]
