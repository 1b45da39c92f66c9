"""The booking list: its filters, columns and order as they stand in its address, and the rows that they choose (BS-03).

Whatever the number of rows, a page of the list costs the same few statements (P-13). No number of a person ever stands in the address:
people are looked up by number on a page of its own, which posts.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.booking.calendar.models import Place, VisitKind
from madoguchi.booking.reservations.models import Attendee, Booking, State
from madoguchi.booking.reservations.rules import REQUESTS
from madoguchi.platform import clock
from madoguchi.platform.ui.forms import DayField

SIZES = (50, 100, 200)
_ISO = "%Y-%m-%d"
# Mere and ended holds are nobody's booking.
LISTED_STATES = (State.CONFIRMED, State.ARRIVED, State.DONE, State.REFUSED, State.NO_SHOW, State.CANCELLED)

COLUMNS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "day": gettext_lazy("日"),
        "time": gettext_lazy("時刻"),
        "place": gettext_lazy("場所"),
        "number": gettext_lazy("予約番号"),
        "serial": gettext_lazy("予約用ID"),
        "kind": gettext_lazy("区分"),
        "people": gettext_lazy("人数"),
        "state": gettext_lazy("状態"),
        "requests": gettext_lazy("お手伝い"),
        "source": gettext_lazy("受付"),
        "mail": gettext_lazy("メール"),
        "language": gettext_lazy("言語"),
        "booked": gettext_lazy("受付日時"),
    }
)
USUAL_COLUMNS = ("day", "time", "place", "number", "serial", "kind", "people", "state", "requests", "source")
# The number leads to the booking: a row without it would be a dead end.
FIXED_COLUMN = "number"

ORDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "time": ("slot__day", "slot__start", "slot__place__position", "number"),
        "place": ("slot__place__position", "slot__place__code", "slot__day", "slot__start", "number"),
        "number": ("number",),
        "state": ("state", "slot__day", "slot__start", "number"),
        "source": ("source", "slot__day", "slot__start", "number"),
        "booked": ("created_at", "number"),
    }
)
ORDER_OF_COLUMN = MappingProxyType(
    {"day": "time", "time": "time", "place": "place", "number": "number", "state": "state", "source": "source", "booked": "booked"}
)


class ListForm(forms.Form):
    """The filters of the list, from its address. A value that makes no sense is left aside: an old bookmark still opens."""

    day_from = DayField(label=gettext_lazy("はじめの日"), required=False, widget=forms.DateInput({"type": "date"}, format=_ISO))
    day_until = DayField(label=gettext_lazy("終わりの日"), required=False, widget=forms.DateInput({"type": "date"}, format=_ISO))
    place = forms.ChoiceField(label=gettext_lazy("場所"), required=False)
    state = forms.MultipleChoiceField(label=gettext_lazy("状態"), required=False, widget=forms.CheckboxSelectMultiple)
    source = forms.ChoiceField(label=gettext_lazy("受付"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("区分"), required=False)
    request = forms.ChoiceField(label=gettext_lazy("お手伝い"), required=False)
    mail = forms.ChoiceField(label=gettext_lazy("メール"), required=False)
    column = forms.MultipleChoiceField(label=gettext_lazy("列"), required=False, widget=forms.CheckboxSelectMultiple)
    size = forms.ChoiceField(label=gettext_lazy("1ページの件数"), required=False)

    def __init__(self, values: QueryDict, places: Sequence[Place], kinds: Iterable[VisitKind] = ()) -> None:
        super().__init__(values, auto_id="list_%s")
        anything = ("", gettext_lazy("すべて"))
        self._offer("place", [anything, *((place.code, place.name) for place in places)])
        self._offer("kind", [anything, *((kind.code, kind.name) for kind in kinds)])
        self._offer("state", [(state.value, str(state.label)) for state in LISTED_STATES])
        self._offer("source", [anything, *Booking.Source.choices])
        self._offer("request", [anything, ("any", gettext_lazy("何かある")), *REQUESTS.items()])
        self._offer("mail", [anything, ("yes", gettext_lazy("登録あり")), ("no", gettext_lazy("登録なし"))])
        self._offer("column", [(code, words) for code, words in COLUMNS.items() if code != FIXED_COLUMN])
        self._offer("size", [(str(size), str(size)) for size in SIZES])

    def _offer(self, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@dataclass(frozen=True)
class Wanted:
    """What an address asks of the list; unknown words in it are left aside."""

    day_from: dt.date
    day_until: dt.date
    place: str = ""
    states: tuple[str, ...] = ()
    source: str = ""
    kind: str = ""
    request: str = ""
    mail: str = ""
    columns: tuple[str, ...] = USUAL_COLUMNS
    order: str = "time"
    descending: bool = False
    size: int = SIZES[0]

    @classmethod
    def of(cls, values: QueryDict, form: ListForm) -> "Wanted":
        """Read an address; without days it asks for today."""
        form.is_valid()
        known = form.cleaned_data
        one_day = _day(values.get("day", ""))
        first = one_day or known.get("day_from") or known.get("day_until") or clock.today()
        last = one_day or known.get("day_until") or known.get("day_from") or clock.today()
        order = values.get("order", "")
        columns = tuple(code for code in COLUMNS if code == FIXED_COLUMN or code in known.get("column", ()))
        return cls(
            day_from=min(first, last),
            day_until=max(first, last),
            place=known.get("place", ""),
            states=tuple(known.get("state", ())),
            source=known.get("source", ""),
            kind=known.get("kind", ""),
            request=known.get("request", ""),
            mail=known.get("mail", ""),
            columns=columns if len(columns) > 1 else USUAL_COLUMNS,
            order=order.removeprefix("-") if order.removeprefix("-") in ORDERS else "time",
            descending=order.startswith("-"),
            size=int(known.get("size") or SIZES[0]),
        )

    @property
    def is_one_day(self) -> bool:
        """Tell whether the list is that of a single day."""
        return self.day_from == self.day_until


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text) if len(text) == len("2026-12-03") else None
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2999 else None


@dataclass(frozen=True, slots=True)
class ListedBooking:
    """One booking as lists, boards and files show it: numbers, never a name."""

    booking: Booking
    serials: tuple[str, ...]

    @property
    def state(self) -> State:
        return State(self.booking.state)

    @property
    def people(self) -> int:
        return self.booking.people

    @property
    def requests(self) -> str:
        return "、".join(str(REQUESTS.get(code, code)) for code in self.booking.requests)

    def cell(self, column: str) -> str:
        """Return what stands in a column, for files and printed lists."""
        return _CELLS[column](self)


# What stands in each column, as text.
_CELLS: Mapping[str, Callable[[ListedBooking], str]] = MappingProxyType(
    {
        "day": lambda row: date_format(row.booking.slot.day, "Y-m-d（D）"),
        "time": lambda row: f"{_clock(row.booking.slot.start)}～{_clock(row.booking.slot.end)}",
        "place": lambda row: row.booking.slot.place.name,
        "number": lambda row: row.booking.number,
        "serial": lambda row: " ".join(row.serials),
        "kind": lambda row: row.booking.kind.name,
        "people": lambda row: str(row.people),
        "state": lambda row: str(row.state.label),
        "requests": lambda row: row.requests,
        "source": lambda row: row.booking.get_source_display(),
        "mail": lambda row: _("あり") if row.booking.email else _("なし"),
        "language": lambda row: row.booking.language,
        "booked": lambda row: date_format(timezone.localtime(row.booking.created_at), "Y-m-d H:i"),
    }
)


def _clock(time: dt.time) -> str:
    return f"{time.hour}:{time:%M}"


def chosen(wanted: Wanted, allowed: frozenset[str] | None) -> QuerySet[Booking]:
    """Return the bookings that `wanted` asks for within a person's places (None: all)."""
    found = Booking.objects.filter(slot__day__range=(wanted.day_from, wanted.day_until))
    found = found.filter(state__in=wanted.states or LISTED_STATES)
    if allowed is not None:
        found = found.filter(slot__place__code__in=allowed)
    if wanted.place:
        found = found.filter(slot__place__code=wanted.place)
    if wanted.source:
        found = found.filter(source=wanted.source)
    if wanted.kind:
        found = found.filter(kind__code=wanted.kind)
    if wanted.request == "any":
        found = found.exclude(requests=[])
    elif wanted.request:
        found = found.filter(requests__contains=[wanted.request])
    if wanted.mail:
        found = found.exclude(email="") if wanted.mail == "yes" else found.filter(email="")
    return found


def in_order(found: QuerySet[Booking], wanted: Wanted) -> QuerySet[Booking]:
    """Return bookings in the order of the address, with all that a row shows: two statements whatever their number."""
    order = ORDERS[wanted.order]
    people = Prefetch("attendees", Attendee.objects.filter(left=False).select_related("credential").order_by("pk"))
    ordered = found.order_by(*(f"-{name}" for name in order)) if wanted.descending else found.order_by(*order)
    return ordered.select_related("slot__place", "kind").prefetch_related(people)


def listed(booking: Booking) -> ListedBooking:
    """Return a row for a booking whose people were fetched with it."""
    return ListedBooking(booking, tuple(person.credential.serial for person in booking.attendees.all()))


def rows(found: QuerySet[Booking], wanted: Wanted) -> list[ListedBooking]:
    """Return every chosen booking, for files and printed lists. Two statements."""
    return [listed(booking) for booking in in_order(found, wanted)]


def page_of(found: QuerySet[Booking], wanted: Wanted, number: str) -> Page[Booking]:
    """Return one page of the list; a number beyond the last gives the last. Three statements."""
    return Paginator(in_order(found, wanted), wanted.size).get_page(number)
