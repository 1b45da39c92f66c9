"""Pure decisions of the counter: what is still to do before a card may be handed over, and what the next step is."""

import datetime as dt
import enum
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.kernel.documents import judge


class EncounterState(Labelled):
    """How far the visit at the counter has come."""

    OPEN = "open", "対応中"
    DELIVERED = "delivered", "交付した"
    REFUSED = "refused", "交付できなかった"
    BROKEN_OFF = "broken_off", "取りやめた"


class FeeKind(Labelled):
    """徴収区分. A first card and a renewal in time cost nothing; the amount of a charged one is entered from the fee table."""

    UNDECIDED = "", "未定"
    FREE = "free", "無料"
    CASH = "cash", "現金"
    CASHLESS = "cashless", "キャッシュレス"


class Step(Labelled):
    """What is to be done next, in the order in which it is done."""

    SLEEVE = "sleeve", "スリーブの読み取り"
    NOTICE = "notice", "交付通知書の読み取り"
    DOCUMENTS = "documents", "本人確認書類の点検"
    FEE = "fee", "手数料"
    CONFIRM = "confirm", "二人で確かめて交付"
    ENDED = "ended", "終了"


class ScanAnswer(enum.StrEnum):
    """What the scan of a code said."""

    MATCH = "match"
    NO_MATCH = "no-match"


@dataclass(frozen=True, slots=True)
class Facts:
    """What has been done so far in one visit."""

    state: EncounterState
    sleeve_matched: bool
    notice_matched: bool
    without_notice: bool
    documents: tuple[str, ...]
    face_compared: bool
    certificates_explained: bool
    fee: FeeKind


def documents_complete(facts: Facts, day: dt.date) -> bool:
    """Tell whether the papers are enough, the face was compared with them, and what must be said was said."""
    enough = judge(facts.documents, day, with_notice=facts.notice_matched).enough
    return enough and facts.face_compared and facts.certificates_explained


def next_step(facts: Facts, day: dt.date) -> Step:
    """Return the one next step: sleeve, notice, documents, fee, confirmation by two."""
    if facts.state is not EncounterState.OPEN:
        return Step.ENDED
    if not facts.sleeve_matched:
        return Step.SLEEVE
    if not facts.notice_matched and not facts.without_notice:
        return Step.NOTICE
    if not documents_complete(facts, day):
        return Step.DOCUMENTS
    if facts.fee is FeeKind.UNDECIDED:
        return Step.FEE
    return Step.CONFIRM
