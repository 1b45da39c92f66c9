"""Sending: a file is sealed and numbered in one transaction, noted in the media ledger, and only then written to a medium.

The sealed bytes are kept until the receipt is back, so a file that was lost on its way is written again as it was. A file that can no
longer arrive (expired, medium destroyed) is withdrawn by a person, which gives its number free.
"""

import errno
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import OperationalError, transaction
from django.db.models import Q

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_refusals import KfxError
from madoguchi.kernel.working_days import after_working_days
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import keys, media
from madoguchi.platform.exchange.audited import FILE_ISSUED, FILE_WITHDRAWN, FILE_WRITTEN
from madoguchi.platform.exchange.handlers import SCHEMAS, producer_for, sent_types
from madoguchi.platform.exchange.models import LedgerEntry, OutgoingFile, OutgoingStream, SealedCopy
from madoguchi.platform.language import Sentence, sentence_of

RECEIPT = "receipt"
_WORKING_DAYS_TO_LIVE = kfx.DEFAULT_LIFETIME.days
# Refusals after which the same bytes can never be taken in: nothing that the receiver puts right makes them acceptable.
FINAL_REFUSALS = frozenset({"E10", "E16", "E17", "E18", "E20", "E21"})


class SendingRefusedError(Exception):
    """Nothing was sent; the message says what is wrong and what to do next."""


class UncertainSendingError(SendingRefusedError):
    """The medium went away at the very end: the file keeps its number and is written again with the next one."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file on its medium, and those before it that had never left and now lie beside it."""

    path: Path
    file: OutgoingFile
    earlier: tuple[Path, ...]


def export_file(file_type: str, actor: Actor, *, folder: Path, state: str = "", medium: str = "") -> Exported:
    """Seal the records of a type and write them to a medium.

    Args:
        file_type: one of the types this zone sends.
        actor: who exports.
        folder: folder on the medium; it is made when only its last part is missing.
        state: which records, empty for the producer's ordinary choice.
        medium: number of the medium in the ledger.

    Raises:
        SendingRefusedError: unknown type, no key, folder missing, medium full or gone, too many records.
    """
    _make_ready(folder, file_type, actor)
    issued = issue_file(file_type, actor, state=state, medium=medium)
    # A file whose writing was cut off may or may not lie on some medium: the receiver needs it first, so it goes along.
    earlier = tuple(write_copy(late, actor, folder=folder, medium=medium) for late in _never_written(issued))
    return Exported(_write_or_take_back(issued, actor, folder, medium), issued, earlier)


def issue_file(file_type: str, actor: Actor, *, state: str = "", medium: str = "") -> OutgoingFile:
    """Seal the records of a type under the next number, without writing them anywhere yet.

    A file before it that was never written anywhere, or that the receiver refused for good, is withdrawn: the new one replaces it.

    Raises:
        SendingRefusedError: unknown type, no key, too many records, or somebody else is exporting at this moment.
    """
    if file_type not in sent_types():
        raise SendingRefusedError(Sentence("このシステムから書き出せる種類ではありません。"))
    if not kfx.is_medium_number(medium):
        raise SendingRefusedError(Sentence("媒体番号は半角の英数字とハイフンで、32文字までにしてください。"))
    producer = producer_for(file_type)
    try:
        with transaction.atomic():
            stream = _locked_stream(file_type)
            _drop_dead_head(stream, actor)
            issued = seal_next(stream, producer(state) if state else producer(), actor, medium=medium)
            record(
                actor,
                FILE_ISSUED,
                subject=f"exchange-file:{issued.pk}",
                content={"type": file_type, "seq": issued.seq, "rows": issued.rows, "sha256": issued.file_hash, "state": state},
            )
    except OperationalError:
        raise SendingRefusedError(
            Sentence("データベースが混み合っているか、ほかの人が同時に書き出しています。少し待って、もう一度書き出してください。")
        ) from None
    return issued


def write_copy(issued: OutgoingFile, actor: Actor, *, folder: Path, medium: str = "") -> Path:
    """Write an issued file to a medium, as often as needed: the bytes are always the same.

    Raises:
        SendingRefusedError: medium full or gone; withdrawn or answered, so that the bytes are no longer kept.
    """
    content = _kept_bytes(issued)
    entry = _open_entry(issued, actor, medium)
    try:
        path = media.write_file(folder, issued.file_name, content)
    except OSError as error:
        with transaction.atomic():
            _close_entry(entry, LedgerEntry.State.FAILED)
            _record_written(issued, actor, Result.FAILED)
        if isinstance(error, media.UncertainWriteError):
            raise UncertainSendingError(
                Sentence("書き込みの最後に媒体が外れました。この媒体のファイルは使わず、媒体を差し直して、もう一度書き出してください。")
            ) from None
        raise SendingRefusedError(_medium_message(error)) from None
    with transaction.atomic():
        _close_entry(entry, LedgerEntry.State.DONE)
        _record_written(issued, actor, Result.DONE)
    return path


def hand_out_copy(issued: OutgoingFile, actor: Actor, *, medium: str = "") -> bytes:
    """Give the bytes of an issued file to the browser of a member of staff; the ledger notes it before the first byte leaves.

    Raises:
        SendingRefusedError: withdrawn or answered, so that the bytes are no longer kept.
    """
    content = _kept_bytes(issued)
    with transaction.atomic():
        _close_entry(_open_entry(issued, actor, medium), LedgerEntry.State.DONE)
        _record_written(issued, actor, Result.DONE)
    return content


@contextmanager
def handing_over(issued: OutgoingFile, actor: Actor) -> Iterator[bytes]:
    """Give the bytes of a file to the direct transport for the block (EX-05): noted before the first byte, and how it ended after the last.

    Raises:
        SendingRefusedError: withdrawn or answered, so that the bytes are no longer kept.
    """
    content = _kept_bytes(issued)
    entry = _open_entry(issued, actor, transport=LedgerEntry.Transport.DIRECT)
    try:
        yield content
    except BaseException:
        with transaction.atomic():
            _close_entry(entry, LedgerEntry.State.FAILED)
            _record_written(issued, actor, Result.FAILED, transport="direct")
        raise
    with transaction.atomic():
        _close_entry(entry, LedgerEntry.State.DONE)
        _record_written(issued, actor, Result.DONE, transport="direct")


def issue_changed(file_type: str, actor: Actor) -> OutgoingFile | None:
    """Seal the records of a type when they differ from what was sent last; None when they do not, or the last file is still under way.

    One file of a type is under way at a time: a file that comes to nothing is then always the last one, and the next replaces it.

    Raises:
        SendingRefusedError: no key, too many records, or somebody else is exporting at this moment.
    """
    rows = list(producer_for(file_type)())
    head = OutgoingFile.objects.filter(type=file_type, state=OutgoingFile.State.ISSUED).order_by("-seq").first()
    if head is not None:
        if head.answered_at is None and head.answer not in FINAL_REFUSALS:
            return None
        if head.answered_at is not None and head.content_mac == _content_mac(rows):
            return None
    return issue_file(file_type, actor) if rows else None


def _content_mac(rows: Sequence[kfx.Record]) -> str:
    """Return a digest of records that nobody can try values against: its key is made from this zone's private keys."""
    key = hashlib.sha256(b"madoguchi exchange content\0" + keys.key_path().read_bytes()).digest()
    lines = sorted(json.dumps(row, sort_keys=True, separators=(",", ":"), default=str) for row in rows)
    return hmac.new(key, "\n".join(lines).encode(), "sha256").hexdigest()


def last_file(file_type: str) -> OutgoingFile:
    """Return the last file of a type.

    Raises:
        SendingRefusedError: none was made.
    """
    found = OutgoingFile.objects.filter(type=file_type, state=OutgoingFile.State.ISSUED).order_by("-seq").first()
    if found is None:
        raise SendingRefusedError(Sentence("この種類のファイルはまだ作られていません。"))
    return found


def withdraw_last(issued: OutgoingFile, actor: Actor, *, reason: str) -> None:
    """Withdraw the last file of its stream because it cannot arrive any more; the next file gets its number.

    When the receiver took it in all the same, it will refuse the next file as a fork (E13) and people will ask each other.

    Raises:
        SendingRefusedError: not the last one, answered already, or no reason given.
    """
    if not reason.strip():
        raise SendingRefusedError(Sentence("取り下げる理由を入力してください。"))
    with transaction.atomic():
        stream = _locked_stream(issued.type)
        if not _withdraw(stream, issued):
            raise SendingRefusedError(Sentence("取り下げられるのは、受領書がまだ届いていない最後のファイルだけです。"))
        record(
            actor,
            FILE_WITHDRAWN,
            subject=f"exchange-file:{issued.pk}",
            content={"type": issued.type, "seq": issued.seq},
            reason=reason,
        )


def seal_next(
    stream: OutgoingStream,
    records: Iterable[kfx.Record],
    actor: Actor,
    *,
    medium: str = "",
    lifetime: timedelta | None = None,
) -> OutgoingFile:
    """Seal records as the next file of a locked stream, within the caller's transaction.

    The file is a `delta`: what it does not name stays as it is. Without a `lifetime` it lives for three working days, so that a long
    weekend on its way does not end it, but never longer than the format allows (EX-08).

    Raises:
        SendingRefusedError: no key, or too many records for one file.
    """
    try:
        own, recipient = keys.own_keys(), keys.peer()
    except keys.KeyRefusedError as error:
        raise SendingRefusedError(sentence_of(error)) from None
    moment = clock.now()
    lifetime = lifetime or min(after_working_days(moment, _WORKING_DAYS_TO_LIVE) - moment, kfx.LONGEST_LIFETIME)
    header = kfx.new_header(
        sender=own.public,
        recipient=recipient,
        type=stream.type,
        seq=stream.seq + 1,
        prev=stream.file_hash,
        now=moment,
        lifetime=lifetime,
        medium=medium,
    )
    rows = list(records)
    try:
        content = kfx.seal(header, rows, schema=SCHEMAS[stream.type], sender=own, recipient=recipient, created_by=_staff_key(actor))
    except KfxError:
        raise SendingRefusedError(Sentence("件数が多すぎて一つのファイルに入りません。対象を分けて書き出してください。")) from None
    issued = OutgoingFile.objects.create(
        type=header.type,
        seq=header.seq,
        file_name=header.file_name,
        file_hash=kfx.hash_of(content),
        prev=header.prev,
        rows=len(rows),
        content_mac="" if header.type == RECEIPT else _content_mac(rows),
        issued_at=moment,
        expires_at=moment + lifetime,
        issued_by=actor.user_id,
    )
    SealedCopy.objects.create(file=issued, content=content)
    OutgoingStream.objects.filter(pk=stream.pk).update(seq=header.seq, file_hash=issued.file_hash)
    return issued


def locked_receipt_stream() -> OutgoingStream:
    """Return the stream of receipts, locked until the caller's transaction ends."""
    return _locked_stream(RECEIPT)


def _locked_stream(file_type: str) -> OutgoingStream:
    OutgoingStream.objects.get_or_create(type=file_type, defaults={"file_hash": kfx.NO_HASH})
    return OutgoingStream.objects.select_for_update().get(type=file_type)


def _withdraw(stream: OutgoingStream, issued: OutgoingFile) -> bool:
    """Give the number of the stream's last file free, unless it was answered; tells whether it did."""
    changed = OutgoingFile.objects.filter(
        pk=issued.pk, state=OutgoingFile.State.ISSUED, answered_at=None, seq=stream.seq, file_hash=stream.file_hash
    ).update(state=OutgoingFile.State.WITHDRAWN)
    if not changed:
        return False
    SealedCopy.objects.filter(file=issued).delete()
    stream.seq, stream.file_hash = stream.seq - 1, issued.prev
    stream.save()
    return True


def _drop_dead_head(stream: OutgoingStream, actor: Actor) -> None:
    """Withdraw the last file when it cannot have been taken in: it never left this system, or the receiver refused it for good."""
    head = (
        OutgoingFile.objects.filter(type=stream.type, seq=stream.seq, state=OutgoingFile.State.ISSUED)
        .filter(Q(ledger_entries=None) | Q(answer__in=FINAL_REFUSALS))
        .first()
    )
    if head is not None and _withdraw(stream, head):
        record(
            actor,
            FILE_WITHDRAWN,
            subject=f"exchange-file:{head.pk}",
            content={"type": head.type, "seq": head.seq},
            reason=f"相手が拒否した({head.answer})" if head.answer else "書き出す前に新しいファイルで置き換えた",
        )


def _never_written(issued: OutgoingFile) -> list[OutgoingFile]:
    return list(
        OutgoingFile.objects.filter(
            type=issued.type, seq__lt=issued.seq, state=OutgoingFile.State.ISSUED, answered_at=None, sealed_copy__isnull=False
        )
        .exclude(ledger_entries__state=LedgerEntry.State.DONE)
        .order_by("seq")
    )


def _write_or_take_back(issued: OutgoingFile, actor: Actor, folder: Path, medium: str) -> Path:
    """Write a file for the first time; when the medium refuses it, its number is given back, since it cannot lie anywhere."""
    try:
        return write_copy(issued, actor, folder=folder, medium=medium)
    except UncertainSendingError:
        raise
    except SendingRefusedError:
        with transaction.atomic():
            if _withdraw(_locked_stream(issued.type), issued):
                record(
                    actor,
                    FILE_WITHDRAWN,
                    subject=f"exchange-file:{issued.pk}",
                    content={"type": issued.type, "seq": issued.seq},
                    reason="媒体に書き込めなかった",
                )
        raise


def _make_ready(folder: Path, file_type: str, actor: Actor) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        # Refused attempts stand in the ledger as well (seed 002 Ⅲ.5R1).
        moment = clock.now()
        with transaction.atomic():
            LedgerEntry.objects.create(
                movement=LedgerEntry.Movement.WRITE,
                state=LedgerEntry.State.FAILED,
                type=file_type if file_type in sent_types() else "",
                user_id=actor.user_id,
                started_at=moment,
                finished_at=moment,
            )
            record(actor, FILE_WRITTEN, content={"type": file_type}, result=Result.FAILED)
        raise SendingRefusedError(_medium_message(error)) from None


def _medium_message(error: OSError) -> str:
    reasons = {
        "ENOSPC": Sentence("媒体がいっぱいです。空きのある媒体に替えてください。"),
        "EDQUOT": Sentence("媒体がいっぱいです。空きのある媒体に替えてください。"),
        "EROFS": Sentence("媒体が書き込み禁止になっています。書き込みできる媒体に替えてください。"),
        "EACCES": Sentence("書き出し先に書き込む権限がありません。書き出し先を確かめてください。"),
        "EPERM": Sentence("書き出し先に書き込む権限がありません。書き出し先を確かめてください。"),
        "ENOENT": Sentence("書き出し先のフォルダーがありません。媒体が差し込まれているか確かめてください。"),
        "ENOTDIR": Sentence("書き出し先がフォルダーではありません。書き出し先を確かめてください。"),
        "EEXIST": Sentence("書き出し先がフォルダーではありません。書き出し先を確かめてください。"),
    }
    reason = reasons.get(
        errno.errorcode.get(error.errno or 0, ""), Sentence("媒体に書き込めません。抜けていないか、壊れていないか確かめてください。")
    )
    return Sentence("{reason}ファイルは書き出されていません。連番は進んでいません。", reason=reason)


def _kept_bytes(issued: OutgoingFile) -> bytes:
    kept = SealedCopy.objects.filter(file=issued, file__state=OutgoingFile.State.ISSUED).first()
    if kept is None:
        raise SendingRefusedError(Sentence("このファイルは取り下げ済みか受領済みのため、もう書き出せません。新しく書き出してください。"))
    return bytes(kept.content)


def _open_entry(
    issued: OutgoingFile, actor: Actor, medium: str = "", transport: LedgerEntry.Transport = LedgerEntry.Transport.MEDIUM
) -> LedgerEntry:
    return LedgerEntry.objects.create(
        transport=transport,
        movement=LedgerEntry.Movement.WRITE,
        type=issued.type,
        seq=issued.seq,
        file_name=issued.file_name,
        file_hash=issued.file_hash,
        medium=medium,
        rows=issued.rows,
        user_id=actor.user_id,
        started_at=clock.now(),
        outgoing=issued,
    )


def _close_entry(entry: LedgerEntry, state: LedgerEntry.State) -> None:
    LedgerEntry.objects.filter(pk=entry.pk).update(state=state, finished_at=clock.now())


def _record_written(issued: OutgoingFile, actor: Actor, result: Result, transport: str = "medium") -> None:
    record(
        actor,
        FILE_WRITTEN,
        subject=f"exchange-file:{issued.pk}",
        content={"type": issued.type, "seq": issued.seq, "rows": issued.rows, "sha256": issued.file_hash, "transport": transport},
        result=result,
    )


def _staff_key(actor: Actor) -> str:
    """The staff key as the manifest may carry it: ASCII, never a name."""
    return actor.user_id.encode("ascii", "ignore").decode()
