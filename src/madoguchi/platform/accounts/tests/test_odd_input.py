"""R-10: whatever is sent to the pages of accounts, the answer is a page and never a server error."""

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")]
anything = st.text(st.characters(codec="utf-8"), max_size=300)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@example("hanako", "x\0y", "//[", "http://[")
@given(anything, anything, anything, anything)
def test_the_sign_in_takes_any_text(user_id: str, password: str, following: str, referer: str) -> None:
    headers = {"referer": referer.encode("ascii", "ignore").decode().replace("\n", "").replace("\r", "")}
    sent = {"user_id": user_id, "password": password, "next": following}
    assert Client().post("/sign-in/", sent, headers=headers).status_code == 422
    asked = {"next": following, "reason": user_id, "lost": password}
    assert Client().get("/sign-in/", asked).status_code == (400 if any("\0" in text for text in asked.values()) else 200)
    assert Client().post("/desk/", sent, headers=headers).status_code == 302
    part = Client().get("/desk/", headers={"hx-request": "true", "hx-current-url": headers["referer"]})
    assert part.status_code == 401


@pytest.fixture
def manager(signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("administrator")


@few
@given(
    data=st.dictionaries(st.sampled_from(["user_id", "name", "kind", "section_code", "section_name", "role", "place", "reason"]), anything)
)
def test_the_forms_of_administration_take_any_text(manager: Client, data: dict[str, str]) -> None:
    own = manager.staff.pk  # type: ignore[attr-defined]  # set by the fixture
    assert manager.post("/accounts/new/", data).status_code in (200, 422)
    assert manager.post(f"/accounts/{own}/role/", data).status_code in (302, 422)


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**40])
def test_numbers_of_no_account_are_not_found(manager: Client, number: int) -> None:
    assert manager.get(f"/accounts/{number}/").status_code == 404
    assert manager.post(f"/accounts/{number}/close/", {"close-reason": "x"}).status_code == 404
    assert manager.get(f"/approvals/{number}/").status_code == 404


def test_an_address_with_a_zero_byte_is_none_of_ours(manager: Client) -> None:
    assert manager.get("/forgotten/x/").status_code == 403
    assert manager.get("/forgotten/%00/x/").status_code == 404
