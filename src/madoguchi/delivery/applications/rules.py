"""Pure decisions about applications: what a reported form booking says, how it may be searched, what an order may be."""

import datetime as dt
import enum
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.matching.rules import BookingState, RecordError
from madoguchi.kernel.sealed_answers import MAX_BYTES


class Stage(enum.StrEnum):
    """対応状況: how far the office is with an application."""

    RECEIVED = "received"
    WORKING = "working"
    DONE = "done"
    WITHDRAWN = "withdrawn"


STAGE_NAMES = {
    Stage.RECEIVED: _("受付"),
    Stage.WORKING: _("対応中"),
    Stage.DONE: _("完了"),
    Stage.WITHDRAWN: _("取下げ"),
}
OPEN_STAGES = (Stage.RECEIVED, Stage.WORKING)


class Reading(enum.StrEnum):
    """What became of the sealed answers."""

    OPENED = "opened"
    LEFT_CLOSED = "left_closed"
    UNREADABLE = "unreadable"


class Act(enum.StrEnum):
    """What the booking zone is told to do (BS-11)."""

    TAKEN = "taken"
    STAGE = "stage"
    MESSAGE = "message"
    CANCEL = "cancel"
    MOVE = "move"


ACT_NAMES = {
    Act.TAKEN: _("受領の通知"),
    Act.STAGE: _("対応状況の通知"),
    Act.MESSAGE: _("申請者へのメッセージ"),
    Act.CANCEL: _("予約の取消"),
    Act.MOVE: _("予約の変更"),
}


class Outcome(enum.StrEnum):
    """What the booking zone answered; empty while its answer is not back."""

    NONE = ""
    DONE = "done"
    UNKNOWN = "unknown"
    FULL = "full"
    NOT_OFFERED = "not_offered"
    ENDED = "ended"


OUTCOME_NAMES = {
    Outcome.NONE: _("返事待ち"),
    Outcome.DONE: _("実行済"),
    Outcome.UNKNOWN: _("予約が見つからない"),
    Outcome.FULL: _("満員のため変更できない"),
    Outcome.NOT_OFFERED: _("その日時は受付していない"),
    Outcome.ENDED: _("予約がすでに終わっている"),
}
MESSAGE_LENGTH = 200

Moment = TypeVar("Moment", dt.date, dt.time, dt.datetime)


@dataclass(frozen=True, slots=True)
class Report:
    """One record of an `applications` file, read."""

    number: str
    kind: str
    kind_name: str
    place: str
    day: dt.date
    start: dt.time
    end: dt.time
    state: BookingState
    rev: int
    recorded_at: dt.datetime
    labels: Mapping[str, str]
    sealed: bytes | None
    outcomes: Mapping[uuid.UUID, Outcome]


_NUMBER = re.compile(r"[0-9]{10}")
_CODE = re.compile(r"[0-9A-Za-z_-]{1,40}")


def _text(record: Mapping[str, object], field: str, form: re.Pattern[str]) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RecordError(field, "form")
    return value


_WORDS = re.compile(r"[^\x00-\x1f]{1,100}")


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(code, str) and _CODE.fullmatch(code) and isinstance(label, str) and _WORDS.fullmatch(label)
        for code, label in value.items()
    ):
        raise RecordError("labels", "form")
    return value


def _sealed(value: object) -> bytes | None:
    if value is None:
        return None
    try:
        content = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        content = b""
    if not 0 < len(content) <= MAX_BYTES:
        raise RecordError("sealed", "form")
    return content


def _outcomes(value: object) -> dict[uuid.UUID, Outcome]:
    if not isinstance(value, dict):
        raise RecordError("orders", "form")
    try:
        return {uuid.UUID(str(order)): Outcome(str(outcome)) for order, outcome in value.items()}
    except ValueError:
        raise RecordError("orders", "form") from None


def _moment(record: Mapping[str, object], field: str, read: Callable[[str], Moment]) -> Moment:
    try:
        return read(str(record.get(field)))
    except ValueError:
        raise RecordError(field, "form") from None


def read_report(record: Mapping[str, object]) -> Report:
    """Read one record; raises RecordError naming the field that is wrong, never its value."""
    start, end = _moment(record, "start", dt.time.fromisoformat), _moment(record, "end", dt.time.fromisoformat)
    recorded_at = _moment(record, "at", dt.datetime.fromisoformat)
    if recorded_at.tzinfo is None:
        raise RecordError("at", "form")
    if end <= start:
        raise RecordError("end", "order")
    try:
        state = BookingState(str(record.get("state")))
    except ValueError:
        raise RecordError("state", "unknown") from None
    rev = record.get("rev")
    if type(rev) is not int or rev < 0:
        raise RecordError("rev", "number")
    return Report(
        number=_text(record, "no", _NUMBER),
        kind=_text(record, "kind", _CODE),
        kind_name=_text(record, "kind_name", _WORDS),
        place=_text(record, "place", _CODE),
        day=_moment(record, "day", dt.date.fromisoformat),
        start=start,
        end=end,
        state=state,
        rev=rev,
        recorded_at=recorded_at,
        labels=_labels(record.get("labels")),
        sealed=_sealed(record.get("sealed")),
        outcomes=_outcomes(record.get("orders")),
    )


def enough_to_search(terms: Sequence[str]) -> bool:
    """Tell whether a search names at least two things of a person (seed 002 Ⅲ.2R1); a 予約番号 alone is enough and is asked elsewhere."""
    return sum(1 for term in terms if term) >= 2
