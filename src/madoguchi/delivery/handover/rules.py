"""Pure decisions of the counter: what is still to do before a card may be handed over, and what the next step is."""

import datetime as dt
import enum
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import Labelled
from madoguchi.delivery.handover.cases import Case, Shown, checklist, missing
from madoguchi.kernel.required_documents import OwnRule


class EncounterState(Labelled):
    """How far the visit at the counter has come."""

    OPEN = "open", "対応中"
    KEPT = "kept", "預り"
    DELIVERED = "delivered", "交付した"
    REFUSED = "refused", "交付できなかった"
    CORRECTED = "corrected", "交付を訂正した"


UNFINISHED = (EncounterState.OPEN, EncounterState.KEPT)


class FeeKind(Labelled):
    """徴収区分. A first card and a renewal in time cost nothing; the amount of a charged one comes from the fee table."""

    UNDECIDED = "", "未定"
    FREE = "free", "無料"
    CASH = "cash", "現金"
    CASHLESS = "cashless", "キャッシュレス"


class PinWay(Labelled):
    """How the 暗証番号 were set; what they are is never kept."""

    UNDECIDED = "", "未定"
    BY_PERSON = "person", "来た人が入力した"
    SEALED = "sealed", "封をした書面で設定した"
    FACE = "face", "顔認証カード (暗証番号なし)"


class Certificates(Labelled):
    """Which 電子証明書 went onto the card."""

    UNDECIDED = "", "未定"
    BOTH = "both", "署名用と利用者証明用"
    AUTH = "auth", "利用者証明用だけ"
    NONE = "none", "なし"


class OldCard(Labelled):
    """What became of the card that this one follows."""

    NONE = "none", "前のカードはない"
    RETURNED = "returned", "返却された"
    LOST = "lost", "なくした・返せない"


class SealedKind(Labelled):
    """Which sealed paper bears the 暗証番号."""

    NOTICE = "notice", "封をした交付通知書"
    REQUEST = "request", "暗証番号設定依頼書"
    INQUIRY = "inquiry", "封をした照会書兼回答書"


class RefusalKind(Labelled):
    """Why a card was not handed over (交付不可)."""

    PAPERS = "papers", "書類の不足"
    IDENTITY = "identity", "本人と確かめられない (顔の不一致など)"
    STOPPED = "stopped", "カードの停止"
    FAULTY = "faulty", "カードの不良・券面の誤り"
    TERMINAL = "terminal", "統合端末・システムの停止"
    PERSON = "person", "本人の都合"
    OTHER = "other", "そのほか"


class Returned(Labelled):
    """Other cards that the person gave back."""

    JUKI_CARD = "juki-card", "住民基本台帳カード"
    NOTIFICATION_CARD = "notification-card", "通知カード"


class Step(Labelled):
    """What is to be done next, in the order in which it is done."""

    SLEEVE = "sleeve", "スリーブの読み取り"
    NOTICE = "notice", "交付通知書の読み取り"
    CASE = "case", "来た人の確認"
    DOCUMENTS = "documents", "本人確認書類の点検"
    FEE = "fee", "暗証番号・返すもの・手数料"
    CONFIRM = "confirm", "確かめて交付"
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
    case: Case
    case_decided: bool
    shown: Shown
    face_compared: bool
    certificates_explained: bool
    pin_way: PinWay
    fee: FeeKind
    paper_rules: tuple[OwnRule, ...] = ()


def what_is_missing(facts: Facts, day: dt.date) -> list[str]:
    """Return a sentence for each paper that is still wanted in this case; without the notice the stricter rule counts (DL-28)."""
    return missing(checklist(facts.case, day, with_notice=facts.notice_matched, own=facts.paper_rules), facts.shown, day)


def documents_complete(facts: Facts, day: dt.date) -> bool:
    """Tell whether the papers are enough, the faces were compared with them, and what must be said was said."""
    return not what_is_missing(facts, day) and facts.face_compared and facts.certificates_explained


def setting_refusal(case: Case, pin_way: PinWay, certificates: Certificates, *, endorsed: bool, sealed_paper: bool) -> str | None:
    """Return why 暗証番号 and 電子証明書 cannot be set like this, or None.

    A person under 15 and a 顔認証カード have no 署名用電子証明書 (公的個人認証法; 顔認証マイナンバーカード since 2023-12). Whoever is not
    there in person sets no 暗証番号 at the terminal: it comes on a sealed paper, which must be in the register (DL-32). After a move or a
    change of name the new entry is written on the card first (券面記載, DL-34).
    """
    if pin_way is PinWay.UNDECIDED or certificates is Certificates.UNDECIDED:
        return "暗証番号の設定と電子証明書を選んでください。"
    if certificates is Certificates.BOTH and case.owner == "child":
        return "15歳未満の人に署名用電子証明書は発行できません。"
    if certificates is Certificates.BOTH and pin_way is PinWay.FACE:
        return "顔認証カードに署名用電子証明書は付けられません。"
    if pin_way is PinWay.SEALED and not sealed_paper:
        return "封をした暗証番号の書面が台帳にありません。書類の点検に戻り、預かったことを記録してください。"
    if pin_way is PinWay.BY_PERSON and case.visitor == "agent":
        return "任意代理人は暗証番号を入力できません。封をした書面で設定するか、顔認証カードにしてください。"
    if "changed" in case.circumstances and not endorsed:
        return "新しい住所・氏名を追記欄に書いてから、印を付けてください。"
    return None


def next_step(facts: Facts, day: dt.date) -> Step:
    """Return the one next step: sleeve, notice, who comes, documents, setting and fee, confirmation."""
    if facts.state is not EncounterState.OPEN:
        return Step.ENDED
    done = {
        Step.SLEEVE: facts.sleeve_matched,
        Step.NOTICE: facts.notice_matched or facts.without_notice,
        Step.CASE: facts.case_decided,
        Step.DOCUMENTS: documents_complete(facts, day),
        Step.FEE: facts.pin_way is not PinWay.UNDECIDED and facts.fee is not FeeKind.UNDECIDED,
    }
    return next((step for step, is_done in done.items() if not is_done), Step.CONFIRM)
