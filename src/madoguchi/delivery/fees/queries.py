"""Reads of the books of fees."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from madoguchi.delivery.fees.models import Drawer, DrawerDay, Entry, NumberSeries, OwedBack, OwnAmount
from madoguchi.delivery.fees.rules import EntryKind, Method, fiscal_year
from madoguchi.kernel.fees import Amount, Charge, Reason, amounts_on, charge
from madoguchi.platform import clock


def own_amounts() -> list[Amount]:
    """Return the municipality's own rows in the order in which they were made."""
    return [row.as_amount() for row in OwnAmount.objects.all()]


def charge_for(reason: Reason, day: dt.date, *, certificates: bool) -> Charge:
    """Return what is due for `reason` on `day`; raises KeyError when an item has no amount then."""
    return charge(reason, day, certificates=certificates, own=own_amounts())


def amounts(day: dt.date) -> dict[str, Amount]:
    """Return what each item costs on `day`."""
    return amounts_on(day, own_amounts())


def shown_number(entry: Entry) -> str:
    """Return the running number as receipts and lists show it."""
    return f"{entry.year}-{entry.number:06d}"


def reversal_of(entry: Entry) -> Entry | None:
    """Return what took a payment back, None while it stands."""
    return Entry.objects.filter(reverses=entry).first()


def live_payment(subject: str) -> Entry | None:
    """Return the payment of a visit that was not taken back."""
    return Entry.objects.filter(subject=subject, kind=EntryKind.PAYMENT, reversed_by__isnull=True).first()


def owed_back(until: dt.date | None = None) -> QuerySet[OwedBack]:
    """Return the payments that are still to be given back, oldest first; with `until` those that were open at the end of that day."""
    items = OwedBack.objects.select_related("entry__drawer_day__drawer").order_by("at", "pk")
    if until is None:
        return items.filter(entry__reversed_by__isnull=True)
    given_later = Q(entry__reversed_by__isnull=True) | Q(entry__reversed_by__taken_on__gt=until)
    return items.filter(given_later, at__date__lte=until)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the books say of a period: the payments that were not taken back in it, and what is left of the money."""

    payments: int
    yen: int


def taken(first: dt.date, last: dt.date, places: Collection[str] | None = None) -> Taken:
    """Return what was taken from `first` to `last`, at drawers of `places` (codes; None: everywhere). One statement."""
    entries = Entry.objects.filter(taken_on__range=(first, last))
    if places is not None:
        entries = entries.filter(drawer_day__drawer__place__code__in=places)
    sums = entries.order_by().aggregate(
        paid=Count("pk", filter=Q(kind=EntryKind.PAYMENT)), back=Count("pk", filter=~Q(kind=EntryKind.PAYMENT)), yen=Sum("yen")
    )
    return Taken(sums["paid"] - sums["back"], sums["yen"] or 0)


def kept_of(subject: str) -> Subquery:
    """Return what is left of the payments of a row whose column `subject` names it in these books, for a statement of another room."""
    entries = Entry.objects.filter(subject=OuterRef(subject)).order_by().values("subject")
    return Subquery(entries.annotate(kept=Sum("yen")).values("kept"))


def open_days(today: dt.date | None = None) -> list[DrawerDay]:
    """Return the drawers into which may be paid today."""
    day = today or clock.today()
    return list(DrawerDay.objects.select_related("drawer").filter(state="open", day=day).order_by("drawer__place__code", "drawer__code"))


def drawers() -> QuerySet[Drawer]:
    """Return every drawer, with its place."""
    return Drawer.objects.select_related("place")


def days_on(day: dt.date) -> QuerySet[DrawerDay]:
    """Return the days of all drawers on `day`, and those that are still open from before."""
    return DrawerDay.objects.select_related("drawer", "drawer__place").filter(day=day).order_by("drawer__place__code", "drawer__code")


def left_open(day: dt.date) -> QuerySet[DrawerDay]:
    """Return the days before `day` that nobody closed."""
    return DrawerDay.objects.select_related("drawer").filter(state="open", day__lt=day).order_by("day")


def ledger(day: dt.date) -> QuerySet[Entry]:
    """Return every entry of a day in the order of its numbers, with its drawer and what it takes back."""
    rows = Entry.objects.select_related("drawer_day__drawer", "reverses", "reversed_by")
    return rows.filter(taken_on=day).order_by("year", "number")


@dataclass(frozen=True, slots=True)
class DrawerTotals:
    """One drawer's day in figures; `rest` is zero by the books: opening + cash + difference − counted."""

    day: DrawerDay
    payments: int
    taken_back: int
    cash: int
    cashless: int

    @property
    def expected(self) -> int:
        """The cash that should lie in the drawer."""
        return self.day.opening_yen + self.cash

    @property
    def rest(self) -> int:
        """What is left when everything is set off; a closed day has zero."""
        return (
            self.expected + (self.day.cash_difference or 0) - (self.day.counted_yen if self.day.counted_yen is not None else self.expected)
        )


@dataclass(frozen=True, slots=True)
class DayReport:
    """手数料日計表: drawers with totals, ledger, whether no number of the fiscal year is missing, and what is to be given back."""

    day: dt.date
    drawers: Sequence[DrawerTotals]
    entries: Sequence[Entry]
    numbers_are_whole: bool
    owed_back: Sequence[OwedBack] = ()

    @property
    def cash(self) -> int:
        """The cash of all drawers."""
        return sum(one.cash for one in self.drawers)

    @property
    def cashless(self) -> int:
        """The cashless payments of all drawers."""
        return sum(one.cashless for one in self.drawers)

    @property
    def balance(self) -> int:
        """The ledger minus the drawers, and what the drawers leave over: zero when the books balance."""
        return sum(entry.yen for entry in self.entries) - self.cash - self.cashless + sum(one.rest for one in self.drawers)

    @property
    def all_closed(self) -> bool:
        """Tell whether every drawer of the day was closed."""
        return all(one.day.state == "closed" for one in self.drawers)


def totals(day: DrawerDay, entries: Sequence[Entry]) -> DrawerTotals:
    """Add up the entries of one drawer's day."""
    return DrawerTotals(
        day,
        sum(entry.kind == EntryKind.PAYMENT for entry in entries),
        sum(entry.kind != EntryKind.PAYMENT for entry in entries),
        sum(entry.yen for entry in entries if entry.method == Method.CASH),
        sum(entry.yen for entry in entries if entry.method == Method.CASHLESS),
    )


def report(day: dt.date) -> DayReport:
    """Return the report of a day, in a number of statements that does not grow with it."""
    entries = list(ledger(day))
    drawers_of_day = [totals(one, [entry for entry in entries if entry.drawer_day_id == one.pk]) for one in days_on(day)]
    return DayReport(day, drawers_of_day, entries, series_is_whole(fiscal_year(day)), list(owed_back(day)))


def series_is_whole(year: int) -> bool:
    """Tell whether every number of a fiscal year up to the last stands in the ledger."""
    last = NumberSeries.objects.filter(year=year).values_list("last", flat=True).first() or 0
    return Entry.objects.filter(year=year).count() == last
