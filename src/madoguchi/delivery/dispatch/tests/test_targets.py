"""The roster: secrets only for those who may book, and rows that can be told older from newer."""

import datetime as dt
from collections.abc import Callable

import pytest

from madoguchi.delivery.cards import services as cards
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.rules import HoldKind, Notice, Progress
from madoguchi.delivery.dispatch.rules import month_day, public_stage
from madoguchi.delivery.dispatch.targets import records
from madoguchi.platform.audit.actors import Actor

MakeCard = Callable[..., Card]

pytestmark = pytest.mark.django_db


def test_a_card_whose_notice_was_made_is_on_the_roster(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1)
    make_card(2)
    card = cards.perform(card.pk, "make_notice", clerk, expected_version=card.version)
    assert list(records()) == [
        {
            "id": "A1B000001",
            "code": cards.booking_code_of(card),
            "md": "0908",
            "dispatch": "202611200001",
            "places": ["01"],
            "from": None,
            "until": None,
            "status": "open",
            "rev": card.version,
            "stage": "notice_made",
        }
    ]


def test_the_least_that_can_be_sent_is_number_verifier_and_dispatch_number(make_card: MakeCard, clerk: Actor) -> None:
    """EX-07: place, deadline and stage leave only where the municipality says so."""
    card = make_card(1, notice_deadline=dt.date(2027, 1, 15))
    cards.perform(card.pk, "make_notice", clerk, expected_version=card.version)
    (usual,) = records()
    assert (usual["places"], usual["until"], usual["stage"]) == (["01"], "2027-01-15", "notice_made")
    for setting, column, nothing in (("sends_place", "places", []), ("sends_deadline", "until", None), ("sends_stage", "stage", None)):
        cards.change_settings({setting: False}, clerk)
        (less,) = records()
        assert less[column] == nothing
    assert {column: value for column, value in less.items() if value} == {
        **{column: usual[column] for column in ("id", "code", "md", "dispatch", "status", "rev")},
    }


def test_a_lost_card_is_closed_so_that_nobody_comes_for_it(make_card: MakeCard) -> None:
    make_card(1, notice="sent", place_kind="lost", site=None, custodian="なし")
    (lost,) = records()
    assert (lost["status"], lost["code"], lost["md"], lost["places"]) == ("closed", None, None, [])


def test_all_takes_every_live_card(make_card: MakeCard) -> None:
    make_card(1)
    make_card(2, progress="ordered", place_kind="not_arrived", site=None)
    make_card(3, progress="delivered", place_kind="person", custodian="本人")
    assert [record["id"] for record in records("all")] == ["A1B000001", "A1B000002"]


def test_a_value_of_progress_takes_the_cards_there(make_card: MakeCard) -> None:
    make_card(1)
    make_card(2, progress="ordered", place_kind="not_arrived", site=None)
    assert [record["id"] for record in records("ordered")] == ["A1B000002"]
    with pytest.raises(ValueError, match="nowhere"):
        list(records("nowhere"))


@pytest.mark.parametrize("kind", list(HoldKind))
def test_a_stopped_card_is_closed_without_its_secrets_and_newer_than_before(
    make_card: MakeCard, clerk: Actor, chief: Actor, kind: HoldKind
) -> None:
    card = make_card(1)
    card = cards.perform(card.pk, "make_notice", clerk, expected_version=card.version)
    (before,) = records()
    cards.set_hold(card.pk, kind, chief, expected_version=card.version, reason="届出")
    (after,) = records()
    assert after["status"] == "closed"
    assert (after["code"], after["md"], after["dispatch"], after["places"], after["stage"]) == (None, None, None, [], None)
    assert int(str(after["rev"])) > int(str(before["rev"]))


def test_a_stopped_card_that_was_never_announced_is_left_out(make_card: MakeCard, chief: Actor) -> None:
    card = make_card(1)
    cards.set_hold(card.pk, HoldKind.PROTECTED, chief, expected_version=card.version, reason="届出")
    assert list(records("all")) == []


def test_a_withdrawn_card_is_closed(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1)
    card = cards.perform(card.pk, "make_notice", clerk, expected_version=card.version)
    cards.perform(
        card.pk,
        "withdraw",
        clerk,
        expected_version=card.version,
        reason="本人の申し出",
        detail={"document": "取りやめ届", "second_person": "chief"},
    )
    assert [record["status"] for record in records()] == ["closed"]


def test_without_codes_the_roster_has_none(make_card: MakeCard, chief: Actor) -> None:
    make_card(1)
    cards.change_settings({"uses_booking_codes": False}, chief)
    assert [record["code"] for record in records("all")] == [None]


def test_a_closed_place_is_not_named(make_card: MakeCard, city: DeliveryPlace, chief: Actor) -> None:
    make_card(1, place_kind="not_arrived", site=None, progress="ordered", delivery_place=city)
    assert [record["places"] for record in records("all")] == [["01"]]
    cards.save_place("01", city.name, chief, is_open=False)
    assert [record["places"] for record in records("all")] == [[]]


def test_the_number_of_statements_does_not_grow_with_the_cards(
    make_card: MakeCard, django_assert_num_queries: Callable[..., object]
) -> None:
    for number in range(1, 41):
        make_card(number)
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        assert len(list(records("all"))) == 40


@pytest.mark.parametrize(
    ("born", "expected"),
    [("1980-09-08", "0908"), ("2000-01-10", "0110"), ("1930-00-00", None), ("1930-05-00", None), ("", None), ("1980", None)],
)
def test_the_birthday_that_opens_the_booking_pages(born: str, expected: str | None) -> None:
    assert month_day(born) == expected


@pytest.mark.parametrize(
    ("progress", "notice", "stage"),
    [
        ("ordered", "none", "preparing"),
        ("preset", "none", "preparing"),
        ("preset", "made", "notice_made"),
        ("arrived", "sent", "notice_sent"),
        ("preset", "sent", "ready"),
        ("preset", "urged", "ready"),
        ("inspected", "warned", "notice_sent"),
        ("preset", "came_back", "notice_returned"),
    ],
)
def test_a_card_is_ready_when_it_lies_there_and_its_notice_is_out(progress: str, notice: str, stage: str) -> None:
    assert public_stage(Progress(progress), Notice(notice)) == stage
