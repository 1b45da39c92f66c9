"""Which queues a card stands in, derived from its axes and a few marks by one function; and what may be done with many cards at once.

A card may wait for several things at the same time (a notice that came back and a deadline that is over), so the answer is a set.
Sources: seed 003 (2) 進捗管理, seed 000 (3)ア(ア); lists of cards that have waited too long are derived from the same marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import (
    BEFORE_DELIVERY,
    CardFacts,
    Disposal,
    Effect,
    HoldKind,
    Labelled,
    Notice,
    PlaceKind,
    Progress,
    Terminal,
    Visit,
    blocking_holds,
)
from madoguchi.delivery.reconciliation.rules import difference


class Queue(Labelled):
    """A ready-made list of cards that wait for something."""

    NOT_ARRIVED = "not-arrived", "長く未着"
    TO_INSPECT = "to-inspect", "到着未検品"
    TO_PRESET = "to-preset", "交付前設定待ち"
    TO_NOTIFY = "to-notify", "通知未発送"
    CAME_BACK = "came-back", "返戻"
    NO_BOOKING = "no-booking", "長く予約なし"
    TOMORROW = "tomorrow", "明日準備"
    TODAY = "today", "本日来庁"
    CALL = "call", "連絡要"
    OVERDUE = "overdue", "期限超過"
    EXPIRING = "expiring", "有効期限間近"
    STOPPED = "stopped", "停止中"
    UNCONFIRMED = "unconfirmed", "交付済（未照合）"
    DIFFERENT = "different", "差異あり"
    MISSING = "missing", "所在不明"
    TO_APPROVE = "to-approve", "廃棄承認待ち"
    TO_DISPOSE = "to-dispose", "廃棄実施待ち"


EXPLANATIONS: Mapping[Queue, str] = {
    Queue.NOT_ARRIVED: "登録してから設定の日数（初めは45日）を過ぎても届いていないカード",
    Queue.TO_INSPECT: "届いて、まだ検品していないカード",
    Queue.TO_PRESET: "検品が済み、交付前設定の結果を待つカード",
    Queue.TO_NOTIFY: "交付前設定が済み、通知をまだ発送していないカード",
    Queue.CAME_BACK: "通知が返戻になり、次の送り方を決めるカード",
    Queue.NO_BOOKING: "通知を発送して設定の日数（初めは30日）を過ぎ、予約も来庁もないカード",
    Queue.TOMORROW: "次の開庁日までに予約があり、まだ窓口に出していないカード",
    Queue.TODAY: "今日の予約があるか、来庁中の人のカード",
    Queue.CALL: "来庁なしか交付不可のまま、次の予約がないカード",
    Queue.OVERDUE: "受取期限を過ぎたカード。廃棄が承認されるまでは交付できます",
    Queue.EXPIRING: "交付前で、カードの有効期限まで設定の日数（初めは30日）もないか、過ぎたカード",
    Queue.STOPPED: "支援措置、異動、不備などで止まっている交付前のカード",
    Queue.UNCONFIRMED: "交付したが、統合端末の一覧でまだ確かめていないカード",
    Queue.DIFFERENT: "当方の進捗と統合端末の状態が食い違うカード",
    Queue.MISSING: "所在が分からないか、紛失が確かになったまま、再発行も失効もしていないカード",
    Queue.TO_APPROVE: "廃棄の候補になり、別の職員の承認を待つカード",
    Queue.TO_DISPOSE: "廃棄が承認され、実施を待つカード",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What of dates and bookings the queues look at, each already compared with today."""

    late_to_arrive: bool = False
    long_without_booking: bool = False
    deadline_over: bool = False
    expires_soon: bool = False
    comes_today: bool = False
    comes_next: bool = False
    list_is_newer: bool = False


MARK_NAMES = tuple(Marks.__dataclass_fields__)


def _may_act(facts: CardFacts, effect: Effect) -> bool:
    return not blocking_holds(facts.holds, effect)


_WAITS: Mapping[Queue, Callable[[CardFacts, Marks], bool]] = {
    Queue.NOT_ARRIVED: lambda facts, marks: facts.progress is Progress.ORDERED and marks.late_to_arrive,
    Queue.TO_INSPECT: lambda facts, _marks: facts.progress is Progress.ARRIVED,
    Queue.TO_PRESET: lambda facts, _marks: facts.progress is Progress.INSPECTED and _may_act(facts, Effect.HANDOVER),
    Queue.TO_NOTIFY: lambda facts, _marks: (
        facts.progress is Progress.PRESET
        and facts.notice in {Notice.NONE, Notice.MADE}
        and facts.visit in {Visit.NONE, Visit.NO_SHOW, Visit.REFUSED}
        and _may_act(facts, Effect.LETTER)
    ),
    Queue.CAME_BACK: lambda facts, _marks: facts.progress in BEFORE_DELIVERY and facts.notice is Notice.CAME_BACK,
    Queue.NO_BOOKING: lambda facts, marks: (
        facts.progress in BEFORE_DELIVERY
        and marks.long_without_booking
        and facts.notice not in {Notice.NONE, Notice.MADE, Notice.CAME_BACK}
        and facts.visit is Visit.NONE
    ),
    Queue.TOMORROW: lambda facts, marks: (
        facts.progress in BEFORE_DELIVERY and marks.comes_next and facts.place_kind is not PlaceKind.COUNTER
    ),
    Queue.TODAY: lambda facts, marks: (
        facts.progress in BEFORE_DELIVERY and (marks.comes_today or facts.visit in {Visit.ARRIVED, Visit.SERVING})
    ),
    Queue.CALL: lambda facts, _marks: facts.progress in BEFORE_DELIVERY and facts.visit in {Visit.NO_SHOW, Visit.REFUSED},
    Queue.OVERDUE: lambda facts, marks: facts.progress in BEFORE_DELIVERY and marks.deadline_over,
    Queue.EXPIRING: lambda facts, marks: facts.progress in BEFORE_DELIVERY and marks.expires_soon,
    Queue.STOPPED: lambda facts, _marks: facts.progress in BEFORE_DELIVERY and bool(facts.holds),
    Queue.UNCONFIRMED: lambda facts, _marks: facts.progress is Progress.DELIVERED and facts.terminal is not Terminal.IN_USE,
    Queue.DIFFERENT: lambda facts, marks: marks.list_is_newer and difference(facts.progress, facts.terminal) is not None,
    Queue.MISSING: lambda facts, _marks: (
        facts.place_kind is PlaceKind.MISSING or (facts.place_kind is PlaceKind.LOST and facts.progress in BEFORE_DELIVERY)
    ),
    Queue.TO_APPROVE: lambda facts, _marks: facts.disposal is Disposal.PROPOSED,
    Queue.TO_DISPOSE: lambda facts, _marks: facts.disposal is Disposal.APPROVED and facts.progress is not Progress.DISPOSED,
}


# What is done with a card that is there. Of a lost one nothing of this waits any more, only what concerns the person.
_NEEDS_THE_CARD = frozenset(
    {
        *(Queue.NOT_ARRIVED, Queue.TO_INSPECT, Queue.TO_PRESET, Queue.TO_NOTIFY, Queue.CAME_BACK, Queue.NO_BOOKING),
        *(Queue.TOMORROW, Queue.OVERDUE, Queue.EXPIRING, Queue.TO_DISPOSE),
    }
)


def queues_of(facts: CardFacts, marks: Marks) -> frozenset[Queue]:
    """Return every queue that a card stands in."""
    found = frozenset(queue for queue, waits in _WAITS.items() if waits(facts, marks))
    return found - _NEEDS_THE_CARD if facts.place_kind is PlaceKind.LOST else found


RELEASE_HOLD = "release_hold"


@dataclass(frozen=True, slots=True)
class BulkAct:
    """Something that may be done with many cards at once: an act of the life cycle, or a hold of `hold` kind.

    `undo` is the act that takes it back on cards that nobody has touched since; empty: it cannot be taken back by a button. A heavy act
    always has an approver, who is a head of section; `takes_document`: the reason names the paper on which it rests.
    """

    code: str
    name: str
    act: str = ""
    hold: HoldKind | None = None
    undo: str = ""
    is_heavy: bool = False
    takes_document: bool = False

    @property
    def inverse(self) -> "BulkAct | None":
        """What takes it back, None where nothing does. A hold is released, by somebody else than who set it."""
        if self.hold is not None:
            return BulkAct(self.code, self.name, act=RELEASE_HOLD, hold=self.hold)
        return BulkAct(self.code, self.name, act=self.undo) if self.undo else None


BULK_ACTS: Sequence[BulkAct] = (
    BulkAct("propose", "廃棄の候補にする", act="propose_disposal", undo="release_disposal"),
    BulkAct("release", "廃棄の候補から外す", act="release_disposal", undo="propose_disposal"),
    BulkAct("withdraw", "交付取りやめとみなす", act="withdraw", is_heavy=True, takes_document=True),
    BulkAct("lapse", "失効(交付前)にする", act="lapse", is_heavy=True),
    BulkAct("lapse-after", "失効(交付後)にする", act="lapse_after", is_heavy=True),
    BulkAct("unmake", "発送前の交付通知を取り消す", act="unmake_notice", is_heavy=True),
    *(
        BulkAct(f"hold-{kind.value}", f"停止を登録する（{kind.label}）", hold=kind)
        for kind in (HoldKind.INVESTIGATION, HoldKind.INCOMPLETE, HoldKind.MISPRINT, HoldKind.CHIP)
    ),
)
BULK_BY_CODE: Mapping[str, BulkAct] = {bulk.code: bulk for bulk in BULK_ACTS}
SMALL_BULK = 20


def evidence_for(bulk: BulkAct, reason: str) -> dict[str, object]:
    """Return what a bulk act brings along besides the reason, as the register's `perform_on_many` takes it."""
    return {"document": reason} if bulk.takes_document else {}


def needs_second_person(cards: int, live: int, percent: int) -> bool:
    """Tell whether an act on `cards` of `live` cards is a mass change, which a second person confirms (a few are always in order)."""
    return cards > SMALL_BULK and cards * 100 > live * percent
