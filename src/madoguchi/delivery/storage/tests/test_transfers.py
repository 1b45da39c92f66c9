"""Bags between places: sent with a slip, received card by card, and no difference without two people."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.queries import matched_between
from madoguchi.delivery.storage import queries, stock_taking, transfers
from madoguchi.delivery.storage.models import Transfer, TransferItem
from madoguchi.delivery.storage.services import make_box
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor

MakeCard = Callable[..., Card]


@pytest.fixture
def branch(city: DeliveryPlace) -> DeliveryPlace:
    return DeliveryPlace.objects.get(code="02")


@pytest.fixture
def stored(make_card: MakeCard, city: DeliveryPlace) -> Callable[[int], Card]:
    def make(number: int) -> Card:
        return make_card(number, progress="preset", place_kind="stored", site=city, sleeve_code=sleeve_code(number))

    return make


@pytest.fixture
def friday(monkeypatch: pytest.MonkeyPatch) -> dt.date:
    """Friday before a weekend and a holiday."""
    now = dt.datetime(2026, 11, 20, 10, tzinfo=clock.TOKYO)
    monkeypatch.setattr(clock, "now", lambda: now)
    return now.date()


def packed(city: DeliveryPlace, branch: DeliveryPlace, actor: Actor, *cards: Card) -> Transfer:
    transfer = transfers.begin(city, branch, actor)
    for card in cards:
        transfers.pack(transfer.pk, card.sleeve_code or "", actor)
    return transfer


def test_a_bag_goes_from_place_to_place_and_each_card_with_it(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], clerk: Actor, friday: dt.date
) -> None:
    transfers.save_lead_time(city, branch, 2, clerk)
    first, second = stored(1), stored(2)
    transfer = packed(city, branch, clerk, first, second, first)
    assert transfer.items.count() == 2
    first.refresh_from_db()
    assert first.place_kind == "stored"
    sent = transfers.send(transfer.pk, "庁用車 1便", clerk)
    assert sent.expected_on == dt.date(2026, 11, 25)
    first.refresh_from_db()
    assert (first.place_kind, first.transfer_to, first.custodian) == ("transfer", branch, "庁用車 1便")
    for card in (first, second):
        assert not transfers.receive(transfer.pk, card.sleeve_code or "", clerk).extra
    assert transfers.receive(transfer.pk, first.sleeve_code or "", clerk).again
    assert transfers.close(transfer.pk, clerk) == []
    first.refresh_from_db()
    assert (first.place_kind, first.site, first.custodian) == ("stored", branch, "clerk")


def test_what_did_not_come_is_missing_only_by_two_people_and_with_words(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], clerk: Actor
) -> None:
    lost, stranger = stored(1), stored(2)
    transfer = packed(city, branch, clerk, lost)
    transfers.send(transfer.pk, "便", clerk)
    assert transfers.receive(transfer.pk, stranger.sleeve_code or "", clerk).extra
    for second, reason in (("", "袋が破れていた"), ("clerk", "袋が破れていた"), ("chief", " ")):
        with pytest.raises(transfers.TransferRefused):
            transfers.close(transfer.pk, clerk, second_person=second, reason=reason)
    lost.refresh_from_db()
    assert lost.place_kind == "transfer"
    transfers.close(transfer.pk, clerk, second_person="chief", reason="袋が破れていた")
    lost.refresh_from_db()
    stranger.refresh_from_db()
    assert lost.place_kind == "missing"
    assert (stranger.place_kind, stranger.site) == ("stored", branch)
    assert TransferItem.objects.get(card=lost).is_missing


def test_what_may_not_go_into_a_bag_stays(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], clerk: Actor, chief: Actor
) -> None:
    held, elsewhere, packed_before = stored(1), stored(2), stored(3)
    register.set_hold(held.pk, HoldKind.PROTECTED, chief, expected_version=held.version, reason="申出")
    Card.objects.filter(pk=elsewhere.pk).update(site=branch)
    packed(city, branch, clerk, packed_before)
    transfer = transfers.begin(city, branch, clerk)
    for card in (held, elsewhere, packed_before):
        with pytest.raises(transfers.TransferRefused):
            transfers.pack(transfer.pk, card.sleeve_code or "", clerk)
    with pytest.raises(transfers.TransferRefused):
        transfers.send(transfer.pk, "便", clerk)
    with pytest.raises(transfers.TransferRefused):
        transfers.begin(city, city, clerk)


def test_a_card_changed_after_packing_keeps_the_bag_here(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], clerk: Actor
) -> None:
    card = stored(1)
    transfer = packed(city, branch, clerk, card)
    register.perform(card.pk, "report_missing", clerk, expected_version=card.version, reason="棚卸")
    with pytest.raises(transfers.TransferRefused):
        transfers.send(transfer.pk, "便", clerk)
    transfer.refresh_from_db()
    assert transfer.state == "packing"


def test_cards_booked_elsewhere_say_until_when_they_must_leave(
    city: DeliveryPlace,
    branch: DeliveryPlace,
    stored: Callable[[int], Card],
    clerk: Actor,
    friday: dt.date,
    django_assert_num_queries: Callable[..., object],
) -> None:
    transfers.save_lead_time(city, branch, 2, clerk)
    for number, day in enumerate((25, 24), start=1):
        card = stored(number)
        BookedVisit.objects.create(
            number=f"{number}", serial=card.serial, place="02", day=dt.date(2026, 11, day), start="9:00", end="9:30",
            state="confirmed", rev=1, card=card, match="matched", file_seq=1,
        )  # fmt: skip
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        rows, unlisted = queries.cards_to_move(matched_between(friday, dt.date(2026, 12, 20)), friday)
    assert [(row.send_by, row.is_late) for row in rows] == [(dt.date(2026, 11, 19), True), (friday, False)]
    assert unlisted == 0


def test_a_clerk_sends_a_bag_and_the_branch_receives_it(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], signed_in_client: Callable[..., Client], secrets_folder: Path
) -> None:
    card = stored(1)
    main = signed_in_client("clerk", place="01", user_id="main")
    begun = main.post("/storage/transfers/", {"from_site": "01", "to_site": "02"})
    transfer = Transfer.objects.get()
    address = f"/storage/transfers/{transfer.code}/"
    assert begun.url == address  # type: ignore[attr-defined]
    assert main.post(address + "pack/", {"sleeve": "x"}).status_code == 422
    assert main.post(address + "pack/", {"sleeve": card.sleeve_code}).status_code == 302
    assert str(card.sleeve_code) in main.get(address).content.decode()
    assert main.get(address + "slip/").content.startswith(b"%PDF")
    assert main.post(address + "send/", {"carrier": ""}).status_code == 422
    assert main.post(address + "send/", {"carrier": "庁用車"}).status_code == 302
    assert main.post(address + "receive/", {"sleeve": card.sleeve_code}).status_code == 403
    there = signed_in_client("clerk", place="02", user_id="there")
    assert there.get("/storage/transfers/").status_code == 200
    assert "差異あり" in there.get(address).content.decode()
    assert there.post(address + "close/", {"reason": ""}).status_code == 422
    assert there.post(address + "receive/", {"sleeve": card.sleeve_code}).status_code == 302
    assert there.post(address + "close/").status_code == 302
    transfer.refresh_from_db()
    assert transfer.state == "received"


def test_a_bag_is_unpacked_and_given_up(
    city: DeliveryPlace, branch: DeliveryPlace, stored: Callable[[int], Card], signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("chief", user_id="head")
    client.post("/storage/transfers/", {"from_site": "01", "to_site": "02"})
    address = f"/storage/transfers/{Transfer.objects.get().code}/"
    client.post(address + "pack/", {"sleeve": stored(1).sleeve_code})
    assert client.post(address + f"unpack/{TransferItem.objects.get().pk}/").status_code == 302
    assert not TransferItem.objects.exists()
    client.post(address + "pack/", {"sleeve": stored(2).sleeve_code})
    assert client.post(address + "give-up/").status_code == 302
    assert Transfer.objects.get().state == "given_up"
    given = {"from_site": "01", "to_site": "02", "days": "2"}
    assert client.post("/storage/transfers/lead-times/", given).status_code == 302
    assert client.post("/storage/transfers/lead-times/", {**given, "to_site": "01"}).status_code == 422
    assert transfers.lead_days(city.pk, branch.pk) == 2


def test_no_page_asks_more_of_the_database_for_more_rows(
    city: DeliveryPlace,
    branch: DeliveryPlace,
    make_card: MakeCard,
    stored: Callable[[int], Card],
    clerk: Actor,
    signed_in_client: Callable[..., Client],
) -> None:
    client = signed_in_client("chief", user_id="head")
    bag = packed(city, branch, clerk, stored(1))
    pages = ["/storage/", "/storage/transfers/", f"/storage/transfers/{bag.code}/", "/storage/stock/", "/storage/at-counter/?all=1"]

    def add(first: int) -> None:
        transfers.pack(bag.pk, stored(first).sleeve_code or "", clerk)
        packed(city, branch, clerk, stored(first + 1))
        make_card(first + 2, progress="preset", place_kind="counter", site=city, custodian="a", sleeve_code=sleeve_code(first + 2))
        box = make_box(city, "A", str(first), 5, clerk)
        stock_taking.begin(city, box, clerk, is_blind=True)

    def statements() -> list[int]:
        costs = []
        for page in pages:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(page).status_code == 200
            costs.append(len(seen))
        return costs

    add(10)
    statements()  # what is kept between requests is read once
    before = statements()
    for first in (20, 30, 40):
        add(first)
    assert statements() == before
