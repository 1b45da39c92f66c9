"""The life of a card as one table: axes, their values, the acts that change them and what each act demands.

A card has several independent facts about it; no value of one stands for a value of another. Pages, commands and the picture in the
documentation are all made from this table. Sources: seed 003 (2), seed 000 (2)ア and (3)ア; 個人番号カードの交付等に関する事務処理要領.
"""

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from madoguchi.platform.language import Sentence


class Labelled(enum.StrEnum):
    """A value with the Japanese name that people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Labelled":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Progress(Labelled):
    """進捗: how far the card has come."""

    APPLIED = "applied", "申請受付"
    ORDERED = "ordered", "発行待ち・未着"
    ARRIVED = "arrived", "到着"
    INSPECTED = "inspected", "検品済"
    PRESET = "preset", "交付前設定済"
    DELIVERED = "delivered", "交付済"
    WITHDRAWN = "withdrawn", "交付取りやめ・申請取消"
    LAPSED = "lapsed", "失効(交付前)"
    RETURNED = "returned", "返納・回収"
    LAPSED_AFTER = "lapsed_after", "失効(交付後)"
    DISPOSED = "disposed", "廃棄済"


class PlaceKind(Labelled):
    """場所: where the card is; exactly one, with one custodian, always."""

    NOT_ARRIVED = "not_arrived", "未着"
    STORED = "stored", "保管中"
    TRANSFER = "transfer", "移送中"
    COUNTER = "counter", "窓口"
    MAIL = "mail", "郵送中"
    PERSON = "person", "本人"
    BAG = "bag", "廃棄袋"
    GONE = "gone", "なし"
    MISSING = "missing", "所在不明"
    LOST = "lost", "紛失"


class Notice(Labelled):
    """通知: the newest dispatch decides; the history of dispatches is kept by the dispatch app."""

    NONE = "none", "未作成"
    MADE = "made", "作成済"
    SENT = "sent", "発送済"
    CAME_BACK = "came_back", "返戻"
    REMINDED = "reminded", "督促1"
    URGED = "urged", "督促2"
    WARNED = "warned", "廃棄予告"


class Visit(Labelled):
    """来庁: from a booking or a walk-in."""

    NONE = "none", "なし"
    BOOKED = "booked", "予約済"
    ARRIVED = "arrived", "来庁"
    SERVING = "serving", "対応中"
    DONE = "done", "完了"
    REFUSED = "refused", "交付不可"
    NO_SHOW = "no_show", "来庁なし"


class Disposal(Labelled):
    """廃棄: proposed by a rule, approved by a second person, carried out by scan with two names."""

    NONE = "none", "なし"
    PROPOSED = "proposed", "候補"
    APPROVED = "approved", "承認済"
    CARRIED_OUT = "carried_out", "実施済"


class Terminal(Labelled):
    """統合端末の状態: the last state seen in a list from the terminal; never set by our own acts."""

    UNSEEN = "unseen", "未確認"
    ISSUED = "issued", "発行済"
    PRESET = "preset", "交付前設定済"
    IN_USE = "in_use", "運用中"
    SUSPENDED = "suspended", "一時停止"
    LAPSED = "lapsed", "失効"
    RETURNED = "returned", "回収"
    DISCARDED = "discarded", "廃止"
    OTHER = "other", "その他"


class HoldKind(Labelled):
    """停止: why a card is stopped."""

    PROTECTED = "protected", "支援措置"
    MOVED_OUT = "moved_out", "転出"
    DIED = "died", "死亡"
    CHANGED = "changed", "氏名・住所等の変更"
    INCOMPLETE = "incomplete", "不備"
    MISPRINT = "misprint", "券面誤り"
    STAY = "stay", "在留期限"
    INVESTIGATION = "investigation", "調査"
    CHIP = "chip", "ICチップ不良"


class ReissueReason(Labelled):
    """再発行の事由: why a person gets another card in place of one."""

    DEFECT = "defect", "初期不良"
    MISPRINT = "misprint", "券面の誤り・市区町村の誤り"
    LOSS = "loss", "紛失"
    DAMAGE = "damage", "汚損・破損"
    FULL = "full", "追記欄の満欄"


REISSUE_HOLDS: Mapping[ReissueReason, HoldKind] = {
    ReissueReason.DEFECT: HoldKind.CHIP,
    ReissueReason.MISPRINT: HoldKind.MISPRINT,
    ReissueReason.LOSS: HoldKind.INVESTIGATION,
    ReissueReason.DAMAGE: HoldKind.INCOMPLETE,
    ReissueReason.FULL: HoldKind.INCOMPLETE,
}
"""What stops the first card, where it was not handed over yet: two valid cards of one person must not meet."""


class Effect(Labelled):
    """What a hold stops."""

    LETTER = "letter", "通知の作成・発送"
    BOOKING = "booking", "予約管理への送付"
    HANDOVER = "handover", "交付"
    PLACE_LIST = "place_list", "場所の分かる一覧"


# 支援措置 does not stop the person's own service at the counter; everything that leaves the office waits for a decision.
STOPS: Mapping[HoldKind, frozenset[Effect]] = {
    kind: frozenset(Effect) if kind is not HoldKind.PROTECTED else frozenset({Effect.LETTER, Effect.BOOKING, Effect.PLACE_LIST})
    for kind in HoldKind
}


@dataclass(frozen=True, slots=True)
class Axis:
    """One independent fact: its column in the register, its name, its values."""

    code: str
    name: str
    values: type[Labelled]
    note: str = ""


AXES: tuple[Axis, ...] = (
    Axis("progress", "進捗", Progress, "申請受付は、申請時来庁・出張・特急の申請だけ"),
    Axis("place_kind", "場所", PlaceKind, "必ず一つ、保管責任者も必ず一人 (データベースの制約)"),
    Axis("notice", "通知", Notice, "発送の履歴は発送管理にあり、最新が決める"),
    Axis("visit", "来庁", Visit, "予約または直接の来庁。交付だけが進捗を変える"),
    Axis("terminal", "統合端末の状態", Terminal, "統合端末の一覧で最後に見た状態と日時。当システムの操作では変わらない"),
    Axis("disposal", "廃棄", Disposal, "候補 → 別の職員の承認 → 二人で実施"),
)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All that the guards may know of a card."""

    progress: Progress
    place_kind: PlaceKind
    notice: Notice
    visit: Visit
    terminal: Terminal
    disposal: Disposal
    holds: frozenset[HoldKind] = frozenset()
    expires: dt.date | None = None
    has_sleeve: bool = False

    def value(self, axis: str) -> Labelled:
        """Return the value on the axis with column `axis`."""
        found: Labelled = getattr(self, axis)
        return found


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the act itself brings along: who, and what was seen, scanned and checked. Everything not said counts as not done.

    `second_person` is the user id of the other member of staff (検品, hand-over, disposal); `approved_by` the one who approved
    beforehand. `notice_before_preset` and `second_person_required` are settings of the municipality.
    """

    today: dt.date
    actor: str
    reason: str = ""
    second_person: str = ""
    approved_by: str = ""
    in_open_batch: bool = False
    sleeve_bound: bool = False
    preset_result: str = ""
    sleeve_scanned: bool = False
    notice_matched: bool = False
    booking_matched: bool = False
    documents_without_notice: bool = False
    checklist_complete: bool = False
    fee_settled: bool = False
    stay_checked: bool = False
    terminal_checked: bool = False
    enclosure_matched: bool = False
    tracking_number: str = ""
    document: str = ""
    notice_before_preset: bool = False
    second_person_required: bool = True


EVIDENCE_FROM_CALLERS = frozenset(item.name for item in fields(Evidence)) - {
    "today",
    "actor",
    "reason",
    "notice_before_preset",
    "second_person_required",
}


def with_everything(evidence: Evidence) -> Evidence:
    """Return `evidence` as if everything had been brought along: what is refused then, is refused because of the card itself."""
    done: dict[str, Any] = {name: True for name, value in asdict(evidence).items() if value is False and name != "notice_before_preset"}
    done |= dict.fromkeys(("reason", "document", "tracking_number"), "ある")
    done |= {"preset_result": "ok", "second_person": "別の職員", "approved_by": "別の職員"}
    return replace(evidence, **done)


Guard = Callable[[CardFacts, Evidence], str | None]
COMING = frozenset({Visit.BOOKED, Visit.ARRIVED, Visit.SERVING})
ENDED_BEFORE_DELIVERY = (Progress.WITHDRAWN, Progress.LAPSED)
BEFORE_DELIVERY = (Progress.ORDERED, Progress.ARRIVED, Progress.INSPECTED, Progress.PRESET)


def needs_reason(_facts: CardFacts, evidence: Evidence) -> str | None:
    """理由が書かれている"""
    return None if evidence.reason.strip() else "理由を書いてください。"


def needs_second_person(_facts: CardFacts, evidence: Evidence) -> str | None:
    """別の職員と二人で行う"""
    if not evidence.second_person:
        return "この操作は二人で行います。もう一人の職員の確認を受けてください。"
    return "確認者は、操作する人とは別の職員でなければなりません。" if evidence.second_person == evidence.actor else None


def needs_approval(_facts: CardFacts, evidence: Evidence) -> str | None:
    """別の職員が承認している"""
    if not evidence.approved_by:
        return "この操作には別の職員の承認が必要です。承認を受けてからもう一度操作してください。"
    return "承認者は、操作する人とは別の職員でなければなりません。" if evidence.approved_by == evidence.actor else None


def second_person_by_setting(facts: CardFacts, evidence: Evidence) -> str | None:
    """二人で行う (市区町村の設定)"""
    return needs_second_person(facts, evidence) if evidence.second_person_required else None


def in_open_arrival(_facts: CardFacts, evidence: Evidence) -> str | None:
    """開いている受入の中で読み取った"""
    return None if evidence.in_open_batch else "開いている受入がありません。受入を開いてから読み取ってください。"


def sleeve_bound(facts: CardFacts, evidence: Evidence) -> str | None:
    """スリーブのラベルを付けた"""
    return None if evidence.sleeve_bound or facts.has_sleeve else "スリーブのラベルを印刷し、カードに付けてから読み取ってください。"


def preset_is_ok(_facts: CardFacts, evidence: Evidence) -> str | None:
    """交付前設定の結果が OK"""
    return None if evidence.preset_result == "ok" else "交付前設定の結果が OK ではありません。NG のときは停止を登録してください。"


def here(facts: CardFacts, _evidence: Evidence) -> str | None:
    """カードが庁内 (保管中か窓口) にある"""
    if facts.place_kind in {PlaceKind.STORED, PlaceKind.COUNTER}:
        return None
    return f"カードが手元にありません (場所: {facts.place_kind.label})。先に場所を確かめてください。"


def scan_matches(_facts: CardFacts, evidence: Evidence) -> str | None:
    """スリーブの読み取りが、交付通知書か予約と一致する (通知書なしは書類の規則による)"""
    if not evidence.sleeve_scanned:
        return "スリーブのコードを読み取ってください。"
    if evidence.notice_matched or evidence.booking_matched or evidence.documents_without_notice:
        return None
    return "カードと交付通知書 (または予約) が一致していません。別の人のカードでないか確かめてください。"


def checklist_done(_facts: CardFacts, evidence: Evidence) -> str | None:
    """確認書類の点検がすべて済んだ"""
    return None if evidence.checklist_complete else "本人確認書類の点検が終わっていません。残りの項目を確かめてください。"


def fee_is_settled(_facts: CardFacts, evidence: Evidence) -> str | None:
    """手数料を徴収したか、無料である"""
    return None if evidence.fee_settled else "手数料が済んでいません。徴収するか、無料の理由を選んでください。"


def not_expired(facts: CardFacts, evidence: Evidence) -> str | None:
    """カードの有効期限が過ぎていない"""
    return "カードの有効期限が過ぎています。交付できません。" if facts.expires and facts.expires < evidence.today else None


def stay_is_valid(_facts: CardFacts, evidence: Evidence) -> str | None:
    """在留期限が過ぎていない"""
    return None if evidence.stay_checked else "在留期限を確かめてください。"


def no_hold_on_letters(facts: CardFacts, _evidence: Evidence) -> str | None:
    """通知を止める停止がない"""
    return _stopped(facts, Effect.LETTER)


def no_hold_on_handover(facts: CardFacts, _evidence: Evidence) -> str | None:
    """交付を止める停止がない"""
    return _stopped(facts, Effect.HANDOVER)


def terminal_is_checked(_facts: CardFacts, evidence: Evidence) -> str | None:
    """統合端末の状態を確かめた"""
    return None if evidence.terminal_checked else "統合端末の状態を確かめてから訂正してください。"


def enclosure_matches(_facts: CardFacts, evidence: Evidence) -> str | None:
    """封入の読み取りが一致し、追跡番号がある"""
    return None if evidence.enclosure_matched and evidence.tracking_number else "スリーブ・同封物・封筒の読み取りと追跡番号が必要です。"


def has_document(_facts: CardFacts, evidence: Evidence) -> str | None:
    """届出などの書類がある"""
    return None if evidence.document.strip() else "取りやめの書類 (届出の種類と日付) を書いてください。"


def preset_or_by_setting(facts: CardFacts, evidence: Evidence) -> str | None:
    """交付前設定済である (設定により先に作れる)"""
    if facts.progress is Progress.PRESET:
        return None
    if facts.progress not in BEFORE_DELIVERY:
        return Sentence("進捗が「{progress}」のカードに通知は作れません。", progress=Sentence(facts.progress.label))
    return (
        None
        if evidence.notice_before_preset
        else Sentence("交付前設定が済んでいないカードの通知は作れません (市区町村の設定で変えられます)。")
    )


def preset_is_done(facts: CardFacts, _evidence: Evidence) -> str | None:
    """交付前設定済である"""
    return None if facts.progress is Progress.PRESET else "交付前設定が済んだカードだけを郵送できます。"


def still_waits(facts: CardFacts, _evidence: Evidence) -> str | None:
    """交付前で、来庁の予約がない"""
    if facts.progress not in BEFORE_DELIVERY:
        return Sentence("進捗が「{progress}」のカードに通知は送れません。", progress=Sentence(facts.progress.label))
    return Sentence("予約または来庁があるので、督促や予告は送れません。") if facts.visit in COMING else None


def before_delivery(facts: CardFacts, _evidence: Evidence) -> str | None:
    """交付前である"""
    if facts.progress in BEFORE_DELIVERY:
        return None
    return Sentence("進捗が「{progress}」のカードに通知は送れません。", progress=Sentence(facts.progress.label))


def disposal_is_approved(facts: CardFacts, _evidence: Evidence) -> str | None:
    """廃棄が承認されている"""
    return None if facts.disposal is Disposal.APPROVED else "廃棄がまだ承認されていません。"


def has_ended_before_delivery(facts: CardFacts, _evidence: Evidence) -> str | None:
    """交付前に取りやめか失効になっている"""
    return None if facts.progress in ENDED_BEFORE_DELIVERY else "交付前に取りやめか失効になったカードではありません。"


def was_inspected(facts: CardFacts, _evidence: Evidence) -> str | None:
    """検品のときのスリーブのラベルが付いている"""
    return None if facts.has_sleeve else "検品を終えていないカードです。スリーブのラベルがないので、元に戻せません。"


def disposal_is_not_approved(facts: CardFacts, _evidence: Evidence) -> str | None:
    """廃棄がまだ承認されていない"""
    return (
        "廃棄が承認されています。先に廃棄の候補から外してください。"
        if facts.disposal in {Disposal.APPROVED, Disposal.CARRIED_OUT}
        else None
    )


def _stopped(facts: CardFacts, effect: Effect) -> str | None:
    stopping = sorted(kind.label for kind in blocking_holds(facts.holds, effect))
    return f"停止中のためできません ({'、'.join(stopping)})。停止を解除してから操作してください。" if stopping else None


class OpenHolds(frozenset[HoldKind]):
    """The open holds of a card, which also know whether letters of a protected person go to another address by decision (DL-30)."""

    letters_go_elsewhere: bool = False


def blocking_holds(holds: frozenset[HoldKind], effect: Effect) -> frozenset[HoldKind]:
    """Return those of `holds` that stop `effect`.

    支援措置 stops letters until the decision list has set another address; it goes on stopping everything else that it stops.
    """
    stopping = frozenset(kind for kind in holds if effect in STOPS[kind])
    if effect is Effect.LETTER and isinstance(holds, OpenHolds) and holds.letters_go_elsewhere:
        return stopping - {HoldKind.PROTECTED}
    return stopping


@dataclass(frozen=True, slots=True)
class Change:
    """One step on one axis: from any of `sources` to `target`; with `if_possible` the axis stays where it is from other values."""

    axis: str
    sources: frozenset[Labelled]
    target: Labelled
    if_possible: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What staff do (or a list, or a rule): its changes, what it demands, the date columns it stamps or clears."""

    code: str
    name: str
    changes: tuple[Change, ...]
    guards: tuple[Guard, ...] = ()
    stamps: tuple[str, ...] = ()
    clears: tuple[str, ...] = field(default=())


def _progress(target: Progress, *sources: Progress) -> Change:
    return Change("progress", frozenset(sources), target)


def _place(target: PlaceKind, *sources: PlaceKind, if_possible: bool = False) -> Change:
    return Change("place_kind", frozenset(sources), target, if_possible)


def _notice(target: Notice, *sources: Notice) -> Change:
    return Change("notice", frozenset(sources), target)


def _visit(target: Visit, *sources: Visit, if_possible: bool = False) -> Change:
    return Change("visit", frozenset(sources), target, if_possible)


def _disposal(target: Disposal, *sources: Disposal) -> Change:
    return Change("disposal", frozenset(sources), target)


P, L, N, V, D = Progress, PlaceKind, Notice, Visit, Disposal
IN_THE_HOUSE = (L.STORED, L.COUNTER, L.TRANSFER)

ACTS: tuple[Act, ...] = (
    # 進捗
    Act("send_application", "申請をJ-LISへ送る", (_progress(P.ORDERED, P.APPLIED),), (needs_second_person,), ("application_sent_on",)),
    Act(
        "arrive",
        "到着を読み取る",
        (_progress(P.ARRIVED, P.ORDERED), _place(L.STORED, L.NOT_ARRIVED)),
        (in_open_arrival,),
        ("arrived_on",),
    ),
    Act(
        "inspect",
        "検品",
        (_progress(P.INSPECTED, P.ARRIVED),),
        (needs_second_person, sleeve_bound, here),
        ("inspected_on",),
    ),
    Act("preset", "交付前設定 OK", (_progress(P.PRESET, P.INSPECTED),), (preset_is_ok, no_hold_on_handover), ("preset_on",)),
    Act(
        "hand_over",
        "窓口で交付",
        (
            _progress(P.DELIVERED, P.PRESET),
            _place(L.PERSON, L.STORED, L.COUNTER),
            _visit(V.DONE, V.NONE, V.BOOKED, V.ARRIVED, V.SERVING, V.NO_SHOW, V.REFUSED),
        ),
        (
            here,
            no_hold_on_handover,
            not_expired,
            stay_is_valid,
            scan_matches,
            checklist_done,
            fee_is_settled,
            second_person_by_setting,
        ),
        ("delivered_on",),
    ),
    Act(
        "deliver_by_mail",
        "郵送の配達を記録",
        (_progress(P.DELIVERED, P.PRESET), _place(L.PERSON, L.MAIL)),
        (enclosure_matches, no_hold_on_handover, not_expired),
        ("delivered_on",),
    ),
    Act(
        "correct_delivery",
        "交付済を訂正",
        (_progress(P.PRESET, P.DELIVERED), _place(L.COUNTER, L.PERSON), _visit(V.NONE, V.DONE, if_possible=True)),
        (needs_reason, needs_approval, terminal_is_checked),
        (),
        ("delivered_on",),
    ),
    # A card that lapsed in the person's hands (a death, a new card) is brought to the counter like any other.
    Act(
        "take_back",
        "返納・回収",
        (_progress(P.RETURNED, P.DELIVERED, P.LAPSED_AFTER), _place(L.COUNTER, L.PERSON, if_possible=True)),
        (needs_reason,),
        ("returned_on",),
    ),
    Act("lapse_after", "交付後の失効", (_progress(P.LAPSED_AFTER, P.DELIVERED),), (needs_reason,), ("lapsed_on",)),
    # 申請取消 is the end of an application that the office took itself and that was never sent to J-LIS: the person takes it back at the
    # counter, or dies, or it was entered twice. Without this step it would stand among the unsent applications every morning, and the
    # only ways out would be to order a card that nobody wants or to delete what the log says was entered. What the table of the life
    # cycle says of 交付取りやめ (ordered to preset) is the same act one step later; both take a reason and the paper on which it rests.
    Act(
        "withdraw",
        "交付取りやめ・申請取消",
        (_progress(P.WITHDRAWN, P.APPLIED, *BEFORE_DELIVERY),),
        (needs_reason, has_document, needs_second_person),
        ("withdrawn_on",),
    ),
    Act("lapse", "交付前の失効", (_progress(P.LAPSED, *BEFORE_DELIVERY),), (needs_reason, needs_second_person), ("lapsed_on",)),
    # Late pick-up stays possible until the disposal is approved, also where the card was deemed withdrawn meanwhile; and whoever ended the
    # wrong card must be able to say so. The terminal may have ended the card too, so its 交付前設定 is entered anew.
    Act(
        "take_up_again",
        "取りやめ・失効を取り消す",
        (
            _progress(P.INSPECTED, *ENDED_BEFORE_DELIVERY),
            Change("disposal", frozenset({D.PROPOSED}), D.NONE, if_possible=True),
        ),
        (needs_reason, needs_approval, terminal_is_checked, was_inspected, here, not_expired, disposal_is_not_approved),
        (),
        ("preset_on", "withdrawn_on", "lapsed_on"),
    ),
    Act(
        "dispose",
        "廃棄を実施",
        (
            _progress(P.DISPOSED, P.WITHDRAWN, P.LAPSED, P.RETURNED),
            _disposal(D.CARRIED_OUT, D.APPROVED),
            _place(L.GONE, L.BAG),
        ),
        (disposal_is_approved, needs_second_person),
        ("disposed_on",),
    ),
    # 場所
    # A card that was confirmed as lost may still be found: then it lies somewhere, and what stops it (a 再発行依頼) stops it there.
    Act("store", "棚に置く", (_place(L.STORED, L.STORED, L.COUNTER, L.MISSING, L.LOST, L.MAIL),)),
    # A card whose application ended on the way still comes in a box: it gets a place and somebody who keeps it, and goes to the disposal.
    Act(
        "arrive_ended",
        "取りやめ・失効後に届いたカードを読み取る",
        (_place(L.STORED, L.NOT_ARRIVED),),
        (in_open_arrival, has_ended_before_delivery),
        ("arrived_on",),
    ),
    Act("send_transfer", "移送に出す", (_place(L.TRANSFER, L.STORED, L.COUNTER),)),
    Act("receive_transfer", "移送を受け取る", (_place(L.STORED, L.TRANSFER),)),
    Act("take_to_counter", "窓口へ出す", (_place(L.COUNTER, L.STORED, L.COUNTER),)),
    Act(
        "put_in_mail",
        "郵送に出す",
        (_place(L.MAIL, L.STORED, L.COUNTER),),
        (enclosure_matches, no_hold_on_handover, no_hold_on_letters, preset_is_done),
    ),
    Act("put_in_bag", "廃棄袋に入れる", (_place(L.BAG, L.STORED, L.COUNTER),), (disposal_is_approved,)),
    Act("take_from_bag", "廃棄袋から戻す", (_place(L.STORED, L.BAG),), (needs_reason,)),
    Act("report_missing", "所在不明とする", (_place(L.MISSING, *IN_THE_HOUSE, L.MAIL, L.BAG),), (needs_reason,)),
    Act("confirm_loss", "紛失を確定", (_place(L.LOST, L.MISSING),), (needs_reason, needs_approval)),
    # 通知
    Act("make_notice", "交付通知を作る", (_notice(N.MADE, N.NONE, N.MADE, N.CAME_BACK),), (no_hold_on_letters, preset_or_by_setting)),
    Act("unmake_notice", "交付通知を取り消す", (_notice(N.NONE, N.MADE),), (needs_reason,)),
    Act("send_notice", "交付通知を発送", (_notice(N.SENT, N.MADE),), (no_hold_on_letters, before_delivery), ("notice_sent_on",)),
    Act("notice_came_back", "返戻を記録", (_notice(N.CAME_BACK, N.SENT, N.REMINDED, N.URGED, N.WARNED),), (needs_reason,)),
    Act("remind", "督促1を発送", (_notice(N.REMINDED, N.SENT),), (no_hold_on_letters, still_waits), ("reminded_on",)),
    Act("urge", "督促2を発送", (_notice(N.URGED, N.REMINDED),), (no_hold_on_letters, still_waits), ("reminded_on",)),
    Act(
        "warn_of_disposal",
        "廃棄予告を発送",
        (_notice(N.WARNED, N.SENT, N.REMINDED, N.URGED),),
        (no_hold_on_letters, still_waits),
        ("reminded_on",),
    ),
    # 来庁
    Act("book_visit", "予約を受ける", (_visit(V.BOOKED, V.NONE, V.BOOKED, V.NO_SHOW, V.REFUSED, V.DONE),)),
    Act("cancel_visit", "予約の取消を受ける", (_visit(V.NONE, V.BOOKED),)),
    Act("person_arrives", "来庁を受け付ける", (_visit(V.ARRIVED, V.NONE, V.BOOKED, V.NO_SHOW, V.REFUSED, V.DONE),)),
    Act("begin_service", "対応を始める", (_visit(V.SERVING, V.ARRIVED),)),
    Act("finish_visit", "来庁を終える", (_visit(V.DONE, V.ARRIVED, V.SERVING),)),
    # Also from a visit that this zone's counter never received: the desk of the booking site may be the one that records results.
    Act("refuse_handover", "交付不可", (_visit(V.REFUSED, V.NONE, V.BOOKED, V.ARRIVED, V.SERVING, V.NO_SHOW),), (needs_reason,)),
    Act("no_show", "来庁なし", (_visit(V.NO_SHOW, V.BOOKED),)),
    # 廃棄
    Act("propose_disposal", "廃棄の候補にする", (_disposal(D.PROPOSED, D.NONE),), (needs_reason,)),
    Act("approve_disposal", "廃棄を承認", (_disposal(D.APPROVED, D.PROPOSED),), (needs_approval,)),
    Act("release_disposal", "廃棄の候補から外す", (_disposal(D.NONE, D.PROPOSED, D.APPROVED),), (needs_reason,)),
)
ACT_BY_CODE: Mapping[str, Act] = {act.code: act for act in ACTS}

# How a card enters the register; written by the import and by registration at the counter, not by `perform`.
ENTRIES: tuple[tuple[str, str, Progress], ...] = (
    ("import", "カード発行一覧の取り込み", Progress.ORDERED),
    ("register", "窓口・出張での申請受付", Progress.APPLIED),
    ("take_over", "移行 (導入の日の在庫。進捗、場所、通知は表のとおり)", Progress.ORDERED),
    ("reissue", "再発行依頼 (前のカードにつながる新しいカード)", Progress.APPLIED),
)

HAND_OVER = ACT_BY_CODE["hand_over"]


def refusal(act: Act, facts: CardFacts, evidence: Evidence) -> str | None:
    """Return why `act` is not allowed on a card with `facts`, as a sentence for the person who tries, or None when it is."""
    for change in act.changes:
        present = facts.value(change.axis)
        if present not in change.sources and not change.if_possible:
            axis = next(axis for axis in AXES if axis.code == change.axis)
            wanted = [Sentence(value.label) for value in axis.values if value in change.sources]
            return Sentence(
                "「{act}」はできません。{axis}が「{present}」です (対象: {wanted})。",
                act=Sentence(act.name),
                axis=Sentence(axis.name),
                present=Sentence(present.label),
                wanted=Sentence(
                    "、".join(f"{{_{number}}}" for number in range(len(wanted))), **{f"_{n}": word for n, word in enumerate(wanted)}
                ),
            )
    for guard in act.guards:
        sentence = guard(facts, evidence)
        if sentence:
            return sentence
    return None


def changes_of(act: Act, facts: CardFacts) -> list[tuple[str, Labelled, Labelled]]:
    """Return what `act` changes on a card with `facts`: axis, from, to. Steps that are only made where possible are left out elsewhere."""
    return [(change.axis, facts.value(change.axis), change.target) for change in act.changes if facts.value(change.axis) in change.sources]


def possible_acts(facts: CardFacts) -> list[Act]:
    """Return the acts whose axes allow them now, whatever their guards will still ask."""
    return [act for act in ACTS if all(facts.value(change.axis) in change.sources or change.if_possible for change in act.changes)]


class Phase(Labelled):
    """What people call the phase: the work queue that a card stands in, derived from the axes."""

    WAITING = "waiting", "到着待ち"
    TO_INSPECT = "to_inspect", "検品待ち"
    TO_PRESET = "to_preset", "交付前設定待ち"
    TO_NOTIFY = "to_notify", "通知待ち"
    TO_SEND = "to_send", "発送待ち"
    TO_FORWARD = "to_forward", "返戻の処理待ち"
    TO_BOOK = "to_book", "予約待ち"
    BOOKED = "booked", "来庁予定"
    AT_COUNTER = "at_counter", "対応中"
    UNCONFIRMED = "unconfirmed", "交付済(未照合)"
    CONFIRMED = "confirmed", "交付済(照合済)"
    STOPPED = "stopped", "停止中"
    MISSING = "missing", "所在不明"
    TO_DISPOSE = "to_dispose", "廃棄待ち"
    ENDED = "ended", "終了"


def phase(facts: CardFacts) -> Phase:
    """Derive the phase of a card: what waits to be done with it next."""
    if facts.place_kind is PlaceKind.MISSING or (facts.place_kind is PlaceKind.LOST and facts.progress in BEFORE_DELIVERY):
        return Phase.MISSING
    if facts.progress is Progress.DELIVERED:
        return Phase.CONFIRMED if facts.terminal is Terminal.IN_USE else Phase.UNCONFIRMED
    if facts.progress in {Progress.DISPOSED, Progress.LAPSED_AFTER}:
        return Phase.ENDED
    if facts.progress in {Progress.WITHDRAWN, Progress.LAPSED, Progress.RETURNED}:
        return Phase.TO_DISPOSE if facts.place_kind not in {PlaceKind.NOT_ARRIVED, PlaceKind.LOST} else Phase.ENDED
    if facts.holds:
        return Phase.STOPPED
    return _working_phase(facts)


def _working_phase(facts: CardFacts) -> Phase:
    if facts.visit in {Visit.ARRIVED, Visit.SERVING}:
        return Phase.AT_COUNTER
    before_preset = {
        Progress.APPLIED: Phase.WAITING,
        Progress.ORDERED: Phase.WAITING,
        Progress.ARRIVED: Phase.TO_INSPECT,
        Progress.INSPECTED: Phase.TO_PRESET,
    }
    if facts.progress in before_preset:
        return before_preset[facts.progress]
    if facts.visit is Visit.BOOKED:
        return Phase.BOOKED
    return {Notice.NONE: Phase.TO_NOTIFY, Notice.MADE: Phase.TO_SEND, Notice.CAME_BACK: Phase.TO_FORWARD}.get(facts.notice, Phase.TO_BOOK)


_TERMINAL_WORDS: Mapping[str, Terminal] = {
    "": Terminal.UNSEEN,
    **{state.label: state for state in Terminal if state not in {Terminal.UNSEEN, Terminal.OTHER}},
    "返納": Terminal.RETURNED,
    "交付済": Terminal.IN_USE,
}


def terminal_state(word: str) -> Terminal:
    """Read カードステータス as a list from the terminal writes it."""
    return _TERMINAL_WORDS.get(word.strip(), Terminal.OTHER)
