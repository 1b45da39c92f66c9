"""Printing letters. Nothing is released that was not read back; nothing is printed for a card that is stopped."""

import contextlib
import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.cards.rules import Effect, Evidence, HoldKind, Notice, blocking_holds
from madoguchi.delivery.dispatch import audited, labels, letters, queries, rules
from madoguchi.delivery.dispatch.choosing import Choice
from madoguchi.delivery.dispatch.folder import kept_file, letters_folder, parts_folder
from madoguchi.delivery.dispatch.letters import Composed, Frame, Recipient, compose
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, OtherAddress, Sheet, Way
from madoguchi.delivery.dispatch.rules import month_day
from madoguchi.delivery.dispatch.texts import LetterWords
from madoguchi.kernel.labels import SHEET_LETTER, own_code
from madoguchi.kernel.names import has_gaiji
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents import readback
from madoguchi.platform.documents.batches import BatchStopped, Printed, print_batch
from madoguchi.platform.documents.labels import pages_with_start
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Progress

# A batch has thousands of sheets: statements for some hundred rows keep what Django builds for them small.
ROWS_AT_ONCE = 250
CARDS_AT_ONCE = 1000  # whose rows are read anew when their letters are released: all 5,000 would be the most memory of a batch
# First key of the advisory locks by which a batch that is being printed is known to live; the second comes from its number.
LIFE_SIGN = 0x4C6574
# Parts of a paused batch are people's letters: they are not kept for ever.
PAUSED_DAYS = 7


class NothingToPrint(Exception):
    """No card of the choice may have a letter."""


class PrintingStopped(Exception):
    """A batch was stopped by a mismatch and nobody has looked into it yet: nothing more is printed (T-20)."""


class Paused(Exception):
    """Somebody asked for a pause: the batch stands still, what was checked so far is kept, and it can go on."""

    def __init__(self, batch: UUID) -> None:
        super().__init__(f"letters:{batch}")
        self.batch = batch


class CardsChanged(Exception):
    """While the batch was printed, cards changed or were stopped; nothing was released. `serials` names the cards."""

    def __init__(self, serials: Sequence[str]) -> None:
        super().__init__(f"{len(serials)} cards changed")
        self.serials = tuple(serials)


class ReasonMissing(Exception):
    """`count` of the chosen cards have a letter of this kind that was printed and not yet sent; why is it printed again?"""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} reprints without a reason")
        self.count = count


class WrongState(Exception):
    """The batch is not in the state that the command needs; it was done already, or by somebody else."""


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What is printed beside the cards: the kind, the way by post, why again, and for labels the first place on the sheet."""

    kind: Kind = Kind.NOTICE
    way: Way = Way.ORDINARY
    reprint_reason: str = ""
    start_at: int = 1


def reprints(cards_chosen: Sequence[Card], kind: Kind) -> frozenset[int]:
    """Return the cards whose letter of this kind was printed and not yet sent: another one takes its place, and somebody has a reason."""
    if kind in rules.MAKE_ACT:
        return frozenset(card.pk for card in cards_chosen if card.notice == Notice.MADE)
    return queries.printed_and_unsent([card.pk for card in cards_chosen], kind)


def print_letters(choice: Choice, out: Path | None, actor: Actor, *, progress: Progress, order: Order | None = None) -> Batch:
    """Print the letters of the chosen cards into `out` and record them as made.

    The batch is fixed first, printed and read back outside any transaction, and released in one: axis, history, operation log, and last
    of all the name of the file. Without `out` the zone keeps the PDF (`kept_file`), to be opened from the batch's page until it is sent;
    such a batch can be paused, and goes on after a kill (`resume_batch`).

    Raises NothingToPrint, ReasonMissing, PrintingStopped, CardsChanged, Paused, texts.UnknownPlaceholder, and what `print_batch` raises;
    `out` does not appear then, no card changes, and the batch says why it ended.
    """
    wanted = order or Order()
    if not choice.cards:
        raise NothingToPrint
    again = reprints(choice.cards, wanted.kind)
    if again and not wanted.reprint_reason.strip():
        raise ReasonMissing(len(again))
    find_interrupted()
    with _sign_of_life(uuid4()) as pk:
        batch, sheets = _fix_batch(pk, choice, wanted, actor)
        _print(batch, sheets, choice.cards, out, actor, progress)
    return batch


def resume_batch(pk: UUID, actor: Actor, *, progress: Progress) -> Batch:
    """Go on with a batch that was paused or cut off, behind its checked parts. Raises WrongState, and what `print_letters` raises."""
    if queries.open_stop():
        raise PrintingStopped
    with _sign_of_life(pk):
        if not Batch.objects.filter(pk=pk, state=BatchState.PAUSED).update(state=BatchState.PRINTING, pause_asked=False, failure=""):
            raise WrongState
        batch = Batch.objects.get(pk=pk)
        sheets = list(batch.sheets.select_related("card", "card__delivery_place"))
        changed = [sheet.card.serial for sheet in sheets if sheet.card.version != sheet.card_version]
        if changed:
            error = CardsChanged(changed)
            _give_up(batch, error, actor)
            raise error
        record(actor, audited.PRINT_LETTERS, subject=f"letters:{pk}", content={"step": "resumed", "sheets": len(sheets)})
        _print(batch, sheets, [sheet.card for sheet in sheets], None, actor, progress)
    return batch


@transaction.atomic
def ask_for_pause(batch: Batch, actor: Actor) -> None:
    """Let a batch that is being printed stand still after its next part. Raises WrongState when it is not being printed."""
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.PRINTING).update(pause_asked=True):
        raise WrongState
    record(actor, audited.PRINT_LETTERS, subject=f"letters:{batch.pk}", content={"step": "pause asked"})


@transaction.atomic
def give_up_batch(batch: Batch, actor: Actor) -> None:
    """End a paused batch for good: its parts go, its sheets are void, no card has changed. Raises WrongState."""
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.PAUSED).exists():
        raise WrongState
    _give_up(batch, InterruptedError(), actor)


class _Watching:
    """Progress that looks after each part whether somebody asked for a pause."""

    def __init__(self, progress: Progress, batch: Batch) -> None:
        self._progress, self._batch = progress, batch

    def advance(self, done: int, total: int | None = None, note: str = "") -> None:
        self._progress.advance(done, total, note)
        if Batch.objects.filter(pk=self._batch.pk, pause_asked=True).exists():
            raise Paused(self._batch.pk)


def _print(batch: Batch, sheets: list[Sheet], chosen: Sequence[Card], out: Path | None, actor: Actor, progress: Progress) -> None:
    target = out or kept_file(batch)
    draft = target.with_name(f".{batch.pk}.pdf")
    parts = parts_folder(batch) if out is None and batch.kind != Kind.LABEL else None
    try:
        composed, printed = _set(batch, sheets, chosen, draft, parts, _Watching(progress, batch))
        _release(batch, sheets, chosen, composed, printed, target, actor, keep=out is None)
    except Paused:
        if parts is None:
            _give_up(batch, InterruptedError(), actor)
        else:
            Batch.objects.filter(pk=batch.pk).update(state=BatchState.PAUSED, pause_asked=False)
        raise
    except BaseException as error:
        draft.unlink(missing_ok=True)
        _give_up(batch, error, actor)
        raise


def _set(
    batch: Batch, sheets: Sequence[Sheet], chosen: Sequence[Card], draft: Path, parts: Path | None, progress: Progress
) -> tuple[list[tuple[list[str], str]], Printed]:
    """Print the sheets of a batch to `draft`; returns what each lacks (shapes, customer barcode) and the printed file, a digest a sheet."""
    kind, shelf, notes = Kind(batch.kind), zone_shelf(), list[tuple[list[str], str]]()
    frame = letters.frame(
        kind,
        LetterWords(**batch.words),
        shelf,
        made_on=batch.made_on,
        deadline=batch.deadline,
        public_url=settings.MADOGUCHI_PUBLIC_URL,
        municipality=cards.own_municipality().short_name,
        way=Way(batch.way),
    )
    recipients = recipients_for(kind, chosen, frame.made_on)
    if kind is Kind.LABEL:
        items = [
            labels.Concealing(recipient, sheet.code, f"{sheet.number} / {len(sheets)}")
            for sheet, recipient in zip(sheets, recipients, strict=True)
        ]
        printed = labels.print_concealing(items, frame, draft, progress=progress, start_at=batch.start_at)
        pages = pages_with_start(len(items), labels.CONCEALING.per_page, batch.start_at)
        digests = [digest for digest, places in zip(printed.page_digests, pages, strict=True) for _place in places]
        return [([], "") for _item in items], dataclasses.replace(printed, page_digests=tuple(digests))
    printed = print_batch(
        letters.LAYOUT_OF[kind],
        letters.common_data(frame),
        _noting_what_is_missing(_compose_all(sheets, recipients, frame), notes),
        draft,
        total=len(sheets),
        shelf=shelf,
        progress=progress,
        parts_folder=parts,
    )
    return notes, printed


@contextlib.contextmanager
def _sign_of_life(pk: UUID) -> Iterator[UUID]:
    """Hold an advisory lock of this session while the batch is printed; PostgreSQL releases it however the process ends."""
    keys = [LIFE_SIGN, pk.int & 0x7FFFFFFF]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", keys)
    try:
        yield pk
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", keys)


def find_interrupted() -> list[UUID]:
    """Pause batches whose process is gone, or give them up when nothing of them was kept; returns their numbers.

    Batches that nobody went on with for PAUSED_DAYS are given up as well.
    """
    found: list[UUID] = []
    for forgotten in Batch.objects.filter(state=BatchState.PAUSED, made_on__lt=clock.today() - dt.timedelta(days=PAUSED_DAYS)):
        _give_up(forgotten, TimeoutError(), automatic("letters"))
    printing = list(Batch.objects.filter(state=BatchState.PRINTING))
    for batch in printing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LIFE_SIGN, batch.pk.int & 0x7FFFFFFF])
            if cursor.fetchone() == (True,):
                if parts_folder(batch).is_dir():
                    Batch.objects.filter(pk=batch.pk).update(state=BatchState.PAUSED, failure="InterruptedError", pause_asked=False)
                    content = {"step": "interrupted"}
                    record(
                        automatic("letters"), audited.PRINT_LETTERS, subject=f"letters:{batch.pk}", content=content, result=Result.FAILED
                    )
                else:
                    _give_up(batch, InterruptedError(), automatic("letters"))
                found.append(batch.pk)
    if found and len(found) == len(printing):
        for left in letters_folder().glob(".*"):
            if left.name.startswith(".parts-"):
                continue
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return found


@transaction.atomic
def _fix_batch(pk: UUID, choice: Choice, order: Order, actor: Actor) -> tuple[Batch, list[Sheet]]:
    if queries.open_stop():
        raise PrintingStopped
    version = queries.text_in_force(order.kind)
    words = LetterWords(**version.words) if version else queries.first_words(order.kind)
    batch = Batch.objects.create(
        pk=pk,
        kind=order.kind,
        way=order.way,
        made_on=clock.today(),
        made_by=actor.user_id,
        deadline=clock.today() + dt.timedelta(days=words.deadline_days),
        words=dataclasses.asdict(words),
        text_number=version.number if version else None,
        reprint_reason=order.reprint_reason.strip()[:200],
        start_at=order.start_at,
    )
    sheets = [
        Sheet(pk=number, batch=batch, card=card, number=place, code=own_code(SHEET_LETTER, number), card_version=card.version)
        for place, (number, card) in enumerate(zip(_sheet_numbers(len(choice.cards)), choice.cards, strict=True), start=1)
    ]
    Sheet.objects.bulk_create(sheets, batch_size=ROWS_AT_ONCE)
    if order.kind in letters.WITH_CODE and cards.municipality().uses_booking_codes:
        card_services.make_missing_codes([card.pk for card in choice.cards])
    content = {"step": "begun", "kind": order.kind.value, "sheets": len(sheets)}
    record(actor, audited.PRINT_LETTERS, subject=f"letters:{batch.pk}", content=content)
    return batch, sheets


def _sheet_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('dispatch_sheet', 'id')) FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def recipients_for(kind: Kind, chosen: Sequence[Card], on: dt.date) -> list[Recipient]:
    """Return whom letters of a kind go to for these cards on a day, in their order, with their codes; three statements at most."""
    pks = [card.pk for card in chosen]
    with_code = kind in letters.WITH_CODE and cards.municipality().uses_booking_codes
    codes = card_services.booking_codes_of(pks) if with_code else {}
    others, holds = queries.other_addresses_of(pks, on), cards.open_holds_of(pks)
    return [_recipient(card, codes, others.get(card.pk), holds.get(card.pk, frozenset())) for card in chosen]


def recipients_of(batch: Batch) -> list[Recipient]:
    """Return whom the valid sheets of a batch go to, in their order, without their codes: for address labels and lists.

    A card that was stopped since gets none: its sheet is pulled out, and an address must not appear that nobody may write to (DL-30).
    """
    found = [sheet.card for sheet in batch.sheets.filter(void=False).select_related("card", "card__delivery_place")]
    pks = [card.pk for card in found]
    others, holds = queries.other_addresses_of(pks, clock.today()), cards.open_holds_of(pks)
    return [
        _recipient(card, {}, others.get(card.pk), held)
        for card in found
        if not blocking_holds(held := holds.get(card.pk, frozenset()), Effect.LETTER)
    ]


def _recipient(card: Card, codes: Mapping[int, str], other: OtherAddress | None, holds: frozenset[HoldKind]) -> Recipient:
    # The booking site answers for a protected person as for a wrong number: the letter leads to the telephone, with no code and no QR.
    place, is_protected = card.delivery_place, HoldKind.PROTECTED in holds
    return Recipient(
        serial=card.serial,
        code=None if is_protected else codes.get(card.pk),
        name=card.name,
        postcode=other.postcode if other else card.postcode,
        address=letters.address_lines(other.address, "") if other else letters.address_lines(card.address, card.house),
        place="\n".join(part for part in (place.name, place.address) if part) if place else "",
        telephone=place.telephone if place else "",
        birthday_known=month_day(card.born) is not None and not is_protected,
    )


def _compose_all(sheets: Sequence[Sheet], recipients: Sequence[Recipient], frame: Frame) -> Iterator[Composed]:
    for sheet, recipient in zip(sheets, recipients, strict=True):
        yield compose(recipient, frame, sheet_code=sheet.code, order=f"{sheet.number} / {len(sheets)}")


def _noting_what_is_missing(composed: Iterable[Composed], notes: list[tuple[list[str], str]]) -> Iterator[readback.Sheet]:
    """Yield the sheets one after the other, and keep what each lacks."""
    for item in composed:
        notes.append((list(item.missing), item.uncoded))
        yield item.sheet


@transaction.atomic
def _release(
    batch: Batch,
    sheets: Sequence[Sheet],
    chosen: Sequence[Card],
    notes: Sequence[tuple[list[str], str]],
    printed: Printed,
    out: Path,
    actor: Actor,
    *,
    keep: bool,
) -> None:
    kind, pks = Kind(batch.kind), [card.pk for card in chosen]
    again = reprints(chosen, kind)
    _mark_made(batch, sheets, chosen, again, actor)
    Sheet.objects.filter(card_id__in=pks, void=False, batch__state=BatchState.CHECKED, batch__kind__in=_replaced_by(kind)).filter(
        dispatch__sent_on__isnull=True
    ).update(void=True, void_reason="刷り直し")
    _note_pages(sheets, notes, printed.page_digests)
    times = queries.times_sent(pks, kind)
    others = queries.other_addresses_of(pks, batch.made_on)
    dispatches = [
        Dispatch(
            card=card,
            sheet=sheet,
            kind=kind,
            way=batch.way,
            postcode=others[card.pk].postcode if card.pk in others else card.postcode,
            name=card.name,
            address=letters.address_of(card, others.get(card.pk)),
            times=times.get(card.pk, 0) + 1,
            has_gaiji=has_gaiji(card.name + card.address + card.house),
        )
        for sheet, card in zip(sheets, chosen, strict=True)
    ]
    Dispatch.objects.bulk_create(dispatches, batch_size=ROWS_AT_ONCE)
    batch.state, batch.sha256, batch.kept = BatchState.CHECKED, printed.sha256, keep
    batch.save(update_fields=["state", "sha256", "kept"])
    record(
        actor,
        audited.PRINT_LETTERS,
        subject=f"letters:{batch.pk}",
        content={"step": "released", "sheets": len(sheets), "pages": len(set(printed.page_digests)), "sha256": printed.sha256},
        reason=batch.reprint_reason if again else "",
    )
    printed.path.replace(out)


def _note_pages(sheets: Sequence[Sheet], notes: Sequence[tuple[list[str], str]], digests: Sequence[str]) -> None:
    """Write on every sheet the page that was checked and what it lacks: one statement, whose size is that of the values alone."""
    rows = [
        (sheet.pk, digest, json.dumps(without_shape, ensure_ascii=False), uncoded)
        for sheet, (without_shape, uncoded), digest in zip(sheets, notes, digests, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_sheet s SET page_digest = r.digest, missing = r.missing, uncoded = r.uncoded"
            " FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::text[]) AS r (id, digest, missing, uncoded) WHERE s.id = r.id",
            [list(column) for column in zip(*rows, strict=True)],
        )


def _replaced_by(kind: Kind) -> tuple[Kind, ...]:
    """Return the kinds whose unsent sheets a new sheet of `kind` takes the place of."""
    return tuple(rules.MAKE_ACT) if kind in rules.MAKE_ACT else (kind,)


def _mark_made(batch: Batch, sheets: Sequence[Sheet], chosen: Sequence[Card], again: frozenset[int], actor: Actor) -> None:
    """Take the act of printing on every card, or see that none of them has changed; raises CardsChanged."""
    kind, serials = Kind(batch.kind), {card.pk: card.serial for card in chosen}
    expected = [
        card_services.Expected(card.pk, sheet.card_version, _why(batch, sheet, again=card.pk in again))
        for sheet, card in zip(sheets, chosen, strict=True)
    ]
    if kind in rules.MAKE_ACT:
        refused = list[int]()
        for start in range(0, len(expected), CARDS_AT_ONCE):
            part = expected[start : start + CARDS_AT_ONCE]
            try:
                card_services.perform_on_many(rules.MAKE_ACT[kind], actor, part, detail={"notice_deadline": batch.deadline})
            except card_services.SomeRefused as error:
                refused += error.card_pks
        if refused:
            raise CardsChanged([serials[pk] for pk in refused])
        return
    present = {card.pk: card for card in Card.objects.select_for_update().filter(pk__in=list(serials)).order_by("pk")}
    holds = cards.open_holds_of(list(serials))
    evidence = Evidence(today=clock.today(), actor=actor.user_id)
    wrong = [
        item.card_pk
        for item in expected
        if present[item.card_pk].version != item.version
        or blocking_holds(holds.get(item.card_pk, frozenset()), Effect.LETTER)
        or rules.reason_against(kind, present[item.card_pk].facts(holds.get(item.card_pk, frozenset())), evidence)
    ]
    # Somebody else may have printed the same letters meanwhile; with a reason they are printed again on purpose.
    if not batch.reprint_reason:
        wrong += queries.printed_and_unsent(list(serials), kind)
    if wrong:
        raise CardsChanged([serials[pk] for pk in dict.fromkeys(wrong)])


def _why(batch: Batch, sheet: Sheet, *, again: bool) -> str:
    return f"{Kind(batch.kind).label} {sheet.code}" + (f" 刷り直し: {batch.reprint_reason}" if again else "")


@transaction.atomic
def _give_up(batch: Batch, error: BaseException, actor: Actor) -> None:
    mismatches = error.mismatches if isinstance(error, BatchStopped) else ()
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.STOPPED if mismatches else BatchState.GIVEN_UP,
        mismatches=[dataclasses.asdict(mismatch) for mismatch in mismatches],
        failure=type(error).__name__,
    )
    Sheet.objects.filter(batch=batch).update(void=True, void_reason="放出されなかった")
    shutil.rmtree(parts_folder(batch), ignore_errors=True)
    record(
        actor,
        audited.PRINT_LETTERS,
        subject=f"letters:{batch.pk}",
        content={"step": "ended", "why": type(error).__name__, "mismatches": [mismatch.sheet_id for mismatch in mismatches]},
        result=Result.FAILED,
    )


@transaction.atomic
def open_pdf(batch: Batch, actor: Actor) -> Path | None:
    """Record that somebody opens the letters of a batch, and return their file; None when it is not kept any more."""
    path = kept_file(batch)
    if not (batch.kept and path.is_file()):
        return None
    record(actor, audited.OPEN_LETTERS, subject=f"letters:{batch.pk}", content={"sha256": batch.sha256})
    return path


def expire_letters(actor: Actor) -> int:
    """Remove the PDFs that were made longer ago than the municipality set and never sent as a whole; returns how many (S28).

    The batch, its sheets and what was sent of them stay; a letter that is still wanted is printed anew with a reason.
    """
    days = cards.municipality().days_letters_kept
    old = Batch.objects.filter(kept=True, made_at__lt=clock.now() - dt.timedelta(days=days))
    gone = 0
    for batch in old:
        with transaction.atomic():
            if Batch.objects.filter(pk=batch.pk, kept=True).update(kept=False):
                record(actor, audited.LETTERS_EXPIRED, subject=f"letters:{batch.pk}", content={"days": days})
                gone += 1
        kept_file(batch).unlink(missing_ok=True)
    return gone


@transaction.atomic
def clear_stop(batch: Batch, actor: Actor, *, reason: str) -> None:
    """Let printing go on after somebody found out why a batch was stopped. Raises WrongState, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("reason")
    cleared = Batch.objects.filter(pk=batch.pk, state=BatchState.STOPPED, cleared_at__isnull=True).update(
        cleared_at=clock.now(), cleared_by=actor.user_id, cleared_reason=reason.strip()
    )
    if not cleared:
        raise WrongState
    record(actor, audited.CLEAR_STOP, subject=f"letters:{batch.pk}", reason=reason)
