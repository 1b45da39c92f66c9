"""Reads of changes: rows to settle, decisions due, and the cards whose time has run out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.changes import rules
from madoguchi.delivery.changes.models import ChangeList, ListedChange, ProtectionDecision
from madoguchi.delivery.dispatch.models import BatchState, Sheet
from madoguchi.delivery.queues.rules import needs_second_person
from madoguchi.kernel.working_days import next_working_day
from madoguchi.platform import clock


def newest_headings() -> dict[str, str]:
    """Return the headings of the last list that was read."""
    newest = ChangeList.objects.order_by("-id").first()
    return dict(newest.headings) if newest else {}


def is_mass_change(kept: ChangeList) -> bool:
    """Tell whether a list would stop more of the waiting cards than the municipality's share: a second person looks at it then."""
    stopping = ListedChange.objects.filter(source=kept, outcome=rules.Outcome.HOLD.value).count()
    return needs_second_person(stopping, cards.live_cards().count(), cards.municipality().mass_change_percent)


def to_settle() -> QuerySet[ListedChange]:
    """Return rows of applied lists that somebody has to look at, oldest first."""
    return ListedChange.objects.filter(source__state=ChangeList.State.APPLIED, outcome__in=[one.value for one in rules.TO_SETTLE]).order_by(
        "source", "line"
    )


def sheets_to_pull(card_pks: Sequence[int]) -> list[str]:
    """Return the codes of printed letters of these cards that lie ready and have not been posted: they are taken out of the pile now."""
    lying = Sheet.objects.filter(card_id__in=card_pks, void=False, batch__state=BatchState.CHECKED)
    return list(lying.order_by("code").values_list("code", flat=True))


@dataclass(frozen=True, slots=True)
class Due:
    """A person under protection whose service waits for a decision, or has one."""

    hold: Hold
    due: dt.date
    decision: ProtectionDecision | None

    @property
    def is_late(self) -> bool:
        """Tell whether the three business days are over without a decision."""
        return self.decision is None and self.due < clock.today()


def protected() -> list[Due]:
    """Return the open holds of 支援措置 on cards that are not handed over, undecided ones first. Two statements."""
    ended = [value.value for value in cards.ENDED]
    holds = list(
        Hold.objects.select_related("card")
        .filter(kind=card_rules.HoldKind.PROTECTED.value, released_at__isnull=True)
        .exclude(card__progress__in=ended)
        .order_by("since")
    )
    newest: dict[int, ProtectionDecision] = {}
    for one in ProtectionDecision.objects.filter(hold__in=holds).order_by("id"):
        newest[one.hold_id] = one
    # A decision for another address lasts as long as that address.
    lasting = {hold.pk for hold in holds if hold.letters_until is not None and hold.letters_until >= clock.today()}
    newest = {pk: one for pk, one in newest.items() if one.way != ProtectionDecision.Way.OTHER_ADDRESS or pk in lasting}
    found = [
        Due(hold, rules.decision_due(hold.since.astimezone(clock.TOKYO).date(), next_working_day), newest.get(hold.pk)) for hold in holds
    ]
    return sorted(found, key=lambda due: (due.decision is not None, due.due))


def passed(only: rules.Proposal | None = None) -> list[tuple[Card, rules.Proposal]]:
    """Return the cards whose time has run out with what that calls for, longest first; four statements whatever their number."""
    today = clock.today()
    before = [value.value for value in card_rules.BEFORE_DELIVERY]
    over = [value.value for value in (card_rules.Progress.WITHDRAWN, card_rules.Progress.LAPSED, card_rules.Progress.RETURNED)]
    candidates = list(
        Card.objects.filter(
            Q(progress__in=before) & (Q(expires__lt=today) | Q(notice_deadline__lt=today)) | Q(progress__in=over, disposal="none")
        ).order_by("notice_deadline", "pk")
    )
    holds = cards.open_holds_of([card.pk for card in candidates])
    found, patience = [], cards.municipality().days_of_patience
    for card in candidates:
        one = rules.proposal(card.facts(holds.get(card.pk, frozenset())), _dates(card, today, patience))
        if one and only in {None, one}:
            found.append((card, one))
    return found


def _dates(card: Card, today: dt.date, patience: int) -> rules.Dates:
    return rules.Dates(
        today=today,
        expires=card.expires,
        deadline=card.notice_deadline,
        reminded_on=card.reminded_on,
        applied_on=card.applied_on,
        patience=patience,
    )


def staying_until(day: dt.date) -> QuerySet[ListedChange]:
    """Return rows with a new end of stay up to `day` whose card waits here: the card ends with the stay."""
    newer = ListedChange.objects.filter(card=OuterRef("card"), kind=rules.ChangeKind.STAY.value, pk__gt=OuterRef("pk"))
    return (
        ListedChange.objects.select_related("card")
        .filter(source__state=ChangeList.State.APPLIED, outcome=rules.Outcome.LATER.value, until__lte=day)
        .exclude(card__progress__in=[value.value for value in cards.ENDED])
        .exclude(Exists(newer))
        .order_by("until")
    )
