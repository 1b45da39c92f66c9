"""Reads of the register for pages, lists and later steps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.models import Card, CardEvent, DeliveryPlace, Hold, Municipality
from madoguchi.kernel import municipalities
from madoguchi.kernel.labels import LabelError, read_sleeve_code, serial_on_notice
from madoguchi.kernel.numbers import NumberError, application_id, serial_number
from madoguchi.platform import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

ENDED = (
    rules.Progress.DELIVERED,
    rules.Progress.WITHDRAWN,
    rules.Progress.LAPSED,
    rules.Progress.RETURNED,
    rules.Progress.LAPSED_AFTER,
    rules.Progress.DISPOSED,
)


class NotSetUp(RuntimeError):
    """The zone has no municipality yet: `madoguchi init` was not completed."""


def municipality() -> Municipality:
    """Return the municipality and its settings; raises NotSetUp before `init`."""
    row = Municipality.objects.filter(pk=Municipality.ONLY_ROW).first()
    if row is None:
        raise NotSetUp("市区町村が登録されていません。`madoguchi init` を済ませてください。")
    return row


def own_municipality() -> municipalities.Municipality:
    """Return the municipality as addresses name it."""
    row = municipality()
    return municipalities.Municipality(row.code, row.prefecture, row.name)


def places() -> list[DeliveryPlace]:
    """Return the places in use, in the order of their codes."""
    return list(DeliveryPlace.objects.filter(is_open=True))


def by_pk(pk: int) -> Card | None:
    """Return the card with the internal number `pk`, with its places."""
    return Card.objects.select_related("site", "transfer_to", "delivery_place").filter(pk=pk).first()


def by_serial(text: str) -> Card | None:
    """Find a card by its 製造管理番号, typed, scanned in any form, or in the QR of its notice; None when there is none."""
    try:
        return Card.objects.filter(serial=serial_number(serial_on_notice(text) or text)).first()
    except NumberError:
        return None


def by_application_id(text: str) -> Card | None:
    """Find a card by its 申請書ID, with or without hyphens."""
    try:
        return Card.objects.filter(application_id=application_id(text)).first()
    except NumberError:
        return None


def keys_by_numbers(serials: Sequence[str], application_ids: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the keys of many cards by their 製造管理番号 and by their 申請書ID, as stored; unknown numbers are absent. Two statements."""
    by_serial_number = dict(Card.objects.filter(serial__in=[text for text in serials if text]).values_list("serial", "pk"))
    by_application = dict(Card.objects.filter(application_id__in=list(application_ids)).values_list("application_id", "pk"))
    return by_serial_number, by_application


def by_sleeve(text: str) -> Card | None:
    """Find a card by the code on its sleeve label."""
    try:
        return Card.objects.filter(sleeve_code=read_sleeve_code(text)).first()
    except LabelError:
        return None


def by_any_number(text: str) -> Card | None:
    """Find a card by whatever was scanned: sleeve, 製造管理番号, 申請書ID, 発送番号 (if only one card has it)."""
    found = by_sleeve(text) or by_serial(text) or by_application_id(text)
    if found is None:
        digits = "".join(char for char in text.strip() if char not in "-－ 　")
        same = list(Card.objects.filter(dispatch_no=digits)[:2]) if digits else []
        found = same[0] if len(same) == 1 else None
    return found


def replaced_by(card_pk: int) -> int | None:
    """Return the key of the card that was asked for in place of this one (再発行), None when there is none."""
    return Card.objects.filter(replaces_id=card_pk).values_list("pk", flat=True).first()


def open_holds(card_pk: int) -> frozenset[rules.HoldKind]:
    """Return the kinds of the holds that stop a card now, as `rules.OpenHolds`."""
    return open_holds_of([card_pk]).get(card_pk, frozenset())


def open_holds_of(card_pks: Sequence[int]) -> dict[int, frozenset[rules.HoldKind]]:
    """Return the open holds of many cards (`rules.OpenHolds`), by card; cards without one are absent. One statement."""
    found: dict[int, set[rules.HoldKind]] = {}
    elsewhere: set[int] = set()
    rows = Hold.objects.filter(card_id__in=card_pks, released_at__isnull=True).values_list("card_id", "kind", "letters_until")
    for pk, kind, until in rows:
        found.setdefault(pk, set()).add(rules.HoldKind(kind))
        if until is not None and until >= clock.today():
            elsewhere.add(pk)
    return {pk: _open(kinds, letters_go_elsewhere=pk in elsewhere) for pk, kinds in found.items()}


def _open(kinds: set[rules.HoldKind], *, letters_go_elsewhere: bool) -> rules.OpenHolds:
    holds = rules.OpenHolds(kinds)
    holds.letters_go_elsewhere = letters_go_elsewhere
    return holds


def progress_counts() -> dict[rules.Progress, int]:
    """Return how many cards stand at each value of progress, zeros included. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT progress, count(*) FROM cards_card GROUP BY progress")
        counted = dict(cursor.fetchall())
    return {value: int(counted.get(value.value, 0)) for value in rules.Progress}


def phase_counts() -> dict[rules.Phase, int]:
    """Return how many cards stand in each phase. One statement: equal axes are counted together, then named by the one phase function."""
    counts = dict.fromkeys(rules.Phase, 0)
    for phase, _standing, count in _standings():
        counts[phase] += count
    return counts


def cards_in_phase(phase: rules.Phase) -> "QuerySet[Card]":
    """Return the cards in a phase; two statements, whatever the number of cards.

    The phase is no column: the combinations of axes that there are are named by the one phase function, and the cards with those of
    `phase` are read.
    """
    held = Exists(Hold.objects.filter(card_id=OuterRef("pk"), released_at__isnull=True))
    wanted = Q(pk__in=[])
    for named, standing, _count in _standings():
        if named is phase:
            wanted |= Q(**standing)
    return Card.objects.select_related("site").annotate(held=held).filter(wanted).order_by("id")


def _standings() -> Iterator[tuple[rules.Phase, dict[str, object], int]]:
    """Yield every combination of axes that there is, with its phase and its number of cards. One statement.

    All cards are counted from an index alone; those that are held, few, are counted apart and taken off.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH counted AS (
                SELECT progress, place_kind, notice, visit, terminal, disposal, FALSE AS held, count(*) AS number
                  FROM cards_card GROUP BY 1, 2, 3, 4, 5, 6
            ), held AS (
                SELECT progress, place_kind, notice, visit, terminal, disposal, TRUE AS held, count(*) AS number
                  FROM cards_card WHERE id IN (SELECT h.card_id FROM cards_hold h WHERE h.released_at IS NULL) GROUP BY 1, 2, 3, 4, 5, 6
            )
            SELECT c.progress, c.place_kind, c.notice, c.visit, c.terminal, c.disposal, c.held, c.number - COALESCE(h.number, 0) AS count
              FROM counted c LEFT JOIN held h USING (progress, place_kind, notice, visit, terminal, disposal)
             WHERE c.number > COALESCE(h.number, 0)
            UNION ALL SELECT * FROM held
            """
        )
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        count = int(row.pop("count"))
        facts = rules.CardFacts(
            rules.Progress(row["progress"]),
            rules.PlaceKind(row["place_kind"]),
            rules.Notice(row["notice"]),
            rules.Visit(row["visit"]),
            rules.Terminal(row["terminal"]),
            rules.Disposal(row["disposal"]),
            frozenset({rules.HoldKind.INVESTIGATION}) if row["held"] else frozenset(),
        )
        yield rules.phase(facts), row, count


def list_cards(state: str | None) -> "QuerySet[Card]":
    """Return the cards at a value of progress, all of them for None or `all`; raises ValueError for an unknown value."""
    cards = Card.objects.select_related("site").order_by("id")
    if state in {None, "", "all"}:
        return cards
    return cards.filter(progress=rules.Progress(str(state)).value)


def live_cards() -> "QuerySet[Card]":
    """Return the cards that are not yet delivered and have not ended."""
    return Card.objects.exclude(progress__in=[value.value for value in ENDED]).order_by("id")


def history(card_pk: int) -> "QuerySet[CardEvent]":
    """Return the events of a card, newest first."""
    return CardEvent.objects.filter(card_id=card_pk).order_by("-id")


def holds(card_pk: int) -> "QuerySet[Hold]":
    """Return all holds of a card, open ones first."""
    return Hold.objects.filter(card_id=card_pk).order_by("released_at", "-since")


PROGRESS_COLUMNS = ("id", "application_id", "serial", "dispatch_no", "progress", "place_kind", "notice", "visit", "terminal", "version")


def listing(state: str | None) -> Iterator[Mapping[str, object]]:
    """Yield the rows of the progress list: numbers and states, no name (DL-05: never number, secret and name together)."""
    yield from list_cards(state).values(*PROGRESS_COLUMNS).iterator(chunk_size=2000)


def protected_subjects() -> Iterator[str]:
    """Yield the keys under which the operation log knows the cards under 支援措置. One statement."""
    held = Hold.objects.filter(kind=rules.HoldKind.PROTECTED, released_at__isnull=True)
    yield from (f"card:{pk}" for pk in held.values_list("card_id", flat=True))
