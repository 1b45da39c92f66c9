"""棚卸: every reading is one small step, differences are named, and only two people make them count."""

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.storage import stock_taking
from madoguchi.delivery.storage.models import Box, StockScan, StockTake
from madoguchi.delivery.storage.services import make_box
from madoguchi.delivery.storage.stock_taking import Verdict
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

MakeCard = Callable[..., Card]


@pytest.fixture
def box(city: DeliveryPlace, chief: Actor) -> Box:
    return make_box(city, "金庫1", "A", 50, chief)


@pytest.fixture
def stored(make_card: MakeCard, city: DeliveryPlace) -> Callable[..., Card]:
    def make(number: int, **columns: object) -> Card:
        place = {"site": city, "safe": "金庫1", "box": "A", "slot": str(number), "place_kind": "stored", **columns}
        return make_card(number, progress="preset", sleeve_code=sleeve_code(number), **place)

    return make


def test_found_elsewhere_unknown_and_double_are_told_apart(
    city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor
) -> None:
    here, missing = stored(1), stored(2)
    other = stored(3, box="B")
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    read = [stock_taking.scan(take.pk, code, key, clerk) for code, key in (
        (here.sleeve_code or "", "a"), (here.sleeve_code or "", "a"), (here.sleeve_code or "", "b"),
        (other.sleeve_code or "", "c"), ("4901234567894", "d"), (sleeve_code(99), "e"),
    )]  # fmt: skip
    assert read == [Verdict.FOUND, Verdict.FOUND, Verdict.DOUBLE, Verdict.ELSEWHERE, Verdict.UNKNOWN, Verdict.UNKNOWN]
    found = stock_taking.report(take)
    assert (found.expected, found.found, found.moved) == (2, 1, 0)
    assert [item.card for item in found.missing] == [missing]
    assert [item.card for item in found.elsewhere] == [other]
    assert found.unknown == ["4901234567894", sleeve_code(99)]
    assert found.double == [here.sleeve_code]


def test_a_card_without_a_sleeve_is_read_by_its_number_and_one_with_a_sleeve_only_by_that(
    city: DeliveryPlace, make_card: MakeCard, stored: Callable[..., Card], clerk: Actor
) -> None:
    sleeved, arrived = stored(1), make_card(2, progress="arrived", place_kind="stored", site=city)
    take = stock_taking.begin(city, None, clerk, is_blind=True)
    assert stock_taking.scan(take.pk, f"{arrived.serial[:3]}-{arrived.serial[3:]}".lower(), "a", clerk) is Verdict.FOUND
    assert stock_taking.scan(take.pk, sleeved.serial, "b", clerk) is Verdict.UNKNOWN
    found = stock_taking.report(take)
    assert (found.found, [item.card for item in found.missing]) == (1, [sleeved])


def test_a_reading_costs_the_same_however_much_was_read(city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor) -> None:
    cards = [stored(number) for number in range(1, 31)]
    take = stock_taking.begin(city, None, clerk, is_blind=True)
    costs = []
    for number, card in enumerate(cards):
        with CaptureQueriesContext(connection) as seen:
            stock_taking.scan(take.pk, card.sleeve_code or "", str(number), clerk)
        costs.append(len(seen))
    assert set(costs) == {1}
    with CaptureQueriesContext(connection) as seen:
        assert stock_taking.report(take).found == 30
    assert len(seen) <= 7


def test_work_that_goes_on_is_no_difference(city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor) -> None:
    taken, put = stored(1), stored(2, box="B")
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    register.perform(taken.pk, "take_to_counter", clerk, expected_version=taken.version)
    stock_taking.scan(take.pk, put.sleeve_code or "", "a", clerk)
    detail = {"site": "01", "safe": "金庫1", "box": "A", "slot": "9"}
    register.perform(put.pk, "store", clerk, expected_version=put.version, detail=detail)
    found = stock_taking.report(take)
    assert (found.missing, found.elsewhere, found.moved) == ([], [], 1)


def test_only_two_people_with_the_right_number_make_it_count(
    city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor
) -> None:
    missing, other = stored(1), stored(2, box="B")
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    stock_taking.scan(take.pk, other.sleeve_code or "", "a", clerk)
    with pytest.raises(stock_taking.StockRefused, match="数え終えて"), transaction.atomic():
        stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=1)
    stock_taking.finish_counting(take.pk, clerk)
    for second, typed in (("", 1), ("clerk", 1), ("chief", 0)):
        with pytest.raises(stock_taking.StockRefused), transaction.atomic():
            stock_taking.close(take.pk, clerk, second_person=second, confirmed_missing=typed)
    missing.refresh_from_db()
    assert missing.place_kind == "stored"
    stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=1)
    missing.refresh_from_db()
    other.refresh_from_db()
    assert missing.place_kind == "missing"
    assert (other.safe, other.box) == ("金庫1", "A")
    assert StockTake.objects.get().result["brought_here"] == 1
    assert StockTake.objects.get().result["afterwards"] == 0
    with pytest.raises(stock_taking.StockRefused):
        stock_taking.scan(take.pk, missing.sleeve_code or "", "b", clerk)


@pytest.mark.parametrize("place", ["missing", "lost"])
def test_a_card_that_was_given_up_and_is_found_lies_here_again(
    place: str, city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor
) -> None:
    found = stored(1, place_kind=place, safe="", box="", slot="", custodian="なし")
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    assert stock_taking.scan(take.pk, found.sleeve_code or "", "a", clerk) == stock_taking.Verdict.ELSEWHERE
    stock_taking.finish_counting(take.pk, clerk)
    stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=0)
    found.refresh_from_db()
    assert (found.place_kind, found.safe, found.box, found.custodian) == ("stored", "金庫1", "A", city.name)


def test_an_empty_count_reports_nobody_missing(
    city: DeliveryPlace, box: Box, stored: Callable[..., Card], clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_taking, "MOST_MISSING", 2)
    for number in (1, 2, 3):
        stored(number)
    take = stock_taking.begin(city, None, clerk, is_blind=True)
    stock_taking.finish_counting(take.pk, clerk)
    with pytest.raises(stock_taking.StockRefused, match="超えています"):
        stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=3)
    assert not Card.objects.filter(place_kind="missing").exists()


def test_one_person_cannot_close_even_past_the_services(city: DeliveryPlace, box: Box, clerk: Actor) -> None:
    take = stock_taking.begin(city, box, clerk, is_blind=False)
    with pytest.raises(stock_taking.StockRefused):
        stock_taking.begin(city, box, clerk, is_blind=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockTake.objects.filter(pk=take.pk).update(state="closed", closed_by="clerk", second_person="clerk", closed_at="2026-11-21T00:00Z")


def test_the_blind_count_shows_no_expected_number_and_goes_on_after_a_break(
    city: DeliveryPlace, box: Box, stored: Callable[..., Card], signed_in_client: Callable[..., Client], chief: Actor
) -> None:
    here, gone, protected = stored(1), stored(2), stored(3)
    register.set_hold(protected.pk, HoldKind.PROTECTED, chief, expected_version=protected.version, reason="申出")
    client = signed_in_client("clerk")
    assert client.post("/storage/stock/", {"what": ""}).status_code == 422
    assert client.post("/storage/stock/", {"what": f"box:{box.pk}", "is_blind": "on"}).status_code == 302
    take = StockTake.objects.get()
    address = f"/storage/stock/{take.pk}/"
    answer = client.post(address + "scan/", {"sleeve": here.sleeve_code, "key": "1"}, headers={"accept": "application/json"})
    assert json.loads(answer.content) == {"verdict": "found"}
    assert "match-match" in client.post(address + "scan/", {"sleeve": sleeve_code(3), "key": "2"}).content.decode()
    page = client.get(address).content.decode()
    assert 'data-read="2"' in page
    assert "予定" not in page.split("<stock-take")[1].split("</stock-take>")[0]
    assert client.get(address + "report/").status_code == 302
    assert client.post(address + "counted/").status_code == 302
    report = client.get(address + "report/").content.decode()
    assert str(gone.sleeve_code) in report
    StockScan.objects.filter(code=sleeve_code(3)).delete()
    report = client.get(address + "report/").content.decode()
    assert str(protected.sleeve_code) not in report
    assert "停止中のカードが 1 枚" in report
    assert client.post(address + "close/", {"missing": "2"}).status_code == 422
    assert client.post(address + "give-up/", {"reason": ""}).status_code == 422
    assert client.post(address + "give-up/", {"reason": "閉庁"}).status_code == 302
    assert Card.objects.filter(place_kind="missing").count() == 0
    late = client.post(address + "scan/", {"sleeve": here.sleeve_code, "key": "9"}, headers={"accept": "application/json"})
    assert late.status_code == 409
    assert signed_in_client("clerk", place="02", user_id="b").get(address + "report/").status_code == 403


def test_the_report_leaves_as_a_workbook_and_on_paper_with_a_purpose(
    city: DeliveryPlace,
    box: Box,
    stored: Callable[..., Card],
    signed_in_client: Callable[..., Client],
    clerk: Actor,
    chief: Actor,
    as_auditor: Callable[[], AbstractContextManager[None]],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MADOGUCHI_FOLDER = tmp_path
    missing, protected = stored(1), stored(2)
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    stock_taking.scan(take.pk, "4901234567894", "a", clerk)
    client, address = signed_in_client("clerk", user_id="first"), f"/storage/stock/{take.pk}/report/file/"
    assert client.post(address, {"kind": "xlsx", "purpose": "報告"}).status_code == 302  # nobody has said that all is counted
    stock_taking.finish_counting(take.pk, clerk)
    assert client.post(address, {"kind": "xlsx", "purpose": ""}).status_code == 422
    stock_taking.close(take.pk, clerk, second_person="chief", confirmed_missing=2)
    # Under protection since then: no list has its place any more.
    protected.refresh_from_db()
    register.set_hold(protected.pk, HoldKind.PROTECTED, chief, expected_version=protected.version, reason="申出")
    book = openpyxl.load_workbook(io.BytesIO(client.post(address, {"kind": "xlsx", "purpose": "月末の報告"}).content))
    cells = [[str(cell or "") for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert cells[1][:2] == ["見つからない", missing.sleeve_code]
    assert "金庫1 A 1" in cells[1][2]
    assert cells[2] == ["登録にないコード", "4901234567894", "", ""]
    assert ["見つからない", "2", "", ""] in cells
    assert str(protected.sleeve_code) not in str(cells)
    pdf = client.post(address, {"kind": "pdf", "purpose": "月末の報告"}).content
    assert pdf.startswith(b"%PDF")
    with as_auditor():
        exports = AuditEvent.objects.filter(process_code="storage.stock-take.export", subject=str(take)).order_by("id")
        assert [(event.reason, event.content["file"]) for event in exports] == [("月末の報告", "xlsx"), ("月末の報告", "pdf")]
    assert "確定したときの差異" in client.get(f"/storage/stock/{take.pk}/report/").content.decode()


def test_a_second_person_confirms_on_the_screen(
    city: DeliveryPlace, box: Box, stored: Callable[..., Card], signed_in_client: Callable[..., Client], clerk: Actor
) -> None:
    stored(1)
    take = stock_taking.begin(city, box, clerk, is_blind=True)
    client = signed_in_client("clerk", user_id="first")
    wrong = client.post(f"/storage/stock/{take.pk}/close/", {"missing": "1", "witness_user_id": "first", "witness_password": "x"})
    assert wrong.status_code == 422
    take.refresh_from_db()
    assert take.state == "counting"
