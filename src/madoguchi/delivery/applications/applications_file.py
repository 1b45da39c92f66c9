"""Taking in an `applications` file: form bookings with their sealed answers, opened here and nowhere else (BK-11)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction

from madoguchi.delivery.applications.audited import APPLICATIONS_UNSEALED
from madoguchi.delivery.applications.models import Application, Order
from madoguchi.delivery.applications.rules import Act, Outcome, Reading, Report, read_report
from madoguchi.delivery.matching.rules import BookingState, RecordError
from madoguchi.kernel.kfx import Record
from madoguchi.kernel.kfx_keys import KeyPair
from madoguchi.kernel.names import kana_key, search_key
from madoguchi.kernel.numbers import normalise_digits
from madoguchi.kernel.sealed_answers import UnreadableAnswersError, open_sealed
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source
from madoguchi.platform.exchange.keys import own_keys

_ENDED = frozenset({BookingState.CANCELLED})


class ApplicationsHandler:
    """Takes form bookings in. A fault of form refuses the file; answers that cannot be opened are listed, and asked for again."""

    def check(self, records: Sequence[Record]) -> Iterator[RowRefusal]:
        """Find rows that are malformed (E20) or older than what is stored (E23)."""
        numbers = [str(row.get("no")) for row in records]
        known = dict(Application.objects.filter(number__in=numbers).values_list("number", "rev"))
        for line, row in enumerate(records, start=1):
            try:
                report = read_report(row)
            except RecordError as error:
                yield RowRefusal("E20", line, error.field, error.fault)
                continue
            if report.rev < known.get(report.number, -1):
                yield RowRefusal("E23", line, "rev", "older")

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:
        """Store every booking, open the answers that are new, and note what became of our orders."""
        own = own_keys()
        reports = [read_report(row) for row in records]
        stored = {row.number: row for row in Application.objects.filter(number__in=[report.number for report in reports])}
        reasons: Counter[str] = Counter()
        opened = 0
        for report in reports:
            row = stored.get(report.number)
            if row is None and report.sealed is None:
                # Its answers were confirmed once and are not here any more, or were never given: nobody could be called.
                reasons["no_answers"] += 1
                continue
            reading = _take_in(row, report, own, source)
            opened += reading is Reading.OPENED
            reasons["unreadable"] += reading is Reading.UNREADABLE
            _note_outcomes(report)
        if opened:
            record(actor, APPLICATIONS_UNSEALED, content={"opened": opened, "seq": source.seq})
        refused = reasons.total()
        return Applied(taken=len(reports) - refused, refused=refused, reasons=dict(+reasons) or None)

    def state_digest(self) -> str:
        """Give no digest: the booking zone sends changes, not its whole state."""
        return ""


def _take_in(row: Application | None, report: Report, own: KeyPair, source: Source) -> Reading | None:
    """Store one booking; return what became of its answers, None when they were here before."""
    values: dict[str, object] = {
        "kind": report.kind,
        "kind_name": report.kind_name,
        "place": report.place,
        "day": report.day,
        "start": report.start,
        "end": report.end,
        "state": report.state.value,
        "rev": report.rev,
        "recorded_at": report.recorded_at,
        "file_seq": source.seq,
    }
    reading: Reading | None = None
    if report.sealed is not None and (row is None or row.reading != Reading.OPENED):
        answers = {} if report.state in _ENDED and row is None else _opened(report, own)
        reading = Reading.UNREADABLE if answers is None else Reading.OPENED if answers else Reading.LEFT_CLOSED
        values |= {"reading": reading.value, "answers": answers or {}, "labels": list(report.labels.items()), **_search_keys(answers or {})}
    if row is None:
        row = Application.objects.create(number=report.number, received_at=clock.now(), **values)
    else:
        Application.objects.filter(pk=row.pk).update(**values)
    if report.sealed is not None and (reading or Reading(row.reading)) is not Reading.UNREADABLE:
        # Said again as long as the answers keep coming: the booking zone then forgets them.
        _say_taken(row)
    return reading


def _opened(report: Report, own: KeyPair) -> dict[str, str] | None:
    assert report.sealed is not None
    try:
        return open_sealed(report.sealed, own=own, number=report.number, kind=report.kind)
    except UnreadableAnswersError:
        return None


def _search_keys(answers: dict[str, str]) -> dict[str, str]:
    return {
        "name_key": search_key(answers.get("name", ""))[:200],
        "kana_key": kana_key(answers.get("kana", ""))[:200],
        "address_key": search_key(answers.get("address", "") + answers.get("building", ""))[:400],
        "born": answers.get("born", "")[:10],
        "telephone_key": normalise_digits(answers.get("telephone", ""))[:20],
    }


def _say_taken(row: Application) -> None:
    if not Order.objects.filter(application=row, act=Act.TAKEN.value, outcome=Outcome.NONE.value).exists():
        Order.objects.create(application=row, act=Act.TAKEN.value, made_at=clock.now(), made_by="exchange")


def _note_outcomes(report: Report) -> None:
    with transaction.atomic():
        for order, outcome in report.outcomes.items():
            waiting = Order.objects.filter(key=order, application__number=report.number, outcome=Outcome.NONE.value)
            waiting.update(outcome=outcome.value, outcome_at=clock.now())
