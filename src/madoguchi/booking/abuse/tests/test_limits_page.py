import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from madoguchi.booking.abuse.counting import count_failure, standing_of
from madoguchi.booking.abuse.models import Alarm, Canary, SharedNetwork
from madoguchi.booking.abuse.rules import WITH_CODES
from madoguchi.booking.calendar.models import Place
from madoguchi.booking.reservations.identification import identify
from madoguchi.platform import clock
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.booking.urls")]


def guess(client: str, times: int) -> None:
    for _time in range(times):
        count_failure(client, "Z9Z000001", standing_of(client), WITH_CODES, well_formed=True, unknown=True)


@pytest.fixture
def chief(town: Place, signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("chief")


def text(answer: object) -> str:
    return bytes(answer.content).decode()  # type: ignore[attr-defined]  # what the test client returns


def test_the_page_shows_alarms_networks_and_limits_with_as_many_statements_for_one_as_for_many(chief: Client) -> None:
    guess("198.51.100.7", 3)
    with CaptureQueriesContext(connection) as few:
        page = text(chief.get(reverse("abuse:limits")))
    assert "198.51.100.0/24" in page
    assert "知らせはありません" in page
    for number in range(30):
        guess(f"203.0.{number}.1", 2)
    with CaptureQueriesContext(connection) as many:
        page = text(chief.get(reverse("abuse:limits")))
    assert "1つの番号への失敗が続いている" in page
    assert len(many) == len(few)


def test_an_alarm_stands_on_the_first_page_until_somebody_has_looked(chief: Client) -> None:
    Canary.objects.create(serial="A0A500000", made_at=clock.now())
    identify("A0A500000", "12345674", "0101", client="198.51.100.7")
    assert "不正の知らせ" in text(chief.get(reverse("desk:home")))
    alarm = Alarm.objects.get()
    chief.post(reverse("abuse:see", args=[alarm.pk]))
    assert "不正の知らせ" not in text(chief.get(reverse("desk:home")))
    alarm.refresh_from_db()
    assert alarm.seen_by == "chief"


def test_staff_release_a_network_with_a_reason(town: Place, signed_in_client: Callable[..., Client]) -> None:
    with time_machine.travel(dt.datetime.combine(clock.today(), dt.time(12, 5), clock.TOKYO), tick=False):
        chief = signed_in_client("chief")
        guess("198.51.100.7", 70)
        assert "受付を止めている" in text(chief.get(reverse("abuse:limits")))
        page = chief.get(reverse("abuse:release") + "?row=0")
        assert "198.51.100.0/24" in text(page)
        assert chief.post(reverse("abuse:release"), {"network": "198.51.100.0/24", "reason": ""}).status_code == 422
        assert standing_of("198.51.100.7").network_day == 70
        assert chief.post(reverse("abuse:release"), {"network": "203.0.113.0/24", "reason": "誤り"}).status_code == 404
        assert chief.get(reverse("abuse:release") + "?row=9").status_code == 302
        chief.post(reverse("abuse:release"), {"network": "198.51.100.0/24", "reason": "図書館の端末"})
        assert standing_of("198.51.100.7").network_day == 0


def test_shared_networks_are_registered_and_taken_back(chief: Client) -> None:
    refused = chief.post(reverse("abuse:share"), {"network": "0.0.0.0/0", "factor": "99", "reason": ""})
    assert refused.status_code == 422
    for words in ("範囲が広すぎます", "倍率は2から20まで", "共用だと分かる理由を入力"):
        assert words in text(refused)
    chief.post(reverse("abuse:share"), {"network": "192.0.2.9/24", "factor": "4", "reason": "図書館"})
    assert "192.0.2.0/24" in text(chief.get(reverse("abuse:limits")))
    chief.post(reverse("abuse:unshare", args=[SharedNetwork.objects.get().pk]))
    assert not SharedNetwork.objects.exists()


@pytest.mark.parametrize(("role", "sees", "releases"), [("clerk", False, False), ("auditor", True, False), ("administrator", True, True)])
def test_who_may(town: Place, signed_in_client: Callable[..., Client], role: str, sees: bool, releases: bool) -> None:
    client = signed_in_client(role)
    assert (client.get(reverse("abuse:limits")).status_code == 200) is sees
    assert (client.post(reverse("abuse:share"), {}).status_code == 422) is releases


def test_what_staff_did_is_in_the_operation_log(chief: Client, as_auditor: Callable[..., object]) -> None:
    guess("198.51.100.7", 3)
    chief.post(reverse("abuse:release"), {"network": "198.51.100.0/24", "reason": "図書館の端末"})
    with as_auditor():  # type: ignore[attr-defined]  # a context manager
        event = AuditEvent.objects.get(process_code="abuse.release")
    assert (event.user_id, event.reason, event.content["network"]) == ("chief", "図書館の端末", "198.51.100.0/24")
