"""Printing and sending letters. Nothing is released that was not read back; nothing is sent for a card that is stopped."""

import contextlib
import dataclasses
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.cards import rules
from madoguchi.delivery.cards import services as card_services
from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.dispatch import audited, notice, queries
from madoguchi.delivery.dispatch.choosing import Choice
from madoguchi.delivery.dispatch.models import Batch, BatchState, Dispatch, Kind, LetterText, LetterTextChange, Sheet
from madoguchi.delivery.dispatch.notice import Composed, Recipient, compose
from madoguchi.delivery.dispatch.rules import month_day
from madoguchi.delivery.dispatch.texts import NoticeText
from madoguchi.kernel.labels import own_code
from madoguchi.kernel.names import has_gaiji
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents import readback
from madoguchi.platform.documents.batches import BatchStopped, Printed, print_batch
from madoguchi.platform.documents.fonts import Shelf
from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Progress, Silent

SHEET_LETTER = "L"
# First key of the advisory locks by which a batch that is being printed is known to live; the second comes from its number.
LIFE_SIGN = 0x4C6574
_SEND = rules.ACT_BY_CODE["send_notice"]


class NothingToPrint(Exception):
    """No card of the choice may have a letter."""


class PrintingStopped(Exception):
    """A batch was stopped by a mismatch and nobody has looked into it yet: nothing more is printed (T-20)."""


class CardsChanged(Exception):
    """While the batch was printed, cards changed or were stopped; nothing was released. `serials` names the cards."""

    def __init__(self, serials: Sequence[str]) -> None:
        super().__init__(f"{len(serials)} cards changed")
        self.serials = tuple(serials)


class PullFirst(Exception):
    """Sheets have to be taken out of the pile before it is sent: their cards were stopped after printing."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(f"{len(codes)} sheets to pull")
        self.codes = tuple(codes)


class ReasonMissing(Exception):
    """`count` of the chosen cards have a notice that was printed and not yet sent; why is it printed again?"""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} reprints without a reason")
        self.count = count


class WrongState(Exception):
    """The batch is not in the state that the command needs; it was done already, or by somebody else."""


def is_reprint(card: Card) -> bool:
    """Tell whether a notice of this card was printed and not yet sent: another one takes its place, and somebody has a reason for it."""
    return card.notice == rules.Notice.MADE


def print_notices(choice: Choice, out: Path | None, actor: Actor, *, progress: Progress, reprint_reason: str = "") -> Batch:
    """Print the notices of the chosen cards into `out` and record them as made.

    The batch is fixed first, printed and read back outside any transaction, and released in one: axis, history, operation log, and last
    of all the name of the file. Without `out` the zone keeps the PDF (`kept_file`), to be opened from the batch's page until it is sent.

    `reprint_reason` says why notices that were made already are printed again; it stands in the history and the log of those cards.

    Raises NothingToPrint, ReasonMissing, PrintingStopped, CardsChanged, and what `print_batch` raises; `out` does not appear then, no
    card changes, and the batch says why it ended.
    """
    if not choice.cards:
        raise NothingToPrint
    if not reprint_reason.strip() and (again := sum(map(is_reprint, choice.cards))):
        raise ReasonMissing(again)
    text = queries.notice_text()
    find_interrupted()
    with _sign_of_life(uuid4()) as pk:
        batch, sheets = _fix_batch(pk, choice, text, actor)
        target = out or kept_file(batch)
        draft = target.with_name(f".{batch.pk}.pdf")
        try:
            shelf, missing = zone_shelf(), list[list[str]]()
            printed = print_batch(
                notice.LAYOUT,
                notice.common_data(text, shelf, today=clock.today(), public_url=settings.MADOGUCHI_PUBLIC_URL),
                _noting_what_is_missing(_compose_all(batch, sheets, choice.cards, text, shelf), missing),
                draft,
                total=len(sheets),
                shelf=shelf,
                progress=progress,
            )
            _release(batch, sheets, choice.cards, missing, printed, target, actor, keep=out is None, reprint_reason=reprint_reason)
        except BaseException as error:
            draft.unlink(missing_ok=True)
            _give_up(batch, error, actor)
            raise
    return batch


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
    """Give up batches whose process is gone, remove what it left in the zone's folder, and return their numbers."""
    found: list[UUID] = []
    printing = list(Batch.objects.filter(state=BatchState.PRINTING))
    for batch in printing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LIFE_SIGN, batch.pk.int & 0x7FFFFFFF])
            if cursor.fetchone() == (True,):
                _give_up(batch, InterruptedError(), automatic("letters"))
                found.append(batch.pk)
    if found and len(found) == len(printing):
        for left in letters_folder().glob(".*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return found


@transaction.atomic
def _fix_batch(pk: UUID, choice: Choice, text: NoticeText, actor: Actor) -> tuple[Batch, list[Sheet]]:
    if queries.open_stop():
        raise PrintingStopped
    deadline = clock.today() + dt.timedelta(days=text.deadline_days)
    batch = Batch.objects.create(pk=pk, kind=Kind.NOTICE, made_by=actor.user_id, deadline=deadline)
    sheets = [
        Sheet(pk=number, batch=batch, card=card, number=place, code=own_code(SHEET_LETTER, number), card_version=card.version)
        for place, (number, card) in enumerate(zip(_sheet_numbers(len(choice.cards)), choice.cards, strict=True), start=1)
    ]
    Sheet.objects.bulk_create(sheets)
    record(actor, audited.PRINT_LETTERS, subject=f"letters:{batch.pk}", content={"step": "begun", "sheets": len(sheets)})
    return batch, sheets


def _sheet_numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('dispatch_sheet', 'id')) FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _compose_all(batch: Batch, sheets: Sequence[Sheet], chosen: Sequence[Card], text: NoticeText, shelf: Shelf) -> Iterator[Composed]:
    codes = card_services.booking_codes_of([card.pk for card in chosen]) if cards.municipality().uses_booking_codes else {}
    for sheet, card in zip(sheets, chosen, strict=True):
        yield compose(
            _recipient(card, codes),
            text,
            shelf,
            sheet_code=sheet.code,
            order=f"{sheet.number} / {len(sheets)}",
            deadline=batch.deadline,
            public_url=settings.MADOGUCHI_PUBLIC_URL,
        )


def _noting_what_is_missing(composed: Iterable[Composed], missing: list[list[str]]) -> Iterator[readback.Sheet]:
    """Give the sheets on to the press one by one, and keep of each only the code points that no font has."""
    for item in composed:
        missing.append(list(item.missing))
        yield item.sheet


def _recipient(card: Card, codes: Mapping[int, str]) -> Recipient:
    place = card.delivery_place
    return Recipient(
        serial=card.serial,
        code=codes.get(card.pk),
        name=card.name,
        postcode=card.postcode,
        address=notice.address_lines(card.address, card.house),
        place="\n".join(part for part in (place.name, place.address) if part) if place else "",
        telephone=place.telephone if place else "",
        birthday_known=month_day(card.born) is not None,
    )


@transaction.atomic
def _release(
    batch: Batch,
    sheets: Sequence[Sheet],
    chosen: Sequence[Card],
    missing: Sequence[list[str]],
    printed: Printed,
    out: Path,
    actor: Actor,
    *,
    keep: bool,
    reprint_reason: str,
) -> None:
    expected = [
        card_services.Expected(card.pk, sheet.card_version, _why(sheet, card, reprint_reason))
        for sheet, card in zip(sheets, chosen, strict=True)
    ]
    try:
        card_services.perform_on_many("make_notice", actor, expected, detail={"notice_deadline": batch.deadline})
    except card_services.SomeRefused as refused:
        serials = {card.pk: card.serial for card in chosen}
        raise CardsChanged([serials[pk] for pk in refused.card_pks]) from None
    pks = [card.pk for card in chosen]
    Sheet.objects.filter(card_id__in=pks, void=False, batch__state=BatchState.CHECKED).update(void=True, void_reason="刷り直し")
    for sheet, without_shape, digest in zip(sheets, missing, printed.page_digests, strict=True):
        sheet.page_digest, sheet.missing = digest, without_shape
    Sheet.objects.bulk_update(sheets, ["page_digest", "missing"], batch_size=1000)
    times = queries.times_sent(pks, Kind.NOTICE)
    Dispatch.objects.bulk_create(
        Dispatch(
            card=card,
            sheet=sheet,
            kind=Kind.NOTICE,
            postcode=card.postcode,
            name=card.name,
            address="\u3000".join(notice.address_lines(card.address, card.house)),
            times=times.get(card.pk, 0) + 1,
            has_gaiji=has_gaiji(card.name + card.address + card.house),
        )
        for sheet, card in zip(sheets, chosen, strict=True)
    )
    batch.state, batch.sha256, batch.kept = BatchState.CHECKED, printed.sha256, keep
    batch.save(update_fields=["state", "sha256", "kept"])
    record(
        actor,
        audited.PRINT_LETTERS,
        subject=f"letters:{batch.pk}",
        content={"step": "released", "sheets": len(sheets), "pages": len(printed.page_digests), "sha256": printed.sha256},
        reason=reprint_reason.strip() if any(map(is_reprint, chosen)) else "",
    )
    printed.path.replace(out)


def _why(sheet: Sheet, card: Card, reprint_reason: str) -> str:
    return f"交付案内 {sheet.code}" + (f" 刷り直し: {reprint_reason.strip()}" if is_reprint(card) else "")


@transaction.atomic
def _give_up(batch: Batch, error: BaseException, actor: Actor) -> None:
    mismatches = error.mismatches if isinstance(error, BatchStopped) else ()
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.STOPPED if mismatches else BatchState.GIVEN_UP,
        mismatches=[dataclasses.asdict(mismatch) for mismatch in mismatches],
        failure=type(error).__name__,
    )
    Sheet.objects.filter(batch=batch).update(void=True, void_reason="放出されなかった")
    record(
        actor,
        audited.PRINT_LETTERS,
        subject=f"letters:{batch.pk}",
        content={"step": "ended", "why": type(error).__name__, "mismatches": [mismatch.sheet_id for mismatch in mismatches]},
        result=Result.FAILED,
    )


def kept_file(batch: Batch) -> Path:
    """Return where the zone keeps the PDF of a batch until it is sent; the file is named by the batch and by nothing else."""
    return letters_folder() / f"{batch.pk}.pdf"


def letters_folder() -> Path:
    """Return the folder of kept PDFs, readable for this zone's processes only."""
    folder = Path(settings.MADOGUCHI_FOLDER) / "letters"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def sheets_to_pull(batch: Batch) -> list[Sheet]:
    """Return the sheets whose cards may no longer have a letter: they are taken out of the pile before it goes to the post."""
    found = list(Sheet.objects.filter(batch=batch, void=False).select_related("card"))
    holds = cards.open_holds_of([sheet.card_id for sheet in found])
    evidence = rules.Evidence(today=clock.today(), actor="")
    return [sheet for sheet in found if rules.refusal(_SEND, sheet.card.facts(holds.get(sheet.card_id, frozenset())), evidence)]


@transaction.atomic
def mark_sent(batch: Batch, actor: Actor, *, sent_on: dt.date, pulled: Iterable[str] = ()) -> int:
    """Record that the letters of a batch went to the post on `sent_on`, and remove the zone's copy of the PDF.

    `pulled` are the codes of the sheets that were taken out; unless they are exactly those of `sheets_to_pull`, PullFirst is raised.
    Raises WrongState when the batch is not checked or was sent already. Returns the number of letters sent.
    """
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.CHECKED).update(state=BatchState.SENT, sent_on=sent_on, kept=False):
        raise WrongState
    to_pull = sheets_to_pull(batch)
    if {sheet.code for sheet in to_pull} != set(pulled):
        raise PullFirst([sheet.code for sheet in to_pull])
    Sheet.objects.filter(pk__in=[sheet.pk for sheet in to_pull]).update(void=True, void_reason="発送前に抜き取り")
    sent = list(Sheet.objects.filter(batch=batch, void=False).select_related("card"))
    expected = [card_services.Expected(sheet.card_id, sheet.card.version, f"交付案内 {sheet.code}") for sheet in sent]
    card_services.perform_on_many("send_notice", actor, expected)
    Dispatch.objects.filter(sheet__in=sent).update(sent_on=sent_on)
    content = {"sheets": len(sent), "pulled": len(to_pull), "sent_on": sent_on.isoformat()}
    record(actor, audited.SEND_LETTERS, subject=f"letters:{batch.pk}", content=content)
    transaction.on_commit(lambda: kept_file(batch).unlink(missing_ok=True))
    return len(sent)


@transaction.atomic
def open_pdf(batch: Batch, actor: Actor) -> Path | None:
    """Record that somebody opens the letters of a batch, and return their file; None when it is not kept any more."""
    path = kept_file(batch)
    if not (batch.kept and path.is_file()):
        return None
    record(actor, audited.OPEN_LETTERS, subject=f"letters:{batch.pk}", content={"sha256": batch.sha256})
    return path


@transaction.atomic
def look_up_history(card: Card, actor: Actor) -> list[Dispatch]:
    """Return what was sent for a card, newest first, and record that somebody looked: name and address are in it."""
    record(actor, audited.VIEW_HISTORY, subject=f"card:{card.pk}")
    return list(queries.dispatches_of(card.pk))


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


def fits(text: NoticeText) -> bool:
    """Tell whether the words of a notice fit their places on the sheet; tried by printing a sample."""
    with tempfile.TemporaryDirectory(dir=letters_folder()) as folder:
        try:
            for by_staff in (False, True):
                print_sample(Path(folder, "sample.pdf"), text, by_staff=by_staff)
        except (BatchStopped, TypesettingFailed):
            return False
    return True


def print_sample(out: Path, text: NoticeText, *, by_staff: bool = False) -> Path:
    """Print one notice to a person who does not exist; its code opens nothing."""
    shelf, today = zone_shelf(), clock.today()
    nobody = Recipient(
        serial="ZZZ999999",
        code="00000000",
        name="見本　太郎",
        postcode="1000000",
        address=("見本県見本市見本一丁目１番地の１", "見本ハイツ１０１号"),
        place="見本市役所 マイナンバーカード窓口",
        telephone="00-0000-0000",
        birthday_known=not by_staff,
    )
    url = settings.MADOGUCHI_PUBLIC_URL
    item = compose(
        nobody,
        text,
        shelf,
        sheet_code=own_code(SHEET_LETTER, 0),
        order="1 / 1",
        deadline=today + dt.timedelta(text.deadline_days),
        public_url=url,
    )
    common = notice.common_data(text, shelf, today=today, public_url=url)
    return print_batch(notice.LAYOUT, common, [item.sheet], out, total=1, shelf=shelf, progress=Silent()).path


@transaction.atomic
def change_text(text: NoticeText, actor: Actor) -> None:
    """Save the words of the notice with their history."""
    before = dataclasses.asdict(queries.notice_text())
    after = dataclasses.asdict(text)
    LetterText.objects.update_or_create(kind=Kind.NOTICE, defaults={**after, "changed_by": actor.user_id, "changed_at": clock.now()})
    LetterTextChange.objects.create(kind=Kind.NOTICE, by=actor.user_id, before=before, after=after)
    changed = sorted(name for name in after if after[name] != before[name])
    record(actor, audited.CHANGE_TEXT, content={"kind": Kind.NOTICE.value, "changed": changed})
