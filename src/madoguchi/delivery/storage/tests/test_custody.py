"""Exactly one place and one custodian at any time: by the tables' own constraints, and as a chain without a gap."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind
from madoguchi.delivery.storage import custody
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.audit.actors import Actor

MakeCard = Callable[..., Card]


@pytest.fixture
def stored(make_card: MakeCard, city: DeliveryPlace) -> Card:
    return make_card(1, progress="preset", place_kind="stored", site=city, safe="A", box="1", slot="1", sleeve_code=sleeve_code(1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"custodian": ""},
        {"custodian": None},
        {"place_kind": None},
        {"place_kind": "somewhere"},
        {"site_id": None},
        {"place_kind": "transfer"},
        {"transfer_to_id": "other"},
        {"place_kind": "counter"},
        {"place_kind": "not_arrived", "safe": "", "box": "", "slot": ""},
        {"place_kind": "transfer", "safe": "", "box": "", "slot": "", "transfer_to_id": "same"},
    ],
    ids=str,
)
def test_no_statement_makes_a_card_that_is_nowhere_or_at_two_places(stored: Card, wrong: Mapping[str, str | None]) -> None:
    sites: dict[str, int | None] = {"other": DeliveryPlace.objects.get(code="02").pk, "same": stored.site_id}
    columns: dict[str, str | int | None] = {name: sites.get(str(value), value) for name, value in wrong.items()}
    sets = ", ".join(f"{name} = %s" for name in columns)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cards_card SET {sets} WHERE id = %s", [*columns.values(), stored.pk])


def test_a_right_statement_passes_the_same_way(stored: Card) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cards_card SET place_kind = 'counter', safe = '', box = '', slot = '' WHERE id = %s", [stored.pk])
        assert cursor.rowcount == 1


def test_two_cards_are_never_in_one_slot(stored: Card, make_card: MakeCard) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_card(2, progress="preset", place_kind="stored", site=stored.site, safe="A", box="1", slot="1")


def test_the_chain_has_no_gap_and_ends_where_the_card_is(make_card: MakeCard, city: DeliveryPlace, clerk: Actor, chief: Actor) -> None:
    card = make_card(1)
    steps: list[tuple[str, Actor, dict[str, object]]] = [
        ("arrive", clerk, {"in_open_batch": True, "site": "01"}),
        ("store", clerk, {"site": "01", "safe": "A", "box": "1", "slot": "2", "custodian": "市民窓口センター"}),
        ("send_transfer", clerk, {"transfer_to": "02", "custodian": "庁用車"}),
        ("receive_transfer", chief, {}),
        ("take_to_counter", chief, {}),
        ("report_missing", clerk, {}),
    ]
    for act, actor, detail in steps:
        card = register.perform(card.pk, act, actor, expected_version=card.version, reason="試し", detail=detail)
    names = dict(DeliveryPlace.objects.values_list("code", "name"))
    chain = custody.chain_of(card, names)
    assert [period.custodian for period in chain] == ["J-LIS", "clerk", "市民窓口センター", "庁用車", "chief", "chief", "clerk"]
    assert chain[2].where == "市民窓口センター A 1 2"
    assert chain[3].where == "市民窓口センター → 湘南台市民センター"
    assert chain[5].where == "湘南台市民センター"
    assert all(earlier.until == later.since for earlier, later in pairwise(chain))
    assert chain[-1].until is None
    assert custody.is_whole(card, chain)
    Card.objects.filter(pk=card.pk).update(custodian="somebody")
    card.refresh_from_db()
    assert not custody.is_whole(card, chain)


def test_the_page_shows_the_chain_and_is_recorded(stored: Card, signed_in_client: Callable[..., Client]) -> None:
    page = signed_in_client("clerk").get(f"/storage/custody/{stored.pk}/")
    assert page.status_code == 200
    assert "J-LIS" in page.content.decode()
    assert "髙橋" not in page.content.decode()
    assert signed_in_client("auditor", user_id="looks").get(f"/storage/custody/{stored.pk}/").status_code == 403


def test_everybody_sees_the_own_cards_and_the_chief_all(
    stored: Card, make_card: MakeCard, chief: Actor, signed_in_client: Callable[..., Client]
) -> None:
    client = signed_in_client("clerk", user_id="hana")
    for number, holder in ((2, "hana"), (3, "taro"), (4, "hana")):
        make_card(number, progress="preset", place_kind="counter", site=stored.site, custodian=holder, sleeve_code=sleeve_code(number))
    hidden = Card.objects.get(sleeve_code=sleeve_code(4))
    register.set_hold(hidden.pk, HoldKind.PROTECTED, chief, expected_version=hidden.version, reason="申出")
    page = client.get("/storage/at-counter/").content.decode()
    assert sleeve_code(2) in page
    assert sleeve_code(3) not in page
    assert sleeve_code(4) not in page
    assert "停止中のカードが 1 枚" in page
    assert sleeve_code(3) not in client.get("/storage/at-counter/?all=1").content.decode()
    assert sleeve_code(3) in signed_in_client("chief", user_id="head").get("/storage/at-counter/?all=1").content.decode()
