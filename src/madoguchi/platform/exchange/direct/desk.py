"""What stands behind the listener in the booking zone: the same services that a medium uses, one transaction each."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connections

from madoguchi.platform.audit.actors import anonymous, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import queries
from madoguchi.platform.exchange.audited import DIRECT_REFUSED
from madoguchi.platform.exchange.handlers import sent_types
from madoguchi.platform.exchange.keys import KeyRefusedError
from madoguchi.platform.exchange.services import media_ledger, receiving, sending

ACTOR = automatic("direct")
_SECONDS_BETWEEN_NOTES = 60


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a file: code of the refusal or nothing, and the receipt."""

    code: str
    receipt_name: str
    receipt: bytes


class BookingDesk:
    """Takes and gives files for the listener; every call may come from another thread, so none leaves a connection behind.

    Args:
        let_go: gives the thread's database connections back.
    """

    def __init__(self, let_go: Callable[[], None] = connections.close_all) -> None:
        self._let_go = let_go
        self._noted: dict[str, float] = {}

    def is_open(self) -> bool:
        """Tell whether the setting is on."""
        try:
            return media_ledger.rules().direct_on
        except DatabaseError:
            return False
        finally:
            self._let_go()

    def offer(self) -> Sequence[Mapping[str, object]]:
        """Seal what changed since the last time and list what waits; a type that cannot be sealed now waits for the next time."""
        try:
            for file_type in sent_types():
                try:
                    sending.issue_changed(file_type, ACTOR)
                except sending.SendingRefusedError:
                    continue
            waiting = queries.waiting_for_direct(released_only=media_ledger.rules().release_required)
            return [{"name": issued.file_name, "sha256": issued.file_hash} for issued in waiting]
        finally:
            self._let_go()

    @contextmanager
    def handing_out(self, name: str) -> Iterator[bytes | None]:
        """Give the bytes of a file that waits for the block that sends them, noted in the ledger; None when none of that name waits."""
        try:
            waiting = queries.waiting_for_direct(released_only=media_ledger.rules().release_required)
            issued = waiting.filter(file_name=name).first()
            if issued is None:
                yield None
                return
            with sending.handing_over(issued, ACTOR) as content:
                yield content
        finally:
            self._let_go()

    def take(self, name: str, content: bytes) -> Judgement | None:
        """Judge a file that came whole. The receipt goes back in the same answer; it is handed over like any other file."""
        try:
            outcome = receiving.import_transmitted(content, ACTOR, name=name)
            code = outcome.refusal.code if outcome.refusal else ""
            if outcome.receipt_file is None:
                return Judgement(code, "", b"")
            with sending.handing_over(outcome.receipt_file, ACTOR) as receipt:
                return Judgement(code, outcome.receipt_file.file_name, receipt)
        except (KeyRefusedError, sending.SendingRefusedError, DatabaseError):
            return None
        finally:
            self._let_go()

    def note_cut(self, name: str) -> None:
        """Write the line of the ledger for a file that broke off."""
        try:
            receiving.note_cut(name, ACTOR)
        finally:
            self._let_go()

    def note_refused(self, why: str, client: str) -> None:
        """Record that somebody was not let in, at most once a minute for each reason: the log must not be a way to fill the disk."""
        moment = time.monotonic()
        if moment - self._noted.get(why, -_SECONDS_BETWEEN_NOTES) < _SECONDS_BETWEEN_NOTES:
            return
        self._noted[why] = moment
        try:
            record(anonymous(client), DIRECT_REFUSED, content={"why": why}, result=Result.REFUSED)
        finally:
            self._let_go()
