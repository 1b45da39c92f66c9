"""How cards are shown: masked names on lists, the columns of one card in groups, events in words, what comes next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import masking, queries, rules
from madoguchi.delivery.cards.models import Card, CardEvent, Hold
from madoguchi.delivery.cards.parts import Tab
from madoguchi.kernel import names
from madoguchi.kernel.numbers import display_application_id
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.shell import Words


class NextStep(NamedTuple):
    """What is to be done next, and the address (by name) of the page where it is done; empty where there is none."""

    words: Words
    address: str


_NEXT: dict[rules.Phase, NextStep] = {
    rules.Phase.WAITING: NextStep(_("箱が届いたら受入で読み取ります。"), "intake:arrivals"),
    rules.Phase.TO_INSPECT: NextStep(_("ラベルを付け、二人で検品します。"), "intake:arrivals"),
    rules.Phase.TO_PRESET: NextStep(_("統合端末で交付前設定を行い、結果を登録します。"), "intake:presets"),
    rules.Phase.TO_NOTIFY: NextStep(_("交付通知を作ります。"), "dispatch:list"),
    rules.Phase.TO_SEND: NextStep(_("交付通知を発送します。"), "dispatch:list"),
    rules.Phase.TO_FORWARD: NextStep(_("返戻の理由を確かめ、送り先を決めます。"), "dispatch:list"),
    rules.Phase.TO_BOOK: NextStep(_("本人の予約または来庁を待っています。"), ""),
    rules.Phase.BOOKED: NextStep(_("来庁の前日までにカードを出しておきます。"), "handover:board"),
    rules.Phase.AT_COUNTER: NextStep(_("窓口で対応中です。"), "handover:board"),
    rules.Phase.UNCONFIRMED: NextStep(_("統合端末の一覧で交付を照合します。"), "reconciliation:differences"),
    rules.Phase.STOPPED: NextStep(_("停止の理由を確かめます。解除は登録した人とは別の職員が行います。"), ""),
    rules.Phase.MISSING: NextStep(
        _("カードを探し、見つかったら棚に置いて読み取ります。紛失が確かになったら、再発行を受け付けます。"), "storage:put"
    ),
    rules.Phase.TO_DISPOSE: NextStep(_("廃棄の候補にし、承認を受けます。"), "disposal:home"),
}


def next_step(phase: rules.Phase) -> NextStep | None:
    """Return what comes next for a card in `phase`, None when nothing does."""
    return _NEXT.get(phase)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One card on a list."""

    pk: int
    serial: str
    name: str
    progress: str
    phase: str
    place: str
    is_held: bool


def list_rows(cards: Sequence[Card]) -> list[ListRow]:
    """Return the rows of a list; one statement for the holds of all of them."""
    held = queries.open_holds_of([card.pk for card in cards])
    rows = []
    for card in cards:
        facts = card.facts(held.get(card.pk, frozenset()))
        phase = rules.phase(facts).label
        place = _place_on_a_list(card, facts)
        rows.append(ListRow(card.pk, number_words(card), masking.masked(card.name), facts.progress.label, phase, place, bool(facts.holds)))
    return rows


def _place_on_a_list(card: Card, facts: rules.CardFacts) -> str:
    """Say where a card is; of a card that no list of places may show (DL-30) say nothing."""
    if rules.blocking_holds(facts.holds, rules.Effect.PLACE_LIST):
        return ""
    return facts.place_kind.label if card.site is None else f"{facts.place_kind.label} {card.site.name}"


def key_band(card: Card, phase: rules.Phase, name: object = None) -> list[SummaryRow]:
    """Return the rows that stand at the top of a card; `name` is how the name stands there, masked where nothing else is said."""
    return [
        SummaryRow(_("製造管理番号"), number_words(card)),
        SummaryRow(_("氏名"), masking.masked(card.name) if name is None else name),
        SummaryRow(_("進捗"), rules.Progress(card.progress).label),
        SummaryRow(_("段階"), phase.label),
        SummaryRow(_("場所"), place_words(card)),
    ]


def number_words(card: Card) -> str:
    """Return the 製造管理番号, and before a list has named it the 申請書ID."""
    return card.shown_serial or f"未定 ({display_application_id(card.application_id)})"


def place_words(card: Card) -> str:
    """Say where a card is."""
    parts = [rules.PlaceKind(card.place_kind).label]
    if card.site:
        parts.append(card.site.name)
    if card.transfer_to:
        parts.append(f"→ {card.transfer_to.name}")
    parts += [part for part in (card.safe, card.box, card.slot) if part]
    return " ".join(parts)


def care_words(card: Card) -> list[Words]:
    """Say what needs care with this very card, for 検品 and hand-over: braille, substitute characters, 外字 (DL-20)."""
    words: list[Words] = []
    if card.braille and card.braille.strip() not in _NO_BRAILLE:
        words.append(_("点字の刻印があるカードです。点字を確かめ、本人に伝えてください。"))
    if card.uses_substitutes:
        words.append(_("券面の氏名または住所に代替文字を使っています。字が戸籍と違うことを本人に説明してください。"))
    if names.has_gaiji(card.name) or names.has_gaiji(card.address):
        words.append(_("氏名または住所に外字があります。券面の字と住民票の字を見比べてください。"))
    return words


_NO_BRAILLE = frozenset({"無", "なし", "0", "００", "00"})


@dataclass(frozen=True, slots=True)
class Veil:
    """How the values that name a person stand on the page of a card: `opened` is the one that was asked for, on record."""

    is_protected: bool
    may_reveal: bool
    opened: str = ""

    def value(self, card: Card, field: str) -> SafeString:
        """Return a value of `masking.FIELDS` as the page holds it: masked with its button, or open."""
        return render_to_string("cards/masked.html", self.shown(card, field))

    def shown(self, card: Card, field: str) -> dict[str, object]:
        """Return what the template of one value needs."""
        value = masking.whole_of(card, field) if field == self.opened else masking.mask_of(card, field, is_protected=self.is_protected)
        is_open = field == self.opened
        return {"field": field, "title": masking.FIELDS[field].title, "value": value, "is_open": is_open, "may_reveal": self.may_reveal}


_PERSON = ("kana", "former_name", "alias", "born", "postcode", "address", "house")
_LISTED = (
    *("application_id", "application_id_shown", "dispatch_no", "card_status", "braille"),
    *("expires", "auth_expires", "sign_expires", "auth_serial", "application_way", "applied_on", "issue_kind", "registration_reason"),
    *("fee_kind", "memo", "visit_way", "applied_at", "issuing_municipality", "managed_since", "posted_on"),
)
_COURSE_DATES = ("application_sent_on", "arrived_on", "inspected_on", "preset_on", "delivered_on")
_NOTICE_DATES = ("notice_sent_on", "notice_deadline", "reminded_on")
_ENDS = ("withdrawn_on", "lapsed_on", "returned_on", "disposed_on")


def sections(card: Card, tab: Tab, veil: Veil) -> list[tuple[Words, list[SummaryRow]]]:
    """Return the groups of rows of a card that belong to a tab."""
    return _SECTIONS[tab](card, veil) if tab in _SECTIONS else []


def _course(card: Card, veil: Veil) -> list[tuple[Words, list[SummaryRow]]]:
    sexes = {"m": "男", "f": "女"}
    listed = [SummaryRow(masking.FIELDS[name].title, veil.value(card, name)) for name in _PERSON if getattr(card, name)]
    listed += [SummaryRow(_("性別"), sexes.get(card.sex, "")), SummaryRow(_("電子証明書"), card.get_certificates_display())]
    listed += _filled(card, *_LISTED)
    listed += [SummaryRow(_title(card, name), "有" if getattr(card, name) else "無") for name in ("uses_substitutes", "checked_by_hand")]
    course = [*_axes(card, "disposal"), *_filled(card, "disposal_reason", *_COURSE_DATES, *_ENDS)]
    return [(_("日付"), course), (_("一覧の記載"), listed)]


def _booking(card: Card, _veil: Veil) -> list[tuple[Words, list[SummaryRow]]]:
    rows = [*_axes(card, "visit"), *_filled(card, "listed_place")]
    if card.delivery_place:
        rows.append(SummaryRow(_title(card, "delivery_place"), card.delivery_place.name))
    return [(_("来庁"), rows)]


def _storage(card: Card, _veil: Veil) -> list[tuple[Words, list[SummaryRow]]]:
    rows = [SummaryRow(_("場所"), place_words(card)), SummaryRow(_("保管責任者"), card.custodian)]
    rows += [SummaryRow(_("スリーブコード"), card.sleeve_code or "なし"), *_filled(card, "place_note", "listed_storage")]
    return [(_("今の場所"), rows)]


def _notice(card: Card, _veil: Veil) -> list[tuple[Words, list[SummaryRow]]]:
    return [(_("今の通知"), [*_axes(card, "notice"), *_filled(card, *_NOTICE_DATES)])]


_SECTIONS: Mapping[Tab, Callable[[Card, Veil], list[tuple[Words, list[SummaryRow]]]]] = {
    Tab.COURSE: _course,
    Tab.BOOKING: _booking,
    Tab.STORAGE: _storage,
    Tab.NOTICE: _notice,
}


def _axes(card: Card, *codes: str) -> list[SummaryRow]:
    return [SummaryRow(axis.name, card.facts().value(axis.code).label) for axis in rules.AXES if axis.code in codes]


def _filled(card: Card, *columns: str) -> list[SummaryRow]:
    return [SummaryRow(_title(card, name), _shown(getattr(card, name))) for name in columns if getattr(card, name)]


def _title(card: Card, name: str) -> str:
    return str(card._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001 Django's documented API


def _shown(value: object) -> object:
    return names.display(value) if isinstance(value, str) else value


def hold_row(hold: Hold, release_form: object) -> dict[str, object]:
    """Return a hold as it is shown, with the form that releases it."""
    return {"hold": hold, "kind": rules.HoldKind(hold.kind).label, "is_open": hold.released_at is None, "form": release_form}


_ACT_NAMES = {
    **{act.code: act.name for act in rules.ACTS},
    **{code: name for code, name, _target in rules.ENTRIES},
    "terminal_list": "統合端末の一覧の取り込み",
    "set_hold": "停止の登録",
    "release_hold": "停止の解除",
    "set_items": "項目の記録",
    "undo_import": "取り込みの取り消し",
}
_AXES = {axis.code: axis for axis in rules.AXES}


def event_row(event: CardEvent) -> dict[str, object]:
    """Return an event of the history in words."""
    return {
        "event": event,
        "act": _ACT_NAMES.get(event.act, event.act),
        "axis": _AXES[event.axis].name if event.axis in _AXES else {"data": "記載事項", "holds": "停止"}.get(event.axis, event.axis),
        "before": _value(event.axis, event.before),
        "after": _value(event.axis, event.after) or "、".join(_changed_titles(event)),
        "where": " ".join(part for part in (event.site, event.client) if part),
        "second": event.detail.get("second_person") or event.detail.get("approved_by") or "",
    }


def _value(axis: str, value: str) -> str:
    values = _AXES[axis].values if axis in _AXES else rules.HoldKind if axis == "holds" else None
    return values(value).label if values and value else value


def _changed_titles(event: CardEvent) -> list[str]:
    return [str(Card._meta.get_field(name).verbose_name) for name in event.detail.get("fields", [])]  # type: ignore[union-attr]  # noqa: SLF001
