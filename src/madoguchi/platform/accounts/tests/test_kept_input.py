"""What was typed when the screen was locked is kept for half an hour, for the one who typed it (S03)."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.accounts import kept_input
from madoguchi.platform.accounts.models import KeptInput, Staff
from madoguchi.platform.audit.models import AuditEvent

AsAuditor = Callable[[], AbstractContextManager[None]]
SignedIn = Callable[..., Client]
START = dt.datetime(2026, 11, 20, 9, 0, 5, tzinfo=clock.TOKYO)
SECRET = "藤沢 花子の電話は後で"
PASSWORD = "kawa-no-hotori-7"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls"),
    pytest.mark.usefixtures("secrets_folder"),
]


@pytest.fixture(autouse=True)
def with_a_bar(settings: Any) -> None:
    settings.MADOGUCHI_SECOND_FACTOR = False
    settings.MADOGUCHI_SHELL = "madoguchi.platform.accounts.tests.office_urls.shell"


@pytest.fixture
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def typed(value: str = SECRET, path: str = "/preferences/", **other: object) -> str:
    box = {"action": "/preferences/", "form": 0, "name": "note", "nth": 0, "value": value, "chosen": None} | other
    return json.dumps({"path": path, "boxes": [box]})


def sign_in(staff: Staff) -> Client:
    """Sign somebody in at the page, without a second factor."""
    client = Client()
    assert client.post("/sign-in/", {"user_id": staff.user_id, "password": PASSWORD}).status_code == 302
    return client


def test_the_owner_gets_it_back_after_another_person_and_nobody_else_sees_it(
    signed_in_client: SignedIn, as_auditor: AsAuditor, settings: Any, moment: time_machine.Traveller
) -> None:
    first, second = signed_in_client("clerk", user_id="hana"), signed_in_client("clerk", user_id="taro")
    hana: Staff = first.staff  # type: ignore[attr-defined]  # the fixture's
    first.post("/lock/", {"by": "person", "typed": typed()})
    first.post("/sign-out/")
    assert SECRET.encode() not in bytes(KeptInput.objects.get().sealed)
    assert second.post("/lock/input/", {"act": "open"}).json() == {"boxes": []}
    assert "送っていない入力" not in second.get("/preferences/").content.decode()

    moment.shift(dt.timedelta(minutes=29))
    again = sign_in(hana)
    assert '<a href="/preferences/">入力していた画面を開く</a>' in again.get("/duty/").content.decode()
    assert again.post("/lock/input/", {"act": "open"}).json()["boxes"][0]["value"] == SECRET
    assert again.post("/lock/input/", {"act": "drop"}).status_code == 302
    assert not KeptInput.objects.exists()
    assert SECRET not in str(list(_log(as_auditor)))


def _log(as_auditor: AsAuditor) -> list[object]:
    with as_auditor():
        return list(AuditEvent.objects.values())


def test_a_page_loaded_anew_while_locked_offers_it_and_ends_it(signed_in_client: SignedIn, as_auditor: AsAuditor) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/", {"typed": typed()})
    assert client.post("/lock/input/", {"act": "open"}).status_code == 423
    assert client.post("/lock/open/", {"password": PASSWORD, "next": "/preferences/"}).status_code == 302
    here, elsewhere = client.get("/preferences/").content.decode(), client.get("/duty/").content.decode()
    assert "<kept-input>" in here
    assert "kept-input.js" in here
    assert '<a href="/preferences/">入力していた画面を開く</a>' in elsewhere
    assert client.post("/lock/input/", {"act": "open"}).json()["boxes"][0]["value"] == SECRET
    assert client.post("/lock/input/", {"act": "taken-back"}).status_code == 204
    assert not KeptInput.objects.exists()
    assert "送っていない入力" not in client.get("/preferences/").content.decode()
    with as_auditor():
        codes = list(
            AuditEvent.objects.filter(process_code__startswith="accounts.input").order_by("pk").values_list("process_code", flat=True)
        )
    assert codes == ["accounts.input.kept", "accounts.input.taken-back"]


def test_the_page_that_stands_there_again_needs_nothing_kept(signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/", {"typed": typed()}, headers={"X-Screen-Locked": "ask"})
    assert KeptInput.objects.count() == 1
    assert client.post("/lock/open/", {"password": PASSWORD}, headers={"X-Screen-Locked": "ask"}).status_code == 204
    assert not KeptInput.objects.exists()


def test_only_the_first_to_tell_of_a_lock_says_what_was_typed(signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/", {"typed": typed()})
    client.post("/lock/", {"typed": typed("from whoever stands there now")})
    assert kept_input.open_for(client.staff)[0]["value"] == SECRET  # type: ignore[attr-defined]  # the fixture's


def test_it_is_gone_after_half_an_hour(signed_in_client: SignedIn, as_auditor: AsAuditor, moment: time_machine.Traveller) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/", {"typed": typed()})
    moment.shift(dt.timedelta(minutes=29, seconds=59))
    assert kept_input.forget_expired() == 0
    assert kept_input.open_for(client.staff)  # type: ignore[attr-defined]  # the fixture's
    moment.shift(dt.timedelta(seconds=1))
    assert kept_input.open_for(client.staff) == []  # type: ignore[attr-defined]  # the fixture's
    assert kept_input.forget_expired() == 1
    assert kept_input.forget_expired() == 0
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.input.forgotten").get().content == {"number": 1}


def test_it_opens_for_its_own_person_page_and_time_alone(signed_in_client: SignedIn) -> None:
    client, other = signed_in_client("clerk", user_id="hana"), signed_in_client("clerk", user_id="taro")
    client.post("/lock/", {"typed": typed()})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_keptinput SET staff_id = %s", [other.staff.pk])  # type: ignore[attr-defined]  # the fixture's
    assert kept_input.open_for(other.staff) == []  # type: ignore[attr-defined]  # the fixture's


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "x",
        "[]",
        '{"path": "/a", "boxes": [1]}',
        typed(path="//evil.example/"),
        typed(path="https://x/"),
        typed(form="0"),
        typed(chosen=1),
        "x" * 50_000,
    ],
)
def test_what_no_page_gathers_is_not_kept(raw: str, signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    assert client.post("/lock/", {"typed": raw}).status_code == 302
    assert not KeptInput.objects.exists()
    assert client.get("/desk/").status_code == 423


def test_a_zone_may_keep_nothing_of_a_page(signed_in_client: SignedIn, settings: Any) -> None:
    settings.MADOGUCHI_INPUT_NEVER_KEPT = frozenset({"accounts:preferences"})
    signed_in_client("clerk").post("/lock/", {"typed": typed()})
    assert not KeptInput.objects.exists()


def test_an_individual_number_is_left_out(secrets_folder: Path) -> None:
    sent = json.loads(typed())
    box, values = sent["boxes"][0], ["1234 5678 9018", "１２３４５６７８９０１８", "123456789012"]
    sent["boxes"] += [box | {"nth": number, "value": value} for number, value in enumerate(values, 1)]
    _path, boxes = kept_input.understand(json.dumps(sent))
    assert [box.value for box in boxes] == [SECRET, "123456789012"]
