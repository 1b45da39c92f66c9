"""Commands of the work queues: filters and columns that people keep, and acts on many cards in four steps: look, confirm, do, take back."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.queues import audited, rules
from madoguchi.delivery.queues.listing import COLUMNS, FILTERS, FIXED_COLUMN
from madoguchi.delivery.queues.models import Bulk, BulkLine, ChosenColumns, SavedFilter
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Progress, Refusal, Silent

MOST_FILTERS = 50
MOST_CARDS = 20_000
_AT_ONCE = 500
_BAR_MINUTES = 10
_LONGEST_QUERY = 500


def query_to_keep(values: QueryDict) -> str:
    """Return the part of an address that a filter keeps: filters and order, not the page."""
    kept = QueryDict(mutable=True)
    for name in (*FILTERS, "order"):
        value = values.get(name)
        if isinstance(value, str) and value:
            kept[name] = value
    return kept.urlencode()


def save_filter(staff: Staff, actor: Actor, name: str, query: str, scope: str) -> SavedFilter:
    """Keep a filter under a name, for its owner, the owner's section or all; the same name of the same person is replaced.

    Raises ValidationError when the name is empty or too long, the filter is no filter, or there are too many.
    """
    made = SavedFilter(owner=staff, section=staff.section, scope=scope, name=name.strip(), made_at=clock.now())
    made.query = query_to_keep(QueryDict(query[: _LONGEST_QUERY * 4]))
    made.clean_fields()
    same = SavedFilter.objects.filter(owner=staff, name=made.name).first()
    if same is None and SavedFilter.objects.filter(owner=staff).count() >= MOST_FILTERS:
        raise ValidationError(_("保存できる条件は%(most)d件までです。使わない条件を消してください。") % {"most": MOST_FILTERS})
    try:
        with transaction.atomic():
            made.pk = same.pk if same else None
            made.save()
            record(actor, audited.FILTER_SAVED, subject=f"filter:{made.pk}", content={"query": made.query, "scope": scope})
    except IntegrityError:
        raise ValidationError(_("同じ名前の条件が、いま保存されました。もう一度押すと置き換えます。")) from None
    return made


@transaction.atomic
def remove_filter(staff: Staff, actor: Actor, pk: int) -> bool:
    """Remove one of a person's own filters. Tells whether there was one."""
    gone, _rows = SavedFilter.objects.filter(pk=pk, owner=staff).delete()
    if gone:
        record(actor, audited.FILTER_REMOVED, subject=f"filter:{pk}")
    return bool(gone)


def choose_columns(staff: Staff, columns: Collection[str]) -> None:
    """Keep the columns that a person wants to see; the number is always among them."""
    kept = [code for code in COLUMNS if code == FIXED_COLUMN or code in columns]
    ChosenColumns.objects.update_or_create(staff=staff, defaults={"columns": kept})


_SOMEBODY_ELSE = "別の職員"


def refusal_for(bulk: rules.BulkAct, card: Card, holds: frozenset[card_rules.HoldKind], actor: Actor, reason: str) -> str | None:
    """Return why `bulk` is not for this card now, as a sentence, or None."""
    if bulk.hold is not None:
        if card.progress not in {value.value for value in card_rules.BEFORE_DELIVERY}:
            return f"進捗が「{card_rules.Progress(card.progress).label}」です。"
        return f"すでに「{bulk.hold.label}」で停止しています。" if bulk.hold in holds else None
    brought = rules.evidence_for(bulk, reason)
    # Whether two people stand behind it is asked for when it is confirmed: what is looked at here is each card.
    evidence = card_rules.Evidence(
        today=clock.today(), actor=actor.user_id, reason=reason, document=str(brought.get("document", "")), second_person=_SOMEBODY_ELSE
    )
    refused = card_rules.refusal(card_rules.ACT_BY_CODE[bulk.act], card.facts(holds), evidence)
    return None if refused is None else str(refused)


@transaction.atomic
def prepare(code: str, reason: str, found: Sequence[Card], actor: Actor) -> Bulk:
    """Look at what an act would do with the `found` cards; nothing is done yet. A constant number of statements.

    Raises Refusal when no card was chosen, or too many.
    """
    if not found:
        raise Refusal("カードが選ばれていません。行を選ぶか、「絞り込み結果すべて」を選んでください。")
    if len(found) > MOST_CARDS:
        raise Refusal(f"一度に操作できるのは {MOST_CARDS:,} 件までです。条件を狭めてください。")
    chosen, holds = rules.BULK_BY_CODE[code], cards.open_holds_of([card.pk for card in found])
    bulk = Bulk.objects.create(act=code, reason=reason, made_by=actor.user_id, made_at=clock.now())
    lines = []
    for card in found:
        why = refusal_for(chosen, card, holds.get(card.pk, frozenset()), actor, reason)
        outcome = BulkLine.Outcome.EXCLUDED if why else BulkLine.Outcome.READY
        lines.append(BulkLine(bulk=bulk, card=card, version=card.version, outcome=outcome, why=(why or "")[:300]))
    BulkLine.objects.bulk_create(lines, batch_size=2000)
    ready = sum(line.outcome == BulkLine.Outcome.READY for line in lines)
    record(actor, audited.BULK_PREPARED, subject=f"bulk:{bulk.pk}", content={"act": code, "ready": ready, "excluded": len(lines) - ready})
    return bulk


@transaction.atomic
def confirm(bulk_pk: int, actor: Actor, *, second: Staff | None = None) -> Bulk:
    """Set an act going that was looked at; only once, and only by who looked. Raises Refusal."""
    changed = Bulk.objects.filter(pk=bulk_pk, state=Bulk.State.PREPARED, made_by=actor.user_id).update(
        state=Bulk.State.STARTED, confirmed_by=second.user_id if second else ""
    )
    if not changed:
        raise Refusal("この操作はすでに始まっているか、ほかの職員が下見したものです。一覧からやり直してください。")
    bulk = Bulk.objects.get(pk=bulk_pk)
    record(actor, audited.BULK_CONFIRMED, subject=f"bulk:{bulk_pk}", content={"act": bulk.act, "second": bulk.confirmed_by})
    return bulk


@transaction.atomic
def carry_out(bulk_pk: int, actor: Actor, progress: Progress | None = None) -> dict[str, int]:
    """Do an act with every card that was ready and that nobody has changed since. Returns how many were done and how many were not.

    Raises Refusal when the act was not confirmed, or is done already.
    """
    progress = progress or Silent()
    bulk = Bulk.objects.select_for_update().get(pk=bulk_pk)
    if bulk.state != Bulk.State.STARTED:
        raise Refusal("この操作は確認されていないか、すでに終わっています。")
    chosen = rules.BULK_BY_CODE[bulk.act]
    done = _go_through(bulk, chosen, BulkLine.Outcome.READY, BulkLine.Outcome.DONE, actor, progress)
    bulk.state, bulk.done_at = Bulk.State.DONE, clock.now()
    bulk.save(update_fields=["state", "done_at"])
    record(actor, audited.BULK_DONE, subject=f"bulk:{bulk.pk}", content={"act": bulk.act, **done}, reason=bulk.reason)
    return done


@transaction.atomic
def undo(bulk_pk: int, actor: Actor) -> dict[str, int]:
    """Take an act back on the cards that nobody has touched since. Raises Refusal when it cannot be taken back."""
    bulk = Bulk.objects.select_for_update().get(pk=bulk_pk)
    chosen = rules.BULK_BY_CODE[bulk.act]
    inverse = chosen.inverse
    if bulk.state != Bulk.State.DONE or inverse is None:
        raise Refusal("この操作は取り消せません。カードを一枚ずつ開いて直してください。")
    if bulk.done_at is None or bulk.done_at.astimezone(clock.TOKYO).date() != clock.today():
        raise Refusal("取り消せるのは操作した日のうちだけです。カードを一枚ずつ開いて直してください。")
    if chosen.hold is not None and actor.user_id == bulk.made_by:
        raise Refusal("停止は、登録した人とは別の職員が取り消します。")
    # The history of each card says that this took something back, and what.
    reason = f"まとめての操作（第{bulk.pk}号）の取消。元の理由: {bulk.reason}"[:500]
    undone = _go_through(bulk, inverse, BulkLine.Outcome.DONE, BulkLine.Outcome.UNDONE, actor, Silent(), reason)
    bulk.state, bulk.undone_by, bulk.undone_at = Bulk.State.UNDONE, actor.user_id, clock.now()
    bulk.save(update_fields=["state", "undone_by", "undone_at"])
    record(actor, audited.BULK_UNDONE, subject=f"bulk:{bulk.pk}", content={"act": bulk.act, **undone})
    return undone


def _go_through(
    bulk: Bulk,
    chosen: rules.BulkAct,
    before: BulkLine.Outcome,
    after: BulkLine.Outcome,
    actor: Actor,
    progress: Progress,
    reason: str = "",
) -> dict[str, int]:
    lines = list(bulk.lines.filter(outcome=before))
    done, left = 0, 0
    for start in range(0, len(lines), _AT_ONCE):
        progress.advance(start, len(lines), chosen.name)
        part = lines[start : start + _AT_ONCE]
        refused = _act(chosen, reason or bulk.reason, part, actor, second=bulk.confirmed_by)
        for line in part:
            stays = line.card_id in refused
            line.outcome = BulkLine.Outcome.CHANGED if stays else after
            line.why = "下見のあとに、ほかの操作が行われました。" if stays else ""
            line.version += 0 if stays else 1
        BulkLine.objects.bulk_update(part, ["outcome", "why", "version"])
        done, left = done + len(part) - len(refused), left + len(refused)
    progress.advance(len(lines), len(lines), chosen.name)
    return {"done": done, "left": left}


def _act(chosen: rules.BulkAct, reason: str, part: Sequence[BulkLine], actor: Actor, *, second: str) -> frozenset[int]:
    """Act on one part; returns the cards that had changed meanwhile."""
    if chosen.hold is not None:
        one = _release if chosen.act == rules.RELEASE_HOLD else _hold
        return frozenset(line.card_id for line in part if not one(chosen.hold, reason, line, actor))
    refused: frozenset[int] = frozenset()
    detail = {**rules.evidence_for(chosen, reason), **({"second_person": second} if second else {})}
    while True:
        wanted = [card_services.Expected(line.card_id, line.version, reason) for line in part if line.card_id not in refused]
        try:
            if wanted:
                card_services.perform_on_many(chosen.act, actor, wanted, detail=detail)
        except card_services.SomeRefused as some:
            refused |= frozenset(some.card_pks)
        else:
            return refused


def _hold(kind: card_rules.HoldKind, reason: str, line: BulkLine, actor: Actor) -> bool:
    try:
        card_services.set_hold(line.card_id, kind, actor, expected_version=line.version, reason=reason, source="一覧からの操作")
    except (card_services.Conflict, card_services.NotAllowed):
        return False
    return True


def _release(kind: card_rules.HoldKind, reason: str, line: BulkLine, actor: Actor) -> bool:
    hold = Hold.objects.filter(card=line.card_id, kind=kind.value, released_at__isnull=True).first()
    if hold is None:
        return False
    try:
        card_services.release_hold(hold.pk, actor, expected_version=line.version, reason=reason)
    except (card_services.Conflict, card_services.NotAllowed):
        return False
    return True


def may_be_taken_back(bulk: Bulk, user_id: str) -> bool:
    """Tell whether this person may take the act back now: on its day, and a hold only as somebody else."""
    chosen = rules.BULK_BY_CODE[bulk.act]
    if bulk.state != Bulk.State.DONE or bulk.done_at is None or chosen.inverse is None:
        return False
    return bulk.done_at.astimezone(clock.TOKYO).date() == clock.today() and (chosen.hold is None or bulk.made_by != user_id)


def just_done(user_id: str) -> Bulk | None:
    """Return the act that this person has just done and may still take back: for the bar above the list. One statement."""
    since = clock.now() - dt.timedelta(minutes=_BAR_MINUTES)
    newest = Bulk.objects.filter(made_by=user_id, state=Bulk.State.DONE, done_at__gte=since).order_by("-done_at").first()
    return newest if newest is not None and may_be_taken_back(newest, user_id) else None
