"""Who gets a letter now, and why somebody does not."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.own_characters import Known
from madoguchi.delivery.cards.rules import (
    BEFORE_DELIVERY,
    COMING,
    CardFacts,
    Effect,
    Evidence,
    HoldKind,
    Notice,
    PlaceKind,
    Progress,
    blocking_holds,
)
from madoguchi.delivery.dispatch import queries, rules
from madoguchi.delivery.dispatch.letters import WITH_CODE
from madoguchi.delivery.dispatch.models import Dispatch, Kind
from madoguchi.delivery.dispatch.texts import due_before
from madoguchi.kernel.numbers import NumberError, serial_number
from madoguchi.kernel.own_characters import unicode_code
from madoguchi.platform import clock
from madoguchi.platform.language import Sentence

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Nobody is asked by the hundred to come for a card that is not to be found; whom it concerns is written to one by one.
_NOWHERE = frozenset({PlaceKind.MISSING, PlaceKind.LOST})
HELD = Sentence("停止中のカードです")  # which hold it is, is nobody's business on a list


@dataclass(frozen=True, slots=True)
class Skipped:
    """A card that gets no letter, by its 製造管理番号, and why."""

    serial: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The cards to print for, in the order of the batch, and those left out."""

    cards: tuple[Card, ...]
    skipped: tuple[Skipped, ...]


def choose_by_serials(texts: Sequence[str], kind: Kind = Kind.NOTICE) -> Choice:
    """Choose the cards with these 製造管理番号, in their order; a letter that was made but not sent may be printed again."""
    wanted: list[str] = []
    skipped: list[Skipped] = []
    for text in texts:
        try:
            serial = serial_number(text)
        except NumberError:
            skipped.append(Skipped(text.strip(), Sentence("製造管理番号の形ではありません")))
            continue
        if serial not in wanted:
            wanted.append(serial)
    found = {card.serial: card for card in Card.objects.select_related("delivery_place").filter(serial__in=wanted)}
    skipped += [Skipped(serial, Sentence("この番号のカードはありません")) for serial in wanted if serial not in found]
    chosen = _sift((found[serial] for serial in wanted if serial in found), kind, sources=None)
    return Choice(chosen.cards, (*skipped, *chosen.skipped))


def choose_by_state(state: str | None, kind: Kind = Kind.NOTICE, among: "QuerySet[Card] | None" = None) -> Choice:
    """Choose the cards at a value of progress (all of them for `all`) that await a letter of `kind`; raises ValueError else.

    Without a value: every card that awaits it and may have one, and nothing is counted as left out. A 督促 or 廃棄予告 is awaited by
    whoever has not booked so many days after the letter before was sent (`LetterWords.after_days`). With `among` only those cards are
    looked at.
    """
    if kind not in rules.AWAITING:
        raise ValueError(kind)
    sources = rules.AWAITING[kind]
    if state is None:
        live = cards.live_cards() if among is None else among.exclude(progress__in=[value.value for value in cards.ENDED])
        waiting = live.select_related("delivery_place").filter(notice__in=[value.value for value in sources])
        return Choice(_sift(waiting, kind, sources).cards, ())
    return _sift(cards.list_cards(state).select_related("delivery_place"), kind, sources)


def _sift(found: Iterable[Card], kind: Kind, sources: tuple[Notice, ...] | None) -> Choice:
    listed = list(found)
    pks = [card.pk for card in listed]
    holds = cards.open_holds_of(pks)
    office = cards.municipality()
    evidence = Evidence(today=clock.today(), actor="", notice_before_preset=office.notice_before_preset)
    due = due_before(kind, queries.words(kind), clock.today()) if sources is not None else None
    printed = queries.printed_and_unsent(pks, kind) if sources is not None else frozenset()
    # A concealing label is stuck on J-LIS's postcard, which bears the registered address.
    elsewhere = queries.other_addresses_of(pks, clock.today()) if kind is Kind.LABEL else {}
    told = queries.told_their_code(pks, WITH_CODE) if kind is Kind.CODE and sources is not None else frozenset()
    known = Known()
    chosen: list[Card] = []
    skipped: list[Skipped] = []
    for card in listed:
        facts = card.facts(holds.get(card.pk, frozenset()))
        reason = _reason_against(card, facts, evidence, kind, sources)
        if reason is None and card.pk in elsewhere:
            words = Sentence("別の送付先があります。はがきは登録の住所に届くので、封書で送ってください")
            reason = HELD if HoldKind.PROTECTED in facts.holds else words
        if reason is None and kind is Kind.CODE and not office.uses_booking_codes:
            reason = Sentence("予約コードを使わない設定です")
        if reason is None and card.pk in told:
            reason = Sentence("予約コードの載った通知をすでに印刷しています")
        if reason is None and kind is Kind.CODE and sources is not None and facts.visit in COMING:
            reason = Sentence("来庁の予約があります")
        if reason is None and sources is not None and facts.place_kind in _NOWHERE:
            reason = Sentence("カードの所在が分かりません")
        if reason is None and sources is not None:
            reason = _not_yet(card, due, printed)
        if reason is None and (unknown := known.unknown_on(card)):
            reason = Sentence("外字 {codes} の字形が、外字の表にもフォントにもありません", codes=" ".join(map(unicode_code, unknown)))
        if reason:
            skipped.append(Skipped(card.serial, reason))
        else:
            chosen.append(card)
    return Choice(tuple(chosen), tuple(skipped))


def _reason_against(card: Card, facts: CardFacts, evidence: Evidence, kind: Kind, sources: tuple[Notice, ...] | None) -> str | None:
    if blocking_holds(facts.holds, Effect.LETTER):
        return HELD
    if sources is not None and facts.notice not in sources:
        return Sentence("通知は「{label}」です", label=Sentence(facts.notice.label))
    if not card.serial:
        return Sentence("製造管理番号がまだありません")
    if not card.address.strip():
        return Sentence("住所がありません")
    return rules.reason_against(kind, facts, evidence)


def _not_yet(card: Card, due: dt.date | None, printed: frozenset[int]) -> str | None:
    if card.pk in printed:
        return Sentence("印刷済で、まだ発送していません")
    if not rules.is_due(card.reminded_on or card.notice_sent_on, due):
        return Sentence("前の発送から決めた日数がたっていません")
    return None


def awaiting_counts(kind: Kind = Kind.NOTICE, among: "QuerySet[Card] | None" = None) -> dict[Progress, int]:
    """Return how many cards at each value of progress before hand-over await a letter. One statement; holds are looked at when printing.

    With `among` only those cards are counted.
    """
    if kind not in rules.AWAITING:
        return dict.fromkeys(BEFORE_DELIVERY, 0)
    counted = dict(awaiting(kind, among).values("progress").annotate(number=Count("pk")).values_list("progress", "number"))
    return {value: int(counted.get(value.value, 0)) for value in BEFORE_DELIVERY}


def awaiting(kind: Kind, among: "QuerySet[Card] | None" = None) -> "QuerySet[Card]":
    """Return the cards (of `among`) that await a letter of `kind`, one of `rules.AWAITING`, as far as the database alone can tell."""
    waiting = (
        (Card.objects.all() if among is None else among)
        .filter(notice__in=[value.value for value in rules.AWAITING[kind]], progress__in=[value.value for value in BEFORE_DELIVERY])
        .exclude(place_kind__in=[value.value for value in _NOWHERE])
    )
    if kind is Kind.CODE:
        told = Dispatch.objects.filter(card_id=OuterRef("pk"), kind__in=list(WITH_CODE), sheet__void=False)
        waiting = waiting.exclude(visit__in=[value.value for value in COMING]).exclude(Q(booking_code__isnull=False) & Exists(told))
    due = due_before(kind, queries.words(kind), clock.today())
    if due is not None:
        waiting = waiting.exclude(visit__in=[value.value for value in COMING]).filter(
            Q(reminded_on__lte=due) | Q(reminded_on__isnull=True, notice_sent_on__lte=due)
        )
    return waiting
