"""今日の担当: role, place and window of somebody who has a choice (S02)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory

from madoguchi.platform.accounts import services, sign_in
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.accounts.rights import ACCOUNTS_MANAGE, Right, RoleDefinition
from madoguchi.platform.accounts.rules import window_as_called
from madoguchi.platform.accounts.sessions import SessionStore
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

AsAuditor = Callable[[], AbstractContextManager[None]]
NOBODY = automatic("test")
ROLES = [RoleDefinition("chief", "責任者", (ACCOUNTS_MANAGE,)), RoleDefinition("clerk", "窓口担当", (Right("cards.show", "表示"),))]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")]


@dataclass
class Place:
    code: str
    name: str


def places() -> Sequence[Place]:
    return [Place("01", "本庁"), Place("02", "北部")]


@pytest.fixture(autouse=True)
def with_places(settings: Any) -> None:
    settings.MADOGUCHI_SHELL = "madoguchi.platform.accounts.tests.office_urls.shell"
    settings.MADOGUCHI_PLACES = f"{places.__module__}.places"


def somebody_with(*assignments: tuple[str, str]) -> Client:
    """Return the client of an account with these roles and places, signed in after they were given."""
    services.seed_roles(ROLES, NOBODY)
    staff = Staff.objects.filter(user_id="hanako").first() or services.create_staff(
        user_id="hanako",
        name="花子",
        section=services.section_named("100", "市民窓口課"),
        actor=NOBODY,
        password="kawa-no-hotori-7",
        must_change_password=False,
    )
    for role, place in assignments:
        services.assign_role(staff, role, actor=NOBODY, place=place)
    client, request = Client(), RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    sign_in.open_session(request, staff)
    request.session.save()
    client.cookies[configured.SESSION_COOKIE_NAME] = str(request.session.session_key)
    return client


def test_who_has_several_roles_chooses_before_anything_else_and_has_the_rights_of_the_chosen_one(as_auditor: AsAuditor) -> None:
    client = somebody_with(("chief", ""), ("clerk", "01"))
    asked = client.get("/desk/?a=1")
    assert (asked.status_code, asked["Location"]) == (302, "/duty/?next=%2Fdesk%2F%3Fa%3D1")
    page = client.get(asked["Location"]).content.decode()
    assert all(words in page for words in ("責任者", "窓口担当", "本庁", "北部", "決めない"))
    assert client.post("/desk/")["Location"] == "/duty/?next="

    answer = client.post("/duty/", {"role": "clerk", "place": "01", "window": "３", "next": "/desk/?a=1"})
    assert answer["Location"] == "/desk/?a=1"
    assert client.get("/administration/").status_code == 403
    assert "市民窓口課 窓口担当 本庁 窓口3" in client.get("/duty/").content.decode()
    with as_auditor():
        chosen = AuditEvent.objects.get(process_code="accounts.duty.chosen")
        refused = AuditEvent.objects.get(process_code="accounts.page.refused")
    assert chosen.content == {"role": "clerk", "place": "01", "window": "本庁 窓口3", "role_of_today": "clerk"}
    assert (refused.content["window"], refused.content["role_of_today"]) == ("本庁 窓口3", "clerk")

    # As the other role from the bar: the rights change, and the next sign-in offers what was chosen last.
    assert client.post("/duty/", {"role": "chief", "place": "", "window": ""})["Location"] == "/"
    assert client.get("/administration/").content == b"administration"
    again = somebody_with()
    assert again.get("/duty/").context["form"].initial == {"role": "chief", "place": "", "window": ""}


@pytest.mark.parametrize(
    "given", [{}, {"role": "auditor", "place": "01"}, {"role": "clerk", "place": "02"}, {"role": "clerk", "window": "窓口"}]
)
def test_what_does_not_fit_is_not_taken(given: dict[str, str]) -> None:
    client = somebody_with(("chief", ""), ("clerk", "01"))
    assert client.post("/duty/", given).status_code == 422
    assert client.get("/desk/").status_code == 302


def test_who_has_several_places_says_which(settings: Any) -> None:
    client = somebody_with(("clerk", "01"), ("clerk", "02"))
    page = client.get("/duty/").content.decode()
    assert "窓口担当" not in page
    assert "決めない" not in page
    assert client.post("/duty/", {"window": "3"}).status_code == 422
    assert client.post("/duty/", {"place": "02"}).status_code == 302
    assert client.get("/desk/").content == b"desk"


def test_who_has_nothing_to_choose_is_not_asked_and_may_say_a_window(as_auditor: AsAuditor) -> None:
    client = somebody_with(("clerk", "01"))
    assert client.get("/desk/").content == b"desk"
    assert client.post("/duty/", {"window": "b2"})["Location"] == "/"
    with as_auditor():
        assert AuditEvent.objects.get(process_code="accounts.duty.chosen").content["window"] == "本庁 窓口B2"


def test_a_role_that_was_withdrawn_gives_no_rights_any_more() -> None:
    client = somebody_with(("chief", ""), ("clerk", ""))
    client.post("/duty/", {"role": "chief", "place": "", "window": ""})
    staff = Staff.objects.get(user_id="hanako")
    services.withdraw_role(staff, "chief", actor=NOBODY)
    assert client.get("/administration/").status_code == 403


@pytest.mark.parametrize("wrong", ["", "12345", "窓", "3番", "a b"])
def test_names_of_windows_that_nobody_can_call(wrong: str) -> None:
    with pytest.raises(ValueError, match="window"):
        window_as_called(wrong)
