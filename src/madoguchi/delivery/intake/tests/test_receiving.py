"""Receiving cards: expected against read, labels by one, inspection by another, results of the 交付前設定."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from madoguchi.delivery.cards import queries, rules
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.services import release_hold
from madoguchi.delivery.intake import receiving
from madoguchi.delivery.intake.models import Arrival, ArrivedCard
from madoguchi.delivery.intake.receiving import ReceivingRefused
from madoguchi.kernel.labels import sleeve_code
from madoguchi.platform.audit.actors import Actor

pytestmark = pytest.mark.django_db
MakeCard = Callable[..., Card]


@pytest.fixture
def arrival(city: DeliveryPlace, clerk: Actor) -> Arrival:
    return receiving.open_arrival(city, 2, "箱1", clerk)


def test_a_box_goes_from_the_scan_to_the_inspection_and_closes(arrival: Arrival, make_card: MakeCard, clerk: Actor, chief: Actor) -> None:
    first, second = make_card(1), make_card(2)
    receiving.scan_card(arrival.pk, "Ａ１Ｂ－０００００１", clerk)
    with pytest.raises(ReceivingRefused, match="2 枚ですが、読み取ったのは 1 枚"):
        receiving.close_arrival(arrival.pk, clerk)
    receiving.scan_card(arrival.pk, second.application_id, clerk)
    with pytest.raises(ReceivingRefused, match="検品が済んでいないカードが 2 枚"):
        receiving.close_arrival(arrival.pk, clerk)
    assert receiving.print_labels(arrival.pk, clerk) == [(sleeve_code(first.pk), first.serial), (sleeve_code(second.pk), second.serial)]
    for card in (first, second):
        receiving.inspect(arrival.pk, sleeve_code(card.pk), card.serial, chief)
    receiving.close_arrival(arrival.pk, clerk)
    first.refresh_from_db()
    assert (first.progress, first.place_kind, first.sleeve_code) == ("inspected", "stored", sleeve_code(first.pk))
    assert queries.by_sleeve(sleeve_code(first.pk)) == first
    with pytest.raises(ReceivingRefused, match="完了しています"):
        receiving.scan_card(arrival.pk, "A1B000001", clerk)


def test_a_card_that_nobody_announced_is_refused(arrival: Arrival, clerk: Actor) -> None:
    with pytest.raises(ReceivingRefused, match="登録されていません"):
        receiving.scan_card(arrival.pk, "A1B000009", clerk)


def test_a_card_read_twice_is_refused_here_and_elsewhere(arrival: Arrival, make_card: MakeCard, city: DeliveryPlace, clerk: Actor) -> None:
    card = make_card(1)
    receiving.scan_card(arrival.pk, card.serial, clerk)
    with pytest.raises(ReceivingRefused, match="この受入ですでに"):
        receiving.scan_card(arrival.pk, card.serial, clerk)
    other = receiving.open_arrival(city, 1, "", clerk)
    with pytest.raises(ReceivingRefused, match="別の受入ですでに"):
        receiving.scan_card(other.pk, card.serial, clerk)


def test_who_put_the_label_on_does_not_inspect(arrival: Arrival, make_card: MakeCard, clerk: Actor) -> None:
    card = make_card(1)
    receiving.scan_card(arrival.pk, card.serial, clerk)
    with pytest.raises(ReceivingRefused, match="まだ印刷されていません"):
        receiving.inspect(arrival.pk, sleeve_code(card.pk), card.serial, clerk)
    receiving.print_labels(arrival.pk, clerk)
    with pytest.raises(ReceivingRefused, match="ラベルを付けた人は検品できません"):
        receiving.inspect(arrival.pk, sleeve_code(card.pk), card.serial, clerk)
    with pytest.raises(IntegrityError, match="inspected_by_two_people"):
        ArrivedCard.objects.update(inspected_by="clerk", inspected_at="2026-11-21T00:00:00+09:00")


def test_a_label_of_another_card_is_refused_and_nothing_is_bound(arrival: Arrival, make_card: MakeCard, clerk: Actor, chief: Actor) -> None:
    card, other = make_card(1), make_card(2)
    receiving.scan_card(arrival.pk, card.serial, clerk)
    receiving.print_labels(arrival.pk, clerk)
    with pytest.raises(ReceivingRefused, match="一致しません"):
        receiving.inspect(arrival.pk, sleeve_code(other.pk), card.serial, chief)
    with pytest.raises(ReceivingRefused, match="ラベルのコードではありません"):
        receiving.inspect(arrival.pk, "123456789018", card.serial, chief)
    card.refresh_from_db()
    assert (card.progress, card.sleeve_code) == ("arrived", None)


def test_the_number_on_the_note_can_be_corrected_while_open(arrival: Arrival, clerk: Actor) -> None:
    receiving.correct_expected(arrival.pk, 3, "数え間違い", clerk)
    arrival.refresh_from_db()
    assert arrival.expected == 3


def test_a_preset_goes_on_or_stops_with_a_reason(make_card: MakeCard, city: DeliveryPlace, clerk: Actor) -> None:
    good = make_card(1, progress="inspected", place_kind="stored", site=city)
    bad = make_card(2, progress="inspected", place_kind="stored", site=city)
    receiving.enter_preset(good.serial, is_ok=True, kind=None, reason="", actor=clerk)
    receiving.enter_preset(bad.serial, is_ok=False, kind=rules.HoldKind.CHIP, reason="読めない", actor=clerk)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.progress, bad.progress) == ("preset", "inspected")
    assert queries.open_holds(bad.pk) == {rules.HoldKind.CHIP}
    with pytest.raises(ReceivingRefused, match="停止中"):
        receiving.enter_preset(bad.serial, is_ok=True, kind=None, reason="", actor=clerk)
    with pytest.raises(ReceivingRefused, match="検品済のカード"):
        receiving.enter_preset(good.serial, is_ok=False, kind=None, reason="後から", actor=clerk)


def test_a_faulty_card_is_stopped_and_counts_as_looked_at(arrival: Arrival, make_card: MakeCard, clerk: Actor, chief: Actor) -> None:
    good, bad = make_card(1), make_card(2)
    for card in (good, bad):
        receiving.scan_card(arrival.pk, card.serial, clerk)
    receiving.find_fault(arrival.pk, bad.pk, rules.HoldKind.MISPRINT, "氏名の印字かすれ", chief)
    assert queries.open_holds(bad.pk) == {rules.HoldKind.MISPRINT}
    assert [code for code, _serial in receiving.print_labels(arrival.pk, clerk)] == [sleeve_code(good.pk)]
    with pytest.raises(ReceivingRefused, match="検品が済んでいないカードが 1 枚"):
        receiving.close_arrival(arrival.pk, clerk)
    with pytest.raises(ReceivingRefused, match="すでに登録"):
        receiving.find_fault(arrival.pk, bad.pk, rules.HoldKind.CHIP, "読めない", chief)
    receiving.inspect(arrival.pk, sleeve_code(good.pk), good.serial, chief)
    with pytest.raises(ReceivingRefused, match="検品を待っているカードではありません"):
        receiving.find_fault(arrival.pk, good.pk, rules.HoldKind.CHIP, "読めない", chief)
    receiving.close_arrival(arrival.pk, clerk)
    bad.refresh_from_db()
    assert bad.progress == "arrived"


def test_a_card_that_was_no_fault_after_all_comes_in_again_and_is_inspected(
    arrival: Arrival, make_card: MakeCard, city: DeliveryPlace, clerk: Actor, chief: Actor
) -> None:
    now, later = make_card(1), make_card(2)
    for card in (now, later):
        receiving.scan_card(arrival.pk, card.serial, clerk)
    receiving.print_labels(arrival.pk, clerk)
    for card in (now, later):
        receiving.find_fault(arrival.pk, card.pk, rules.HoldKind.MISPRINT, "氏名の印字かすれ", clerk)
        with pytest.raises(ReceivingRefused, match="不良として停止している"):
            receiving.scan_card(arrival.pk, card.serial, clerk)
    release_hold(now.holds.get().pk, chief, expected_version=Card.objects.get(pk=now.pk).version, reason="見直して、読める")
    with pytest.raises(ReceivingRefused, match="不良として分けたカード"):
        receiving.inspect(arrival.pk, sleeve_code(now.pk), now.serial, chief)
    receiving.scan_card(arrival.pk, now.serial, clerk)
    receiving.inspect(arrival.pk, sleeve_code(now.pk), now.serial, chief)
    receiving.close_arrival(arrival.pk, clerk)
    release_hold(later.holds.get().pk, chief, expected_version=Card.objects.get(pk=later.pk).version, reason="J-LISに確かめた")
    again = receiving.open_arrival(city, 1, "不良の見直し", clerk)
    receiving.scan_card(again.pk, later.serial, clerk)
    receiving.print_labels(again.pk, clerk)
    receiving.inspect(again.pk, sleeve_code(later.pk), later.serial, chief)
    receiving.close_arrival(again.pk, clerk)
    assert set(Card.objects.values_list("progress", flat=True)) == {"inspected"}
    assert ArrivedCard.objects.get(arrival=arrival, card=later).fault == "misprint"
    with pytest.raises(ReceivingRefused, match="完了"):
        receiving.scan_card(again.pk, later.serial, clerk)
