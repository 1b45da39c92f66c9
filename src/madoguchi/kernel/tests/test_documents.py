"""Papers that prove who somebody is: what each way wants, as time goes by, and of which a copy may be kept."""

import datetime as dt

import pytest

from madoguchi.kernel.documents import KIND_BY_CODE, KINDS, WAY_NAMES, copy_is_allowed, judge, kinds_on, special_kinds
from madoguchi.kernel.required_documents import PAPERS

DAY = dt.date(2026, 11, 21)
WITH_NOTICE, WITHOUT = ("A", "BB"), ("AA", "AB")
FOR_AGENTS = ("AA", "AB", "BBB+", "PHOTO")


@pytest.mark.parametrize(
    ("shown", "ways", "enough"),
    [
        (["driving_licence"], WITH_NOTICE, True),
        (["insurance", "pension"], WITH_NOTICE, True),
        (["insurance"], WITH_NOTICE, False),
        (["insurance", "insurance"], WITH_NOTICE, False),
        ([], WITH_NOTICE, False),
        (["driving_licence"], WITHOUT, False),
        (["driving_licence", "passport"], WITHOUT, True),
        (["driving_licence", "pension"], WITHOUT, True),
        (["insurance", "pension"], WITHOUT, False),
        (["no such paper", "driving_licence"], WITH_NOTICE, True),
        (["no such paper", "insurance"], WITH_NOTICE, False),
        (["insurance", "pension", "care"], FOR_AGENTS, False),
        (["insurance", "pension", "student"], FOR_AGENTS, True),
        (["student", "pension"], FOR_AGENTS, False),
        (["photo_certificate"], FOR_AGENTS, True),
        (["photo_certificate"], WITHOUT, False),
        (["notification_card", "pension", "bankbook"], ("BB+N",), True),
        (["notification_card", "pension"], ("BB+N",), False),
        (["pension", "bankbook"], ("BB+N",), False),
        # Of an infant two of class B are asked: a passport is worth one of them.
        (["passport", "mother_child"], ("BB",), True),
        ([], (), True),
    ],
)
def test_what_each_way_wants(shown: list[str], ways: tuple[str, ...], enough: bool) -> None:
    assert judge(shown, DAY, ways).enough is enough


def test_every_way_of_the_rules_can_be_judged_and_named() -> None:
    assert set(WAY_NAMES) == set(PAPERS)
    assert all(not judge([], DAY, (way,)).enough for way in PAPERS)


def test_the_old_insurance_card_counted_until_it_was_abolished() -> None:
    papers = ["health_insurance_card", "pension"]
    assert judge(papers, dt.date(2025, 12, 1), WITH_NOTICE).enough
    assert not judge(papers, dt.date(2025, 12, 2), WITH_NOTICE).enough
    assert "health_insurance_card" not in {kind.code for kind in kinds_on(DAY)}


def test_the_sentence_counts_what_was_shown() -> None:
    assert "A 0点、B 1点" in judge(["pension"], DAY, WITH_NOTICE).sentence


def test_the_photo_certificate_counts_since_its_day_and_only_where_the_rule_says_so() -> None:
    assert [kind.code for kind in special_kinds(FOR_AGENTS, DAY)] == ["photo_certificate"]
    assert special_kinds(FOR_AGENTS, dt.date(2022, 12, 31)) == special_kinds(WITHOUT, DAY) == []


def test_a_copy_is_kept_only_where_the_kind_says_so_and_never_with_the_individual_number() -> None:
    assert copy_is_allowed("passport")
    assert not copy_is_allowed("medical")
    assert not copy_is_allowed("no such paper")
    for kind in KIND_BY_CODE.values():
        assert not (kind.bears_number and kind.copy == "yes"), kind.code
        assert (kind.copy == "masked") <= bool(kind.hides), kind.code
    assert [kind.code for kind in KINDS if kind.bears_number] == ["former_card"]
