"""Acts on cards in a real database: axes, versions, events, holds, codes, constraints."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from madoguchi.delivery.cards import queries, rules, services
from madoguchi.delivery.cards.codes import CodeBox, CodeUnreadable
from madoguchi.delivery.cards.models import BookingCode, Card, CardEvent, DeliveryPlace, MunicipalityChange
from madoguchi.kernel.numbers import is_booking_code
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.models import AuditEvent

MakeCard = Callable[..., Card]
pytestmark = pytest.mark.django_db


def test_an_arriving_card_changes_two_axes_and_leaves_two_events(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card()
    services.perform(card.pk, "arrive", clerk, expected_version=1, detail={"in_open_batch": True, "site": "01"})
    card.refresh_from_db()
    assert (card.progress, card.place_kind, card.site.code if card.site else "", card.custodian) == ("arrived", "stored", "01", "clerk")
    assert card.version == 2
    assert card.arrived_on is not None
    events = list(CardEvent.objects.order_by("id").values_list("act", "axis", "before", "after", "user_id", "version"))
    assert events == [
        ("arrive", "progress", "ordered", "arrived", "clerk", 2),
        ("arrive", "place_kind", "not_arrived", "stored", "clerk", 2),
    ]


def test_every_act_is_in_the_operation_log(
    make_card: MakeCard, clerk: Actor, as_auditor: Callable[[], AbstractContextManager[None]]
) -> None:
    card = make_card()
    services.perform(card.pk, "arrive", clerk, expected_version=1, detail={"in_open_batch": True, "site": "01"})
    with as_auditor():
        logged = AuditEvent.objects.get(process_code="cards.card.change")
    assert (logged.subject, logged.user_id, logged.content["act"]) == (f"card:{card.pk}", "clerk", "arrive")


def test_a_refused_act_changes_nothing(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card()
    with pytest.raises(services.NotAllowed, match="受入"):
        services.perform(card.pk, "arrive", clerk, expected_version=1, detail={"site": "01"})
    with pytest.raises(services.NotAllowed, match="進捗が「発行待ち・未着」"):
        services.perform(card.pk, "hand_over", clerk, expected_version=1)
    card.refresh_from_db()
    assert (card.progress, card.version, CardEvent.objects.count()) == ("ordered", 1, 0)


def test_an_arrival_without_a_site_is_refused(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card()
    with pytest.raises(services.NotAllowed, match="施設"):
        services.perform(card.pk, "arrive", clerk, expected_version=1, detail={"in_open_batch": True})
    with pytest.raises(services.NotAllowed, match="登録されていません"):
        services.perform(card.pk, "arrive", clerk, expected_version=1, detail={"in_open_batch": True, "site": "99"})


def test_the_second_of_two_clerks_sees_the_conflict(make_card: MakeCard, clerk: Actor, chief: Actor) -> None:
    card = make_card()
    detail = {"in_open_batch": True, "site": "01"}
    services.perform(card.pk, "arrive", clerk, expected_version=1, detail=detail)
    with pytest.raises(services.Conflict, match="先に更新"):
        services.perform(card.pk, "arrive", chief, expected_version=1, detail=detail)
    assert set(CardEvent.objects.values_list("user_id", flat=True)) == {"clerk"}


def test_a_writer_that_read_the_same_version_is_stopped_by_the_database(make_card: MakeCard) -> None:
    card = make_card()
    stale = Card.objects.get(pk=card.pk)
    services._write(card, {"safe": ""})
    with pytest.raises(services.Conflict):
        services._write(stale, {"safe": ""})
    assert Card.objects.get(pk=card.pk).version == 2


def test_a_detail_that_nobody_knows_is_a_mistake_of_the_programmer(make_card: MakeCard, clerk: Actor) -> None:
    with pytest.raises(TypeError, match="checklist_compleet"):
        services.perform(make_card().pk, "hand_over", clerk, expected_version=1, detail={"checklist_compleet": True})


def test_a_transfer_has_a_destination_and_ends_there(make_card: MakeCard, clerk: Actor, city: DeliveryPlace) -> None:
    card = make_card(progress="inspected", place_kind="stored", site=city, custodian="clerk")
    with pytest.raises(services.NotAllowed, match="移送先"):
        services.perform(card.pk, "send_transfer", clerk, expected_version=1)
    with pytest.raises(services.NotAllowed, match="同じ"):
        services.perform(card.pk, "send_transfer", clerk, expected_version=1, detail={"transfer_to": "01"})
    services.perform(card.pk, "send_transfer", clerk, expected_version=1, detail={"transfer_to": "02", "custodian": "運搬"})
    services.perform(card.pk, "receive_transfer", clerk, expected_version=2, detail={"safe": "A", "box": "1", "slot": "5"})
    card.refresh_from_db()
    assert card.site is not None
    assert (card.site.code, card.transfer_to, card.safe, card.box, card.slot) == ("02", None, "A", "1", "5")


def test_two_cards_never_lie_in_one_slot(make_card: MakeCard, city: DeliveryPlace) -> None:
    where: dict[str, object] = {"place_kind": "stored", "site": city, "safe": "A", "box": "1", "slot": "5"}
    make_card(1, **where)
    with pytest.raises(IntegrityError, match="one_card_in_a_slot"):
        make_card(2, **where)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"place_kind": "stored"}, "card_in_the_house_has_a_site"),
        ({"custodian": ""}, "card_has_a_custodian"),
        ({"slot": "3"}, "only_a_stored_card_has_a_slot"),
        ({"progress": "arrived"}, "an_arrived_card_is_somewhere"),
        ({"place_kind": "transfer"}, "card_in_the_house_has_a_site|only_a_transfer_has_a_destination"),
        ({"progress": "somewhere"}, "card_progress_known"),
    ],
)
def test_the_database_itself_refuses_a_card_without_one_place(make_card: MakeCard, columns: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_card(1, **columns)


def test_events_cannot_be_changed_or_deleted_by_the_service(make_card: MakeCard, clerk: Actor) -> None:
    services.perform(make_card().pk, "arrive", clerk, expected_version=1, detail={"in_open_batch": True, "site": "01"})
    for statement in ("UPDATE cards_cardevent SET reason = 'x'", "DELETE FROM cards_cardevent"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_hold_stops_until_a_second_person_releases_it(make_card: MakeCard, clerk: Actor, chief: Actor, city: DeliveryPlace) -> None:
    card = make_card(progress="preset", place_kind="stored", site=city)
    hold = services.set_hold(card.pk, rules.HoldKind.DIED, clerk, expected_version=1, reason="異動リスト 11/20")
    assert queries.open_holds(card.pk) == {rules.HoldKind.DIED}
    with pytest.raises(services.NotAllowed, match="死亡"):
        services.perform(card.pk, "make_notice", clerk, expected_version=2)
    with pytest.raises(services.NotAllowed, match="別の職員"):
        services.release_hold(hold.pk, clerk, expected_version=2, reason="誤り")
    services.release_hold(hold.pk, chief, expected_version=2, reason="誤り")
    assert services.perform(card.pk, "make_notice", clerk, expected_version=3).notice == "made"


def test_the_database_refuses_a_release_by_the_one_who_set_it(make_card: MakeCard, clerk: Actor) -> None:
    hold = services.set_hold(make_card().pk, rules.HoldKind.CHIP, clerk, expected_version=1, reason="NG")
    with pytest.raises(IntegrityError, match="hold_released_by_a_second_person"), connection.cursor() as cursor:
        cursor.execute("UPDATE cards_hold SET released_at = now(), released_by = set_by WHERE id = %s", [hold.pk])


def test_a_card_is_held_once_for_a_kind(make_card: MakeCard, clerk: Actor) -> None:
    card = make_card()
    services.set_hold(card.pk, rules.HoldKind.CHIP, clerk, expected_version=1, reason="NG")
    with pytest.raises(services.NotAllowed, match="すでに"):
        services.set_hold(card.pk, rules.HoldKind.CHIP, clerk, expected_version=2, reason="NG")


def test_a_correction_takes_back_the_delivery_with_approval(make_card: MakeCard, clerk: Actor, city: DeliveryPlace) -> None:
    card = make_card(progress="delivered", place_kind="person", site=city, custodian="本人", delivered_on="2026-11-20", visit="done")
    detail = {"approved_by": "chief", "terminal_checked": True}
    with pytest.raises(services.NotAllowed, match="理由"):
        services.perform(card.pk, "correct_delivery", clerk, expected_version=1, detail=detail)
    services.perform(card.pk, "correct_delivery", clerk, expected_version=1, reason="別の人のカードを選んだ", detail=detail)
    card.refresh_from_db()
    assert (card.progress, card.place_kind, card.delivered_on, card.visit) == ("preset", "counter", None, "none")


def test_a_booking_code_opens_for_its_own_card_only(make_card: MakeCard, secrets_folder: Path) -> None:
    card, other = make_card(1), make_card(2)
    box = CodeBox()
    BookingCode.objects.create(card=card, sealed=box.new(card.pk))
    code = services.booking_code_of(card)
    assert code is not None
    assert is_booking_code(code)
    assert services.booking_codes_of([card.pk, other.pk]) == {card.pk: code}
    assert services.booking_code_of(other) is None
    stored = bytes(BookingCode.objects.get(card=card).sealed)
    assert code.encode() not in stored
    with pytest.raises(CodeUnreadable):
        box.open(other.pk, stored)
    with pytest.raises(CodeUnreadable):
        box.open(card.pk, stored[:-1] + bytes([stored[-1] ^ 1]))


def test_running_without_codes_warns_and_is_kept_in_the_history(city: DeliveryPlace, chief: Actor) -> None:
    assert services.change_settings({"uses_booking_codes": True}, chief) == []
    warnings = services.change_settings({"uses_booking_codes": False}, chief)
    assert "推測" in warnings[0]
    kept = MunicipalityChange.objects.exclude(setting__startswith="place:").get()
    assert (kept.setting, kept.before, kept.after, kept.by) == ("uses_booking_codes", True, False, "chief")
    with contextlib.suppress(TypeError):
        services.change_settings({"name": "別の市"}, chief)
        pytest.fail("an unknown setting was taken")


def test_cards_are_found_by_every_number_on_them(make_card: MakeCard) -> None:
    card = make_card(7, sleeve_code="S000000074")
    for text in ("Ａ１Ｂ-000007", "a1b 000007", card.application_id, "202611200007"):
        assert queries.by_any_number(text) == card
    assert queries.by_any_number("A1B000008") is None
    assert queries.by_any_number("") is None


def test_counts_are_one_statement_and_know_every_phase(
    make_card: MakeCard, clerk: Actor, city: DeliveryPlace, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    make_card(1)
    held = make_card(2, progress="preset", place_kind="stored", site=city)
    services.set_hold(held.pk, rules.HoldKind.STAY, clerk, expected_version=1, reason="確認")
    with django_assert_num_queries(1):
        phases = queries.phase_counts()
    assert {phase.value: count for phase, count in phases.items() if count} == {"waiting": 1, "stopped": 1}
    with django_assert_num_queries(1):
        progress = queries.progress_counts()
    assert (progress[rules.Progress.ORDERED], progress[rules.Progress.PRESET], progress[rules.Progress.DELIVERED]) == (1, 1, 0)


def test_the_cards_of_a_phase_are_those_that_were_counted(
    make_card: MakeCard, clerk: Actor, city: DeliveryPlace, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    waiting = {make_card(number).pk for number in (1, 3)}
    held = make_card(2, progress="preset", place_kind="stored", site=city)
    free = make_card(4, progress="preset", place_kind="stored", site=city)
    services.set_hold(held.pk, rules.HoldKind.STAY, clerk, expected_version=1, reason="確認")
    with django_assert_num_queries(2):
        assert {card.pk for card in queries.cards_in_phase(rules.Phase.WAITING)} == waiting
    assert [card.pk for card in queries.cards_in_phase(rules.Phase.STOPPED)] == [held.pk]
    assert [card.pk for card in queries.cards_in_phase(rules.Phase.TO_NOTIFY)] == [free.pk]
    assert list(queries.cards_in_phase(rules.Phase.BOOKED)) == []
    counts = queries.phase_counts()
    assert {phase: queries.cards_in_phase(phase).count() for phase in rules.Phase} == counts


def test_the_municipality_is_set_up_once(city: DeliveryPlace, chief: Actor) -> None:
    again = services.set_up_municipality("142051", chief)
    assert (again.prefecture, again.name) == ("神奈川県", "藤沢市")
    with pytest.raises(ValueError, match="999999"):
        services.set_up_municipality("999999", chief)
