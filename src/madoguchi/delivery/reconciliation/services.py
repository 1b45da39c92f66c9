"""Commands of the reconciliation: reading and applying a list of the terminal, explaining a difference, signing a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from madoguchi.delivery.cards import checked_lists
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.list_files import Problem
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.reconciliation import audited, queries, rules
from madoguchi.delivery.reconciliation.models import Explanation, ReconciledDay, TerminalList, TerminalProblem, TerminalRow
from madoguchi.kernel import wareki
from madoguchi.kernel.headed import Fault, Row
from madoguchi.kernel.numbers import NumberError, application_id, serial_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_AT_ONCE = 2000
_CLOCKS_DIFFER = dt.timedelta(minutes=10)
_TIMES = ("%H:%M:%S", "%H:%M", "%H時%M分")


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list of the terminal as it came: its rows, the headings under which they stand, and when the terminal showed that."""

    rows: Sequence[Row | Fault]
    headings: dict[str, str]
    as_of: dt.datetime
    sha256: str
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    line: int
    serial: str
    application: str
    word: str
    at: dt.datetime


def moment(text: str, default: dt.datetime) -> dt.datetime:
    """Read 日時: a date in any form, with or without a time of day behind it; nothing at all is `default`. Raises ValueError."""
    if not text:
        return default
    day, _blank, time = text.replace("T", " ").replace("\u3000", " ").strip().partition(" ")
    found = wareki.parse(day)
    if not found.is_complete:
        raise ValueError("day")
    date = dt.date(found.year, found.month or 1, found.day or 1)
    if not time.strip():
        # A day without a time is that day's list: as late as the list itself, and never later.
        return min(default, dt.datetime.combine(date, dt.time(23, 59), clock.TOKYO))
    for form in _TIMES:
        try:
            return dt.datetime.combine(date, dt.datetime.strptime(time.strip(), form).time(), clock.TOKYO)  # noqa: DTZ007 a time of day
        except ValueError:
            continue
    raise ValueError("time")


def _examine(given: ListFile, titles: dict[str, str]) -> tuple[list[_Read], list[Problem]]:
    """Read every row; what cannot be taken is a problem with its line and column."""
    read, problems, first = list[_Read](), list[Problem](), dict[str, int]()
    for row in given.rows:
        if isinstance(row, Fault):
            problems.append(Problem(row.line, "", "行の形が違います (列の数か引用符)。"))
            continue
        try:
            one = _row(row, given.as_of)
        except _Wrong as wrong:
            problems.append(Problem(row.line, titles.get(wrong.field, ""), wrong.message))
            continue
        key = one.serial or one.application
        if key in first:
            problems.append(Problem(row.line, "", f"同じ番号が {first[key]} 行目にもあります。"))
            continue
        first[key] = row.line
        read.append(one)
    return read, problems


class _Wrong(Exception):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(field)
        self.field = field
        self.message = message


def _row(row: Row, as_of: dt.datetime) -> _Read:
    cells = row.cells
    serial, application = cells.get("serial", ""), cells.get("application_id", "")
    if not serial and not application:
        raise _Wrong("serial", "製造管理番号も申請書IDもありません。")
    try:
        serial = serial_number(serial) if serial else ""
    except NumberError:
        raise _Wrong("serial", "製造管理番号の形ではありません。") from None
    try:
        application = application_id(application) if application else ""
    except NumberError:
        raise _Wrong("application_id", "申請書IDは23けたの数字です。") from None
    if not cells.get("state"):
        raise _Wrong("state", "カードステータスが空です。")
    try:
        at = moment(cells.get("at", ""), as_of)
    except ValueError:
        raise _Wrong("at", "日時として読めません。") from None
    if at > clock.now() + _CLOCKS_DIFFER:
        raise _Wrong("at", "未来の日時です。")
    return _Read(row.line, serial, application, cells["state"], at)


@transaction.atomic
def read_list(given: ListFile, actor: Actor) -> TerminalList:
    """Check a list and keep its rows; nothing changes yet. Raises Refusal when this very file was applied before."""
    if TerminalList.objects.filter(sha256=given.sha256, state=TerminalList.State.APPLIED).exists():
        raise Refusal("このファイルはすでに反映されています。新しい一覧を選んでください。")
    read, problems = _examine(given, given.headings)
    by_serial, by_application = cards.keys_by_numbers([one.serial for one in read], [one.application for one in read if one.application])
    rows, seen = list[TerminalRow](), dict[int, int]()
    for one in read:
        known = {pk for pk in (by_serial.get(one.serial), by_application.get(one.application)) if pk is not None}
        if len(known) > 1:
            problems.append(Problem(one.line, "", "製造管理番号と申請書IDが、別々のカードのものです。"))
            continue
        pk = known.pop() if known else None
        if pk is not None and pk in seen:
            problems.append(Problem(one.line, "", f"同じカードが {seen[pk]} 行目にもあります。"))
            continue
        if pk is not None:
            seen[pk] = one.line
        state = card_rules.terminal_state(one.word)
        rows.append(
            TerminalRow(line=one.line, card_id=pk, number=one.serial or one.application, word=one.word[:40], state=state.value, at=one.at)
        )
    now = dict(Card.objects.filter(pk__in=list(seen)).values_list("pk", "terminal"))
    kept = TerminalList.objects.create(
        file_name=given.file_name[:200],
        sha256=given.sha256,
        headings=given.headings,
        as_of=given.as_of,
        rows=len(given.rows),
        rejected=len(problems),
        unknown=sum(row.card_id is None for row in rows),
        changing=sum(row.card_id is not None and now[row.card_id] != row.state for row in rows),
        read_by=actor.user_id,
    )
    for row in rows:
        row.source = kept
    TerminalRow.objects.bulk_create(rows, batch_size=_AT_ONCE)
    TerminalProblem.objects.bulk_create(
        [
            TerminalProblem(source=kept, line=problem.line, column=problem.column[:60], message=problem.message)
            for problem in sorted(problems, key=lambda problem: problem.line)
        ],
        batch_size=_AT_ONCE,
    )
    content = {"rows": kept.rows, "rejected": kept.rejected, "unknown": kept.unknown, "sha256": given.sha256}
    record(actor, audited.READ_LIST, subject=f"terminal-list:{kept.pk}", content=content)
    return kept


@transaction.atomic
def apply_list(pk: int, actor: Actor) -> int:
    """Write what a checked list says onto the cards' terminal axis; returns how many cards it shows in another state than before.

    Raises Refusal when the list was applied or withdrawn already, the same file was applied meanwhile, or the list changes cards and
    `actor` is who read it (DL-01: a second person applies).
    """
    checked_lists.close(TerminalList, pk, TerminalList.State.APPLIED, actor)
    kept = TerminalList.objects.get(pk=pk)
    rows = TerminalRow.objects.filter(source=kept, card__isnull=False)
    seen = [
        card_services.SeenAtTerminal(card, card_rules.Terminal(state), at) for card, state, at in rows.values_list("card_id", "state", "at")
    ]
    changed = card_services.see_at_terminal(seen, actor, source=f"統合端末の一覧 {kept.pk}")
    if changed and kept.read_by == actor.user_id:
        raise Refusal("カードの状態が変わる一覧は、取り込んだ人とは別の職員が承認して反映します。何も変更していません。")
    rows.delete()
    TerminalList.objects.filter(pk=pk).update(moved=changed)
    content = {"rows": len(seen), "changed": changed, "unknown": kept.unknown}
    record(actor, audited.APPLY_LIST, subject=f"terminal-list:{pk}", content=content)
    return changed


@transaction.atomic
def discard_list(pk: int, actor: Actor) -> None:
    """Throw a checked list away; nothing changes. Raises Refusal when it does not wait any more."""
    checked_lists.close(TerminalList, pk, TerminalList.State.DISCARDED, actor)
    TerminalRow.objects.filter(source_id=pk).delete()
    record(actor, audited.DISCARD_LIST, subject=f"terminal-list:{pk}")


@transaction.atomic
def explain(card_pk: int, note: str, actor: Actor, *, progress: str, terminal: str) -> None:
    """Record why the difference that the person saw (`progress` here, `terminal` there) may stand.

    Raises Refusal when the card shows another pair of values by now, or no difference.
    """
    card = Card.objects.select_for_update().get(pk=card_pk)
    if (card.progress, card.terminal) != (progress, terminal):
        raise Refusal("カードの状態が変わりました。差異リストを開き直してください。何も記録していません。")
    if not queries.differences().filter(pk=card_pk).exists():
        raise Refusal("このカードに差異はありません。")
    Explanation.objects.create(card=card, progress=progress, terminal=terminal, note=note, by=actor.user_id)
    record(actor, audited.EXPLAIN, subject=f"card:{card_pk}", content={"progress": progress, "terminal": terminal}, reason=note)


@transaction.atomic
def explain_row(row_pk: int, note: str, actor: Actor) -> None:
    """Record what a row is that names no card of the register. Raises Refusal when that was done already."""
    if not TerminalRow.objects.filter(pk=row_pk, card__isnull=True, note="").update(note=note, noted_by=actor.user_id):
        raise Refusal("この行は、すでに説明されています。")
    record(actor, audited.EXPLAIN, subject=f"terminal-row:{row_pk}", reason=note)


@transaction.atomic
def sign_day(day: dt.date, actor: Actor, *, note: str = "") -> ReconciledDay:
    """Sign the books of `day`. Raises Refusal while a difference is neither explained nor corrected, and for a day signed already."""
    found = queries.standing(day)
    sentence = found.why_not_signed
    if sentence:
        raise Refusal(sentence)
    try:
        with transaction.atomic():
            signed = ReconciledDay.objects.create(
                day=day,
                signed_by=actor.user_id,
                signed_by_name=actor.user_name,
                lists=found.lists,
                delivered=found.delivered,
                unconfirmed=found.unconfirmed,
                explained=found.explained,
                note=note,
            )
    except IntegrityError:
        raise Refusal(rules.why_not_signed(has_list=True, unexplained=0, unknown=0, is_signed=True) or "") from None
    content = {"lists": found.lists, "delivered": found.delivered, "unconfirmed": found.unconfirmed, "explained": found.explained}
    record(actor, audited.SIGN, subject=f"day:{day.isoformat()}", content=content)
    return signed
