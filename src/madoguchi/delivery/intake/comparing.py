"""What a list that was read would do to each card, row by row: what the second person looks at before approving (DL-01).

Which rows differ is asked of the database by the very comparison that applying makes; a page of them is then read and named in words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from django.utils.translation import gettext as _

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards.masking import masked
from madoguchi.delivery.cards.models import Card, CardEvent
from madoguchi.delivery.intake import staging
from madoguchi.delivery.intake.mappings import FIELDS, Layout
from madoguchi.delivery.intake.models import ImportBatch, ImportProblem, StagedRow
from madoguchi.delivery.intake.services import layout_of_batch
from madoguchi.delivery.intake.staging import Kind
from madoguchi.kernel.numbers import display_serial

OPEN_STATES = frozenset({ImportBatch.State.FAULTY.value, ImportBatch.State.WAITING.value})
"""Only these still have their rows: what was applied stands in the register, and what was taken back nowhere."""
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """One listed column of a known card that the list says otherwise."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One card of a difference. `line` is None where the card does not stand in the list; a hidden one keeps its values to itself."""

    line: int | None
    card_pk: int | None
    application_id: str
    serial: str
    name: str
    cells: tuple[Cell, ...] = ()
    is_hidden: bool = False
    is_awaited_again: bool = False


class Differing(Sequence[Line]):
    """The cards of one kind of difference of a batch, read page by page."""

    def __init__(self, batch: ImportBatch, kind: Kind) -> None:
        self._batch, self._kind = batch, kind
        self._compared = staging.compared_columns(layout_of_batch(batch))
        self._count: int | None = None

    def __len__(self) -> int:
        if self._count is None:
            self._count = staging.count_differing(self._batch.pk, self._compared, self._kind)
        return self._count

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, int):
            return self._lines(index, 1)[0]
        start = index.start or 0
        return self._lines(start, (len(self) if index.stop is None else index.stop) - start)

    def _lines(self, offset: int, most: int) -> list[Line]:
        found = staging.differing(self._batch.pk, self._compared, self._kind, offset=offset, most=most)
        pks = [pk for _number, pk in found if pk is not None]
        known = Card.objects.in_bulk(pks)
        held = cards.open_holds_of(pks)
        numbers = [number for number, _pk in found if number is not None]
        staged = {row.line: row for row in StagedRow.objects.filter(batch_id=self._batch.pk, line__in=numbers)}
        return [
            _line(
                staged.get(number) if number is not None else None,
                known.get(pk) if pk is not None else None,
                self._compared,
                is_hidden=pk is not None and bool(rules.blocking_holds(held.get(pk, frozenset()), rules.Effect.PLACE_LIST)),
            )
            for number, pk in found
        ]


def _line(row: StagedRow | None, card: Card | None, compared: Sequence[str], *, is_hidden: bool) -> Line:
    """Put one card in words; the values of a card that may stand on no list with a place are told on its own page only."""
    shown = row or card
    assert shown is not None  # a difference is of a row, of a card, or of both
    cells: list[Cell] = []
    if row is not None and card is not None:
        for column in compared:
            before, after = getattr(card, column), getattr(row, column)
            if before != after:
                cells.append(Cell(FIELDS[column].title, "" if is_hidden else _word(before), "" if is_hidden else _word(after)))
    return Line(
        row.line if row is not None else None,
        card.pk if card is not None else None,
        shown.application_id_shown,
        display_serial(shown.serial) if shown.serial else "",
        masked(shown.name),
        tuple(cells),
        is_hidden=is_hidden,
        is_awaited_again=row is not None and card is not None and card.import_undone,
    )


def _word(value: object) -> str:
    if isinstance(value, bool):
        return _("あり") if value else _("なし")
    return "" if value is None else str(value)


RESULT_HEADER = ("行", "申請書ID", "結果", "内容")


def _place_and_words(problem: ImportProblem, layout: Layout) -> str:
    """Return where a spreadsheet shows a problem (N行 X列 with the title of the column), and its words."""
    letter = layout.letter_of(problem.column)
    place = f"{problem.row}行{letter}列 " if letter else ""
    return f"{place}{problem.column}: {problem.message}"


def result_rows(batch: ImportBatch) -> Iterator[tuple[str, str, str, str]]:
    """Yield the result of a batch, one line a row of the list and one a card that it lacks: numbers and words, no name, no value.

    While the batch waits every row is told; afterwards what was refused, and which cards became new or were changed.
    """
    layout = layout_of_batch(batch)
    for problem in ImportProblem.objects.filter(batch=batch).order_by("line", "pk").iterator(_AT_ONCE):
        yield str(problem.line), "", _("受付不可") if problem.is_error else _("注意"), _place_and_words(problem, layout)
    if batch.state in OPEN_STATES:
        yield from _expected(batch)
    elif batch.state == ImportBatch.State.APPLIED:
        yield from _done(batch)


def _expected(batch: ImportBatch) -> Iterator[tuple[str, str, str, str]]:
    compared = staging.compared_columns(layout_of_batch(batch))
    for line, shown, fields, is_new in staging.every_row(batch.pk, compared):
        result = _("新規") if is_new else _("変更") if fields else _("変更なし")
        yield str(line), shown, result, "、".join(FIELDS[column].title for column in fields)
    missing = [pk for _number, pk in staging.differing(batch.pk, compared, Kind.GONE) if pk is not None]
    for start in range(0, len(missing), _AT_ONCE):
        known = Card.objects.filter(pk__in=missing[start : start + _AT_ONCE]).order_by("pk")
        for shown in known.values_list("application_id_shown", flat=True):
            yield "", shown, _("一覧にない未着カード"), ""


def _done(batch: ImportBatch) -> Iterator[tuple[str, str, str, str]]:
    """Say from the history of the cards what the batch did; one that brought a card back stands there by what changed."""
    events = CardEvent.objects.filter(act="import", axis__in=("progress", "data"), detail__contains={"batch": batch.pk}).order_by("id")
    for shown, axis, version, detail in events.values_list("card__application_id_shown", "axis", "version", "detail").iterator(_AT_ONCE):
        if axis == "progress" and version == 1:
            yield "", shown, _("新規"), ""
        elif axis == "data":
            yield "", shown, _("変更"), "、".join(FIELDS[column].title for column in detail.get("fields", ()))
