"""Reports with a real database: what is counted is what was done, and every number leads to what it counts."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.cards.services import bind_sleeve, perform, release_hold, set_hold
from madoguchi.delivery.reports import queries
from madoguchi.delivery.reports.queries import Scope
from madoguchi.delivery.reports.rules import MEASURE_BY_CODE, totals
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.documents.batches import NoRoom

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
MakeCard = Callable[..., Card]
AsAuditor = Callable[[], AbstractContextManager[None]]


def arrive(card: Card, clerk: Actor, site: str = "01") -> Card:
    return perform(card.pk, "arrive", clerk, expected_version=card.version, detail={"in_open_batch": True, "site": site})


def today() -> Scope:
    return Scope(clock.today(), clock.today())


def test_what_was_done_today_is_counted_today(make_card: MakeCard, clerk: Actor) -> None:
    first, second = arrive(make_card(1), clerk), arrive(make_card(2), clerk)
    # Withdrawn on the way, and in the box all the same.
    ended = perform(
        make_card(3, progress="withdrawn").pk, "arrive_ended", clerk, expected_version=1, detail={"in_open_batch": True, "site": "01"}
    )
    bind_sleeve(first.pk, "S0000000001", expected_version=first.version)
    first = perform(first.pk, "inspect", clerk, expected_version=first.version, detail={"second_person": "x", "sleeve_bound": True})
    perform(first.pk, "preset", clerk, expected_version=first.version, detail={"preset_result": "ok"})
    found = totals(queries.counts(today()), clock.today(), clock.today())
    assert {code: number for code, number in found.items() if number} == {"listed": 3, "arrived": 3, "inspected": 1, "preset": 1}
    events = queries.behind(today(), MEASURE_BY_CODE["arrived"])
    behind = {event.card_id for event in events if isinstance(event, CardEvent)}
    assert behind == {first.pk, second.pk, ended.pk}
    assert queries.stock_changes(today()) == {clock.today(): 3}
    assert queries.stock_now(today()) == 3
    yesterday = Scope(clock.today() - dt.timedelta(days=1), clock.today() - dt.timedelta(days=1))
    assert queries.counts(yesterday) == []


def test_the_numbers_of_a_place_say_nothing_of_a_protected_card_and_those_of_the_office_count_it(
    make_card: MakeCard, clerk: Actor, chief: Actor
) -> None:
    arrive(make_card(1), clerk, "01")
    hidden = arrive(make_card(2), clerk, "01")
    there, everywhere = Scope(clock.today(), clock.today(), frozenset({"01"})), today()

    def numbers(scope: Scope) -> tuple[int, int, int]:
        counted = totals(queries.counts(scope), clock.today(), clock.today())["arrived"]
        return counted, queries.stock_now(scope), sum(one.number for one in queries.aged(scope))

    assert numbers(there) == numbers(everywhere) == (2, 2, 2)
    set_hold(hidden.pk, HoldKind.PROTECTED, clerk, expected_version=hidden.version, reason="届出")
    assert numbers(there) == (1, 1, 1)
    assert numbers(everywhere) == (2, 2, 2)
    hold = Hold.objects.select_related("card").get()
    release_hold(hold.pk, chief, expected_version=hold.card.version, reason="取下げ")
    assert numbers(there) == (2, 2, 2)


def test_a_place_counts_the_cards_that_belong_there(make_card: MakeCard, clerk: Actor) -> None:
    arrive(make_card(1), clerk, "01")
    arrive(make_card(2), clerk, "02")
    there = Scope(clock.today(), clock.today(), frozenset({"02"}))
    assert totals(queries.counts(there), clock.today(), clock.today())["arrived"] == 1
    assert queries.stock_now(there) == 1
    assert [one.number for one in queries.aged(there)] == [1]


def test_of_those_told_in_a_month_some_have_their_card(make_card: MakeCard) -> None:
    month = clock.today().replace(day=1)
    make_card(1, notice_sent_on=month, delivered_on=month + dt.timedelta(days=9), progress="delivered", place_kind="person")
    make_card(2, notice_sent_on=month)
    make_card(3, notice_sent_on=month - dt.timedelta(days=400))
    (found,) = queries.cohorts(today())
    assert (found.month, found.told, found.delivered, found.median_days) == (month, 2, 1, 9)
    assert queries.leads(Scope(month, month + dt.timedelta(days=30))) == [0, 1, 0, 0, 0]
    assert queries.cohort_cards(today(), month, delivered=False).get().serial == "A1B000002"


@pytest.mark.parametrize("role", ["clerk", "chief", "administrator", "auditor"])
def test_every_role_reads_the_numbers_and_only_who_sees_cards_their_lists(
    make_card: MakeCard, clerk: Actor, signed_in_client: SignIn, role: str
) -> None:
    arrive(make_card(1), clerk)
    client = signed_in_client(role)
    page = client.get("/reports/").content.decode()
    assert "期間の件数" in page
    links = [unescape(link) for link in re.findall(r'href="(/reports/behind/[^"]+)"', page)]
    assert bool(links) == (role in {"clerk", "chief"})
    if links:
        arrived = next(link for link in links if "measure=arrived" in link)
        assert "A1B-000001" in client.get(arrived).content.decode()
    else:
        assert client.get("/reports/behind/?measure=arrived").status_code == 403


def test_every_number_of_the_waiting_leads_to_as_many_cards(make_card: MakeCard, clerk: Actor, signed_in_client: SignIn) -> None:
    arrive(make_card(1), clerk)
    make_card(2)
    client = signed_in_client("clerk")
    page = client.get("/reports/").content.decode()
    found = re.findall(r'<a href="(/queues/\?phase=[^"]+)">(\d+)</a>', page)
    assert len(found) == 4  # two phases: one bucket and the sum of each
    for address, number in found:
        assert f"{number}件" in client.get(unescape(address)).content.decode()


def test_the_pages_of_an_empty_register_stand(city: DeliveryPlace, signed_in_client: SignIn) -> None:
    client = signed_in_client("chief")
    for address in ("/reports/", "/reports/behind/?measure=delivered", "/reports/notified/2026-11/"):
        assert client.get(address).status_code == 200, address
    assert client.get("/reports/?day_from=2026-11-02&day_until=2026-11-01").status_code == 422
    for address in ("/reports/behind/?measure=nothing", "/reports/notified/november/", "/reports/export/?form=doc&table=period"):
        assert client.get(address).status_code == 404, address


def test_the_report_costs_the_same_whatever_the_number_of_cards(
    make_card: MakeCard, clerk: Actor, signed_in_client: SignIn, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = signed_in_client("clerk")
    with django_assert_max_num_queries(40) as first:
        client.get("/reports/")
    for number in range(1, 8):
        arrive(make_card(number), clerk)
    with django_assert_max_num_queries(len(first)):
        client.get("/reports/")


def test_tables_leave_as_workbook_and_csv_and_on_paper(
    make_card: MakeCard,
    clerk: Actor,
    signed_in_client: SignIn,
    as_auditor: AsAuditor,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fill_the_medium(*_words: object, **_more: object) -> bytes:
        raise NoRoom

    settings.MADOGUCHI_FOLDER = tmp_path
    arrive(make_card(1), clerk)
    client, day = signed_in_client("auditor"), clock.today().isoformat()
    asked = f"/reports/export/?day_from={day}&day_until={day}&table=period&form="
    sheet = load_workbook(BytesIO(client.get(f"{asked}xlsx").content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:4] == [day, "1", "0", "1"]
    assert f'"{day}","1","0","1","0"' in client.get(f"{asked}csv").content.decode("utf-8-sig")
    assert client.get(f"{asked}pdf").content.startswith(b"%PDF")
    monkeypatch.setattr("madoguchi.delivery.reports.exporting.print_table", fill_the_medium)
    full = client.get(f"{asked}pdf")
    assert (full.status_code, "空き容量が足りません" in full.content.decode()) == (507, True)
    with as_auditor():
        assert AuditEvent.objects.filter(process_code__startswith="reports.report.").count() == 3


def test_the_cards_behind_a_number_leave_with_a_purpose_and_without_a_name(
    make_card: MakeCard, clerk: Actor, signed_in_client: SignIn, as_auditor: AsAuditor
) -> None:
    arrive(make_card(1), clerk)
    client = signed_in_client("clerk")
    made = client.post("/reports/behind/export/?measure=arrived", {"kind": "csv", "purpose": "到着の報告"}).content.decode("utf-8-sig")
    assert '"A1B-000001","到着",' in made
    assert "髙" not in made
    assert client.post("/reports/behind/export/?measure=arrived", {"kind": "csv"}).status_code == 422
    with as_auditor():
        assert AuditEvent.objects.get(process_code="reports.behind.export").reason == "到着の報告"
