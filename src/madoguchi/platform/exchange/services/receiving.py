"""Receiving: a file is checked in a fixed order and taken in whole, or refused with nothing changed.

Rows, position of the stream, receipt, ledger and event of the operation log are one transaction. A refusal is recorded as well, and what
could not be trusted at all (E01 to E06) is kept apart as a copy; the file on the medium is never touched.
"""

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.kfx_refusals import REFUSALS, KfxError, Refusal, RowFault
from madoguchi.kernel.purposes import Purpose, purpose_of
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import keys, media
from madoguchi.platform.exchange.audited import FILE_IMPORTED, MASS_CHANGE_LET_IN
from madoguchi.platform.exchange.handlers import SCHEMAS, Applied, Handler, RowRefusal, Source, handler_for
from madoguchi.platform.exchange.models import IncomingFile, IncomingStream, LedgerEntry, MassChange, OutgoingFile
from madoguchi.platform.exchange.services.receipts import ReceiptHandler, issue_receipt
from madoguchi.platform.exchange.services.sending import RECEIPT, SendingRefusedError, write_copy
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal as CommandRefusal
from madoguchi.platform.virus_scan import NotClean, require_clean

MASS_CHANGE = "E24"
NO_SCANNER = "ウイルス対策ソフトが設定されていません。検査せずに取り込みました。"
RECEIPT_NOT_WRITTEN = "受領書を書き出せませんでした。取り込みは終わっています。受領書は取り込みの画面からダウンロードしてください。"
FROM_ELSEWHERE: dict[Purpose, Sentence] = {
    Purpose.PRODUCTION: Sentence(
        "本番の環境で作られたファイルです。この環境では取り込めません。本番の環境の媒体か確かめ、持ち主へ返してください。"
    ),
    Purpose.VERIFICATION: Sentence("検証の環境で作られたファイルです。この環境では取り込めません。"),
    Purpose.TRAINING: Sentence("研修の環境で作られたファイルです。この環境では取り込めません。"),
}
COPY_NOT_KEPT = "不審なファイルの控えを保管できませんでした。媒体をそのまま保管してください。"
_EXCHANGE_NAME = re.compile(r"KFX_[0-9]{6}_(C2B|B2C)_[a-z]{1,16}_[0-9]{1,16}\.kfx")


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a file.

    Attributes:
        type, seq: what the file is; empty and None when that could not be trusted.
        taken, refused: rows taken in, and rows of an accepted file put on a work list.
        receipt_file: the receipt, None when there is none.
        receipt: where the receipt was written, None when it was not.
        refusal: why the file was refused, None when it was taken in.
        rows: the faulty rows of a refused file.
        detail: a technical remark without any personal value.
        imported_at: when a file that was taken in before was taken in.
        warnings: what the operator should know besides.
    """

    type: str = ""
    seq: int | None = None
    taken: int = 0
    refused: int = 0
    receipt_file: OutgoingFile | None = None
    receipt: Path | None = None
    refusal: Refusal | None = None
    rows: tuple[RowFault, ...] = ()
    detail: str = ""
    imported_at: datetime | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Attempt:
    """One import under way: what is known of the file so far."""

    actor: Actor
    entry: LedgerEntry
    started_at: datetime
    content: bytes | None = None
    sealed: kfx.Sealed | None = None
    scanned: bool = False


def import_file(path: Path, actor: Actor, *, name: str = "", receipt_folder: Path | None = None, medium: str = "") -> ImportOutcome:
    """Take a file in, or refuse it.

    Args:
        path: the file; it is neither changed, moved nor deleted.
        actor: who imports.
        name: name of the file on the medium, when `path` is a copy of it.
        receipt_folder: where the receipt is written at once; without one it is handed out later.
        medium: number of the medium that it came on, for the ledger.

    Raises:
        KeyRefusedError: this zone has no keys.
    """
    own = keys.own_keys()
    try:
        outcome, receipt = _judge(lambda: media.read_file(path), _start(name or path.name, actor, medium), own)
    except DatabaseError as error:
        # The database is gone to the point that not even the refusal can be recorded: nothing was taken in either.
        return ImportOutcome(refusal=REFUSALS["E28"], detail=type(error).__name__)
    return _with_receipt(outcome, receipt, actor, receipt_folder)


def import_transmitted(content: bytes, actor: Actor, *, name: str) -> ImportOutcome:
    """Take a file in that came whole over the direct transport, or refuse it, exactly as one from a medium (EX-05).

    Raises:
        KeyRefusedError: this zone has no keys.
    """
    own = keys.own_keys()
    try:
        outcome, receipt = _judge(lambda: content, _start(name, actor, "", LedgerEntry.Transport.DIRECT), own)
    except DatabaseError as error:
        return ImportOutcome(refusal=REFUSALS["E28"], detail=type(error).__name__)
    return replace(outcome, receipt_file=receipt)


@transaction.atomic
def let_in(held: LedgerEntry, actor: Actor, *, second: Staff, reason: str) -> None:
    """Let a file in that was refused for changing too much at once (E24): the next time it comes, this check is passed over.

    Raises:
        Refusal: not refused for that, or let in already.
    """
    if held.code != MASS_CHANGE or not held.file_hash:
        raise CommandRefusal("このファイルは、件数が多すぎるために止めたものではありません。")
    _row, made = MassChange.objects.get_or_create(
        file_hash=held.file_hash, defaults={"at": clock.now(), "by": actor.user_id, "second": second.user_id, "reason": reason}
    )
    if not made:
        raise CommandRefusal("このファイルは承認済みです。もう一度取り込んでください。")
    content = {"type": held.type, "seq": held.seq, "sha256": held.file_hash, "second": second.user_id}
    record(actor, MASS_CHANGE_LET_IN, subject=f"exchange-ledger:{held.pk}", content=content, reason=reason)


def note_cut(name: str, actor: Actor) -> None:
    """Note that a file began to come over the direct transport and did not come to its end: nothing of it was looked at."""
    entry = _start(name, actor, "", LedgerEntry.Transport.DIRECT).entry
    LedgerEntry.objects.filter(pk=entry.pk).update(state=LedgerEntry.State.FAILED, finished_at=clock.now())


def _judge(read: Callable[[], bytes], attempt: _Attempt, own: KeyPair) -> tuple[ImportOutcome, OutgoingFile | None]:
    try:
        attempt.content = content = read()
        attempt.scanned = _is_scanned(content)
        return _take_in(attempt, content, own)
    except KfxError as error:
        return _refuse(attempt, error)
    except DatabaseError as error:
        return _refuse(attempt, KfxError("E28", type(error).__name__))
    except BaseException:
        # A fault of our own: everything is rolled back; the ledger says that the attempt failed, and the fault is not hidden.
        with suppress(DatabaseError):
            LedgerEntry.objects.filter(pk=attempt.entry.pk).update(state=LedgerEntry.State.FAILED, finished_at=clock.now())
        raise


def _is_scanned(content: bytes) -> bool:
    """Have a file scanned where a scanner is configured (SF-14); raises KfxError E00 when it finds something or protects nothing now."""
    try:
        return require_clean(content, takes_unscanned=True)
    except NotClean as unclean:
        raise KfxError("E00", str(unclean)) from unclean


def _start(name: str, actor: Actor, medium: str, transport: LedgerEntry.Transport = LedgerEntry.Transport.MEDIUM) -> _Attempt:
    entry = LedgerEntry.objects.create(
        transport=transport,
        movement=LedgerEntry.Movement.READ,
        file_name=name if _EXCHANGE_NAME.fullmatch(name) else "",
        medium=medium,
        user_id=actor.user_id,
        started_at=clock.now(),
    )
    return _Attempt(actor, entry, entry.started_at)


def _take_in(attempt: _Attempt, content: bytes, own: KeyPair) -> tuple[ImportOutcome, OutgoingFile | None]:
    attempt.sealed = sealed = kfx.authenticate(content, senders=keys.senders(own), address=keys.address_of(own))
    position = _position(sealed.header.type)
    kfx.check_position(sealed.header, sealed.file_hash, position)
    opened = kfx.open_sealed(
        sealed,
        recipients={own.public.recipient_id.hex(): own},
        schemas=(SCHEMAS[sealed.header.type],),
        now=clock.now(),
    )
    handler: Handler = ReceiptHandler() if sealed.header.type == RECEIPT else handler_for(sealed.header.type)
    with transaction.atomic():
        _advance(sealed, position)
        applied = _apply(handler, opened, attempt.actor)
        receipt = None
        if sealed.header.type != RECEIPT:
            receipt = issue_receipt(sealed, attempt.actor, applied=applied, state=handler.state_digest())
        _note_taken(attempt, sealed, applied, receipt)
    warnings = () if attempt.scanned else (NO_SCANNER,)
    return ImportOutcome(sealed.header.type, sealed.header.seq, applied.taken, applied.refused, warnings=warnings), receipt


def _position(file_type: str) -> kfx.Position:
    stream = IncomingStream.objects.filter(type=file_type).first()

    def accepted_hash_of(seq: int) -> str | None:
        return IncomingFile.objects.filter(type=file_type, seq=seq).values_list("file_hash", flat=True).first()

    return kfx.Position(
        seq=stream.seq if stream else 0,
        file_hash=stream.file_hash if stream else kfx.NO_HASH,
        accepted_hash_of=accepted_hash_of,
        standalone=file_type == RECEIPT,
    )


def _advance(sealed: kfx.Sealed, position: kfx.Position) -> None:
    """Move the stream on, unless another import did meanwhile: then the file is judged again where the stream stands now."""
    header = sealed.header
    IncomingStream.objects.get_or_create(type=header.type, defaults={"file_hash": kfx.NO_HASH})
    moved = IncomingStream.objects.filter(type=header.type, seq=position.seq, file_hash=position.file_hash).update(
        seq=max(header.seq, position.seq), file_hash=sealed.file_hash
    )
    if not moved:
        kfx.check_position(header, sealed.file_hash, _position(header.type))
        raise KfxError("E28", "another import ran at the same time")


def _apply(handler: Handler, opened: kfx.Opened, actor: Actor) -> Applied:
    source = Source(opened.header.type, opened.header.seq, opened.file_hash, opened.header.mode)
    faults = tuple(handler.check(opened.records))
    if faults and {fault.code for fault in faults} == {MASS_CHANGE} and MassChange.objects.filter(file_hash=opened.file_hash).exists():
        faults = ()
    if faults:
        raise _row_error(faults)
    applied = handler.apply(opened.records, actor, source)
    if opened.manifest.state and opened.manifest.state != handler.state_digest():
        raise KfxError("E29")
    return applied


def _row_error(faults: tuple[RowRefusal, ...]) -> KfxError:
    """Name the gravest kind of fault and list every row."""
    rows = tuple(RowFault(fault.line, fault.field, fault.fault) for fault in sorted(faults, key=lambda fault: fault.line))
    return KfxError(min(fault.code for fault in faults), rows=rows)


def _note_taken(attempt: _Attempt, sealed: kfx.Sealed, applied: Applied, receipt: OutgoingFile | None) -> None:
    header, moment = sealed.header, clock.now()
    rows = applied.taken + applied.refused
    incoming = IncomingFile.objects.create(
        type=header.type,
        seq=header.seq,
        file_hash=sealed.file_hash,
        made_at=datetime.fromtimestamp(header.iat, UTC),
        taken=applied.taken,
        refused=applied.refused,
        imported_at=moment,
        imported_by=attempt.actor.user_id,
        receipt=receipt,
    )
    _close(attempt, LedgerEntry.State.DONE, rows=rows)
    record(
        attempt.actor,
        FILE_IMPORTED,
        subject=f"exchange-import:{incoming.pk}",
        content={
            "type": header.type,
            "seq": header.seq,
            "sha256": sealed.file_hash,
            "taken": applied.taken,
            "refused": applied.refused,
            "transport": str(attempt.entry.transport),
            "sender_checkpoint": {"size": header.ckpt.size, "root": header.ckpt.root},
        },
        started_at=attempt.started_at,
    )


def _refuse(attempt: _Attempt, error: KfxError) -> tuple[ImportOutcome, OutgoingFile | None]:
    """Record a refusal: ledger, operation log, copy kept apart, and a receipt where the sender is known and the file was meant for us."""
    sealed = attempt.sealed
    kept = attempt.content is None or not error.refusal.quarantines or _keep_apart(attempt.content)
    receipt = imported_at = None
    with transaction.atomic():
        _close(attempt, LedgerEntry.State.REFUSED, code=error.code)
        record(
            attempt.actor,
            FILE_IMPORTED,
            subject=f"exchange-ledger:{attempt.entry.pk}",
            content={"code": error.code, "detail": error.detail, "rows": len(error.rows), "alarm": error.refusal.alarm}
            | ({"type": sealed.header.type, "seq": sealed.header.seq, "sha256": sealed.file_hash} if sealed else {}),
            result=Result.REFUSED,
            started_at=attempt.started_at,
        )
        if sealed is not None and error.code == "E12":
            imported_at, receipt = _receipt_again(sealed, attempt.actor)
        elif sealed is not None and sealed.header.type != RECEIPT and error.code != "E28":
            receipt = issue_receipt(sealed, attempt.actor, refusal=error)
    outcome = ImportOutcome(
        type=sealed.header.type if sealed else "",
        seq=sealed.header.seq if sealed else None,
        refusal=error.refusal,
        rows=error.rows,
        detail=error.detail,
        imported_at=imported_at,
        warnings=(*_from_elsewhere(attempt.content), *(() if kept else (COPY_NOT_KEPT,))),
    )
    return outcome, receipt


def _from_elsewhere(content: bytes | None) -> tuple[Sentence, ...]:
    """Say so when a file that is refused names an installation for another purpose than this one."""
    claimed = kfx.claimed_installation(content) if content is not None else ""
    purpose = purpose_of(claimed)
    return (FROM_ELSEWHERE[purpose],) if claimed and purpose is not purpose_of(settings.MADOGUCHI_INSTALLATION) else ()


def _receipt_again(sealed: kfx.Sealed, actor: Actor) -> tuple[datetime, OutgoingFile | None]:
    """When a file was taken in, and its receipt; one that has expired is issued anew."""
    before = IncomingFile.objects.select_related("receipt").get(type=sealed.header.type, file_hash=sealed.file_hash)
    if before.receipt is not None and before.receipt.expires_at < clock.now():
        before.receipt = issue_receipt(sealed, actor, applied=Applied(before.taken, before.refused))
        before.save(update_fields=["receipt"])
    return before.imported_at, before.receipt


def _close(attempt: _Attempt, state: LedgerEntry.State, *, code: str = "", rows: int | None = None) -> None:
    header = attempt.sealed.header if attempt.sealed else None
    LedgerEntry.objects.filter(pk=attempt.entry.pk).update(
        state=state,
        code=code,
        rows=rows,
        type=header.type if header else "",
        seq=header.seq if header else None,
        medium=header.medium if header and attempt.entry.transport == LedgerEntry.Transport.MEDIUM else "",
        file_hash=kfx.hash_of(attempt.content) if attempt.content is not None else "",
        finished_at=clock.now(),
    )


def _keep_apart(content: bytes) -> bool:
    """Keep a copy of what could not be trusted, under its hash; tells whether it could be written."""
    folder = settings.MADOGUCHI_FOLDER / "exchange" / "quarantine"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        media.write_file(folder, f"{hashlib.sha256(content).hexdigest()}.bin", content)
    except OSError:
        return False
    return True


def receipt_folder() -> Path:
    """Return where the command line lays receipts, ready to be carried."""
    return settings.MADOGUCHI_FOLDER / "exchange" / "receipts"


def _with_receipt(outcome: ImportOutcome, receipt: OutgoingFile | None, actor: Actor, folder: Path | None) -> ImportOutcome:
    """Write the receipt where one is asked for; that it cannot be written changes nothing about the import."""
    outcome = replace(outcome, receipt_file=receipt)
    if receipt is None or folder is None:
        return outcome
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return replace(outcome, receipt=write_copy(receipt, actor, folder=folder))
    except (OSError, SendingRefusedError, DatabaseError, KeyboardInterrupt):
        # Also when the process is asked to end right now: what was taken in must not be reported as undone.
        return replace(outcome, warnings=(*outcome.warnings, RECEIPT_NOT_WRITTEN))
