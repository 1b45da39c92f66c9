"""Accounts, roles and where they hold."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from madoguchi.platform.accounts import services
from madoguchi.platform.accounts.access import client_of, may, places_of, rights_of
from madoguchi.platform.accounts.models import Assignment, Role, Section, Staff
from madoguchi.platform.accounts.passwords import new_password
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, AUDIT_VIEW, Right, RoleDefinition
from madoguchi.platform.accounts.rules import is_user_id
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.verbs import Refusal

AsAuditor = Callable[[], AbstractContextManager[None]]
NOBODY = automatic("test")
SHOW = Right("cards.show", "カードの表示")
PASSWORD = "kawa-no-hotori-7"


@pytest.fixture
def section(db: None) -> Section:
    return services.section_named("100", "市民窓口課")


def staff_named(user_id: str, section: Section, **more: Any) -> Staff:
    return services.create_staff(user_id=user_id, name="誰か", section=section, actor=NOBODY, password=PASSWORD, **more)


def test_the_height_of_rows_belongs_to_the_person(signed_in_client: Callable[..., Client], settings: Any, as_auditor: AsAuditor) -> None:
    settings.ROOT_URLCONF = "madoguchi.platform.accounts.tests.office_urls"
    settings.MADOGUCHI_SHELL = "madoguchi.platform.accounts.tests.office_urls.shell"
    client = signed_in_client("clerk")
    assert '<body class="is-dense">' not in client.get("/preferences/").content.decode()
    assert client.post("/preferences/", {"rows": "tiny"}).status_code == 422
    assert client.post("/preferences/", {"rows": "compact"}).status_code == 302
    assert '<body class="is-dense">' in client.get("/preferences/").content.decode()
    with as_auditor():
        assert AuditEvent.objects.get(process_code="accounts.preferences.changed").content == {"dense_rows": True}


@pytest.mark.parametrize("good", ["a", "chief", "Tanaka.Ichiro", "k-01_2", "9" * 64])
def test_user_ids_that_can_be_given(good: str) -> None:
    assert is_user_id(good)


@pytest.mark.parametrize("bad", ["", "auto:importer", "田中", "a b", "-a", ".a", "a\n", "a" * 65, "ａ"])
def test_user_ids_that_cannot(bad: str) -> None:
    assert not is_user_id(bad)


def test_an_id_is_never_given_twice_even_when_closed(section: Section) -> None:
    staff = staff_named("chief", section)
    services.close_account(staff, actor=NOBODY, reason="退職")
    with pytest.raises(Refusal, match="以前に使われて"):
        staff_named("chief", section)


def test_weak_passwords_are_refused_with_a_sentence(section: Section) -> None:
    with pytest.raises(Refusal) as refused:
        services.create_staff(user_id="weak", name="弱", section=section, actor=NOBODY, password="password")
    assert "12" in refused.value.message
    assert not Staff.objects.exists()


def test_passwords_made_by_the_product_are_accepted_and_differ(section: Section) -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    for number, password in enumerate(sorted(made)):
        services.create_staff(user_id=f"u{number}", name="名", section=section, actor=NOBODY, password=password)


def test_an_automatic_account_has_no_password(section: Section) -> None:
    staff = services.create_staff(user_id="importer", name="取込", section=section, actor=NOBODY, password=None, kind=Staff.Kind.AUTOMATIC)
    assert not staff.has_usable_password()
    assert not staff.must_change_password


def test_roles_are_seeded_once_and_a_changed_copy_stays(section: Section) -> None:
    clerk = RoleDefinition("clerk", "窓口担当", (SHOW,))
    assert services.seed_roles([clerk], NOBODY) == 1
    Role.objects.update(rights=[])
    assert services.seed_roles([clerk, RoleDefinition("auditor", "監査", (AUDIT_VIEW,))], NOBODY) == 1
    assert {role.code: role.rights for role in Role.objects.all()} == {"clerk": [], "auditor": ["audit.view"]}


def test_rights_hold_at_their_places_only(section: Section, rf: Any) -> None:
    services.seed_roles([RoleDefinition("clerk", "窓口担当", (SHOW,)), RoleDefinition("admin", "管理者", (SHOW, ACCOUNTS_MANAGE))], NOBODY)
    here, everywhere = staff_named("here", section), staff_named("everywhere", section)
    services.assign_role(here, "clerk", actor=NOBODY, place="01")
    services.assign_role(here, "clerk", actor=NOBODY, place="02")
    services.assign_role(everywhere, "admin", actor=NOBODY)
    assert rights_of(here) == {"cards.show": {"01", "02"}}
    one, two = rf.get("/"), rf.get("/")
    one.user, two.user = here, everywhere
    assert [may(one, SHOW, place) for place in ("01", "03", "")] == [True, False, True]
    assert [may(two, SHOW, place) for place in ("01", "03", "")] == [True, True, True]
    assert [may(one, ACCOUNTS_MANAGE), may(two, ACCOUNTS_MANAGE)] == [False, True]
    assert places_of(one, SHOW) == frozenset({"01", "02"})
    assert places_of(two, SHOW) is None
    assert places_of(one, ACCOUNTS_MANAGE) == frozenset()


def test_giving_and_taking_a_role_is_recorded_once(section: Section, as_auditor: AsAuditor) -> None:
    services.seed_roles([RoleDefinition("clerk", "窓口担当", (SHOW,))], NOBODY)
    staff = staff_named("hanako", section)
    services.assign_role(staff, "clerk", actor=NOBODY, place="01", reason="異動")
    services.assign_role(staff, "clerk", actor=NOBODY, place="01")
    services.withdraw_role(staff, "clerk", actor=NOBODY, place="01")
    with pytest.raises(Refusal):
        services.withdraw_role(staff, "clerk", actor=NOBODY, place="01")
    with as_auditor():
        events = AuditEvent.objects.filter(process_code__startswith="accounts.role.").order_by("id")
        assert [(event.process_code, event.subject, event.content) for event in events] == [
            ("accounts.role.assigned", f"staff:{staff.pk}", {"role": "clerk", "place": "01"}),
            ("accounts.role.withdrawn", f"staff:{staff.pk}", {"role": "clerk", "place": "01"}),
        ]


def test_unknown_roles_and_closed_accounts_are_refused(section: Section) -> None:
    staff = staff_named("hanako", section)
    with pytest.raises(Refusal, match="kachou"):
        services.assign_role(staff, "kachou", actor=NOBODY)
    services.seed_roles([RoleDefinition("clerk", "窓口担当", (SHOW,))], NOBODY)
    services.assign_role(staff, "clerk", actor=NOBODY)
    services.close_account(staff, actor=NOBODY, reason="退職")
    assert not Assignment.objects.exists()
    with pytest.raises(Refusal, match="停止"):
        services.assign_role(staff, "clerk", actor=NOBODY)
    with pytest.raises(Refusal, match="すでに停止"):
        services.close_account(staff, actor=NOBODY, reason="退職")


def test_the_database_keeps_a_closed_account_inactive(section: Section) -> None:
    staff = staff_named("hanako", section)
    services.close_account(staff, actor=NOBODY, reason="退職")
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.filter(pk=staff.pk).update(is_active=True)


def test_a_provisioned_account_can_sign_in_and_does_not_show_its_secrets(db: None) -> None:
    made = services.provision(user_id="chief", name="責任者", role="chief", roles=[RoleDefinition("chief", "責任者", (SHOW,))])
    staff = get_user_model().objects.get(user_id="chief")
    assert staff.check_password(made.password)
    assert rights_of(staff) == {"cards.show": {""}}
    assert TOTPDevice.objects.get(user=staff, confirmed=True).bin_key != b""
    assert made.password not in repr(made)
    assert made.totp not in repr(made)


def test_provisioning_makes_the_whole_account_or_none(db: None) -> None:
    with pytest.raises(Refusal):
        services.provision(user_id="chief", name="責任者", role="missing")
    assert not Staff.objects.exists()


def test_a_malformed_authenticator_secret_is_refused(section: Section) -> None:
    with pytest.raises(Refusal, match="base32"):
        services.set_totp_secret(staff_named("hanako", section), "not base32!", actor=NOBODY)


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "not an address", ""),
        ("127.0.0.1", ",", "127.0.0.1"),
    ],
)
def test_the_client_is_whom_the_outermost_own_proxy_saw(peer: str, said: str, client: str, settings: Any, rf: Any) -> None:
    settings.MADOGUCHI_PROXIES = ("127.0.0.1", "10.0.0.2")
    assert client_of(rf.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": said})) == client


@pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")
def test_the_fixture_of_other_tests_signs_in_with_a_role(signed_in_client: Callable[..., Any]) -> None:
    administrator, clerk = signed_in_client("administrator"), signed_in_client("clerk", place="01")
    assert administrator.get("/administration/").status_code == 200
    assert clerk.get("/administration/").status_code == 403
    assert clerk.get("/").content == b"home of clerk"
