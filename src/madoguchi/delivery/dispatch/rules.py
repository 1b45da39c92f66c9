"""Pure decisions about letters and the roster."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.rules import Notice, Progress
from madoguchi.delivery.dispatch.models import Kind
from madoguchi.platform.language import Sentence

_LENGTH = len("MMDD")

# The act that a kind of letter is, when it is printed and when it goes to the post; a kind without one changes no axis.
MAKE_ACT: Mapping[Kind, str] = MappingProxyType(dict.fromkeys((Kind.NOTICE, Kind.LABEL, Kind.RESEND), "make_notice"))
SEND_ACT: Mapping[Kind, str] = MappingProxyType(
    {
        **dict.fromkeys((Kind.NOTICE, Kind.LABEL, Kind.RESEND), "send_notice"),
        Kind.REMIND: "remind",
        Kind.URGE: "urge",
        Kind.WARNING: "warn_of_disposal",
    }
)
# Which notices await a kind of letter when nobody names cards by number.
AWAITING: Mapping[Kind, tuple[Notice, ...]] = MappingProxyType(
    {
        Kind.NOTICE: (Notice.NONE,),
        Kind.LABEL: (Notice.NONE,),
        Kind.RESEND: (Notice.CAME_BACK,),
        Kind.REMIND: (Notice.SENT,),
        Kind.URGE: (Notice.REMINDED,),
        Kind.WARNING: (Notice.URGED,),
        # Whoever was notified before this system sent its letters has a card with a code that nobody told them (DL-33).
        Kind.CODE: (Notice.SENT, Notice.REMINDED, Notice.URGED, Notice.WARNED),
    }
)
# Kinds that are printed for cards named one by one only.
BY_NUMBER_ONLY = frozenset({Kind.INQUIRY, Kind.CARD})


def month_day(born: str) -> str | None:
    """Return the 生月日 (MMDD) of an ISO date whose unknown parts are 00.

    None when the month or the day is unknown (生年月日不詳): then staff books for the person.
    """
    found = born[5:7] + born[8:10]
    return found if len(found) == _LENGTH and "00" not in (found[:2], found[2:]) else None


def public_stage(progress: Progress, notice: Notice) -> str:
    """Return what a person is told of a card that waits for them (BK-13), as the code that the roster carries.

    `ready` takes both: the card lies there with its 交付前設定 done, and the notice is out. Nothing here says where the card is.
    """
    if notice is Notice.CAME_BACK:
        return "notice_returned"
    if notice in {Notice.NONE, Notice.MADE}:
        return "preparing" if notice is Notice.NONE else "notice_made"
    return "ready" if progress is Progress.PRESET else "notice_sent"


def reason_against(kind: Kind, facts: rules.CardFacts, evidence: rules.Evidence) -> str | None:
    """Return why a card may not have a letter of `kind` now, holds aside; None when it may.

    A reminder goes only to somebody who has a notice and has not booked; what asks or brings the card has rules of its own.
    """
    if kind in MAKE_ACT:
        return rules.refusal(rules.ACT_BY_CODE[MAKE_ACT[kind]], facts, evidence)
    if kind is Kind.CARD:
        return _against_mailing(facts, evidence)
    if facts.progress not in rules.BEFORE_DELIVERY:
        return Sentence("進捗が「{progress}」のカードに通知は作れません。", progress=Sentence(facts.progress.label))
    if kind is Kind.CODE and facts.notice not in AWAITING[kind]:
        return Sentence("通知をまだ発送していません。交付案内を送ると、予約コードも届きます。")
    if kind in SEND_ACT:
        return rules.refusal(rules.ACT_BY_CODE[SEND_ACT[kind]], facts, evidence)
    return None


def _against_mailing(facts: rules.CardFacts, evidence: rules.Evidence) -> str | None:
    if facts.progress is not Progress.PRESET:
        return Sentence("交付前設定が済んだカードだけを郵送できます。")
    if not facts.has_sleeve:
        return Sentence("スリーブのラベルがないカードは郵送できません。")
    if facts.visit in rules.COMING:
        return Sentence("来庁の予約があるカードは郵送できません。予約を取り消してから行ってください。")
    return rules.here(facts, evidence) or rules.no_hold_on_handover(facts, evidence) or rules.not_expired(facts, evidence)


def is_due(last_sent: dt.date | None, due_before: dt.date | None) -> bool:
    """Tell whether the letter before went out so long ago that the next one is due."""
    return due_before is None or (last_sent is not None and last_sent <= due_before)
