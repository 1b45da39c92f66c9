"""The caller's runs, in the core zone: what waits goes over, what the other side has is taken in, and receipts answer both.

A run may break off anywhere. Nothing is lost, since a file waits until its receipt is in; nothing is taken in twice, since its number and
hash were noted with its rows. After a fault the next run waits longer each time, up to an hour.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db.models import Q

from madoguchi.kernel.kfx_refusals import REFUSALS
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange import queries
from madoguchi.platform.exchange.audited import DIRECT_RUN
from madoguchi.platform.exchange.direct.certificates import folder, name_of
from madoguchi.platform.exchange.direct.line import Line, LineError, Offered, TlsLine
from madoguchi.platform.exchange.handlers import sent_types
from madoguchi.platform.exchange.models import DirectState, OutgoingFile
from madoguchi.platform.exchange.services import media_ledger, receiving, sending
from madoguchi.platform.language import Sentence
from madoguchi.platform.verbs import Refusal

CALLER, LISTENER = "delivery", "booking"
_LONGEST_RUN: Final = dt.timedelta(minutes=15)
_LONGEST_WAIT: Final = dt.timedelta(hours=1)
_SAID_BEFORE: Final = "E12"
OpenLine = Callable[[], AbstractContextManager[Line]]


@dataclass(slots=True)
class Report:
    """What a run did: files handed over, files taken in, what was refused, and the fault that ended it (empty: none)."""

    sent: int = 0
    taken: int = 0
    refused: list[str] = field(default_factory=list)
    fault: str = ""
    tried: set[int] = field(default_factory=set)


def state() -> DirectState:
    """Return how the transport stands; an unsaved row before the first run."""
    return DirectState.objects.first() or DirectState()


def is_due() -> bool:
    """Tell whether this zone calls, the setting is on, and the time for the next run has come."""
    if settings.MADOGUCHI_ZONE != CALLER or not media_ledger.rules().direct_on:
        return False
    next_at = state().next_at
    return next_at is None or next_at <= clock.now()


def call_soon() -> None:
    """Let the next minute's run call at once, whatever it waits for."""
    DirectState.objects.get_or_create(pk=DirectState.ONLY_ROW)
    DirectState.objects.update(next_at=clock.now())


def open_line() -> AbstractContextManager[Line]:
    """Return the line that the settings describe."""
    rules = media_ledger.rules()
    return TlsLine(rules.direct_host, rules.direct_port, place=folder(), peer_name=name_of(LISTENER))


def run(actor: Actor, line: OpenLine = open_line) -> Report:
    """Call the booking zone once.

    Raises:
        Refusal: the setting is off, this zone is not the one that calls, or another run is under way.
    """
    rules = media_ledger.rules()
    if settings.MADOGUCHI_ZONE != CALLER or not rules.direct_on:
        raise Refusal(Sentence("直接連携は使わない設定です。媒体で運ぶか、「媒体の決まり」で使うようにしてください。何も変えていません。"))
    moment = clock.now()
    DirectState.objects.get_or_create(pk=DirectState.ONLY_ROW)
    claimed = DirectState.objects.filter(Q(claimed_at=None) | Q(claimed_at__lt=moment - _LONGEST_RUN)).update(
        claimed_at=moment, tried_at=moment
    )
    if not claimed:
        raise Refusal(Sentence("直接連携は、いま別の処理が行っています。終わるのを待ってください。何も変えていません。"))
    report = Report()
    try:
        with line() as opened:
            _talk(opened, actor, report)
    except LineError as error:
        report.fault = error.fault
    except BaseException:
        report.fault = "failed"
        raise
    finally:
        _settle(report, actor, moment, dt.timedelta(minutes=rules.direct_minutes))
    return report


def _settle(report: Report, actor: Actor, started_at: dt.datetime, interval: dt.timedelta) -> None:
    if not report.fault and report.refused:
        report.fault = report.refused[-1]
    failures = state().failures + 1 if report.fault else 0
    wait = min(dt.timedelta(minutes=2 ** min(failures - 1, 6)), _LONGEST_WAIT) if failures else interval
    done = {} if report.fault else {"done_at": clock.now()}
    DirectState.objects.update(
        claimed_at=None, failures=failures, fault=report.fault, next_at=clock.now() + max(wait, dt.timedelta()), **done
    )
    if report.sent or report.taken or report.fault:
        record(
            actor,
            DIRECT_RUN,
            content={"sent": report.sent, "taken": report.taken, "refused": report.refused, "fault": report.fault, "failures": failures},
            result=Result.FAILED if report.fault else Result.DONE,
            started_at=started_at,
        )


def _talk(line: Line, actor: Actor, report: Report) -> None:
    _push(line, actor, report)
    for file_type in sent_types():
        try:
            sending.issue_changed(file_type, actor)
        except sending.SendingRefusedError:
            report.refused.append("issue")
    _push(line, actor, report)
    for offered in line.offered():
        _fetch(line, offered, actor, report)


def _push(line: Line, actor: Actor, report: Report) -> None:
    waiting = queries.waiting_for_direct(released_only=media_ledger.rules().release_required)
    for issued in list(waiting.exclude(pk__in=report.tried)):
        _send(line, issued, actor, report)


def _send(line: Line, issued: OutgoingFile, actor: Actor, report: Report) -> None:
    report.tried.add(issued.pk)
    with sending.handing_over(issued, actor) as content:
        answer = line.put(issued.file_name, content)
    report.sent += 1
    if answer.code and answer.code != _SAID_BEFORE:
        report.refused.append(answer.code if answer.code in REFUSALS else "protocol")
    if answer.receipt:
        _take(answer.receipt_name, answer.receipt, actor, report)


def _fetch(line: Line, offered: Offered, actor: Actor, report: Report) -> None:
    try:
        content = line.fetch(offered)
    except LineError as error:
        if error.fault == "gone":
            return
        receiving.note_cut(offered.name, actor)
        raise
    outcome = _take(offered.name, content, actor, report)
    if outcome.receipt_file is not None:
        _send(line, outcome.receipt_file, actor, report)


def _take(name: str, content: bytes, actor: Actor, report: Report) -> receiving.ImportOutcome:
    outcome = receiving.import_transmitted(content, actor, name=name)
    if outcome.refusal is None:
        report.taken += 1
    elif outcome.refusal.code != _SAID_BEFORE:
        report.refused.append(outcome.refusal.code)
    return outcome
