"""Reads of the reconciliation. Differences are asked of the database by the pairs of values that the rules name."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.cards.rules import Progress, Terminal
from madoguchi.delivery.reconciliation import rules
from madoguchi.delivery.reconciliation.models import Explanation, ReconciledDay, TerminalList, TerminalRow
from madoguchi.platform import clock

_EXPLAINED = Exists(Explanation.objects.filter(card=OuterRef("pk"), progress=OuterRef("progress"), terminal=OuterRef("terminal")))


def differences(only: rules.Difference | None = None) -> QuerySet[Card]:
    """Return the cards whose two sides differ, oldest first, with `changed_at` (our last step), `since` and `is_explained`.

    A list that is older than our last step says nothing about it: such a card is not yet a difference.
    """
    wanted = Q(pk__in=[])
    for one, pairs in rules.pairs().items():
        if only in {None, one}:
            for progress, terminal in pairs:
                wanted |= Q(progress=progress.value, terminal=terminal.value)
    last_step = CardEvent.objects.filter(card=OuterRef("pk"), axis="progress").order_by("-id").values("at")[:1]
    since = CardEvent.objects.filter(card=OuterRef("pk"), axis__in=["progress", "terminal"]).order_by("-id").values("at")[:1]
    return (
        Card.objects.filter(wanted)
        .annotate(changed_at=Subquery(last_step), since=Subquery(since), is_explained=_EXPLAINED)
        .filter(Q(changed_at__isnull=True) | Q(terminal_seen_at__gt=F("changed_at")))
        .order_by("since", "pk")
    )


def unexplained() -> int:
    """Return how many differences nobody has explained. One statement."""
    return differences().filter(~_EXPLAINED).count()


def counts() -> dict[rules.Difference, int]:
    """Return how many differences of each kind there are, zeros included. One statement."""
    found = dict.fromkeys(rules.Difference, 0)
    rows = differences().order_by().values_list("progress", "terminal").annotate(number=Count("pk"))
    for progress, terminal, number in rows:
        one = rules.difference(Progress(progress), Terminal(terminal))
        if one:
            found[one] += number
    return found


def unconfirmed() -> QuerySet[Card]:
    """Return the cards handed over here that no list of the terminal has confirmed, oldest first (交付済(未照合))."""
    states = [state.value for state in rules.UNCONFIRMED_STATES]
    return Card.objects.filter(progress=Progress.DELIVERED.value, terminal__in=states).order_by("delivered_on", "pk")


def explanations_of(card_pk: int) -> QuerySet[Explanation]:
    """Return what was said about the differences of a card, newest first."""
    return Explanation.objects.filter(card_id=card_pk).order_by("-id")


def unknown_rows() -> QuerySet[TerminalRow]:
    """Return rows of applied lists that name no card of the register and that nobody has explained."""
    return TerminalRow.objects.filter(card__isnull=True, note="", source__state=TerminalList.State.APPLIED).order_by("source", "line")


def changing_rows(kept: TerminalList) -> QuerySet[TerminalRow]:
    """Return the rows of a waiting list that would show their card in another state than now, with the card, by line."""
    is_news = Q(card__terminal_seen_at__isnull=True) | Q(card__terminal_seen_at__lte=F("at"))
    rows = TerminalRow.objects.filter(source=kept, card__isnull=False).filter(is_news).exclude(state=F("card__terminal"))
    return rows.select_related("card").order_by("line")


def unknown_rows_of(kept: TerminalList) -> QuerySet[TerminalRow]:
    """Return the rows of a list that name no card of the register, by line."""
    return TerminalRow.objects.filter(source=kept, card__isnull=True).order_by("line")


def waiting_for_approval() -> QuerySet[TerminalList]:
    """Return the lists that would change cards and that nobody has applied or thrown away."""
    return TerminalList.objects.filter(state=TerminalList.State.CHECKED, changing__gt=0).order_by("pk")


def lists_of(day: dt.date) -> int:
    """Return how many lists that show the terminal on `day` were applied."""
    start = dt.datetime.combine(day, dt.time(), clock.TOKYO)
    return TerminalList.objects.filter(state=TerminalList.State.APPLIED, as_of__gte=start, as_of__lt=start + dt.timedelta(days=1)).count()


def newest_headings() -> dict[str, str]:
    """Return the headings of the last list that was read: the municipality's terminal writes the same ones again."""
    newest = TerminalList.objects.order_by("-id").first()
    return dict(newest.headings) if newest else {}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the books of a day stand."""

    lists: int
    unexplained: int
    explained: int
    unknown: int
    unconfirmed: int
    delivered: int
    is_signed: bool

    @property
    def why_not_signed(self) -> str | None:
        """Return why the day cannot be signed, None when it can."""
        return rules.why_not_signed(has_list=bool(self.lists), unexplained=self.unexplained, unknown=self.unknown, is_signed=self.is_signed)


def standing(day: dt.date) -> Standing:
    """Return how the books of `day` stand. Six statements, whatever the number of cards."""
    found = differences().aggregate(all=Count("pk"), explained=Count("pk", filter=Q(is_explained=True)))
    return Standing(
        lists=lists_of(day),
        unexplained=found["all"] - found["explained"],
        explained=found["explained"],
        unknown=unknown_rows().count(),
        unconfirmed=unconfirmed().count(),
        delivered=Card.objects.filter(delivered_on=day).count(),
        is_signed=ReconciledDay.objects.filter(day=day).exists(),
    )


def last_seen() -> dt.datetime | None:
    """Return when the terminal was last seen in an applied list."""
    seen: dt.datetime | None = TerminalList.objects.filter(state=TerminalList.State.APPLIED).aggregate(seen=Max("as_of"))["seen"]
    return seen
