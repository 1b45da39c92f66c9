"""The auditor reads the log by page; the service behind every other page cannot."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test import Client

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import anonymous, automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import Process, ProcessClass, Result
from madoguchi.platform.audit.queries import reading_as_auditor
from madoguchi.platform.audit.services import record

AsAuditor = Callable[[], AbstractContextManager[None]]
LOOKED, PRINTED = Process("test.looked", "カードの閲覧", ProcessClass.VIEW), Process("test.printed", "通知の印刷", ProcessClass.PRINT)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.platform.audit.tests.log_urls")]


@pytest.fixture(autouse=True)
def office(settings: Any) -> None:
    settings.MADOGUCHI_STAFF_HOME = "office:home"
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""


@pytest.fixture
def auditor(signed_in_client: Callable[..., Client]) -> Client:
    return signed_in_client("auditor")


def rows_of(client: Client, **query: str) -> str:
    answer = client.get("/audit/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_log_is_narrowed_down(auditor: Client) -> None:
    record(automatic("importer"), LOOKED, subject="card:1", content={"rows": 3}, reason="窓口の照会")
    record(anonymous("192.0.2.9"), PRINTED, subject="card:2", result=Result.REFUSED, individual_number_access=True)
    everything = rows_of(auditor)
    assert "カードの閲覧" in everything
    assert "通知の印刷" in everything
    assert "rows=3" in everything
    assert "窓口の照会" in everything
    for query in ({"subject": "card:1"}, {"user_id": "auto:importer"}, {"process": "test.lo"}, {"kind": "view", "subject": "card:1"}):
        narrowed = rows_of(auditor, **query)
        assert "カードの閲覧" in narrowed
        assert "通知の印刷" not in narrowed
    assert "192.0.2.9" in rows_of(auditor, result="refused", kind="print")
    yesterday = (clock.today() - dt.timedelta(days=1)).isoformat()
    assert "カードの閲覧" in rows_of(auditor, first=yesterday)
    assert "当てはまる記録はありません" in rows_of(auditor, first=yesterday, last=yesterday)


def test_a_long_log_is_read_a_hundred_at_a_time(auditor: Client, as_auditor: AsAuditor) -> None:
    for number in range(150):
        record(automatic("importer"), LOOKED, subject=f"card:{number}")
    first = rows_of(auditor, process="test.looked")
    assert first.count("カードの閲覧") == 100
    with as_auditor():
        hundredth = AuditEvent.objects.filter(process_code="test.looked").order_by("-pk")[99].pk
    assert f"before={hundredth}" in first
    second = rows_of(auditor, process="test.looked", before=str(hundredth))
    assert second.count("カードの閲覧") == 50
    assert "さらに古い" not in second


def test_looking_at_the_log_is_in_the_log(auditor: Client, as_auditor: AsAuditor) -> None:
    rows_of(auditor, subject="card:77")
    with as_auditor():
        event = AuditEvent.objects.get(process_code="audit.viewed")
    assert event.user_id == "auditor"
    assert event.content["subject"] == "card:77"
    assert event.content["first"] == clock.today().isoformat()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"first": "2026-13-01"}, "2026-11-21 のように"),
        ({"first": "2026-11-02", "last": "2026-11-01"}, "より前です"),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "1年分まで"),
        ({"kind": "gossip"}, ""),
    ],
)
def test_a_filter_that_makes_no_sense_is_explained(auditor: Client, query: dict[str, str], sentence: str) -> None:
    answer = auditor.get("/audit/", query)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣"])
def test_an_odd_page_mark_shows_the_newest(auditor: Client, before: str) -> None:
    record(automatic("importer"), LOOKED)
    assert "カードの閲覧" in rows_of(auditor, before=before)


def test_only_the_auditor_opens_it(signed_in_client: Callable[..., Client]) -> None:
    for role in ("clerk", "chief", "operator", "administrator"):
        assert signed_in_client(role).get("/audit/").status_code == 403
    assert Client().get("/audit/").status_code == 302


def test_the_auditors_role_is_left_behind_the_block() -> None:
    with reading_as_auditor() as alias:
        assert AuditEvent.objects.using(alias).count() >= 0
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditevent")


def test_the_auditors_role_is_left_behind_a_block_that_fails() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), reading_as_auditor(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditevent")
    record(automatic("importer"), LOOKED)
