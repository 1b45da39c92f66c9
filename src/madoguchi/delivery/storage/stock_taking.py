"""Commands of 棚卸: begin, scan (one small statement each, however much was scanned), report, close by two people.

What should be there is written down as the 棚卸 begins. Work goes on meanwhile: a card that an act moved after that is no difference.
"""

import dataclasses
import enum
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as register
from madoguchi.delivery.cards.models import Card, DeliveryPlace
from madoguchi.delivery.cards.presenting import place_words
from madoguchi.delivery.storage import audited
from madoguchi.delivery.storage.models import Box, StockTake
from madoguchi.kernel.labels import LabelError, read_sleeve_code
from madoguchi.kernel.numbers import NumberError, serial_number
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_MISSING = 300
"""So many missing cards are no loss but a count that was not finished."""
_CODE_LENGTH = 20
_KEY_LENGTH = 40


class StockRefused(Exception):
    """What was tried is not possible; the message says why and what to do. Nothing was changed."""


class Verdict(enum.StrEnum):
    """What one reading says."""

    FOUND = "found"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class Difference:
    """One card that is not as the register says; `is_listed` is false where its place may not stand on a list (支援措置)."""

    card: Card
    code: str
    is_listed: bool


class LineKind(enum.StrEnum):
    """What is wrong in one line of the report of differences."""

    MISSING = "missing"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class Line:
    """One difference as the report has it: numbers and places, no name."""

    kind: LineKind
    code: str
    place: str = ""
    custodian: str = ""
    card_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a 棚卸 so far; `moved` are cards that an act took away since it began.

    `afterwards` are readings from after the expected numbers were shown.
    """

    expected: int
    found: int
    moved: int
    missing: list[Difference]
    elsewhere: list[Difference]
    unknown: list[str]
    double: list[str]
    afterwards: int = 0

    @property
    def unlisted(self) -> int:
        """How many cards with a difference stand on no list."""
        return sum(not item.is_listed for item in (*self.missing, *self.elsewhere))

    def counts(self) -> dict[str, int]:
        """Return the numbers that are kept of a finished 棚卸."""
        return {
            "expected": self.expected,
            "found": self.found,
            "moved": self.moved,
            "missing": len(self.missing),
            "elsewhere": len(self.elsewhere),
            "unknown": len(self.unknown),
            "double": len(self.double),
            "afterwards": self.afterwards,
        }


def begin(site: DeliveryPlace, box: Box | None, actor: Actor, *, is_blind: bool) -> StockTake:
    """Begin a 棚卸 and write down what should be there, in one statement whatever the number."""
    try:
        with transaction.atomic():
            take = StockTake.objects.create(site=site, box=box, is_blind=is_blind, opened_by=actor.user_id)
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO storage_stockexpected (take_id, card_id) SELECT %s, id FROM cards_card"
                    " WHERE place_kind = 'stored' AND site_id = %s AND (%s OR (safe = %s AND box = %s))",
                    [take.pk, site.pk, box is None, box.safe if box else "", box.name if box else ""],
                )
                expected = cursor.rowcount
            record(actor, audited.BEGIN_STOCK_TAKE, subject=str(take), content={"place": site.code, "expected": expected})
            return take
    except IntegrityError:
        raise StockRefused("この場所の棚卸は、すでに始まっています。一覧から開いて続けてください。") from None


def scan(take_pk: int, text: str, key: str, actor: Actor) -> Verdict:
    """Keep one reading and say what it is. `key` is the reading's own: sent twice it counts once. Two statements, no lock but its row's.

    A card is read by its sleeve; one that was not inspected yet has none, and is read by its 製造管理番号.
    """
    code = _code_in(text)
    if not code:
        raise StockRefused("読み取ったコードが空です。もう一度読み取ってください。")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO storage_stockscan AS s (take_id, code, card_id, was_expected, times, key, by)
            SELECT t.id, %(code)s, c.id, e.card_id IS NOT NULL, 1, %(key)s, %(by)s
              FROM storage_stocktake t
              LEFT JOIN cards_card c ON c.sleeve_code = %(code)s OR (c.serial = %(code)s AND c.sleeve_code IS NULL)
              LEFT JOIN storage_stockexpected e ON e.take_id = t.id AND e.card_id = c.id
             WHERE t.id = %(take)s AND t.state = 'counting'
            ON CONFLICT (take_id, code) DO UPDATE
               SET times = s.times + (s.key <> EXCLUDED.key)::int, key = EXCLUDED.key
            RETURNING card_id, was_expected, times
            """,
            {"take": take_pk, "code": code, "key": key[:_KEY_LENGTH], "by": actor.user_id},
        )
        row = cursor.fetchone()
    if row is None:
        raise StockRefused("この棚卸は終わっています。新しい棚卸を始めてください。")
    card, expected, times = row
    if times > 1:
        return Verdict.DOUBLE
    if card is None:
        return Verdict.UNKNOWN
    return Verdict.FOUND if expected else Verdict.ELSEWHERE


def _code_in(text: str) -> str:
    """Give what was read the form in which cards have it; what has no such form stays as it was read."""
    try:
        return read_sleeve_code(text)
    except LabelError:
        pass
    try:
        return serial_number(text)
    except NumberError:
        return text.strip()[:_CODE_LENGTH]


@transaction.atomic
def finish_counting(take_pk: int, actor: Actor) -> None:
    """Say that everything was read: from now on the expected numbers are shown, and readings after this are counted as such."""
    done = StockTake.objects.filter(pk=take_pk, state=StockTake.State.COUNTING, counted_at__isnull=True)
    if done.update(counted_at=clock.now(), counted_by=actor.user_id):
        record(actor, audited.FINISH_COUNTING, subject=f"stock-take:{take_pk}")


def report(take: StockTake) -> Report:
    """Compare what was read with what should be there; the number of statements does not grow with the cards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM storage_stockexpected WHERE take_id = %s", [take.pk])
        expected = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM storage_stockscan WHERE take_id = %s AND was_expected", [take.pk])
        found = cursor.fetchone()[0]
        cursor.execute(
            "SELECT e.card_id FROM storage_stockexpected e"
            " WHERE e.take_id = %s AND NOT EXISTS"
            " (SELECT 1 FROM storage_stockscan s WHERE s.take_id = e.take_id AND s.card_id = e.card_id)",
            [take.pk],
        )
        unread = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            "SELECT code, card_id, times FROM storage_stockscan"
            " WHERE take_id = %s AND (card_id IS NULL OR NOT was_expected OR times > 1) ORDER BY id",
            [take.pk],
        )
        odd = cursor.fetchall()
        cursor.execute("SELECT card_id FROM storage_stockscan WHERE take_id = %s AND NOT was_expected AND card_id IS NOT NULL", [take.pk])
        strangers = {pk for (pk,) in cursor.fetchall()}
    where = _cards([*unread, *strangers])
    missing = [card for pk, card in where.items() if pk not in strangers and _is_here(card, take)]
    elsewhere = [card for pk, card in where.items() if pk in strangers and not _is_here(card, take)]
    hidden = _unlisted([card.pk for card in (*missing, *elsewhere)])
    return Report(
        expected=expected,
        found=found,
        moved=len(unread) - len(missing),
        missing=[Difference(card, card.sleeve_code or card.serial, card.pk not in hidden) for card in missing],
        elsewhere=[Difference(card, card.sleeve_code or card.serial, card.pk not in hidden) for card in elsewhere],
        unknown=[code for code, pk, _times in odd if pk is None],
        double=[code for code, pk, times in odd if times > 1 and pk not in hidden],
        afterwards=take.scans.filter(at__gt=take.counted_at).count() if take.counted_at else 0,
    )


def lines_of(found: Report) -> list[Line]:
    """Return the differences of a report one by one, without those that may stand on no list."""
    missing = [item for item in found.missing if item.is_listed]
    elsewhere = [item for item in found.elsewhere if item.is_listed]
    return [
        *(Line(LineKind.MISSING, _code_of(item), place_words(item.card), item.card.custodian, item.card.pk) for item in missing),
        *(Line(LineKind.ELSEWHERE, _code_of(item), place_words(item.card), item.card.custodian, item.card.pk) for item in elsewhere),
        *(Line(LineKind.UNKNOWN, code) for code in found.unknown),
        *(Line(LineKind.DOUBLE, code) for code in found.double),
    ]


def _code_of(item: Difference) -> str:
    return item.code or item.card.shown_serial


def kept_lines(take: StockTake) -> list[Line]:
    """Return the differences of a finished 棚卸 as they stood at its end, without the cards that may stand on no list by now."""
    lines = [Line(**{**line, "kind": LineKind(line["kind"])}) for line in take.result.get("lines", ())]
    hidden = _unlisted([line.card_pk for line in lines if line.card_pk is not None])
    return [line for line in lines if line.card_pk not in hidden]


@transaction.atomic
def close(take_pk: int, actor: Actor, *, second_person: str, confirmed_missing: int) -> Report:
    """Make the result count: what was not found is 所在不明, what was found here is here. `confirmed_missing` is the number typed."""
    take = StockTake.objects.select_for_update(of=("self",)).select_related("site", "box").get(pk=take_pk)
    if take.state != StockTake.State.COUNTING:
        raise StockRefused("この棚卸はすでに終わっています。")
    if take.counted_at is None:
        raise StockRefused("まだ数え終えていません。数える画面で「数え終わった」を押してください。")
    if not second_person or second_person == actor.user_id:
        raise StockRefused("棚卸は、別の職員と二人で確定します。")
    found = report(take)
    if len(found.missing) != confirmed_missing:
        raise StockRefused(
            f"見つからないカードは {len(found.missing)} 枚です。入力した枚数と違います。"
            "差異の一覧を確かめてから、もう一度入力してください。"
        )
    if len(found.missing) > MOST_MISSING:
        raise StockRefused(f"見つからないカードが {MOST_MISSING} 枚を超えています。数え終わっていない箱がないか確かめてください。")
    try:
        moved = [_bring_here(item.card, take, actor) for item in found.elsewhere]
        for item in found.missing:
            words = f"棚卸 {take.pk} で見つからなかった"
            register.perform(item.card.pk, "report_missing", actor, expected_version=item.card.version, reason=words)
    except (register.NotAllowed, register.Conflict) as refused:
        raise StockRefused(str(refused)) from refused
    result = {**found.counts(), "brought_here": sum(moved)}
    kept = [dataclasses.asdict(line) for line in lines_of(found)]
    take.state, take.closed_at, take.closed_by, take.second_person = StockTake.State.CLOSED, clock.now(), actor.user_id, second_person
    take.result = {**result, "lines": kept}
    take.save()
    record(actor, audited.CLOSE_STOCK_TAKE, subject=str(take), content={**result, "second_person": second_person})
    return found


def _bring_here(card: Card, take: StockTake, actor: Actor) -> bool:
    """Say in the register that a card found here is here; one that should be with its person or gone is left for somebody to look into."""
    acts = {rules.PlaceKind.TRANSFER: "receive_transfer"}
    acts |= dict.fromkeys(
        (rules.PlaceKind.STORED, rules.PlaceKind.COUNTER, rules.PlaceKind.MISSING, rules.PlaceKind.LOST, rules.PlaceKind.MAIL), "store"
    )
    act = acts.get(rules.PlaceKind(card.place_kind))
    if act is None:
        return False
    box = {"safe": take.box.safe, "box": take.box.name} if take.box else {}
    detail = {"site": take.site.code, "custodian": take.site.name, **box}
    register.perform(card.pk, act, actor, expected_version=card.version, reason=f"棚卸 {take.pk} で見つかった", detail=detail)
    return True


@transaction.atomic
def give_up(take_pk: int, actor: Actor, reason: str) -> None:
    """Give a 棚卸 up; nothing of it counts, the register stays as it is."""
    if not reason.strip():
        raise StockRefused("取りやめる理由を入力してください。")
    changed = StockTake.objects.filter(pk=take_pk, state=StockTake.State.COUNTING).update(state=StockTake.State.GIVEN_UP)
    if not changed:
        raise StockRefused("この棚卸はすでに終わっています。")
    record(actor, audited.GIVE_UP_STOCK_TAKE, subject=f"stock-take:{take_pk}", reason=reason)


def _cards(pks: list[int]) -> dict[int, Card]:
    return {card.pk: card for card in Card.objects.select_related("site", "transfer_to").filter(pk__in=pks).order_by("safe", "box", "id")}


def _is_here(card: Card, take: StockTake) -> bool:
    """Tell whether the register has the card in what is counted."""
    if card.place_kind != rules.PlaceKind.STORED or card.site_id != take.site_id:
        return False
    return take.box is None or (card.safe, card.box) == (take.box.safe, take.box.name)


def _unlisted(pks: list[int]) -> frozenset[int]:
    held = cards.open_holds_of(pks)
    return frozenset(pk for pk, holds in held.items() if rules.blocking_holds(holds, rules.Effect.PLACE_LIST))
