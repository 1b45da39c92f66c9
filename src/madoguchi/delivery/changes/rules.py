"""Pure decisions: what a row of the 異動リスト means for a card, when a decision on 支援措置 is due, what a passed deadline calls for."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import BEFORE_DELIVERY, CardFacts, Effect, HoldKind, Labelled, Notice, Progress, Visit, blocking_holds


class ChangeKind(Labelled):
    """異動事由, as far as they concern a card."""

    MOVED_OUT = "moved_out", "転出"
    DIED = "died", "死亡"
    DELETED = "deleted", "職権消除"
    NAME = "name", "氏名変更"
    ADDRESS = "address", "住所変更"
    STAY = "stay", "在留期限"
    PROTECTED = "protected", "支援措置"


HOLDS: Mapping[ChangeKind, HoldKind] = {
    ChangeKind.MOVED_OUT: HoldKind.MOVED_OUT,
    ChangeKind.DIED: HoldKind.DIED,
    ChangeKind.DELETED: HoldKind.MOVED_OUT,
    ChangeKind.NAME: HoldKind.CHANGED,
    ChangeKind.ADDRESS: HoldKind.CHANGED,
    ChangeKind.STAY: HoldKind.STAY,
    ChangeKind.PROTECTED: HoldKind.PROTECTED,
}
"""What stops a card after each change (施行令13条, 14条; a municipality's own lists use many more words for the same)."""

_WORDS: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.MOVED_OUT: ("転出", "転出確定", "転出予定", "国外転出", "特例転出"),
    ChangeKind.DIED: ("死亡", "失踪宣告"),
    ChangeKind.DELETED: ("職権消除", "職権削除", "国籍喪失"),
    ChangeKind.NAME: ("氏名変更", "婚姻", "離婚", "養子縁組", "養子離縁", "氏の変更", "名の変更", "通称変更", "旧氏記載"),
    ChangeKind.ADDRESS: ("住所変更", "転居", "住居表示", "住居表示変更", "方書変更"),
    ChangeKind.STAY: ("在留期限", "在留期間満了", "在留期間更新", "在留資格変更"),
    ChangeKind.PROTECTED: ("支援措置", "支援措置開始", "閲覧制限"),
}


def kind_of(word: str) -> ChangeKind | None:
    """Read 異動事由; None for a word that nobody knows: nothing is guessed."""
    return next((kind for kind, words in _WORDS.items() if word.strip() in words), None)


class Outcome(Labelled):
    """What became of one row."""

    HOLD = "hold", "停止する"
    ALREADY = "already", "すでに停止中"
    LATER = "later", "期限まで見守る"
    DELIVERED = "delivered", "交付済のカード"
    ENDED = "ended", "終わったカード"
    UNMATCHED = "unmatched", "該当カードなし"
    SEVERAL = "several", "該当カードが複数の人に分かれる"
    SETTLED = "settled", "処理済"


TO_SETTLE = frozenset({Outcome.UNMATCHED, Outcome.SEVERAL, Outcome.DELIVERED})
"""Rows that somebody looks at: they stand on the work list until it is said what was done."""


def outcome(kind: ChangeKind, facts: CardFacts, *, until: dt.date | None, today: dt.date) -> Outcome:
    """Decide what a change means for a card: a hold at once, unless the card is out of our hands or the new end of stay lies ahead."""
    if facts.progress is Progress.DELIVERED:
        return Outcome.DELIVERED if kind in {ChangeKind.DIED, ChangeKind.MOVED_OUT, ChangeKind.DELETED} else Outcome.ENDED
    if facts.progress not in {Progress.APPLIED, *BEFORE_DELIVERY}:
        return Outcome.ENDED
    if kind is ChangeKind.STAY and until is not None and until >= today:
        return Outcome.LATER
    return Outcome.ALREADY if HOLDS[kind] in facts.holds else Outcome.HOLD


DECIDE_WITHIN = 3


def decision_due(since: dt.date, next_working_day: Callable[[dt.date], dt.date]) -> dt.date:
    """Return the day by which a person under protection has an answer: three business days after the hold began (DL-30)."""
    day = since
    for _ in range(DECIDE_WITHIN):
        day = next_working_day(day)
    return day


class Proposal(Labelled):
    """期限経過: what a passed deadline calls for; the value is the act that does it, a person decides."""

    LAPSE = "lapse", "有効期限が過ぎた。失効(交付前)にする"
    WITHDRAW = "withdraw", "二度目の期限と申請から1年が過ぎた。交付取りやめとみなす"
    WARN = "warn_of_disposal", "督促2の期限が過ぎた。廃棄予告を送る"
    URGE = "urge", "督促1の期限が過ぎた。督促2を送る"
    REMIND = "remind", "受取期限が過ぎた。督促1を送る"
    DISPOSE = "propose_disposal", "終わったカード。廃棄の候補にする"


IN_BULK: Mapping[Proposal, str] = {Proposal.LAPSE: "lapse", Proposal.WITHDRAW: "withdraw", Proposal.DISPOSE: "propose"}
"""Proposals that may be followed for many cards at once, by the codes of `queues.rules.BULK_ACTS`; letters have pages of their own."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a card that deadlines look at, and the municipality's patience in days."""

    today: dt.date
    expires: dt.date | None = None
    deadline: dt.date | None = None
    reminded_on: dt.date | None = None
    applied_on: dt.date | None = None
    came_back_on: dt.date | None = None
    patience: int = 90
    year: int = 365


def proposal(facts: CardFacts, dates: Dates) -> Proposal | None:
    """Return what the passing of time calls for, None when nothing does.

    Nothing is sent to people whose letters are stopped. Late pick-up stays possible until a disposal is approved (lifecycle).
    """
    if facts.progress in {Progress.WITHDRAWN, Progress.LAPSED, Progress.RETURNED}:
        here = facts.place_kind.value in {"stored", "counter", "bag"}
        return Proposal.DISPOSE if here and facts.disposal.value == "none" else None
    if facts.progress not in BEFORE_DELIVERY:
        return None
    if dates.expires is not None and dates.expires < dates.today:
        return Proposal.LAPSE
    if facts.visit in {Visit.BOOKED, Visit.ARRIVED, Visit.SERVING}:
        return None
    if dates.deadline is None or dates.deadline >= dates.today:
        return None
    return _after_the_deadline(facts, dates)


def _after_the_deadline(facts: CardFacts, dates: Dates) -> Proposal | None:
    last_word = dates.reminded_on or dates.deadline
    is_patience_over = last_word is not None and (dates.today - last_word).days > dates.patience
    is_year_over = dates.applied_on is None or (dates.today - dates.applied_on).days > dates.year
    if facts.notice in {Notice.WARNED, Notice.URGED, Notice.CAME_BACK} and is_patience_over and is_year_over:
        return Proposal.WITHDRAW
    if blocking_holds(facts.holds, Effect.LETTER):
        return None
    if facts.notice is Notice.SENT:
        return Proposal.REMIND
    if facts.notice is Notice.REMINDED and is_patience_over:
        return Proposal.URGE
    if facts.notice is Notice.URGED and is_patience_over:
        return Proposal.WARN
    return None
