"""The tabs of a card's page, and what other rooms of the zone know of one card: they say it here, and the page shows it (S06).

A room names its parts in `card_part.py`, which is read at start, so that the register knows of no room above it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import Labelled
from madoguchi.platform.ui.shell import Link, Words


class Tab(Labelled):
    """What of a card is looked at; its value stands in the address."""

    COURSE = "course", "経過"
    BOOKING = "booking", "予約"
    STORAGE = "storage", "保管"
    NOTICE = "notice", "通知"
    CONTACT = "contact", "連絡"
    AUDIT = "audit", "監査"


@dataclass(frozen=True, slots=True)
class Part:
    """A table on a tab: its heading, the heads of its columns, its rows newest first (a cell is words or a `Link`), and where it goes on.

    No cell names a person or says where one lives: only the masked values of the page do, each on record when it is opened.
    """

    title: Words
    heads: Sequence[Words]
    rows: Sequence[Sequence[object]]
    empty: Words
    links: Sequence[Link] = ()
    finding: Words = ""
    """What the rows come to, in a word, with its tone and what is to be done about it."""
    tone: str = "info"
    advice: Words = ""


_MAKERS: dict[Tab, list[Callable[[Card], Part]]] = {tab: [] for tab in Tab}


def register(tab: Tab, maker: Callable[[Card], Part]) -> None:
    """Let `maker` make a part of `tab` for each card that is looked at; its statements do not grow with the rows."""
    _MAKERS[tab].append(maker)


def parts_of(tab: Tab, card: Card) -> list[Part]:
    """Return what the rooms say of a card on one tab."""
    return [maker(card) for maker in _MAKERS[tab]]
