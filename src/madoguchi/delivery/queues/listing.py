"""One list for every queue: filters and order as they stand in its address, columns by person, rows without a protected place (DL-30)."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy

from madoguchi.delivery.cards import masking
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.cards.queries import open_holds_of
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.queues import queries
from madoguchi.delivery.queues.charge import charges_of, standing
from madoguchi.delivery.queues.models import Charge
from madoguchi.delivery.queues.queries import Standing
from madoguchi.delivery.queues.rules import Queue
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff

SIZES = (50, 100, 200)
# The number leads to the card: a row without it would be a dead end.
FIXED_COLUMN = "serial"
COLUMNS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "serial": gettext_lazy("製造管理番号"),
        "name": gettext_lazy("氏名（一部）"),
        "phase": gettext_lazy("段階"),
        "progress": gettext_lazy("進捗"),
        "since": gettext_lazy("最後の処理"),
        "waited": gettext_lazy("待ち日数"),
        "place": gettext_lazy("場所"),
        "delivery_place": gettext_lazy("交付場所"),
        "notice": gettext_lazy("通知"),
        "sent": gettext_lazy("通知の発送"),
        "deadline": gettext_lazy("受取期限"),
        "visit": gettext_lazy("来庁"),
        "booked": gettext_lazy("予約"),
        "holds": gettext_lazy("停止"),
        "charge": gettext_lazy("担当者"),
        "terminal": gettext_lazy("統合端末"),
        "disposal": gettext_lazy("廃棄"),
        "expires": gettext_lazy("有効期限"),
    }
)
USUAL_COLUMNS = ("serial", "name", "phase", "waited", "place", "notice", "deadline", "booked", "holds", "charge")
ORDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"waited": ("since", "id"), "number": ("serial",), "deadline": ("notice_deadline", "id"), "expires": ("expires", "id")}
)
ORDER_OF_COLUMN = MappingProxyType(
    {"serial": "number", "since": "waited", "waited": "waited", "deadline": "deadline", "expires": "expires"}
)
_NOT_SHOWN = gettext_lazy("（示しません）")
# A card that is being made again has none until the next list.
_NOT_NUMBERED = gettext_lazy("（番号なし）")
_LONGEST_WAIT = 9999


class Whose(card_rules.Labelled):
    """Whose cards a list shows, of those that somebody has taken."""

    OWN = "own", "自分"
    SECTION = "section", "窓口（自分の係）"
    NOBODY = "nobody", "担当なし"


class QueueForm(forms.Form):
    """The filters, from the address. A value that makes no sense is left aside: an old bookmark still opens."""

    queue = forms.ChoiceField(label=gettext_lazy("作業"), required=False)
    place = forms.ChoiceField(label=gettext_lazy("場所"), required=False)
    progress = forms.ChoiceField(label=gettext_lazy("進捗"), required=False)
    notice = forms.ChoiceField(label=gettext_lazy("通知"), required=False)
    visit = forms.ChoiceField(label=gettext_lazy("来庁"), required=False)
    terminal = forms.ChoiceField(label=gettext_lazy("統合端末"), required=False)
    hold = forms.ChoiceField(label=gettext_lazy("停止"), required=False)
    phase = forms.ChoiceField(label=gettext_lazy("段階"), required=False)
    charge = forms.ChoiceField(label=gettext_lazy("担当者"), required=False)
    waited = forms.IntegerField(
        label=gettext_lazy("待ち日数（以上）"),
        required=False,
        min_value=0,
        max_value=_LONGEST_WAIT,
        widget=forms.NumberInput({"class": "width-4"}),
    )
    waited_most = forms.IntegerField(
        label=gettext_lazy("待ち日数（以下）"),
        required=False,
        min_value=0,
        max_value=_LONGEST_WAIT,
        widget=forms.NumberInput({"class": "width-4"}),
    )
    size = forms.ChoiceField(label=gettext_lazy("1ページの件数"), required=False)

    def __init__(self, values: QueryDict, places: Mapping[str, str]) -> None:
        super().__init__(values, auto_id="queue_%s")
        self._offer("queue", [("", gettext_lazy("すべて（終わったカードのほか）")), *((queue.value, queue.label) for queue in Queue)])
        self._offer("place", [("", gettext_lazy("すべて")), *places.items()])
        for name, axis in (("progress", card_rules.Progress), ("notice", card_rules.Notice), ("visit", card_rules.Visit)):
            self._offer_axis(name, axis)
        self._offer_axis("terminal", card_rules.Terminal)
        self._offer_axis("hold", card_rules.HoldKind)
        self._offer_axis("phase", card_rules.Phase)
        self._offer("charge", [("", gettext_lazy("全体")), *((one.value, one.label) for one in Whose)])
        self._offer("size", [(str(size), str(size)) for size in SIZES])
        if self.errors:
            # Left aside also in what is shown, or the page would speak of a fault that nobody made.
            sensible = values.copy()
            for name in self.errors:
                sensible.pop(name, None)
            self.data = sensible
            self.full_clean()

    def _offer_axis(self, name: str, values: type[card_rules.Labelled]) -> None:
        self._offer(name, [("", gettext_lazy("すべて")), *((value.value, value.label) for value in values)])

    def _offer(self, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


FILTERS = tuple(QueueForm.base_fields)


@dataclass(frozen=True)
class Wanted:
    """What an address asks for."""

    queue: Queue | None = None
    place: str = ""
    axes: tuple[tuple[str, str], ...] = ()
    hold: str = ""
    phase: card_rules.Phase | None = None
    whose: Whose | None = None
    staff: Staff | None = None
    waited: int = 0
    waited_most: int | None = None
    order: str = "waited"
    descending: bool = False
    size: int = SIZES[0]

    @property
    def is_narrowed(self) -> bool:
        """Tell whether more is asked for than a queue and a phase."""
        return bool(self.place or self.axes or self.hold or self.whose or self.waited) or self.waited_most is not None

    @classmethod
    def of(cls, values: QueryDict, form: QueueForm, staff: Staff) -> "Wanted":
        """Read an address as `staff` means it; unknown words in it are left aside."""
        form.is_valid()
        known, order = form.cleaned_data, values.get("order", "")
        return cls(
            queue=Queue(known["queue"]) if known.get("queue") else None,
            place=known.get("place", ""),
            axes=tuple((name, known[name]) for name in ("progress", "notice", "visit", "terminal") if known.get(name)),
            hold=known.get("hold", ""),
            phase=card_rules.Phase(known["phase"]) if known.get("phase") else None,
            whose=Whose(known["charge"]) if known.get("charge") else None,
            staff=staff,
            waited=known.get("waited") or 0,
            waited_most=known.get("waited_most"),
            order=order.removeprefix("-") if order.removeprefix("-") in ORDERS else "waited",
            descending=order.startswith("-"),
            size=int(known.get("size") or SIZES[0]),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One card of a list with all that its cells need."""

    card: Card
    facts: card_rules.CardFacts
    visit: BookedVisit | None
    since: dt.date
    charge: Charge | None = None

    @property
    def hides_place(self) -> bool:
        """Tell whether the card must not stand on a list that shows where it is."""
        return bool(card_rules.blocking_holds(self.facts.holds, card_rules.Effect.PLACE_LIST))

    def cell(self, column: str) -> str:
        """Return what stands in a column, as text."""
        return str(_CELLS[column](self))


def _place(row: Row) -> str:
    if row.hides_place:
        return str(_NOT_SHOWN)
    kind = row.facts.place_kind.label
    return kind if row.card.site is None else f"{kind} {row.card.site.name}"


def _delivery_place(row: Row) -> str:
    if row.hides_place:
        return str(_NOT_SHOWN)
    return row.card.delivery_place.name if row.card.delivery_place else ""


def _booked(row: Row) -> str:
    visit = row.visit
    return f"{visit.day.isoformat()} {visit.start:%H:%M}" if visit else ""


def _day(value: dt.date | None) -> str:
    return value.isoformat() if value else ""


_CELLS: Mapping[str, Callable[[Row], str | int]] = MappingProxyType(
    {
        "serial": lambda row: row.card.shown_serial or str(_NOT_NUMBERED),
        "name": lambda row: masking.masked(row.card.name),
        "phase": lambda row: card_rules.phase(row.facts).label,
        "progress": lambda row: row.facts.progress.label,
        "since": lambda row: _day(row.since),
        "waited": lambda row: (clock.today() - row.since).days,
        "place": _place,
        "delivery_place": _delivery_place,
        "notice": lambda row: row.facts.notice.label,
        "sent": lambda row: _day(row.card.notice_sent_on),
        "deadline": lambda row: _day(row.card.notice_deadline),
        "visit": lambda row: row.facts.visit.label,
        "booked": _booked,
        "holds": lambda row: "、".join(sorted(kind.label for kind in row.facts.holds)),
        "charge": lambda row: row.charge.staff.name if row.charge else "",
        "terminal": lambda row: row.facts.terminal.label,
        "disposal": lambda row: row.facts.disposal.label,
        "expires": lambda row: _day(row.card.expires),
    }
)


class CountedPages(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Pages of a list whose length is known already, from the standings; narrowed lists are counted."""

    def __init__(self, wanted: "Wanted", found: Sequence[Standing], allowed: Collection[str] | None) -> None:
        super().__init__(chosen(wanted, found, allowed), wanted.size)
        self._known = None if wanted.is_narrowed else queries.number_in(wanted.queue, found, wanted.phase)

    @cached_property
    def count(self) -> int:
        """The number of cards."""
        return self.object_list.count() if self._known is None else self._known  # type: ignore[attr-defined]  # a query set


def cards_of(page: Page) -> list[Card]:  # type: ignore[type-arg]  # not generic at run time
    """Return the cards of a page in their order: the numbers are put in order first, so that no more than a page is read whole."""
    pks = list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]  # a query set
    found = {card.pk: card for card in queries.with_waiting(Card.objects.filter(pk__in=pks))}
    return [found[pk] for pk in pks if pk in found]


def chosen(wanted: Wanted, found: Sequence[Standing], allowed: Collection[str] | None) -> "QuerySet[Card]":
    """Return the cards that `wanted` asks for, in its order, within a person's places (None: all).

    A list of one place leaves out the cards whose place may not be told: that they stand on it would tell it.
    """
    cards = queries.with_waiting(queries.cards_in(wanted.queue, found, allowed, wanted.phase)).filter(**dict(wanted.axes))
    if wanted.place:
        stopping = [kind.value for kind, effects in card_rules.STOPS.items() if card_rules.Effect.PLACE_LIST in effects]
        hidden = Hold.objects.filter(card_id=OuterRef("pk"), released_at__isnull=True, kind__in=stopping)
        cards = cards.filter(site__code=wanted.place).exclude(Exists(hidden))
    if wanted.hold:
        cards = cards.filter(Exists(Hold.objects.filter(card_id=OuterRef("pk"), released_at__isnull=True, kind=wanted.hold)))
    if wanted.whose:
        cards = _of(wanted.whose, cards, wanted.staff)
    if wanted.waited:
        cards = cards.filter(Q(("since__lte", clock.today() - dt.timedelta(days=wanted.waited))))  # annotated
    if wanted.waited_most is not None:
        cards = cards.filter(Q(("since__gte", clock.today() - dt.timedelta(days=wanted.waited_most))))
    order = ORDERS[wanted.order]
    return cards.order_by(*(f"-{name}" for name in order)) if wanted.descending else cards.order_by(*order)


def _of(whose: Whose, cards: "QuerySet[Card]", staff: Staff | None) -> "QuerySet[Card]":
    taken = standing().filter(card_id=OuterRef("pk"))
    if whose is Whose.NOBODY:
        return cards.exclude(Exists(taken))
    if staff is None:
        return cards.none()
    return cards.filter(Exists(taken.filter(staff=staff) if whose is Whose.OWN else taken.filter(staff__section=staff.section_id)))


def rows(cards: Sequence[Card]) -> list[Row]:
    """Return the rows of fetched cards. Three statements, whatever their number."""
    pks = [card.pk for card in cards]
    holds, visits, charges = open_holds_of(pks), queries.next_visits(pks), charges_of(pks)
    return [
        Row(card, card.facts(holds.get(card.pk, frozenset())), visits.get(card.pk), card.since, charges.get(card.pk))  # type: ignore[attr-defined]  # annotated
        for card in cards
    ]
