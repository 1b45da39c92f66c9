"""Pure decisions of matching: what a reported booking means for the card that it names (EX-02)."""

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from madoguchi.delivery.cards import rules as card_rules


class BookingState(card_rules.Labelled):
    """予約結果: the state of a booking in the booking zone."""

    CONFIRMED = "confirmed", "予約済"
    ARRIVED = "arrived", "来庁"
    DONE = "done", "完了"
    REFUSED = "refused", "交付不可"
    CANCELLED = "cancelled", "取消"
    NO_SHOW = "no_show", "来庁なし"


class Match(card_rules.Labelled):
    """突合の結果. Everything but a match stands on the work list until somebody has dealt with it."""

    MATCHED = "matched", "一致"
    UNKNOWN = "unknown", "該当するカードがない"
    NOT_READY = "not_ready", "交付前設定が済んでいない"
    DELIVERED = "delivered", "交付済のカード"
    STOPPED = "stopped", "停止中のカード"
    ENDED = "ended", "交付できないカード"


OPEN_STATES = frozenset({BookingState.CONFIRMED, BookingState.ARRIVED})


class RecordError(ValueError):
    """A record of the file is not of the agreed form; `field` names the place, the value is never repeated."""

    def __init__(self, field: str, fault: str) -> None:
        super().__init__(f"{field}: {fault}")
        self.field = field
        self.fault = fault


@dataclass(frozen=True, slots=True)
class ReportedBooking:
    """One record of a `bookings` file, read."""

    number: str
    serial: str
    group: str
    place: str
    day: dt.date
    start: dt.time
    end: dt.time
    state: BookingState
    rev: int
    requests: tuple[str, ...]


_SERIAL = re.compile(r"[0-9A-Z]{3}[0-9]{6}")
_NUMBER = re.compile(r"[0-9]{6,20}")
_CODE = re.compile(r"[0-9A-Za-z_-]{1,20}")


def _text(record: Mapping[str, object], field: str, form: re.Pattern[str]) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RecordError(field, "form")
    return value


def _time(record: Mapping[str, object], field: str) -> dt.time:
    try:
        return dt.time.fromisoformat(str(record.get(field)))
    except ValueError:
        raise RecordError(field, "time") from None


def read_record(record: Mapping[str, object]) -> ReportedBooking:
    """Read one record; raises RecordError naming the field that is wrong."""
    try:
        day = dt.date.fromisoformat(str(record.get("day")))
    except ValueError:
        raise RecordError("day", "date") from None
    try:
        state = BookingState(str(record.get("state")))
    except ValueError:
        raise RecordError("state", "unknown") from None
    rev, requests = record.get("rev"), record.get("requests", [])
    if not isinstance(rev, int) or isinstance(rev, bool) or rev < 0:
        raise RecordError("rev", "number")
    if not isinstance(requests, list) or not all(isinstance(code, str) and _CODE.fullmatch(code) for code in requests):
        raise RecordError("requests", "codes")
    start, end = _time(record, "start"), _time(record, "end")
    if end <= start:
        raise RecordError("end", "order")
    number = _text(record, "no", _NUMBER)
    return ReportedBooking(
        number=number,
        serial=_text(record, "id", _SERIAL),
        group=_text({"group": record.get("group") or number}, "group", _NUMBER),
        place=_text(record, "place", _CODE),
        day=day,
        start=start,
        end=end,
        state=state,
        rev=rev,
        requests=tuple(requests),
    )


def match_of(facts: card_rules.CardFacts | None) -> Match:
    """Decide what a booking for a card with `facts` (None: no such card) is worth at the counter."""
    if facts is None:
        return Match.UNKNOWN
    if facts.progress is card_rules.Progress.DELIVERED:
        return Match.DELIVERED
    if facts.progress not in card_rules.BEFORE_DELIVERY:
        return Match.ENDED
    if card_rules.blocking_holds(facts.holds, card_rules.Effect.HANDOVER):
        return Match.STOPPED
    if facts.progress is not card_rules.Progress.PRESET:
        return Match.NOT_READY
    return Match.MATCHED


def is_taken(match: Match, state: BookingState) -> bool:
    """Tell whether a booking counts as taken in the receipt of its file, or as one that somebody must deal with.

    A card that is not ready yet has until the day of the visit: its notice may go out before 交付前設定. A booking that is over asks
    nothing of the counter, whatever has become of its card meanwhile: most that a file reports are of cards that were handed over.
    """
    return match in {Match.MATCHED, Match.NOT_READY} or (match is not Match.UNKNOWN and state not in OPEN_STATES)


class VisitAct(enum.StrEnum):
    """What a reported booking does to the card's visit."""

    BOOK = "book_visit"
    CANCEL = "cancel_visit"
    NO_SHOW = "no_show"
    REFUSE = "refuse_handover"


def act_for(state: BookingState, visit: card_rules.Visit) -> VisitAct | None:
    """Return the act on the visit axis that brings a card at `visit` in line with a booking in `state`; None when nothing is to do."""
    booked = visit is card_rules.Visit.BOOKED
    if state is BookingState.CONFIRMED:
        return None if visit in {card_rules.Visit.BOOKED, card_rules.Visit.ARRIVED, card_rules.Visit.SERVING} else VisitAct.BOOK
    if state is BookingState.CANCELLED:
        return VisitAct.CANCEL if booked else None
    if state is BookingState.NO_SHOW:
        return VisitAct.NO_SHOW if booked else None
    if state is BookingState.REFUSED:
        # Made and ended within one day, a booking may never have been seen here before. What our own counter serves, it ends itself.
        return VisitAct.REFUSE if visit in {card_rules.Visit.NONE, card_rules.Visit.BOOKED, card_rules.Visit.NO_SHOW} else None
    return None
