"""R-09: every address says who may open it, the table in docs says the same, and every role gets what its rights say."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.booking.municipality.services import set_up as set_up_booking
from madoguchi.delivery.cards.services import set_up_municipality
from madoguchi.platform.accounts.models import Role
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.zones.configuration import ZONES, Zone
from madoguchi.zones.role_catalogue import ROLE_NAMES, starting_roles
from madoguchi.zones.url_table import Address, addresses_of, table

AsAuditor = Callable[[], AbstractContextManager[None]]
DOCUMENT = Path(__file__).parents[4] / "docs" / "urls.md"
FILLINGS: dict[str, object] = {"int": 999_999_999, "uuid": uuid.UUID(int=7), "slug": "x", "string": "x"}


@pytest.mark.parametrize("zone", ZONES)
def test_every_address_has_a_name_and_says_who_may_open_it(zone: Zone) -> None:
    addresses = addresses_of(zone)
    assert [one.path for one in addresses if one.requirement is None] == []
    assert [one.path for one in addresses if one.name.endswith(":") or ":" not in one.name] == []
    assert len({one.name for one in addresses}) == len(addresses)


def test_the_table_in_the_documents_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == table(), "python -m madoguchi.zones.url_table > docs/urls.md"


@pytest.fixture(params=ZONES)
def zone(request: Any, settings: Any, secrets_folder: Path, db: None) -> Iterator[Zone]:
    """One zone's addresses, shell, menu and home."""
    own: Zone = request.param
    module = import_module(f"madoguchi.zones.{own}.settings")
    for name in ("ROOT_URLCONF", "MADOGUCHI_SHELL", "MADOGUCHI_MENU", "MADOGUCHI_STAFF_HOME"):
        setattr(settings, name, getattr(module, name))
    set_up_booking("142051")
    set_up_municipality("142051", automatic("test"))
    # Refusals are what is wanted here.
    logging.disable(logging.ERROR)
    yield own
    logging.disable(logging.NOTSET)


def path_of(address: Address) -> str:
    return reverse(address.name, kwargs={name: FILLINGS[kind] for name, kind in address.parts.items()})


def asked(client: Client, address: Address) -> list[int]:
    """Return the statuses of GET and POST as `client`; a server error raises."""
    return [getattr(client, method)(path_of(address)).status_code for method in ("get", "post")]


@pytest.mark.slow
def test_nobody_gets_no_further_than_the_sign_in(zone: Zone, settings: Any) -> None:
    client = Client()
    for address in addresses_of(zone):
        if address.requirement is not None and not address.requirement.everybody:
            home = address.name == settings.MADOGUCHI_STAFF_HOME
            answers = [client.get(path_of(address)), client.post(path_of(address))]
            client.cookies.clear()
            assert [answer.status_code for answer in answers] == [200 if home else 302, 302], address
            assert answers[1].headers["Location"].startswith(reverse("accounts:sign-in")), address
            if home:
                assert "パスワード" in answers[0].content.decode()


def test_pages_for_everybody_are_open_to_everybody(zone: Zone) -> None:
    for address in addresses_of(zone):
        if address.requirement is not None and address.requirement.everybody:
            for status in asked(Client(), address):
                assert status not in (401, 403), address
                assert status < 500, address


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLE_NAMES)
def test_each_role_gets_what_its_rights_say(zone: Zone, role: str, signed_in_client: Callable[..., Client], as_auditor: AsAuditor) -> None:
    client = signed_in_client(role)
    held = {right.code for one in starting_roles() if one.code == role for right in one.rights}
    refused: set[frozenset[str]] = set()
    for address in addresses_of(zone):
        needed = address.requirement
        if needed is None or needed.everybody:
            continue
        codes = frozenset(right.code for right in needed.rights)
        if not codes or not held.isdisjoint(codes):
            statuses = asked(client, address)
            assert all(status < 500 and status != 403 for status in statuses), (address, statuses)
            if address.name == "accounts:lock-screen":
                # The lock refuses every page after it; the others are still to be asked for.
                assert client.post(reverse("accounts:open-screen"), {"password": "kawa-no-hotori-7"}).status_code == 302
        elif codes not in refused:
            # Who lacks a right is refused by the right, not by the address; who has none is sent to every address below.
            assert asked(client, address) == [403, 403], address
            refused.add(codes)
    with as_auditor():
        found = AuditEvent.objects.filter(process_code="accounts.page.refused", result="refused", user_id=role)
        assert found.count() == 2 * len(refused)


def test_whoever_has_no_right_is_refused_everywhere_and_each_time_recorded(
    zone: Zone, signed_in_client: Callable[..., Client], as_auditor: AsAuditor
) -> None:
    client = signed_in_client("clerk")
    Role.objects.filter(code="clerk").update(rights=[])
    closed = [one for one in addresses_of(zone) if one.requirement is not None and one.requirement.rights]
    assert [address for address in closed if asked(client, address) != [403, 403]] == []
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.page.refused", result="refused", user_id="clerk").count() == 2 * len(closed)
