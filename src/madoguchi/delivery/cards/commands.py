"""`madoguchi delivery cards list` and `… show`."""

import argparse

from django.db import transaction

from madoguchi.delivery.cards import audited, queries, rules
from madoguchi.delivery.cards.models import LISTED_COLUMNS, Card
from madoguchi.kernel.tables import write_csv
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.services import record
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Outcome, Progress, Refusal, rows_as_json

OPERATOR = automatic("command-line")
_UNSHOWN = frozenset({"name_raw", "address_raw", "name_key", "kana_key", "address_key", "area_key"})


def list_cards(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """List cards with their numbers and states; names are not on this list (DL-05)."""
    try:
        queries.list_cards(arguments.state)
    except ValueError as error:
        known = ", ".join(value.value for value in rules.Progress)
        raise Refusal(
            Sentence("進捗「{state}」はありません。使えるもの: {known}, all。", state=arguments.state, known=known), {"rows": []}
        ) from error
    with transaction.atomic():
        rows = [dict(row) for row in queries.listing(arguments.state)]
        record(OPERATOR, audited.LIST_CARDS, content={"state": arguments.state or "all", "rows": len(rows)})
    if arguments.format == "json":
        return Outcome({"rows": rows}, rows_as_json(rows))
    pieces = write_csv(([str(value) for value in row.values()] for row in rows), header=list(queries.PROGRESS_COLUMNS), bom=False)
    return Outcome({"rows": rows}, b"".join(pieces).decode().splitlines())


def show_card(arguments: argparse.Namespace, _progress: Progress) -> Outcome:
    """Show all that is kept of one card, and its history; the view is recorded."""
    card = queries.by_any_number(arguments.id)
    if card is None:
        raise Refusal(Sentence("その番号のカードはありません。製造管理番号か申請書IDを確かめてください。"), {"card": None})
    with transaction.atomic():
        record(OPERATOR, audited.VIEW_CARD, subject=f"card:{card.pk}", content={"by": "command"})
        history = [
            {"at": event.at, "act": event.act, "axis": event.axis, "before": event.before, "after": event.after, "by": event.user_id}
            for event in queries.history(card.pk).order_by("id")
        ]
        holds = [hold.kind for hold in queries.holds(card.pk) if hold.released_at is None]
    data = {**_columns(card), "phase": rules.phase(card.facts(frozenset(map(rules.HoldKind, holds)))).value}
    lines = [f"{name}: {value}" for name, value in data.items() if value not in {None, ""}]
    lines += [
        f"{item['at']:%Y-%m-%d %H:%M} {item['act']} {item['axis']} {item['before']} → {item['after']} ({item['by']})" for item in history
    ]
    return Outcome({"card": data, "holds": holds, "history": history}, lines)


def _columns(card: Card) -> dict[str, object]:
    axes = [axis.code for axis in rules.AXES]
    listed = [name for name in LISTED_COLUMNS if name not in _UNSHOWN]
    place = {
        "site": card.site.code if card.site else None,
        "safe": card.safe,
        "box": card.box,
        "slot": card.slot,
        "custodian": card.custodian,
    }
    own = {name: getattr(card, name) for name in ("version", "sleeve_code", "notice_deadline", "arrived_on", "preset_on", "delivered_on")}
    return {"id": card.pk, **{name: getattr(card, name) for name in [*listed, *axes]}, **place, **own}
