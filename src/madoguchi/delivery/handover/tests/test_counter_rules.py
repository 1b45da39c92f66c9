"""The counter's rules with values: who may come for whom, what has to be shown, how a card may be set up, what comes next."""

import datetime as dt
from dataclasses import replace

import pytest

from madoguchi.delivery.handover.cases import REASON_NAMES, Case, Shown, checklist, first_case, missing, refusal
from madoguchi.delivery.handover.rules import Certificates, EncounterState, Facts, FeeKind, PinWay, Step, next_step, setting_refusal
from madoguchi.kernel.required_documents import REASONS

DAY = dt.date(2026, 11, 21)
ADULT, CHILD, OLD = "1980-09-08", "2015-01-01", "1948-05-01"


@pytest.mark.parametrize(
    ("born", "owner", "visitor", "infant"),
    [
        (ADULT, "adult", "self", False),
        ("2011-11-21", "adult", "self", False),
        ("2011-11-22", "child", "together", False),
        ("2026-01-01", "child", "together", True),
        ("1930-00-00", "adult", "self", False),
    ],
)
def test_reception_knows_children_by_their_birth_date(born: str, owner: str, visitor: str, infant: bool) -> None:
    case = first_case(born, DAY)
    assert (case.owner, case.visitor, case.infant) == (owner, visitor, infant)


@pytest.mark.parametrize(
    ("case", "born", "word"),
    [
        (Case(), ADULT, None),
        (Case(owner="child", visitor="together"), CHILD, None),
        (Case(owner="child", visitor="together"), ADULT, "15歳未満"),
        (Case(), CHILD, "15歳未満"),
        (Case(owner="child", visitor="agent", reason="student"), CHILD, "選び直して"),
        (Case(visitor="agent", reason="hospital"), ADULT, None),
        (Case(visitor="agent"), ADULT, "来られない理由"),
        (Case(reason="hospital"), ADULT, "ほかのときは選びません"),
        (Case(visitor="agent", reason="elderly"), ADULT, "75歳以上を理由にできません"),
        (Case(visitor="agent", reason="elderly"), OLD, None),
        (Case(owner="ward", visitor="representative"), ADULT, "種類を選んで"),
        (Case(owner="ward", guardianship="guardianship", visitor="representative"), ADULT, None),
        (Case(owner="ward", guardianship="guardianship", visitor="agent", reason="care"), ADULT, "選び直して"),
        (Case(visitor="representative"), ADULT, "選び直して"),
    ],
)
def test_who_may_come_for_whom(case: Case, born: str, word: str | None) -> None:
    sentence = refusal(case, born, DAY)
    assert sentence is None if word is None else word in (sentence or "")


@pytest.mark.parametrize(
    ("case", "with_notice", "own", "escort", "ticks"),
    [
        (Case(), True, ("A", "BB"), (), set()),
        (Case(), False, ("AA", "AB"), (), set()),
        (Case(circumstances=frozenset({"changed"})), True, ("A", "BB"), (), set()),
        (Case("child", visitor="together"), True, ("A", "BB"), ("A", "BB"), set()),
        (Case("child", visitor="representative"), True, ("AA", "AB", "BBB+"), ("A", "BB"), {"notice-filled-in"}),
        (Case("child", visitor="representative", infant=True), True, ("BB",), ("A", "BB"), {"notice-filled-in"}),
        (
            Case("child", visitor="representative", circumstances=frozenset({"separate-household"})),
            True,
            ("AA", "AB", "BBB+"),
            ("A", "BB"),
            {"notice-filled-in", "family-register"},
        ),
        (Case("child", visitor="representative"), False, ("AA", "AB", "BBB+"), ("A", "BB"), {"inquiry-instead-of-notice"}),
        (
            Case("ward", "guardianship", "representative"),
            True,
            ("AA", "AB", "BBB+"),
            ("A", "BB"),
            {"notice-filled-in", "registration-of-guardianship"},
        ),
        (
            Case("ward", "curatorship", "together"),
            True,
            ("A", "BB"),
            ("A", "BB"),
            {"registration-of-guardianship", "list-of-acts"},
        ),
        (
            Case(visitor="agent", reason="hospital"),
            True,
            ("AA", "AB", "BBB+", "PHOTO"),
            ("AA", "AB"),
            {"notice-filled-in", "proof-hospital"},
        ),
        (Case(visitor="agent", reason="elderly"), True, ("AA", "AB", "BBB+"), ("AA", "AB"), {"notice-filled-in", "proof-elderly"}),
        (
            Case(visitor="agent", reason="student"),
            False,
            ("AA", "AB", "BBB+"),
            ("AA", "AB"),
            {"inquiry-instead-of-notice", "proof-student"},
        ),
        (
            Case(visitor="agent", reason="care", circumstances=frozenset({"changed"})),
            True,
            ("AA", "AB", "BBB+", "PHOTO"),
            ("AA", "AB"),
            {"notice-filled-in", "inquiry-after-change", "proof-care"},
        ),
    ],
)
def test_what_each_case_has_to_show(case: Case, with_notice: bool, own: tuple[str, ...], escort: tuple[str, ...], ticks: set[str]) -> None:
    wanted = checklist(case, DAY, with_notice=with_notice)
    assert (wanted.own, wanted.escort, {tick.code for tick in wanted.ticks}) == (own, escort, ticks)


def test_every_reason_of_the_rules_has_a_name_and_a_proof() -> None:
    assert set(REASON_NAMES) == set(REASONS)
    for reason in REASONS:
        codes = {tick.code for tick in checklist(Case(visitor="agent", reason=reason), DAY, with_notice=True).ticks}
        assert f"proof-{reason}" in codes


def test_the_sentences_say_whose_papers_are_missing() -> None:
    wanted = checklist(Case(visitor="agent", reason="hospital"), DAY, with_notice=True)
    sentences = missing(wanted, Shown(own=["pension"]), DAY)
    assert [sentence[:4] for sentence in sentences[:2]] == ["本人の書", "来た人の"]
    assert any("診断書" in sentence for sentence in sentences)
    whole = Shown(["passport", "pension"], ["passport", "driving_licence"], [tick.code for tick in wanted.ticks])
    assert missing(wanted, whole, DAY) == []


@pytest.mark.parametrize(
    ("case", "pin_way", "certificates", "endorsed", "sealed", "word"),
    [
        (Case(), PinWay.BY_PERSON, Certificates.BOTH, False, False, None),
        (Case(), PinWay.UNDECIDED, Certificates.BOTH, False, False, "選んで"),
        (Case("child", visitor="together"), PinWay.BY_PERSON, Certificates.BOTH, False, False, "15歳未満"),
        (Case("child", visitor="together"), PinWay.BY_PERSON, Certificates.AUTH, False, False, None),
        (Case(), PinWay.FACE, Certificates.BOTH, False, False, "顔認証"),
        (Case(), PinWay.FACE, Certificates.AUTH, False, False, None),
        (Case(visitor="agent", reason="care"), PinWay.BY_PERSON, Certificates.BOTH, False, False, "任意代理人"),
        (Case(visitor="agent", reason="care"), PinWay.SEALED, Certificates.BOTH, False, False, "台帳"),
        (Case(visitor="agent", reason="care"), PinWay.SEALED, Certificates.BOTH, False, True, None),
        (Case(circumstances=frozenset({"changed"})), PinWay.BY_PERSON, Certificates.AUTH, False, False, "追記欄"),
        (Case(circumstances=frozenset({"changed"})), PinWay.BY_PERSON, Certificates.AUTH, True, False, None),
    ],
)
def test_how_a_card_may_be_set_up(
    case: Case, pin_way: PinWay, certificates: Certificates, endorsed: bool, sealed: bool, word: str | None
) -> None:
    sentence = setting_refusal(case, pin_way, certificates, endorsed=endorsed, sealed_paper=sealed)
    assert sentence is None if word is None else word in (sentence or "")


def test_the_steps_come_in_their_order() -> None:
    facts = Facts(EncounterState.OPEN, False, False, False, Case(), True, Shown(), False, False, PinWay.UNDECIDED, FeeKind.UNDECIDED)
    steps = [next_step(facts, DAY)]
    for change in (
        {"sleeve_matched": True},
        {"notice_matched": True, "case_decided": False},
        {"case_decided": True},
        {"shown": Shown(["passport"]), "face_compared": True, "certificates_explained": True},
        {"pin_way": PinWay.BY_PERSON},
        {"fee": FeeKind.FREE},
        {"state": EncounterState.KEPT},
    ):
        facts = replace(facts, **change)
        steps.append(next_step(facts, DAY))
    assert steps == [Step.SLEEVE, Step.NOTICE, Step.CASE, Step.DOCUMENTS, Step.FEE, Step.FEE, Step.CONFIRM, Step.ENDED]


def test_going_on_without_the_notice_asks_for_more() -> None:
    facts = Facts(
        EncounterState.OPEN, True, False, True, Case(), True, Shown(["passport"]), True, True, PinWay.UNDECIDED, FeeKind.UNDECIDED
    )
    assert next_step(facts, DAY) is Step.DOCUMENTS
    assert next_step(replace(facts, shown=Shown(["passport", "pension"])), DAY) is Step.FEE
