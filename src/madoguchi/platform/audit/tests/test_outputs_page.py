"""出力センター: what left the house is listed for those who may see it, with what is kept of it and where it was made (S28)."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.test import Client

from madoguchi.platform.accounts.models import Role
from madoguchi.platform.accounts.rights import OUTPUTS_SEE
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.outputs import Place
from madoguchi.platform.audit.processes import Process, ProcessClass, Result
from madoguchi.platform.audit.services import record

PRINTED = Process("test.print", "試しの印刷", ProcessClass.PRINT)
WRITTEN = Process("test.export", "試しの出力", ProcessClass.EXPORT)
LOOKED_AT = Process("test.view", "試しの閲覧", ProcessClass.VIEW)
pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]
CLERK = Actor(kind=ActorKind.STAFF, user_id="clerk-1", user_name="窓口 太郎")


def still_there(subjects: Collection[str]) -> frozenset[str]:
    return frozenset(subject for subject in subjects if subject == "letters:1")


def let_go(subjects: Collection[str]) -> dict[str, str]:
    return dict.fromkeys(subjects, "chief-1")


def last_day(subjects: Collection[str]) -> dict[str, dt.date]:
    return dict.fromkeys(subjects, dt.date(2031, 2, 3))


KEPT = {"keeps": still_there, "until": last_day, "approved": let_go}
PLACES = (Place(PRINTED, "accounts:password", {"letters": "accounts:account"}, asks_why=True, **KEPT),)  # type: ignore[arg-type]  # as named


@pytest.fixture
def page(settings: Any, signed_in_client: Callable[..., Client]) -> Client:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    settings.MADOGUCHI_OUTPUTS = f"{__name__}.PLACES"
    client = signed_in_client("auditor")
    assert OUTPUTS_SEE.code in Role.objects.get(code="auditor").rights
    return client


def test_each_output_says_who_what_how_many_what_for_and_whether_it_is_still_there(page: Client) -> None:
    record(CLERK, PRINTED, subject="letters:1", content={"step": "begun", "sheets": 111111})
    record(CLERK, PRINTED, subject="letters:1", content={"step": "released", "sheets": 222222}, reason="用紙の汚れ")
    record(CLERK, PRINTED, subject="slip", content={"labels": 33})
    record(CLERK, WRITTEN, content={"rows": 444444, "approved_by": "head-9"})
    record(CLERK, WRITTEN, content={"rows": 555555}, result=Result.REFUSED)
    record(CLERK, LOOKED_AT, content={"rows": 666666})
    shown = page.get("/outputs/")
    assert shown.status_code == 200
    text = shown.content.decode()
    for words in (
        "222222",
        "33",
        "444444",
        "用紙の汚れ",
        "head-9",
        "chief-1",
        "窓口 太郎",
        "保存中",
        "2031-02-03 に消えます",
        "残っていません",
        "その場で渡しました",
    ):
        assert words in text
    assert not any(number in text for number in ("111111", "555555", "666666"))
    assert 'href="/password/"' in text
    assert "/accounts/1/" not in text  # a page that the auditor may not open is no link
    narrowed = page.get("/outputs/", {"kind": "export"}).content.decode()
    assert ("444444" in narrowed, "222222" in narrowed) == (True, False)
    assert "444444" not in page.get("/outputs/", {"process": "test.print"}).content.decode()
    assert page.get("/outputs/", {"first": "2026-11-21", "last": "2026-11-20"}).status_code == 422


def test_it_is_closed_to_whom_it_was_not_given(page: Client, signed_in_client: Callable[..., Client]) -> None:
    assert "当てはまる出力はありません" in page.get("/outputs/", {"user_id": "nobody"}).content.decode()
    assert signed_in_client("administrator", user_id="admin").get("/outputs/").status_code == 403
