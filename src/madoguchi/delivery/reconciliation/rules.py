"""差異リスト as pure rules over what was done here (progress) and what the terminal's list shows (DL-03).

`terminal` is never set by our own acts: it is compared with them. No rule looks at a place, a name or a hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import BEFORE_DELIVERY, Labelled, Progress, Terminal


class Difference(Labelled):
    """差異: how the two accounts of one card contradict each other."""

    NOT_DELIVERED_THERE = "not_delivered_there", "当方は交付済、統合端末は未交付"
    IN_USE_THERE = "in_use_there", "当方は未交付、統合端末は運用中"
    PRESET_THERE = "preset_there", "交付前設定が統合端末だけにある"
    PRESET_HERE = "preset_here", "交付前設定が当方だけにある"
    SUSPENDED_THERE = "suspended_there", "未交付のカードが統合端末で一時停止"
    ENDED_THERE = "ended_there", "未交付のカードが統合端末で失効・回収"
    LAPSED_THERE = "lapsed_there", "交付済のカードが統合端末で失効"
    RETURNED_THERE = "returned_there", "交付済のカードが統合端末で回収・廃止"
    ENDED_HERE = "ended_here", "当方で終わったカードが統合端末で有効"
    UNKNOWN_STATE = "unknown_state", "統合端末の状態の言葉が分からない"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do about a difference: in words, and the acts on the card's page that may put our side right."""

    words: str
    acts: tuple[str, ...] = ()


REMEDIES: Mapping[Difference, Remedy] = {
    Difference.NOT_DELIVERED_THERE: Remedy(
        "渡したことを受領の記録で確かめ、統合端末で交付済にします。渡していないときは交付済を訂正します。", ("correct_delivery",)
    ),
    Difference.IN_USE_THERE: Remedy(
        "すぐに現物を探します。別の人に渡していないか、交付の記録が漏れていないかを確かめます。", ("report_missing",)
    ),
    Difference.PRESET_THERE: Remedy("検品が済んでいるか確かめ、「交付前設定の結果」に登録します。"),
    Difference.PRESET_HERE: Remedy("統合端末で交付前設定を確かめ、済んでいなければ行います。"),
    Difference.SUSPENDED_THERE: Remedy("一時停止の届出を確かめ、カードに停止を登録します。"),
    Difference.ENDED_THERE: Remedy("異動と届出を確かめ、失効か取りやめを登録します。", ("lapse", "withdraw")),
    Difference.LAPSED_THERE: Remedy("失効の理由を確かめ、交付後の失効を登録します。", ("lapse_after",)),
    Difference.RETURNED_THERE: Remedy("返納の届出を確かめ、返納・回収を登録します。", ("take_back", "lapse_after")),
    Difference.ENDED_HERE: Remedy("統合端末で失効・回収の処理をします。"),
    Difference.UNKNOWN_STATE: Remedy("統合端末の画面で状態を確かめ、管理者に言葉を伝えます。"),
}

_OVER = frozenset({Terminal.LAPSED, Terminal.RETURNED, Terminal.DISCARDED})
UNCONFIRMED_STATES = frozenset({Terminal.UNSEEN, Terminal.ISSUED, Terminal.PRESET})
"""交付済(未照合): what the terminal shows of a card that was handed over here and that it does not yet count as handed over."""


def difference(progress: Progress, terminal: Terminal) -> Difference | None:
    """Return how the terminal's state contradicts ours; None when it does not, or when no list has shown the card yet."""
    if terminal is Terminal.UNSEEN:
        return None
    if terminal is Terminal.OTHER:
        return Difference.UNKNOWN_STATE
    if progress is Progress.DELIVERED:
        return {
            Terminal.ISSUED: Difference.NOT_DELIVERED_THERE,
            Terminal.PRESET: Difference.NOT_DELIVERED_THERE,
            Terminal.LAPSED: Difference.LAPSED_THERE,
            Terminal.RETURNED: Difference.RETURNED_THERE,
            Terminal.DISCARDED: Difference.RETURNED_THERE,
        }.get(terminal)
    if progress in {Progress.APPLIED, *BEFORE_DELIVERY}:
        return _before_delivery(progress, terminal)
    return None if terminal in _OVER else Difference.ENDED_HERE


def _before_delivery(progress: Progress, terminal: Terminal) -> Difference | None:
    if terminal is Terminal.IN_USE:
        return Difference.IN_USE_THERE
    if terminal is Terminal.SUSPENDED:
        return Difference.SUSPENDED_THERE
    if terminal in _OVER:
        return Difference.ENDED_THERE
    is_preset_here, is_preset_there = progress is Progress.PRESET, terminal is Terminal.PRESET
    if is_preset_here == is_preset_there:
        return None
    return Difference.PRESET_HERE if is_preset_here else Difference.PRESET_THERE


def pairs() -> dict[Difference, list[tuple[Progress, Terminal]]]:
    """Return for each difference the pairs of values that make it: what the database is asked for."""
    found: dict[Difference, list[tuple[Progress, Terminal]]] = {one: [] for one in Difference}
    for progress in Progress:
        for terminal in Terminal:
            one = difference(progress, terminal)
            if one:
                found[one].append((progress, terminal))
    return found


def why_not_signed(*, has_list: bool, unexplained: int, unknown: int, is_signed: bool) -> str | None:
    """Return why a day cannot be signed, as a sentence for the head, or None when it can."""
    if is_signed:
        return "この日の照合には、すでに署名があります。"
    if not has_list:
        return "今日の統合端末の一覧が反映されていません。一覧を取り込み、反映してから署名してください。"
    if unexplained:
        return f"説明も訂正もされていない差異が {unexplained} 件あります。すべて処理してから署名してください。"
    if unknown:
        return f"登録のないカードの行が {unknown} 件、説明されずに残っています。すべて処理してから署名してください。"
    return None
