"""Papers that prove who somebody is: with and without the notice, and as time goes by."""

import datetime as dt

import pytest

from madoguchi.kernel.documents import judge, kinds_on

DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("shown", "with_notice", "enough"),
    [
        (["driving_licence"], True, True),
        (["insurance", "pension"], True, True),
        (["insurance"], True, False),
        (["insurance", "insurance"], True, False),
        ([], True, False),
        (["driving_licence"], False, False),
        (["driving_licence", "passport"], False, True),
        (["driving_licence", "pension"], False, True),
        (["insurance", "pension"], False, False),
        (["no such paper", "driving_licence"], True, True),
        (["no such paper", "insurance"], True, False),
    ],
)
def test_one_a_or_two_b_with_the_notice_and_more_without(shown: list[str], with_notice: bool, enough: bool) -> None:
    assert judge(shown, DAY, with_notice=with_notice).enough is enough


def test_the_old_insurance_card_counted_until_it_was_abolished() -> None:
    papers = ["health_insurance_card", "pension"]
    assert judge(papers, dt.date(2025, 12, 1), with_notice=True).enough
    assert not judge(papers, dt.date(2025, 12, 2), with_notice=True).enough
    assert "health_insurance_card" not in {kind.code for kind in kinds_on(DAY)}


def test_the_sentence_counts_what_was_shown() -> None:
    assert "A 0点、B 1点" in judge(["pension"], DAY, with_notice=True).sentence
