"""Who had a card, from when until when: read from its events, without a gap because each period ends where the next begins."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card, CardEvent


@dataclass(frozen=True, slots=True)
class Period:
    """One custodian at one place; `until` is None while it lasts. `by` entered it, `reason` says why where somebody wrote it."""

    since: dt.datetime
    until: dt.datetime | None
    kind: rules.PlaceKind
    where: str
    custodian: str
    act: str = ""
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AtCounter:
    """A card out of its safe: whose hands it is in and since when."""

    card: Card
    since: dt.datetime | None


def chain_of(card: Card, site_names: dict[str, str]) -> list[Period]:
    """Return the periods of a card, oldest first; the first begins as it enters the register. One statement."""
    moves = list(CardEvent.objects.filter(card=card, axis="place_kind").order_by("id"))
    ends = [*(event.at for event in moves), None]
    periods = [Period(card.registered_at, ends[0], rules.PlaceKind.NOT_ARRIVED, "", "J-LIS")]
    site, to = "", ""
    for event, until in zip(moves, ends[1:], strict=True):
        detail, kind = event.detail, rules.PlaceKind(event.after)
        if event.before == rules.PlaceKind.TRANSFER and kind is rules.PlaceKind.STORED:
            site = to or site
        site, to = str(detail.get("site", site)), str(detail.get("transfer_to", ""))
        periods.append(
            Period(
                event.at,
                until,
                kind,
                _where(kind, site_names.get(site, site), site_names.get(to, to), detail),
                str(detail.get("custodian", "")) or event.user_id,
                _ACTS.get(event.act, event.act),
                event.user_name or event.user_id,
                event.reason,
            )
        )
    return periods


_ACTS = {**{act.code: act.name for act in rules.ACTS}, **{code: name for code, name, _target in rules.ENTRIES}}


def _where(kind: rules.PlaceKind, site: str, to: str, detail: dict[str, object]) -> str:
    if kind is rules.PlaceKind.TRANSFER:
        return f"{site} → {to}"
    if kind in {rules.PlaceKind.STORED, rules.PlaceKind.COUNTER, rules.PlaceKind.MISSING, rules.PlaceKind.BAG}:
        return " ".join(part for part in (site, *(str(detail.get(name, "")) for name in ("safe", "box", "slot"))) if part)
    return ""


def is_whole(card: Card, chain: Sequence[Period]) -> bool:
    """Tell whether the chain ends where the register has the card: it does unless somebody wrote past the register's services."""
    last = chain[-1]
    return last.kind == card.place_kind and (last.custodian == card.custodian or len(chain) == 1)


def at_counter(custodian: str | None, sites: Iterable[str] | None) -> tuple[list[AtCounter], int]:
    """Return the cards out of their safes (of one custodian, or of all), oldest first, and how many more may stand on no list.

    Three statements, whatever the number.
    """
    out = Card.objects.select_related("site").filter(place_kind=rules.PlaceKind.COUNTER.value)
    if custodian is not None:
        out = out.filter(custodian=custodian)
    if sites is not None:
        out = out.filter(site__code__in=list(sites))
    found = list(out.order_by("id"))
    held = cards.open_holds_of([card.pk for card in found])
    listed = [card for card in found if not rules.blocking_holds(held.get(card.pk, frozenset()), rules.Effect.PLACE_LIST)]
    events = CardEvent.objects.filter(card_id__in=[card.pk for card in listed], axis="place_kind", after=rules.PlaceKind.COUNTER.value)
    since = dict(events.order_by("id").values_list("card_id", "at"))
    rows = [AtCounter(card, since.get(card.pk)) for card in listed]
    rows.sort(key=lambda row: row.since.timestamp() if row.since else 0.0)
    return rows, len(found) - len(listed)
