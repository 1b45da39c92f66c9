"""Commands of changes: reading and applying an 異動リスト, settling its rows, deciding on people under protection."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from madoguchi.delivery.cards import checked_lists
from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.list_files import Problem
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.changes import audited, queries, rules
from madoguchi.delivery.changes.models import ChangeList, ChangeProblem, ListedChange, ProtectionDecision
from madoguchi.delivery.dispatch.queries import other_addresses_of
from madoguchi.kernel import names, wareki
from madoguchi.kernel.headed import Fault, Row
from madoguchi.kernel.numbers import NumberError, application_id, serial_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class ListFile:
    """An 異動リスト as it came: its rows and the headings under which they stand."""

    rows: Sequence[Row | Fault]
    headings: dict[str, str]
    sha256: str
    file_name: str = ""


class _Wrong(Exception):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(field)
        self.field = field
        self.message = message


def _row(row: Row) -> ListedChange:
    cells = row.cells
    kind = rules.kind_of(cells["kind"])
    if kind is None:
        raise _Wrong("kind", "この異動事由は登録されていません。内容を確かめ、カードの画面で停止を登録してください。")
    serial, application = cells.get("serial", ""), cells.get("application_id", "")
    try:
        serial = serial_number(serial) if serial else ""
    except NumberError:
        raise _Wrong("serial", "製造管理番号の形ではありません。") from None
    try:
        application = application_id(application) if application else ""
    except NumberError:
        raise _Wrong("application_id", "申請書IDは23けたの数字です。") from None
    born = _partial(cells.get("born", ""), "born")
    if not serial and not application and not (cells.get("name") and born):
        raise _Wrong("name", "番号も、氏名と生年月日の組もありません。だれの異動か分かりません。")
    return ListedChange(
        line=row.line,
        kind=kind.value,
        happened_on=_day(cells.get("on", ""), "on"),
        until=_day(cells.get("until", ""), "until"),
        number=serial or application,
        name=cells.get("name", ""),
        born=born,
        address=cells.get("address", ""),
    )


def _partial(text: str, field: str) -> str:
    if not text:
        return ""
    try:
        return wareki.parse(text).iso()
    except ValueError:
        raise _Wrong(field, "日付として読めません。") from None


def _day(text: str, field: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(_partial(text, field)) if text else None
    except ValueError:
        raise _Wrong(field, "年月日がそろった日付ではありません。") from None


@transaction.atomic
def read_list(given: ListFile, actor: Actor) -> ChangeList:
    """Check a list, find its cards, and keep what it would do; nothing changes yet. Raises Refusal for a file that was applied before."""
    if ChangeList.objects.filter(sha256=given.sha256, state=ChangeList.State.APPLIED).exists():
        raise Refusal("このファイルはすでに反映されています。新しい異動リストを選んでください。")
    read, problems = list[ListedChange](), list[Problem]()
    for row in given.rows:
        if isinstance(row, Fault):
            problems.append(Problem(row.line, "", "行の形が違います (列の数か引用符)。"))
            continue
        try:
            read.append(_row(row))
        except _Wrong as wrong:
            problems.append(Problem(row.line, given.headings.get(wrong.field, ""), wrong.message))
    kept = ChangeList.objects.create(
        file_name=given.file_name[:200],
        sha256=given.sha256,
        headings=given.headings,
        rows=len(given.rows),
        rejected=len(problems),
        read_by=actor.user_id,
    )
    rows = [one for listed in _with_cards(read) for one in listed]
    for one in rows:
        one.source = kept
    ListedChange.objects.bulk_create(rows, batch_size=_AT_ONCE)
    ChangeProblem.objects.bulk_create(
        [ChangeProblem(source=kept, line=one.line, column=one.column[:60], message=one.message) for one in problems], batch_size=_AT_ONCE
    )
    content = {"rows": kept.rows, "rejected": kept.rejected, "sha256": given.sha256}
    record(actor, audited.READ_LIST, subject=f"change-list:{kept.pk}", content=content)
    return kept


def _with_cards(read: Sequence[ListedChange]) -> Iterable[list[ListedChange]]:
    """Find the cards of each row: by number, else by name and birth date. A person may have several cards; several people are nobody."""
    by_serial, by_application = cards.keys_by_numbers([one.number for one in read], [one.number for one in read])
    named = [one for one in read if not one.number]
    by_person = _people(named)
    wanted = {*by_serial.values(), *by_application.values(), *(pk for found in by_person.values() for pk, _address in found)}
    facts = _facts(wanted)
    today = clock.today()
    for one in read:
        pks, is_clear = _found(one, by_serial, by_application, by_person)
        if not is_clear or not pks:
            one.outcome = (rules.Outcome.UNMATCHED if is_clear else rules.Outcome.SEVERAL).value
            yield [one]
            continue
        yield [_for_card(one, pk, facts[pk], today) for pk in pks]


def _people(named: Sequence[ListedChange]) -> dict[tuple[str, str], list[tuple[int, str]]]:
    keys = {names.search_key(one.name) for one in named}
    rows = Card.objects.filter(name_key__in=keys, born__in={one.born for one in named}).values_list("name_key", "born", "pk", "address")
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for key, born, pk, address in rows:
        found.setdefault((key, born), []).append((pk, address))
    return found


def _found(
    one: ListedChange,
    by_serial: Mapping[str, int],
    by_application: Mapping[str, int],
    by_person: Mapping[tuple[str, str], list[tuple[int, str]]],
) -> tuple[list[int], bool]:
    if one.number:
        pk = by_serial.get(one.number) or by_application.get(one.number)
        return ([pk] if pk else []), True
    people = by_person.get((names.search_key(one.name), one.born), [])
    # Two people of one name and birthday live apart: then the row must say which address it means.
    if len({address for _pk, address in people}) > 1:
        people = [(pk, address) for pk, address in people if one.address and address == one.address]
        return [pk for pk, _address in people], bool(people)
    return [pk for pk, _address in people], True


def _facts(pks: Iterable[int]) -> dict[int, card_rules.CardFacts]:
    found = list(Card.objects.filter(pk__in=list(pks)))
    holds = cards.open_holds_of([card.pk for card in found])
    return {card.pk: card.facts(holds.get(card.pk, frozenset())) for card in found}


def _for_card(one: ListedChange, pk: int, facts: card_rules.CardFacts, today: dt.date) -> ListedChange:
    kind = rules.ChangeKind(one.kind)
    outcome = rules.outcome(kind, facts, until=one.until, today=today)
    # Once the card is known, the register says who the person is.
    return ListedChange(
        line=one.line,
        kind=one.kind,
        happened_on=one.happened_on,
        until=one.until,
        number=one.number,
        card_id=pk,
        outcome=outcome.value,
    )


@transaction.atomic
def apply_list(pk: int, actor: Actor, *, second: str = "") -> int:
    """Stop the cards that a checked list names; returns how many. Letters that lie ready for them may not be posted any more.

    `second` is the user id of the second person, whom a list needs that stops a large share of the waiting cards. What happened to a
    card since the list was read is looked at again. Raises Refusal when that person is missing or the list does not wait any more.
    """
    checked_lists.close(ChangeList, pk, ChangeList.State.APPLIED, actor)
    kept = ChangeList.objects.get(pk=pk)
    if queries.is_mass_change(kept) and second in {"", actor.user_id}:
        raise Refusal(
            "停止するカードが多いため、別の職員の確認が要ります。正しい異動リストか、二人で確かめてください。何も変更していません。"
        )
    rows = list(ListedChange.objects.filter(source=kept, card__isnull=False).order_by("line"))
    facts, today, stopped = _facts({row.card_id for row in rows if row.card_id}), clock.today(), 0
    for row in rows:
        assert row.card_id is not None
        kind = rules.ChangeKind(row.kind)
        outcome = rules.outcome(kind, facts[row.card_id], until=row.until, today=today)
        if outcome is rules.Outcome.HOLD:
            _stop(row.card_id, kind, actor, row, kept)
            facts[row.card_id] = _facts([row.card_id])[row.card_id]
            stopped += 1
        if row.outcome != outcome:
            ListedChange.objects.filter(pk=row.pk).update(outcome=outcome.value)
    record(actor, audited.APPLY_LIST, subject=f"change-list:{pk}", content={"stopped": stopped, "second": second})
    return stopped


def _stop(card_pk: int, kind: rules.ChangeKind, actor: Actor, row: ListedChange, kept: ChangeList) -> None:
    card = Card.objects.select_for_update().get(pk=card_pk)
    on = f" {row.happened_on:%Y-%m-%d}" if row.happened_on else ""
    source = f"異動リスト {kept.pk} {row.line}行目"
    card_services.set_hold(card_pk, rules.HOLDS[kind], actor, expected_version=card.version, reason=f"{kind.label}{on}", source=source)


@transaction.atomic
def discard_list(pk: int, actor: Actor) -> None:
    """Throw a checked list away; nothing changes, and the names on it are gone."""
    checked_lists.close(ChangeList, pk, ChangeList.State.DISCARDED, actor)
    ListedChange.objects.filter(source_id=pk).delete()
    record(actor, audited.DISCARD_LIST, subject=f"change-list:{pk}")


@transaction.atomic
def settle_row(pk: int, actor: Actor, *, note: str, card_pk: int | None) -> None:
    """Say what became of a row that the list could not place: stop `card_pk`, or nothing but the note. The name on the row is forgotten.

    Raises Refusal when it was settled already or the card cannot be stopped for it.
    """
    row = queries.to_settle().select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise Refusal("この行は、すでに処理されています。一覧を開き直してください。")
    if card_pk is not None:
        kind = rules.ChangeKind(row.kind)
        outcome = rules.outcome(kind, _facts([card_pk])[card_pk], until=row.until, today=clock.today())
        if outcome not in {rules.Outcome.HOLD, rules.Outcome.ALREADY}:
            raise Refusal(f"このカードは停止しません ({outcome.label})。カードを確かめてください。")
        if outcome is rules.Outcome.HOLD:
            _stop(card_pk, kind, actor, row, row.source)
    ListedChange.objects.filter(pk=pk).update(
        card_id=card_pk or row.card_id,
        outcome=rules.Outcome.SETTLED.value,
        note=note,
        settled_by=actor.user_id,
        settled_at=clock.now(),
        name="",
        born="",
        address="",
    )
    record(actor, audited.SETTLE_ROW, subject=f"change:{pk}", content={"card": card_pk}, reason=note)


@transaction.atomic
def decide(hold_pk: int, way: ProtectionDecision.Way, actor: Actor, *, note: str) -> ProtectionDecision:
    """Record how the service of a person under protection goes on.

    Raises Refusal when the hold was released meanwhile, or when the other address that is spoken of is not registered.
    """
    hold = Hold.objects.filter(pk=hold_pk, kind=card_rules.HoldKind.PROTECTED.value, released_at__isnull=True).first()
    if hold is None:
        raise Refusal("この支援措置の停止は、すでに解除されています。")
    other = other_addresses_of([hold.card_id], clock.today()).get(hold.card_id)
    if way is ProtectionDecision.Way.OTHER_ADDRESS and other is None:
        raise Refusal("別の送付先がまだ登録されていません。「別の送付先」の画面で、二人で登録してから記録してください。")
    # From now on letters go to that address, and to no other, until it ends.
    hold.letters_until = other.until if other and way is ProtectionDecision.Way.OTHER_ADDRESS else None
    hold.save(update_fields=["letters_until"])
    decision = ProtectionDecision.objects.create(hold=hold, way=way, note=note, by=actor.user_id)
    record(actor, audited.DECIDE_PROTECTED, subject=f"card:{hold.card_id}", content={"way": way.value})
    return decision
