"""The table of the life of a card: closed in itself, and its guards one by one."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from madoguchi.delivery.cards import picture, rules
from madoguchi.delivery.cards.rules import ACT_BY_CODE, CardFacts, Effect, Evidence, HoldKind, Phase

TODAY = dt.date(2026, 11, 21)
FRESH = CardFacts(
    rules.Progress.ORDERED,
    rules.PlaceKind.NOT_ARRIVED,
    rules.Notice.NONE,
    rules.Visit.NONE,
    rules.Terminal.UNSEEN,
    rules.Disposal.NONE,
)
READY = replace(FRESH, progress=rules.Progress.PRESET, place_kind=rules.PlaceKind.STORED, has_sleeve=True)
COUNTER = Evidence(
    today=TODAY,
    actor="clerk",
    second_person="chief",
    sleeve_scanned=True,
    notice_matched=True,
    checklist_complete=True,
    fee_settled=True,
    stay_checked=True,
)


def test_the_table_is_closed_in_itself() -> None:
    axes = {axis.code: axis for axis in rules.AXES}
    assert len(ACT_BY_CODE) == len(rules.ACTS)
    for act in rules.ACTS:
        assert act.changes, act.code
        for change in act.changes:
            known = set(axes[change.axis].values)
            assert change.target in known
            assert change.sources, act.code
            assert change.sources <= known
        assert all(guard.__doc__ for guard in act.guards)


def test_every_value_of_progress_can_be_reached() -> None:
    reached: set[rules.Labelled] = {target for _code, _name, target in rules.ENTRIES}
    steps = [change for act in rules.ACTS for change in act.changes if change.axis == "progress"]
    for _ in steps:
        reached |= {change.target for change in steps if change.sources & reached}
    assert reached == set(rules.Progress)


def test_our_acts_never_touch_the_state_of_the_terminal() -> None:
    assert not [act.code for act in rules.ACTS for change in act.changes if change.axis == "terminal"]


def test_a_ready_card_is_handed_over_and_goes_to_the_person() -> None:
    act = rules.HAND_OVER
    assert rules.refusal(act, READY, COUNTER) is None
    assert [(axis, after.value) for axis, _before, after in rules.changes_of(act, READY)] == [
        ("progress", "delivered"),
        ("place_kind", "person"),
        ("visit", "done"),
    ]


@pytest.mark.parametrize(
    ("facts", "evidence", "word"),
    [
        (replace(READY, progress=rules.Progress.INSPECTED), COUNTER, "進捗が「検品済」"),
        (replace(READY, place_kind=rules.PlaceKind.MISSING), COUNTER, "場所が「所在不明」"),
        (replace(READY, holds=frozenset({HoldKind.DIED})), COUNTER, "停止中"),
        (replace(READY, expires=dt.date(2026, 11, 20)), COUNTER, "有効期限"),
        (READY, replace(COUNTER, stay_checked=False), "在留期限"),
        (READY, replace(COUNTER, sleeve_scanned=False), "スリーブ"),
        (READY, replace(COUNTER, notice_matched=False), "一致していません"),
        (READY, replace(COUNTER, checklist_complete=False), "点検"),
        (READY, replace(COUNTER, fee_settled=False), "手数料"),
        (READY, replace(COUNTER, second_person=""), "二人"),
        (READY, replace(COUNTER, second_person="clerk"), "別の職員"),
    ],
)
def test_hand_over_is_refused_for_each_reason_by_itself(facts: CardFacts, evidence: Evidence, word: str) -> None:
    sentence = rules.refusal(rules.HAND_OVER, facts, evidence)
    assert sentence is not None
    assert word in sentence


def test_the_second_person_at_the_counter_is_a_setting() -> None:
    alone = replace(COUNTER, second_person="")
    assert rules.refusal(rules.HAND_OVER, READY, replace(alone, second_person_required=False)) is None


def test_hand_over_on_the_last_day_of_validity_is_allowed() -> None:
    assert rules.refusal(rules.HAND_OVER, replace(READY, expires=TODAY), COUNTER) is None


def test_protection_stops_what_leaves_the_office_but_not_the_persons_own_service() -> None:
    protected = frozenset({HoldKind.PROTECTED})
    assert rules.blocking_holds(protected, Effect.LETTER) == protected
    assert rules.blocking_holds(protected, Effect.BOOKING) == protected
    assert not rules.blocking_holds(protected, Effect.HANDOVER)
    assert rules.refusal(rules.HAND_OVER, replace(READY, holds=protected), COUNTER) is None


@pytest.mark.parametrize("kind", [HoldKind.DIED, HoldKind.MOVED_OUT])
def test_death_and_moving_out_stop_letters_at_once(kind: HoldKind) -> None:
    facts = replace(READY, holds=frozenset({kind}))
    sentence = rules.refusal(ACT_BY_CODE["make_notice"], facts, Evidence(TODAY, "clerk"))
    assert sentence is not None
    assert kind.label in sentence


def test_a_notice_waits_for_the_preset_unless_the_municipality_says_otherwise() -> None:
    act, facts = ACT_BY_CODE["make_notice"], replace(FRESH, progress=rules.Progress.ARRIVED)
    assert rules.refusal(act, facts, Evidence(TODAY, "clerk")) is not None
    assert rules.refusal(act, facts, Evidence(TODAY, "clerk", notice_before_preset=True)) is None
    delivered = replace(READY, progress=rules.Progress.DELIVERED)
    assert rules.refusal(act, delivered, Evidence(TODAY, "clerk", notice_before_preset=True)) is not None


def test_a_step_made_only_where_possible_does_not_stop_the_act() -> None:
    returned_after_loss = replace(READY, progress=rules.Progress.DELIVERED, place_kind=rules.PlaceKind.LOST)
    act, evidence = ACT_BY_CODE["take_back"], Evidence(TODAY, "clerk", reason="返納")
    assert rules.refusal(act, returned_after_loss, evidence) is None
    assert [axis for axis, _before, _after in rules.changes_of(act, returned_after_loss)] == ["progress"]


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        (FRESH, Phase.WAITING),
        (replace(FRESH, progress=rules.Progress.ARRIVED, place_kind=rules.PlaceKind.STORED), Phase.TO_INSPECT),
        (replace(FRESH, progress=rules.Progress.INSPECTED, place_kind=rules.PlaceKind.STORED), Phase.TO_PRESET),
        (READY, Phase.TO_NOTIFY),
        (replace(READY, notice=rules.Notice.MADE), Phase.TO_SEND),
        (replace(READY, notice=rules.Notice.CAME_BACK), Phase.TO_FORWARD),
        (replace(READY, notice=rules.Notice.SENT), Phase.TO_BOOK),
        (replace(READY, notice=rules.Notice.SENT, visit=rules.Visit.BOOKED), Phase.BOOKED),
        (replace(READY, visit=rules.Visit.SERVING), Phase.AT_COUNTER),
        (replace(READY, holds=frozenset({HoldKind.CHIP})), Phase.STOPPED),
        (replace(READY, place_kind=rules.PlaceKind.MISSING), Phase.MISSING),
        (replace(READY, place_kind=rules.PlaceKind.LOST), Phase.MISSING),
        (replace(READY, place_kind=rules.PlaceKind.LOST, progress=rules.Progress.WITHDRAWN), Phase.ENDED),
        (replace(READY, progress=rules.Progress.DELIVERED, place_kind=rules.PlaceKind.PERSON), Phase.UNCONFIRMED),
        (replace(READY, progress=rules.Progress.DELIVERED, terminal=rules.Terminal.IN_USE), Phase.CONFIRMED),
        (replace(READY, progress=rules.Progress.WITHDRAWN), Phase.TO_DISPOSE),
        (replace(FRESH, progress=rules.Progress.WITHDRAWN), Phase.ENDED),
        (replace(READY, progress=rules.Progress.DISPOSED), Phase.ENDED),
    ],
)
def test_the_phase_is_derived_from_the_axes(facts: CardFacts, phase: Phase) -> None:
    assert rules.phase(facts) is phase


def test_a_word_of_the_terminal_that_nobody_knows_is_kept_as_other() -> None:
    assert rules.terminal_state("発行済") is rules.Terminal.ISSUED
    assert rules.terminal_state(" ") is rules.Terminal.UNSEEN
    assert rules.terminal_state("新しい状態") is rules.Terminal.OTHER


def test_the_picture_in_the_documentation_is_that_of_the_table() -> None:
    written = (Path(__file__).parents[5] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert written == picture.document(), "run: python -m madoguchi.delivery.cards.picture > docs/lifecycle.md"
