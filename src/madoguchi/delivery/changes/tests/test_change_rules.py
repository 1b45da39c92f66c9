"""What a change means for a card, when a decision is due, and what a passed deadline calls for: values in, values out."""

import datetime as dt
from dataclasses import replace

import pytest

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.rules import ACT_BY_CODE, CardFacts, Disposal, HoldKind, Notice, PlaceKind, Progress, Terminal, Visit
from madoguchi.delivery.cards.ways import ways_of
from madoguchi.delivery.changes.rules import HOLDS, ChangeKind, Dates, Outcome, Proposal, decision_due, kind_of, outcome, proposal
from madoguchi.kernel.working_days import next_working_day

TODAY = dt.date(2026, 11, 21)
WAITING = CardFacts(Progress.PRESET, PlaceKind.STORED, Notice.SENT, Visit.NONE, Terminal.PRESET, Disposal.NONE)
OVER = Dates(TODAY, deadline=dt.date(2026, 5, 1), reminded_on=dt.date(2026, 6, 1), applied_on=dt.date(2025, 6, 1))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("転出", ChangeKind.MOVED_OUT),
        (" 死亡 ", ChangeKind.DIED),
        ("婚姻", ChangeKind.NAME),
        ("転居", ChangeKind.ADDRESS),
        ("転出取消", None),
        ("", None),
    ],
)
def test_only_known_words_are_read(word: str, kind: ChangeKind | None) -> None:
    assert kind_of(word) is kind


def test_every_change_has_a_hold_and_death_and_moving_out_stop_letters() -> None:
    assert set(HOLDS) == set(ChangeKind)
    for kind in (ChangeKind.DIED, ChangeKind.MOVED_OUT, ChangeKind.DELETED):
        assert card_rules.Effect.LETTER in card_rules.STOPS[HOLDS[kind]]


@pytest.mark.parametrize(
    ("kind", "facts", "until", "wanted"),
    [
        (ChangeKind.DIED, WAITING, None, Outcome.HOLD),
        (ChangeKind.DIED, replace(WAITING, progress=Progress.APPLIED), None, Outcome.HOLD),
        (ChangeKind.DIED, replace(WAITING, holds=frozenset({HoldKind.DIED})), None, Outcome.ALREADY),
        (ChangeKind.DELETED, replace(WAITING, holds=frozenset({HoldKind.MOVED_OUT})), None, Outcome.ALREADY),
        (ChangeKind.DIED, replace(WAITING, progress=Progress.DELIVERED), None, Outcome.DELIVERED),
        (ChangeKind.ADDRESS, replace(WAITING, progress=Progress.DELIVERED), None, Outcome.ENDED),
        (ChangeKind.DIED, replace(WAITING, progress=Progress.WITHDRAWN), None, Outcome.ENDED),
        (ChangeKind.STAY, WAITING, TODAY, Outcome.LATER),
        (ChangeKind.STAY, WAITING, TODAY - dt.timedelta(1), Outcome.HOLD),
        (ChangeKind.STAY, WAITING, None, Outcome.HOLD),
        (ChangeKind.PROTECTED, WAITING, None, Outcome.HOLD),
    ],
)
def test_what_a_change_means_for_a_card(kind: ChangeKind, facts: CardFacts, until: dt.date | None, wanted: Outcome) -> None:
    assert outcome(kind, facts, until=until, today=TODAY) is wanted


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (dt.date(2026, 11, 16), dt.date(2026, 11, 19)),
        (dt.date(2026, 11, 20), dt.date(2026, 11, 26)),  # a weekend and 勤労感謝の日 lie between
        (dt.date(2026, 12, 28), dt.date(2027, 1, 6)),  # the year's end
    ],
)
def test_a_decision_is_due_in_three_business_days(since: dt.date, due: dt.date) -> None:
    assert decision_due(since, next_working_day) == due


@pytest.mark.parametrize(
    ("facts", "dates", "wanted"),
    [
        (WAITING, Dates(TODAY, deadline=TODAY), None),
        (WAITING, Dates(TODAY), None),
        (WAITING, OVER, Proposal.REMIND),
        (replace(WAITING, visit=Visit.BOOKED), OVER, None),
        (replace(WAITING, holds=frozenset({HoldKind.PROTECTED})), OVER, None),
        (replace(WAITING, notice=Notice.REMINDED), OVER, Proposal.URGE),
        (replace(WAITING, notice=Notice.REMINDED), replace(OVER, reminded_on=dt.date(2026, 10, 1)), None),
        (replace(WAITING, notice=Notice.URGED), OVER, Proposal.WITHDRAW),
        (replace(WAITING, notice=Notice.URGED), replace(OVER, applied_on=dt.date(2026, 1, 1)), Proposal.WARN),
        (replace(WAITING, notice=Notice.CAME_BACK), OVER, Proposal.WITHDRAW),
        (replace(WAITING, notice=Notice.CAME_BACK), replace(OVER, applied_on=dt.date(2026, 1, 1)), None),
        (WAITING, replace(OVER, expires=dt.date(2026, 11, 20)), Proposal.LAPSE),
        (WAITING, Dates(TODAY, expires=TODAY), None),
        (replace(WAITING, progress=Progress.LAPSED), OVER, Proposal.DISPOSE),
        (replace(WAITING, progress=Progress.LAPSED, disposal=Disposal.PROPOSED), OVER, None),
        (replace(WAITING, progress=Progress.WITHDRAWN, place_kind=PlaceKind.NOT_ARRIVED), OVER, None),
        (replace(WAITING, progress=Progress.DELIVERED), OVER, None),
    ],
)
def test_what_a_passed_deadline_calls_for(facts: CardFacts, dates: Dates, wanted: Proposal | None) -> None:
    assert proposal(facts, dates) is wanted


@pytest.mark.parametrize("one", list(Proposal))
def test_every_proposal_is_an_act_that_has_a_page(one: Proposal) -> None:
    assert one.value in ACT_BY_CODE
    assert ways_of(one.value)
