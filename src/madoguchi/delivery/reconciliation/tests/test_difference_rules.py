"""The whole matrix of what we did and what the terminal shows: each pair of values is decided here by hand."""

import pytest

from madoguchi.delivery.cards.rules import ACT_BY_CODE, Progress, Terminal
from madoguchi.delivery.cards.ways import ON_THE_CARD
from madoguchi.delivery.reconciliation.rules import REMEDIES, Difference, difference, pairs, why_not_signed

D = Difference
EARLY = {"preset": D.PRESET_THERE, "in_use": D.IN_USE_THERE, "suspended": D.SUSPENDED_THERE}
ENDED = dict.fromkeys(("lapsed", "returned", "discarded"), D.ENDED_THERE)
OPEN = dict.fromkeys(("issued", "preset", "in_use", "suspended"), D.ENDED_HERE)
WANTED: dict[Progress, dict[str, Difference]] = {
    Progress.APPLIED: EARLY | ENDED,
    Progress.ORDERED: EARLY | ENDED,
    Progress.ARRIVED: EARLY | ENDED,
    Progress.INSPECTED: EARLY | ENDED,
    Progress.PRESET: {"issued": D.PRESET_HERE, "in_use": D.IN_USE_THERE, "suspended": D.SUSPENDED_THERE} | ENDED,
    Progress.DELIVERED: {
        "issued": D.NOT_DELIVERED_THERE,
        "preset": D.NOT_DELIVERED_THERE,
        "lapsed": D.LAPSED_THERE,
        "returned": D.RETURNED_THERE,
        "discarded": D.RETURNED_THERE,
    },
    **dict.fromkeys((Progress.WITHDRAWN, Progress.LAPSED, Progress.RETURNED, Progress.LAPSED_AFTER, Progress.DISPOSED), OPEN),
}


@pytest.mark.parametrize("progress", list(Progress))
@pytest.mark.parametrize("terminal", list(Terminal))
def test_every_pair_of_values_is_decided(progress: Progress, terminal: Terminal) -> None:
    wanted = D.UNKNOWN_STATE if terminal is Terminal.OTHER else WANTED[progress].get(terminal.value)
    assert difference(progress, terminal) is wanted


def test_the_database_is_asked_for_just_those_pairs() -> None:
    asked = {pair: one for one, found in pairs().items() for pair in found}
    assert all(difference(*pair) is one for pair, one in asked.items())
    assert len(asked) == sum(map(len, WANTED.values())) + len(Progress)


def test_every_difference_says_what_to_do_and_names_acts_of_the_cards_page() -> None:
    assert set(REMEDIES) == set(Difference)
    for remedy in REMEDIES.values():
        assert remedy.words.endswith("。")
        assert set(remedy.acts) <= set(ON_THE_CARD) <= set(ACT_BY_CODE)


@pytest.mark.parametrize(
    ("has_list", "unexplained", "unknown", "is_signed", "word"),
    [
        (True, 0, 0, False, None),
        (False, 0, 0, False, "一覧が反映"),
        (True, 2, 0, False, "2 件"),
        (True, 0, 1, False, "1 件"),
        (True, 0, 0, True, "すでに"),
    ],
)
def test_a_day_is_signed_only_when_nothing_is_left(
    has_list: bool, unexplained: int, unknown: int, is_signed: bool, word: str | None
) -> None:
    sentence = why_not_signed(has_list=has_list, unexplained=unexplained, unknown=unknown, is_signed=is_signed)
    assert (sentence is None) if word is None else (sentence is not None and word in sentence)
