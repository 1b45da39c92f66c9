"""The lock of the screen: nothing is shown or done until the password has been given again (S03)."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.accounts import passwords, screen_lock
from madoguchi.platform.accounts.models import Assignment, ScreenLock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent

AsAuditor = Callable[[], AbstractContextManager[None]]
SignedIn = Callable[..., Client]
PASSWORD = "kawa-no-hotori-7"
START = dt.datetime(2026, 11, 20, 9, 0, 5, tzinfo=clock.TOKYO)
NOBODY = automatic("test")

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.accounts.tests.office_urls")]


@pytest.fixture(autouse=True)
def with_a_bar(settings: Any) -> None:
    settings.MADOGUCHI_SHELL = "madoguchi.platform.accounts.tests.office_urls.shell"


@pytest.fixture
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def processes(as_auditor: AsAuditor) -> list[str]:
    with as_auditor():
        return list(AuditEvent.objects.order_by("pk").values_list("process_code", flat=True))


def test_a_locked_session_gets_423_for_everything_and_goes_on_where_it_was(
    signed_in_client: SignedIn, as_auditor: AsAuditor, moment: time_machine.Traveller
) -> None:
    client = signed_in_client("clerk")
    assert client.get("/desk/?shelf=3").content == b"desk"

    answer = client.post("/lock/", headers={"Referer": "http://testserver/desk/?shelf=3"})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/?shelf=3")
    page = client.get("/desk/?shelf=3")
    words = page.content.decode()
    assert page.status_code == 423
    assert "試験 clerk" in words
    assert "画面がロックされています" in words
    assert "desk" not in words.replace('value="/desk/?shelf=3"', "")
    for method, address in (
        ("get", "/"),
        ("post", "/desk/"),
        ("get", "/forgotten/"),
        ("get", "/password/"),
        ("get", "/sign-in/"),
        ("post", "/lock/still-there/"),
    ):
        assert getattr(client, method)(address).status_code == 423
    part = client.get("/desk/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/"})
    assert (part.status_code, part["HX-Reswap"], part["X-Screen-Locked"]) == (423, "none", "yes")
    # What citizens see is nobody's secret.
    assert client.get("/notice/").content == b"notice"

    opened = client.post("/lock/open/", {"password": PASSWORD, "next": "/desk/?shelf=3"})
    assert (opened.status_code, opened["Location"]) == (302, "/desk/?shelf=3")
    assert client.get("/desk/?shelf=3").content == b"desk"
    assert processes(as_auditor)[-2:] == ["accounts.screen.locked", "accounts.screen.opened"]


def test_wrong_passwords_count_as_those_of_the_sign_in(signed_in_client: SignedIn, as_auditor: AsAuditor) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/")
    empty = client.post("/lock/open/", {"password": ""})
    assert empty.status_code == 423
    assert "パスワードを入力してください。" in empty.content.decode()
    for _ in range(4):
        wrong = client.post("/lock/open/", {"password": "wrong", "next": "/desk/"})
        assert wrong.status_code == 423
        assert "パスワードが違います。" in wrong.content.decode()
    client.post("/lock/open/", {"password": "wrong"})
    refused = client.post("/lock/open/", {"password": PASSWORD})
    assert "この利用者IDは一時的に使えません" in refused.content.decode()
    assert client.get("/desk/").status_code == 423
    assert "accounts.locked-out" in processes(as_auditor)
    passwords.forget_failures("clerk")
    assert client.post("/lock/open/", {"password": PASSWORD}).status_code == 302


def test_an_address_elsewhere_is_not_gone_to(signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/")
    assert client.post("/lock/open/", {"password": PASSWORD, "next": "https://evil.example/"})["Location"] == "/"


def test_somebody_else_ends_the_session_and_signs_in(signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    client.post("/lock/")
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/sign-in/").status_code == 200


def test_a_screen_at_which_nobody_does_anything_locks_by_itself(
    signed_in_client: SignedIn, as_auditor: AsAuditor, moment: time_machine.Traveller
) -> None:
    screen_lock.set_minutes(5, NOBODY)
    client = signed_in_client("clerk")
    for _ in range(3):
        moment.shift(dt.timedelta(minutes=4))
        assert client.post("/lock/still-there/").status_code == 204  # somebody types
    moment.shift(dt.timedelta(minutes=4))
    assert client.get("/board/").content == b"board"  # refreshes by itself, keeps nobody's screen open
    moment.shift(dt.timedelta(minutes=2))
    lost = client.post("/desk/", {"word": "typed"}, headers={"Referer": "http://testserver/desk/"})
    assert lost.status_code == 423
    assert "送信した内容は保存されていません" in lost.content.decode()
    assert 'value="/desk/"' in lost.content.decode()
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.screen.locked").get().content["by"] == "rest"
    # The lock does not keep the session awake.
    moment.shift(dt.timedelta(minutes=10))
    assert client.get("/desk/")["Location"].startswith("/sign-in/")


def test_without_the_setting_no_screen_locks_by_itself(signed_in_client: SignedIn, moment: time_machine.Traveller) -> None:
    screen_lock.set_minutes(0, NOBODY)
    client = signed_in_client("clerk")
    moment.shift(dt.timedelta(minutes=14))
    assert client.get("/desk/").content == b"desk"


def test_the_time_is_set_by_who_manages_accounts(signed_in_client: SignedIn, as_auditor: AsAuditor) -> None:
    client = signed_in_client("administrator")
    for wrong in ("", "16", "-1", "five"):
        assert client.post("/lock/time/", {"minutes": wrong}).status_code == 422
    assert client.post("/lock/time/", {"minutes": "3"}).status_code == 302
    assert ScreenLock.objects.get().after_minutes == 3
    with as_auditor():
        assert AuditEvent.objects.filter(process_code="accounts.lock-time.set").get().content == {"before": 0, "after": 3}
    Assignment.objects.all().delete()
    assert client.get("/lock/time/").status_code == 403


def test_a_script_that_hides_the_page_itself_gets_the_box_for_the_password(signed_in_client: SignedIn) -> None:
    client = signed_in_client("clerk")
    asks = {"X-Screen-Locked": "ask"}
    panel = client.post("/lock/", {"by": "rest"}, headers=asks)
    assert panel.status_code == 423
    assert "data-lock-panel" in panel.content.decode()
    assert "送信した内容は保存されていません" not in panel.content.decode()
    assert client.post("/lock/open/", {"password": "wrong"}, headers=asks).status_code == 423
    assert client.post("/lock/open/", {"password": PASSWORD}, headers=asks).status_code == 204
    # A page that hid itself while the network was away is not opened without the password.
    assert client.post("/lock/open/", {"password": "wrong"}, headers=asks).status_code == 423
