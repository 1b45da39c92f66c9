"""The pages of fees, for those who may take money, those who look on, and those who may not."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2 as pdfium
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards.models import DeliveryPlace
from madoguchi.delivery.fees import queries, services
from madoguchi.delivery.fees.models import Drawer, DrawerDay, Entry, OwnAmount
from madoguchi.delivery.fees.rules import Method
from madoguchi.delivery.fees.services import Due
from madoguchi.delivery.reports import presenting
from madoguchi.delivery.reports.queries import Scope
from madoguchi.kernel.fees import Charge
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor

pytestmark = pytest.mark.django_db(transaction=True)
WITNESS = {"witness_user_id": "chief", "witness_password": "kawa-no-hotori-7"}
PAGES = ("/fees/", "/fees/table/", "/fees/report/")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """Papers are set in the zone's folder."""
    settings.MADOGUCHI_FOLDER = tmp_path


@pytest.fixture
def day(city: DeliveryPlace, clerk: Actor) -> DrawerDay:
    return services.open_drawer(services.save_drawer("A", "1番窓口", city, clerk), 10_000, clerk)


def pay(day: DrawerDay, clerk: Actor, visit: int = 1) -> Entry:
    return services.take(Due(f"encounter:{visit}", "lost", Charge((("card", 800),))), Method.CASH, day.pk, clerk)


def text_of(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(content))


@pytest.mark.parametrize(("role", "status"), [("clerk", 200), ("chief", 200), ("auditor", 200), ("operator", 403), ("administrator", 403)])
def test_who_may_look(city: DeliveryPlace, signed_in_client: Callable[..., Client], role: str, status: int) -> None:
    client = signed_in_client(role)
    assert [client.get(page).status_code for page in PAGES] == [status] * len(PAGES)


def test_an_auditor_looks_and_changes_nothing(day: DrawerDay, clerk: Actor, signed_in_client: Callable[..., Client]) -> None:
    signed_in_client("chief")
    auditor = signed_in_client("auditor")
    entry = pay(day, clerk)
    for address, values in (
        (f"/fees/days/{day.pk}/", {"counted_yen": "10800", "cashless_counted": "0", **WITNESS}),
        (f"/fees/entries/{entry.pk}/", {"drawer_day": day.pk, "reason": "x", **WITNESS}),
        ("/fees/table/", {"item": "card", "yen": "1", "since_year": "2026", "since_month": "1", "since_day": "1", "source": "x"}),
    ):
        assert auditor.get(address).status_code == 200
        auditor.post(address, values)
    assert auditor.post("/fees/open/", {}).status_code == 403
    day.refresh_from_db()
    assert (day.state, Entry.objects.count(), OwnAmount.objects.count()) == ("open", 1, 0)
    assert "領収書" not in auditor.get(f"/fees/entries/{entry.pk}/").content.decode()
    assert auditor.get(f"/fees/entries/{entry.pk}/receipt/").status_code == 403


def test_a_day_at_a_drawer_from_opening_to_report(city: DeliveryPlace, signed_in_client: Callable[..., Client], clerk: Actor) -> None:
    chief, client = signed_in_client("chief"), signed_in_client("clerk")
    assert client.get("/fees/drawers/").status_code == 403
    assert chief.post("/fees/drawers/", {"code": "", "name": ""}).status_code == 422
    assert chief.post("/fees/drawers/", {"code": "A", "name": "1番窓口", "place": city.code, "is_open": "on"}).status_code == 302
    assert client.post("/fees/open/", {"opening_yen": "10000"}).status_code == 422
    drawer = Drawer.objects.get()
    assert client.post("/fees/open/", {"drawer": drawer.pk, "opening_yen": "10000"}).status_code == 302
    day = DrawerDay.objects.get()
    first, second = pay(day, clerk, 1), pay(day, clerk, 2)
    page = client.get("/fees/").content.decode()
    assert re.search(r"\d{4}-000002", page)
    back = {"drawer_day": day.pk, "reason": "押し間違い", **WITNESS}
    assert client.post(f"/fees/entries/{second.pk}/", {**back, "reason": ""}).status_code == 422
    assert client.post(f"/fees/entries/{second.pk}/", {**back, "witness_user_id": "clerk"}).status_code == 422
    assert client.post(f"/fees/entries/{second.pk}/", back).status_code == 302
    assert "取消済" in client.get("/fees/").content.decode()
    close = {"counted_yen": "10700", "cashless_counted": "0", "explanation": "", **WITNESS}
    answer = client.post(f"/fees/days/{day.pk}/", close)
    assert answer.status_code == 422
    assert "-100円" in answer.content.decode()
    assert client.post(f"/fees/days/{day.pk}/", {**close, "counted_yen": "10800"}).status_code == 302
    assert "差し引き 0 円" in client.get("/fees/report/").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/fees/report/{clock.today()}.xlsx").content)).worksheets[0]
    assert [row[5] for row in book.iter_rows(values_only=True)][1:] == ["800", "800", "-800", "800", "0", "0", "0"]
    paper = text_of(client.get(f"/fees/report/{clock.today()}.pdf").content)
    assert "差し引き 0円" in paper
    assert client.get("/fees/report/2026-13-01.pdf").status_code == 404
    assert client.get(f"/fees/report/{clock.today()}.doc").status_code == 404
    receipt = text_of(client.get(f"/fees/entries/{first.pk}/receipt/").content)
    assert "800円" in receipt
    assert "取消済" not in receipt
    assert "取消済" in text_of(client.get(f"/fees/entries/{second.pk}/receipt/").content)


def test_a_report_of_a_busy_day_needs_no_more_statements_and_gets_more_sheets(
    day: DrawerDay, clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk")
    counts = []
    for visits in (range(1, 3), range(3, 41)):
        for visit in visits:
            pay(day, clerk, visit)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/fees/report/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1], counts
    content = client.get(f"/fees/report/{clock.today()}.pdf").content
    assert len(pdfium.PdfDocument(content)) == 3


def test_a_wrong_date_is_answered_in_words(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    answer = signed_in_client("clerk").get("/fees/report/?day_year=2026&day_month=2&day_day=30")
    assert answer.status_code == 422
    assert "暦にありません" in answer.content.decode()


def test_a_change_of_the_table_is_asked_for(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    client = signed_in_client("clerk")
    new = {"item": "card", "yen": "700", "since_year": "2027", "since_month": "4", "since_day": "1", "source": "条例の改正"}
    assert client.post("/fees/table/", {**new, "until_year": "2026", "until_month": "1", "until_day": "1"}).status_code == 422
    assert client.post("/fees/table/", new).status_code == 302
    assert client.post("/fees/table/", new).status_code == 422
    assert not OwnAmount.objects.exists()


def test_what_is_owed_back_stands_on_every_settlement_until_it_is_returned(
    day: DrawerDay, clerk: Actor, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk")
    signed_in_client("chief")
    entry = pay(day, clerk)
    services.owe_back(entry.subject, clerk, reason="交付の訂正")
    pages = ("/fees/", "/fees/report/", f"/fees/days/{day.pk}/", f"/fees/entries/{entry.pk}/")
    for page in pages:
        content = client.get(page).content.decode()
        assert "返金待ち" in content, page
        assert "交付の訂正" in content, page
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/fees/report/{clock.today()}.xlsx").content))
    assert [row[5] for row in book.worksheets[0].iter_rows(values_only=True) if row[1] == "返金待ち"] == ["-800"]
    assert "交付の訂正" in text_of(client.get(f"/fees/report/{clock.today()}.pdf").content)
    client.post(f"/fees/entries/{entry.pk}/", {"reason": "訂正", "drawer_day": day.pk, **WITNESS})
    assert all("返金待ち" not in client.get(page).content.decode() for page in pages)


def test_reports_and_books_name_the_same_sum(day: DrawerDay, clerk: Actor) -> None:
    kept, back = pay(day, clerk), pay(day, clerk, 2)
    services.take_back(back, clerk, reason="押し間違い", second_person="chief", drawer_day=day.pk)
    today = clock.today()
    assert queries.taken(today, today) == queries.Taken(1, kept.yen)
    assert queries.taken(today, today, {"02"}) == queries.Taken(0, 0)
    rows = dict(presenting.counter_table(presenting.count(Scope(today, today), "", links=False)).rows)
    assert [figure.text for figure in rows["手数料の合計（円、取消・返金を引いたもの）"]] == ["800"]
    assert queries.report(today).cash == kept.yen
