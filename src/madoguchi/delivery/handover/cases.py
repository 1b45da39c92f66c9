"""Whose card it is, who comes for it, and what has to be shown in that case: the dated rules of the kernel, read for the counter.

Sources: 番号法施行令13条, 番号法施行規則1条以下, 個人番号カードの交付等に関する事務処理要領; the rows themselves stand in
`madoguchi.kernel.required_documents`, the same that tell citizens what to bring.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from madoguchi.kernel.documents import judge
from madoguchi.kernel.required_documents import Answers, OwnRule, Rule, choices, required, rules_on
from madoguchi.kernel.wareki import age_on

OWNER_NAMES = {"adult": "15歳以上の人", "child": "15歳未満の人", "ward": "成年被後見人など"}
GUARDIANSHIP_NAMES = {"guardianship": "成年被後見人", "curatorship": "被保佐人、被補助人、任意被後見人"}
VISITOR_NAMES = {
    "self": "本人",
    "together": "本人と法定代理人",
    "representative": "法定代理人だけ",
    "agent": "本人が頼んだ代理人",
}
REASON_NAMES = {
    "elderly": "75歳以上で外出が難しい",
    "hospital": "入院している",
    "facility": "施設に入っている",
    "care": "要介護・要支援の認定を受けている",
    "disability": "障害がある",
    "pregnant": "妊娠している",
    "student": "中学生 (15歳以上)・高校生・高専生である",
    "abroad": "海外に留学している",
    "voyage": "船員、長期の出張",
    "home": "長期に家から出ることが難しい",
}
CIRCUMSTANCE_NAMES = {
    "changed": "申請の後に転居・氏名変更がある",
    "stay-extended": "在留期間が延びた",
    "wants-certificates": "電子証明書を新しく希望する",
    "foreigner": "外国籍である",
    "separate-household": "法定代理人と世帯が別で、本籍がここにない",
}
ADULT_AGE = 15
ELDERLY_AGE = 75


@dataclass(frozen=True, slots=True)
class Case:
    """Owner and visitor as the questions of `required_documents` name them; `infant` follows from the birth date."""

    owner: str = "adult"
    guardianship: str = ""
    visitor: str = "self"
    reason: str = ""
    circumstances: frozenset[str] = frozenset()
    infant: bool = False

    @property
    def somebody_else(self) -> bool:
        """Tell whether somebody comes with the person or in the person's place."""
        return self.visitor != "self"

    @property
    def in_person(self) -> bool:
        """Tell whether the owner of the card stands at the counter."""
        return self.visitor in {"self", "together"}


PROCEDURE_NAMES = {
    "receive": "交付",
    "apply": "申請",
    "reissue": "再発行",
    "renew-certificate": "電子証明書",
    "reset-pin": "暗証番号",
    "card-update": "券面更新",
    "release-suspension": "一時停止解除",
    "return-card": "返納",
}
_ALL_CIRCUMSTANCES = {**CIRCUMSTANCE_NAMES, "infant": "1歳未満", "lost-outside": "家の外でなくした・盗まれた"}
_NOTICE_NAMES = {"yes": "通知書あり", "no": "通知書なし"}


def condition_words(rule: Rule) -> str:
    """Return in words for whom a rule is."""
    names = {
        "procedure": PROCEDURE_NAMES,
        "owner": OWNER_NAMES,
        "guardianship": GUARDIANSHIP_NAMES,
        "visitor": VISITOR_NAMES,
        "reason": REASON_NAMES,
        "notice": _NOTICE_NAMES,
    }
    words = ["・".join(names[question].get(code, code) for code in accepted) for question, accepted in rule.when.items()]
    words += ["・".join(_ALL_CIRCUMSTANCES.get(code, code) for code in rule.has)] if rule.has else []
    return "、".join(words) or "すべて"


@dataclass(frozen=True, slots=True)
class Tick:
    """One paper besides identity papers that has to be there: a proof, an inquiry, a list of acts."""

    code: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """What has to be shown: papers of the owner and of whoever else comes (each in one of several ways), and the other papers."""

    own: tuple[str, ...]
    escort: tuple[str, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown: kinds of papers of the owner and of whoever else comes, and the codes of the other papers."""

    own: Collection[str] = ()
    escort: Collection[str] = ()
    ticks: Collection[str] = ()


def age(born: str, day: dt.date) -> int | None:
    """Return the age on `day`; None when a part of the birth date is unknown."""
    try:
        return age_on(dt.date.fromisoformat(born), day)
    except ValueError:
        return None


def first_case(born: str, day: dt.date) -> Case:
    """Return the case that stands at reception: the person in person, or a child of whom it is still to be said who comes along."""
    years = age(born, day)
    if years is not None and years < ADULT_AGE:
        return Case(owner="child", visitor="together", infant=years < 1)
    return Case()


def refusal(case: Case, born: str, day: dt.date) -> str | None:
    """Return why a case cannot be, as a sentence for the clerk, or None: the age decides who is a child, the owner who may come."""
    years = age(born, day)
    if years is not None and (years < ADULT_AGE) != (case.owner == "child"):
        return f"生年月日では{years}歳です。15歳未満かどうかを選び直してください。"
    if (case.owner == "ward") != bool(case.guardianship):
        return "成年被後見人などのときは、その種類を選んでください。ほかのときは選びません。"
    if case.visitor not in choices("visitor", {"owner": case.owner, "procedure": "receive"}):
        return f"{OWNER_NAMES[case.owner]}のカードは、「{VISITOR_NAMES[case.visitor]}」では交付できません。来た人を選び直してください。"
    if (case.visitor == "agent") != bool(case.reason):
        return "本人が頼んだ代理人のときは、本人が来られない理由を選んでください。ほかのときは選びません。"
    if case.reason == "elderly" and years is not None and years < ELDERLY_AGE:
        return f"生年月日では{years}歳です。75歳以上を理由にできません。"
    return None


def checklist(case: Case, day: dt.date, *, with_notice: bool = False, own: Sequence[OwnRule] = (), procedure: str = "receive") -> Checklist:
    """Return what has to be shown in this case on `day` for `procedure`; `own` are the municipality's rows."""
    circumstances = case.circumstances | ({"infant"} if case.infant else frozenset())
    answers = Answers(
        procedure=procedure,
        owner=case.owner,
        guardianship=case.guardianship,
        visitor=case.visitor,
        reason=case.reason,
        notice="yes" if with_notice else "no",
        circumstances=circumstances,
    )
    own_ways: tuple[str, ...] = ()
    escort_ways: tuple[str, ...] = ()
    ticks = list[Tick]()
    for item in required(answers, rules_on(day, own)):
        if item.group == "own" and item.papers:
            own_ways = item.papers
        elif item.group == "escort" and item.papers:
            escort_ways = item.papers
        elif item.group in {"own", "escort", "proof"} or (item.group == "letter" and item.code not in {"notice", "notice-lost"}):
            ticks.append(Tick(item.code, item.text, item.note))
    return Checklist(own_ways, escort_ways, tuple(ticks))


def missing(wanted: Checklist, shown: Shown, day: dt.date) -> list[str]:
    """Return a sentence for each thing that is still wanted; nothing when all is there."""
    sentences = []
    own = judge(shown.own, day, wanted.own)
    if not own.enough:
        sentences.append(f"本人の{own.sentence}")
    escort = judge(shown.escort, day, wanted.escort)
    if not escort.enough:
        sentences.append(f"来た人の{escort.sentence}")
    sentences += [f"「{tick.text}」を確かめてください。" for tick in wanted.ticks if tick.code not in shown.ticks]
    return sentences
