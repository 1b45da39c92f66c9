"""What to bring, case by case: the table of the municipalities' notices as values, and own rules laid over it by day."""

import datetime as dt

import pytest

from madoguchi.kernel.required_documents import (
    CIRCUMSTANCES,
    GROUPS,
    OWNERS,
    PROCEDURES,
    REASONS,
    Answers,
    OwnRule,
    choices,
    national_rules,
    questions,
    required,
    rules_on,
)

DAY = dt.date(2026, 11, 21)


def needed(answers: Answers, day: dt.date = DAY, own: tuple[OwnRule, ...] = ()) -> dict[str, tuple[str, ...]]:
    return {item.code: item.papers for item in required(answers, rules_on(day, own))}


def case(**values: object) -> Answers:
    return Answers(**{"circumstances": frozenset(), **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        (case(), {"notice", "own-id-with-notice", "pins"}),
        (case(notice="no"), {"notice-lost", "own-id-without-notice", "pins"}),
        (case(owner="child", visitor="together"), {"notice", "own-id-with-notice", "escort-id", "pins-child"}),
        (
            case(owner="child", visitor="representative", circumstances=frozenset({"separate-household"})),
            {"notice-filled-in", "own-id-for-representative", "escort-id", "family-register", "pins-child"},
        ),
        (
            case(owner="child", visitor="representative", circumstances=frozenset({"infant"})),
            {"notice-filled-in", "own-id-infant", "escort-id", "pins-child"},
        ),
        (
            case(owner="ward", guardianship="guardianship", visitor="representative"),
            {"notice-filled-in", "own-id-for-representative", "escort-id", "registration-of-guardianship", "pins"},
        ),
        (
            case(owner="ward", guardianship="curatorship", visitor="representative", notice="no"),
            {"own-id-for-representative", "escort-id", "registration-of-guardianship", "list-of-acts", "pins"},
        ),
        (
            case(visitor="agent", reason="elderly"),
            {"notice-filled-in", "own-id-for-agent", "agent-id", "proof-elderly", "pins"},
        ),
        (
            case(visitor="agent", reason="hospital", notice="no"),
            {"inquiry-instead-of-notice", "own-id-or-photo-certificate", "agent-id", "proof-hospital", "pins"},
        ),
        (
            case(visitor="agent", reason="abroad", circumstances=frozenset({"changed"})),
            {"notice-filled-in", "inquiry-after-change", "own-id-for-agent", "agent-id", "proof-abroad", "pins"},
        ),
        (
            case(circumstances=frozenset({"foreigner", "old-card-lost"})),
            {"notice", "own-id-with-notice", "residence-card", "fee-old-card-lost", "pins"},
        ),
        (
            case(procedure="reissue", notice="", circumstances=frozenset({"lost-outside"})),
            {"own-id-to-reissue", "police-report", "fee-reissue", "photograph"},
        ),
        (case(procedure="renew-certificate", notice=""), {"own-card", "known-pins"}),
        (
            case(procedure="reset-pin", notice="", visitor="agent"),
            {"own-card", "agent-id", "inquiry-by-post", "pins"},
        ),
    ],
)
def test_a_case_needs_these_papers(answers: Answers, codes: set[str]) -> None:
    assert needed(answers).keys() == codes


def test_which_papers_prove_who_somebody_is() -> None:
    assert needed(case())["own-id-with-notice"] == ("A", "BB")
    assert needed(case(notice="no"))["own-id-without-notice"] == ("AA", "AB")
    assert needed(case(visitor="agent", reason="elderly"))["own-id-for-agent"] == ("AA", "AB", "BBB+")
    assert needed(case(visitor="agent", reason="care"))["own-id-or-photo-certificate"] == ("AA", "AB", "BBB+", "PHOTO")
    assert needed(case(visitor="agent", reason="care"))["agent-id"] == ("AA", "AB")


def test_where_nobody_asked_the_old_cards_are_named_for_those_who_have_them() -> None:
    items = required(Answers(), rules_on(DAY))
    assert {item.code for item in items if item.if_you_have} == {"notification-card", "juki-card", "old-card"}
    assert "residence-card" not in {item.code for item in items}


def test_a_rule_counts_from_its_day() -> None:
    infant = case(owner="child", visitor="representative", circumstances=frozenset({"infant"}))
    assert "own-id-infant" in needed(infant, dt.date(2024, 12, 2))
    assert "own-id-infant" not in needed(infant, dt.date(2024, 12, 1))


def test_own_rules_replace_hide_and_add_between_their_days() -> None:
    own = (
        OwnRule("own-id-with-notice", dt.date(2026, 4, 1), text="市の本人確認書類", papers=("AA",)),
        OwnRule("pins", dt.date(2026, 4, 1), dt.date(2026, 12, 31), hidden=True),
        OwnRule("own-1", dt.date(2026, 4, 1), group="prepare", text="番号札", when={"procedure": ("receive",)}),
    )
    before, within, after = (needed(case(), day, own) for day in (dt.date(2026, 3, 31), DAY, dt.date(2027, 1, 1)))
    assert before == needed(case(), dt.date(2026, 3, 31))
    assert within == {"notice": (), "own-id-with-notice": ("AA",), "own-1": ()}
    assert after.keys() == {"notice", "own-id-with-notice", "pins", "own-1"}
    assert "own-1" not in needed(case(procedure="apply"), DAY, own)


def test_the_own_rule_that_began_last_counts() -> None:
    own = (
        OwnRule("pins", dt.date(2026, 6, 1), text="新しい"),
        OwnRule("pins", dt.date(2026, 1, 1), text="古い"),
        OwnRule("pins", dt.date(2027, 1, 1), text="来年"),
    )
    assert {item.text for item in required(case(), rules_on(DAY, own)) if item.code == "pins"} == {"新しい"}


def test_every_way_through_the_questions_has_four_to_six_and_ends_with_something_to_bring() -> None:
    ways = 0

    def walk(answers: dict[str, str]) -> None:
        nonlocal ways
        open_questions = [question for question in questions(answers) if question not in answers and question != "circumstances"]
        if open_questions:
            for choice in choices(open_questions[0], answers):
                walk({**answers, open_questions[0]: choice})
            return
        ways += 1
        assert 4 <= len(questions(answers)) <= 6
        for circumstances in (frozenset[str](), frozenset(choices("circumstances", answers))):
            values = {"guardianship": "", "reason": "", "notice": "", **answers}
            items = required(Answers(**values, circumstances=circumstances), rules_on(DAY))
            assert items
            assert [GROUPS.index(item.group) for item in items] == sorted(GROUPS.index(item.group) for item in items)

    walk({})
    assert ways > len(PROCEDURES) * len(OWNERS)


def test_every_rule_is_needed_in_some_case() -> None:
    seen: set[str] = set()
    for procedure in PROCEDURES:
        for owner in OWNERS:
            for visitor in choices("visitor", {"owner": owner, "procedure": procedure}):
                for reason in REASONS if visitor == "agent" else ("",):
                    for notice in ("yes", "no"):
                        for found in (frozenset(CIRCUMSTANCES[procedure]), frozenset[str]()):
                            guardianship = "curatorship" if owner == "ward" else ""
                            answers = Answers(procedure, owner, guardianship, visitor, reason, notice, found)
                            seen |= {item.code for item in required(answers, rules_on(DAY))}
    assert seen == {rule.code for rule in national_rules()}


def test_codes_are_unique_while_valid_and_every_row_names_its_source() -> None:
    codes = [rule.code for rule in national_rules() if rule.valid_on(DAY)]
    assert len(codes) == len(set(codes))
    assert all(rule.source and rule.text for rule in national_rules())
