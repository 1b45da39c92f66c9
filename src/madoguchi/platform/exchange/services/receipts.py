"""Receipts: what a zone answers to each file it could read, and what the sender does with the answer."""

import importlib.metadata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from madoguchi.kernel import kfx
from madoguchi.kernel.kfx_refusals import KfxError
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source
from madoguchi.platform.exchange.models import OutgoingFile, SealedCopy
from madoguchi.platform.exchange.services.sending import locked_receipt_stream, seal_next

TAKEN, REFUSED = "taken", "refused"


def issue_receipt(
    sealed: kfx.Sealed, actor: Actor, *, applied: Applied | None = None, refusal: KfxError | None = None, state: str = ""
) -> OutgoingFile:
    """Seal the receipt of a file, within the caller's transaction.

    Args:
        sealed: the file that is answered.
        actor: who imported it.
        applied: what became of its rows, when it was taken in.
        refusal: why it was refused, otherwise.
        state: digest of what this zone holds now, empty when it is not compared.
    """
    answer: dict[str, object] = {
        "id": sealed.file_hash,
        "rev": sealed.header.seq,
        "status": REFUSED if refusal else TAKEN,
        "type": sealed.header.type,
        "code": refusal.code if refusal else "",
        "taken": applied.taken if applied else 0,
        "refused": applied.refused if applied else 0,
        "reasons": dict(applied.reasons or {}) if applied else dict(Counter(row.fault for row in refusal.rows) if refusal else {}),
        "by": actor.user_id,
        "at": clock.now().isoformat(timespec="seconds"),
        "version": importlib.metadata.version("madoguchi"),
        "state": state,
    }
    # A receipt may wait for the next trip longer than data may: what it says stays true.
    return seal_next(locked_receipt_stream(), [answer], actor, lifetime=kfx.LONGEST_LIFETIME)


class ReceiptHandler:
    """Takes receipts in: the files they answer are marked, and their sealed copies are forgotten when they were taken in."""

    def check(self, records: Sequence[kfx.Record]) -> Iterable[RowRefusal]:
        """Find answers that are none."""
        for line, answer in enumerate(records, start=1):
            for field, kind in _FIELDS.items():
                if type(answer.get(field)) is not kind:
                    yield RowRefusal("E20", line, field, "type")
            if answer["status"] not in (TAKEN, REFUSED):
                yield RowRefusal("E20", line, "status", "unknown")

    def apply(self, records: Sequence[kfx.Record], actor: Actor, source: Source) -> Applied:  # noqa: ARG002 the protocol's signature
        """Mark each answered file.

        Raises:
            KfxError: E30, an answer to a file that was never sent, or with another hash.
        """
        for answer in records:
            answered = OutgoingFile.objects.filter(type=answer["type"], seq=answer["rev"], file_hash=answer["id"])
            if not answered.exists():
                raise KfxError("E30", f"{answer['type']} {answer['rev']}")
            if answer["status"] == TAKEN:
                answered.update(answered_at=clock.now(), answer=TAKEN)
                SealedCopy.objects.filter(file__in=answered).delete()
            else:
                answered.filter(answered_at=None).update(answer=answer["code"])
        return Applied(taken=len(records))

    def state_digest(self) -> str:
        """Receipts change no state that is compared."""
        return ""


_FIELDS: Mapping[str, type] = {"type": str, "code": str, "taken": int, "refused": int, "by": str, "at": str}
