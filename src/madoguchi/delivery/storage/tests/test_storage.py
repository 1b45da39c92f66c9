"""Cards in boxes: one card in a slot, every move an event, and a pick list that leads nobody to a protected person."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from django.conf import LazySettings
from django.test import Client

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.storage import queries, services
from madoguchi.delivery.storage.models import Box
from madoguchi.kernel.labels import own_code, sleeve_code, slot_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind
from madoguchi.platform.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("madoguchi.zones.delivery.urls")]
CLERK = Actor(kind=ActorKind.STAFF, user_id="clerk", user_name="窓口 太郎")
CHIEF = Actor(kind=ActorKind.STAFF, user_id="chief", user_name="責任 花子")
MakeCard = Callable[..., Card]
DAY = dt.date(2026, 11, 24)


@pytest.fixture
def city(db: None, secrets_folder: Path, settings: LazySettings) -> DeliveryPlace:
    settings.MADOGUCHI_SHELL = settings.MADOGUCHI_MENU = ""
    cards.set_up_municipality("142051", CHIEF)
    cards.save_place("02", "湘南台市民センター", CHIEF)
    return cards.save_place("01", "市民窓口センター", CHIEF)


@pytest.fixture
def box(city: DeliveryPlace) -> Box:
    return services.make_box(city, "金庫1", "A", 3, CHIEF)


@pytest.fixture
def make_card(city: DeliveryPlace) -> MakeCard:
    def make(number: int, **columns: object) -> Card:
        values: dict[str, object] = {
            "application_id": f"{number:023d}",
            "serial": f"A1B{number:06d}",
            "name": f"山田　{number}郎",
            "name_raw": b"",
            "address_raw": b"",
            "born": "1980-09-08",
            "progress": "preset",
            "place_kind": "stored",
            "site": city,
            "sleeve_code": sleeve_code(number),
        }
        card = Card.objects.create(**{**values, **columns})
        card.refresh_from_db()
        return card

    return make


def _visit(card: Card, start: str, place: str = "01") -> BookedVisit:
    return BookedVisit.objects.create(
        number=f"10000000{card.pk}",
        serial=card.serial,
        place=place,
        day=DAY,
        start=start,
        end="23:00",
        state="confirmed",
        rev=1,
        card=card,
        match="matched",
        file_seq=1,
    )


def _wanted(*found: Card) -> list[queries.Wanted]:
    return [queries.Wanted(card.pk, dt.time(9, number), str(number), "01") for number, card in enumerate(found)]


def test_cards_fill_the_slots_in_turn_and_each_move_is_an_event(make_card: MakeCard, box: Box) -> None:
    slots = [services.put_in_box(str(make_card(number).sleeve_code), box, CLERK).slot for number in (1, 2, 3)]
    assert slots == ["1", "2", "3"]
    assert CardEvent.objects.filter(act="store", user_id="clerk").count() == 3
    with pytest.raises(services.BoxFull):
        services.put_in_box(str(make_card(4).sleeve_code), box, CLERK)


def test_a_second_scan_of_the_same_card_changes_nothing(make_card: MakeCard, box: Box) -> None:
    card = make_card(1)
    services.put_in_box(str(card.sleeve_code), box, CLERK)
    again = services.put_in_box(str(card.sleeve_code), box, CLERK)
    assert again.already
    assert CardEvent.objects.filter(act="store").count() == 1


def test_a_slot_that_was_taken_meanwhile_gives_the_next_one(make_card: MakeCard, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_card(1), make_card(2)
    services.put_in_box(str(first.sleeve_code), box, CLERK)
    right = queries.slots_taken
    seen: list[set[str]] = [set()]  # what the slower clerk saw before the faster one was done
    monkeypatch.setattr(queries, "slots_taken", lambda asked: seen.pop() if seen else right(asked))
    assert services.put_in_box(str(second.sleeve_code), box, CLERK).slot == "2"


def test_an_unknown_sleeve_and_a_twin_box_are_refused(city: DeliveryPlace, box: Box) -> None:
    with pytest.raises(services.NoSuchSleeve):
        services.put_in_box("S000000000", box, CLERK)
    with pytest.raises(services.BoxExists):
        services.make_box(city, "金庫1", "A", 5, CHIEF)


def test_the_pick_list_walks_along_the_safes(make_card: MakeCard, city: DeliveryPlace, box: Box) -> None:
    other = services.make_box(city, "金庫0", "B", 5, CHIEF)
    found = [make_card(number) for number in (1, 2, 3)]
    services.put_in_box(str(found[0].sleeve_code), box, CLERK)
    services.put_in_box(str(found[1].sleeve_code), other, CLERK)
    services.put_in_box(str(found[2].sleeve_code), box, CLERK)
    assert [pick.where for pick in queries.pick_list(_wanted(*found))] == [
        "市民窓口センター 金庫0 B 1",
        "市民窓口センター 金庫1 A 1",
        "市民窓口センター 金庫1 A 2",
    ]


@pytest.mark.parametrize("kind", [HoldKind.PROTECTED, HoldKind.DIED])
def test_a_stopped_card_shows_no_place_and_is_not_given_out(make_card: MakeCard, box: Box, kind: HoldKind) -> None:
    card = make_card(1)
    card = services.put_in_box(str(card.sleeve_code), box, CLERK).card
    cards.set_hold(card.pk, kind, CHIEF, expected_version=card.version, reason="届出")
    (pick,) = queries.pick_list(_wanted(card))
    assert (pick.where, pick.note) == ("", "停止中です。責任者に確かめてください。")
    with pytest.raises(services.NotWanted):
        services.take_to_counter(str(card.sleeve_code), CLERK, only=[pick])


def test_a_missing_card_and_one_in_another_site_are_found_the_day_before(make_card: MakeCard, city: DeliveryPlace) -> None:
    missing = make_card(1)
    cards.perform(missing.pk, "report_missing", CLERK, expected_version=missing.version, reason="棚卸")
    elsewhere = make_card(2, site=DeliveryPlace.objects.get(code="02"))
    notes = {pick.card.pk: pick.note for pick in queries.pick_list(_wanted(missing, elsewhere))}
    assert "所在不明" in notes[missing.pk]
    assert "移送" in notes[elsewhere.pk]


def test_the_pick_list_takes_two_statements(make_card: MakeCard, django_assert_num_queries: Callable[..., object]) -> None:
    found = [make_card(number) for number in range(1, 31)]
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(queries.pick_list(_wanted(*found))) == 30


def test_a_clerk_prepares_the_day(
    make_card: MakeCard, box: Box, signed_in_client: Callable[..., Client], as_auditor: Callable[..., object]
) -> None:
    booked, other = make_card(1), make_card(2)
    _visit(booked, "09:15")
    client = signed_in_client("clerk")
    assert client.get("/storage/").status_code == 200
    for card in (booked, other):
        answer = client.post("/storage/put/", {"box": box.code, "sleeve": card.sleeve_code}, follow=True)
        assert "に置いてください" in answer.content.decode()
    page = client.get("/storage/pick-list/", {"day": DAY.isoformat()}).content.decode()
    assert "市民窓口センター 金庫1 A 1" in page
    assert "山田" not in page
    with as_auditor():  # type: ignore[attr-defined]
        assert AuditEvent.objects.get(process_code="storage.pick-list.view").content == {"day": "2026-11-24", "rows": 1}
    wrong = client.post(f"/storage/pick-list/{DAY}/take/", {"sleeve": other.sleeve_code})
    assert wrong.status_code == 422
    assert "一覧にない" in wrong.content.decode()
    assert client.post(f"/storage/pick-list/{DAY}/take/", {"sleeve": booked.sleeve_code}).status_code == 302
    booked.refresh_from_db()
    assert (booked.place_kind, booked.custodian) == ("counter", client.staff.user_id)  # type: ignore[attr-defined]
    answer = client.post("/storage/put/", {"box": box.code, "sleeve": booked.sleeve_code}, follow=True)
    assert "金庫1 A 1" in answer.content.decode()


def test_the_list_can_be_walked_by_time_with_what_is_in_trouble_at_its_head(
    make_card: MakeCard, box: Box, signed_in_client: Callable[..., Client]
) -> None:
    late, early, missing = make_card(1), make_card(2), make_card(3)
    client = signed_in_client("clerk")
    for card, time in ((late, "15:00"), (early, "09:15"), (missing, "16:00")):
        _visit(card, time)
        client.post("/storage/put/", {"box": box.code, "sleeve": card.sleeve_code})
    Card.objects.filter(pk=missing.pk).update(place_kind="missing", safe="", box="", slot="")

    def order(**more: str) -> list[str]:
        page = client.get("/storage/pick-list/", {"day": DAY.isoformat(), **more}).content.decode().partition("<tbody")[2]
        return sorted((str(card.sleeve_code) for card in (late, early, missing)), key=page.index)

    assert order() == [missing.sleeve_code, late.sleeve_code, early.sleeve_code]
    assert order(order="time") == [missing.sleeve_code, early.sleeve_code, late.sleeve_code]
    page = client.get("/storage/pick-list/", {"day": DAY.isoformat()}).content.decode()
    assert "1 件です。一覧のはじめに" in page
    assert page.count(f'href="/cards/{missing.pk}/"') == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "スリーブのラベルを読み取ってください"),
        ({"box": "B000000000", "sleeve": "x"}, "この箱は登録されていません"),
        ({"box": "", "sleeve": "x"}, "箱か位置のラベルを読み取ってください"),
    ],
)
def test_a_wrong_scan_says_what_to_do(box: Box, signed_in_client: Callable[..., Client], given: dict[str, str], words: str) -> None:
    answer = signed_in_client("clerk").post("/storage/put/", given)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_clerk_of_another_place_may_not_fill_this_box(make_card: MakeCard, box: Box, signed_in_client: Callable[..., Client]) -> None:
    card = make_card(1)
    answer = signed_in_client("clerk", place="02").post("/storage/put/", {"box": box.code, "sleeve": card.sleeve_code})
    assert answer.status_code == 403


def test_the_chief_registers_a_box_and_prints_its_label(city: DeliveryPlace, signed_in_client: Callable[..., Client]) -> None:
    chief = signed_in_client("chief", user_id="head")
    given = {"site": city.pk, "safe": "金庫1", "name": "A", "slots": "100"}
    assert chief.post("/storage/boxes/new/", given).status_code == 302
    assert chief.post("/storage/boxes/new/", given).status_code == 422
    assert chief.post("/storage/boxes/new/", {**given, "name": "B", "slots": "0"}).status_code == 422
    assert chief.get(f"/storage/boxes/{Box.objects.get().code}/label/").content.startswith(b"%PDF")
    clerk = signed_in_client("clerk", user_id="hand")
    assert clerk.post("/storage/boxes/new/", given).status_code == 403


def test_a_safe_has_a_label_that_opens_it_and_is_printed_with_those_of_its_boxes(
    city: DeliveryPlace, box: Box, signed_in_client: Callable[..., Client]
) -> None:
    second, other = (services.make_box(city, safe, "B", 10, CHIEF) for safe in (box.safe, "Z"))
    safe = queries.safe_code(second)
    assert safe == queries.safe_code(box) != queries.safe_code(other)
    assert [filled.box for filled in queries.safe_by_code(safe)] == [box, second]
    client = signed_in_client("clerk")
    assert f"/storage/boxes/{box.code}/safe/" in client.get("/storage/").content.decode()
    pdf = client.get(f"/storage/boxes/{second.code}/safe/").content
    printed = "".join(page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(pdf))
    assert all(code in printed for code in (safe, box.code, second.code))
    assert other.code not in printed
    shown = client.post("/scan/", {"code": safe})
    assert shown.status_code == 200
    assert "金庫のラベル" in shown.content.decode()
    assert client.post("/scan/", {"code": own_code("K", 99999)}).status_code == 404


def test_a_scanned_slot_takes_the_card_and_never_two(make_card: MakeCard, box: Box, signed_in_client: Callable[..., Client]) -> None:
    first, second = make_card(1), make_card(2)
    client = signed_in_client("clerk")
    aimed = client.post("/storage/put/", {"box": "", "sleeve": slot_code(box.pk, 2)})
    assert aimed.url == f"/storage/put/?box={slot_code(box.pk, 2)}"  # type: ignore[attr-defined]  # a redirect
    put = client.post("/storage/put/", {"box": slot_code(box.pk, 2), "sleeve": first.sleeve_code}, follow=True)
    assert "金庫1 A 2" in put.content.decode()
    refused = client.post("/storage/put/", {"box": slot_code(box.pk, 2), "sleeve": second.sleeve_code})
    assert "別のカードがあります" in refused.content.decode()
    assert queries.by_slot_code(slot_code(box.pk, 4)) is None
    assert client.get(f"/storage/boxes/{box.code}/slots/").content.startswith(b"%PDF")


def test_the_pick_list_opens_at_the_next_day_with_bookings(
    make_card: MakeCard, signed_in_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    friday = dt.datetime(2026, 11, 20, 16, tzinfo=clock.TOKYO)
    monkeypatch.setattr(clock, "now", lambda: friday)
    client = signed_in_client("clerk")
    assert "2026年11月21日" in client.get("/storage/pick-list/").content.decode()
    _visit(make_card(1), "09:15")
    assert "2026年11月24日" in client.get("/storage/pick-list/").content.decode()
