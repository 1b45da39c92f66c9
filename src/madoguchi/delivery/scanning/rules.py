"""The one next step for what was scanned. Pure: facts in, step out."""

import enum
from dataclasses import dataclass

from madoguchi.delivery.cards.rules import CardFacts, Effect, Labelled, Notice, PlaceKind, Progress, blocking_holds
from madoguchi.delivery.scanning.codes import OF_A_CARD, Kind


class Step(Labelled):
    """What is done next, with the words on its button."""

    CONTINUE_VISIT = "continue_visit", "交付の手続きを続ける"
    RECEIVE_PERSON = "receive_person", "来庁を受け付ける"
    OPEN_ARRIVALS = "open_arrivals", "受入で到着を読み取る"
    INSPECT = "inspect", "検品に進む"
    PRESET = "preset", "交付前設定の結果を登録する"
    STORE = "store", "棚に置く"
    RECEIVE_TRANSFER = "receive_transfer", "移送を受け取る"
    LETTERS = "letters", "通知の画面を開く"
    OPEN_CARD = "open_card", "カードの記録を開く"
    OPEN_SHEET = "open_sheet", "この用紙の束を開く"
    FILL_BOX = "fill_box", "この箱にカードを置く"
    SEE_SAFE = "see_safe", "保管箱の一覧を開く"
    OPEN_TRANSFER = "open_transfer", "この移送の袋を開く"


@dataclass(frozen=True, slots=True)
class Scanned:
    """All that the rule may know of a scanned card: where it stands, and what is open for it."""

    facts: CardFacts
    in_a_box: bool
    has_open_visit: bool


def next_step(kind: Kind, scanned: Scanned) -> Step:
    """Return the one next step for a card of which the paper `kind` was scanned."""
    facts = scanned.facts
    if scanned.has_open_visit:
        return Step.CONTINUE_VISIT
    if blocking_holds(facts.holds, Effect.HANDOVER):
        return Step.OPEN_CARD
    if facts.place_kind is PlaceKind.TRANSFER:
        return Step.RECEIVE_TRANSFER
    if facts.place_kind is PlaceKind.MISSING:
        return Step.STORE
    early = {Progress.ORDERED: Step.OPEN_ARRIVALS, Progress.ARRIVED: Step.INSPECT, Progress.INSPECTED: Step.PRESET}
    if facts.progress in early:
        return early[facts.progress]
    if facts.progress is Progress.PRESET:
        return _of_a_ready_card(kind, scanned)
    return Step.OPEN_CARD


def _of_a_ready_card(kind: Kind, scanned: Scanned) -> Step:
    facts = scanned.facts
    if kind in {Kind.NOTICE, Kind.BOOKING, Kind.SERIAL}:
        return Step.RECEIVE_PERSON  # the person stands here with the paper
    if facts.place_kind is PlaceKind.COUNTER or (facts.place_kind is PlaceKind.STORED and not scanned.in_a_box):
        return Step.STORE
    if facts.notice in {Notice.NONE, Notice.MADE, Notice.CAME_BACK}:
        return Step.LETTERS
    return Step.RECEIVE_PERSON


class Comparison(enum.StrEnum):
    """What two papers, read one after the other, say of each other."""

    NONE = "none"
    SAME_AGAIN = "same_again"
    MATCH = "match"
    NO_MATCH = "no_match"


def compare(first: tuple[Kind, int] | None, second: tuple[Kind, int] | None) -> Comparison:
    """Compare two papers of cards, each given as its kind and its card's key; None is a paper of no card.

    Two papers of different kinds that lie together must belong to one card. Two of the same kind are two cards of a pile: nothing to
    compare.
    """
    if first is None or second is None or first[0] not in OF_A_CARD or second[0] not in OF_A_CARD:
        return Comparison.NONE
    if first == second:
        return Comparison.SAME_AGAIN
    if first[0] is second[0]:
        return Comparison.NONE
    return Comparison.MATCH if first[1] == second[1] else Comparison.NO_MATCH
