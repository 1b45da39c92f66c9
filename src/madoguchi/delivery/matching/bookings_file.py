"""Taking in a `bookings` file: every row is stored, matched to its card, or put on the work list (EX-02; seed 000 (2)ア(オ))."""

from collections import Counter
from collections.abc import Iterator, Sequence

from madoguchi.delivery.cards import rules as card_rules
from madoguchi.delivery.cards.models import Card, Hold
from madoguchi.delivery.cards.services import Conflict, perform
from madoguchi.delivery.matching.models import BookedVisit
from madoguchi.delivery.matching.rules import (
    BookingState,
    Match,
    RecordError,
    ReportedBooking,
    VisitAct,
    act_for,
    is_taken,
    match_of,
    read_record,
)
from madoguchi.kernel.kfx import Record
from madoguchi.kernel.kfx_refusals import KfxError
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.exchange.handlers import Applied, RowRefusal, Source


class BookingsHandler:
    """Takes bookings into the core zone. A fault of form refuses the file; a row without its card is stored on the work list."""

    def check(self, records: Sequence[Record]) -> Iterator[RowRefusal]:
        """Find rows that are malformed (E20) or older than what is stored (E23)."""
        known = {
            (number, serial): rev
            for number, serial, rev in BookedVisit.objects.filter(number__in=[str(record.get("no")) for record in records]).values_list(
                "number", "serial", "rev"
            )
        }
        for line, record in enumerate(records, start=1):
            try:
                booking = read_record(record)
            except RecordError as error:
                yield RowRefusal("E20", line, error.field, error.fault)
                continue
            if booking.rev < known.get((booking.number, booking.serial), -1):
                yield RowRefusal("E23", line, "rev", "older")

    def apply(self, records: Sequence[Record], actor: Actor, source: Source) -> Applied:
        """Store every row with its match and bring the cards' visits in line."""
        bookings = [read_record(record) for record in records]
        cards = {card.serial: card for card in Card.objects.filter(serial__in={booking.serial for booking in bookings})}
        holds: dict[int, set[card_rules.HoldKind]] = {}
        for card_pk, kind in Hold.objects.filter(card__in=cards.values(), released_at__isnull=True).values_list("card_id", "kind"):
            holds.setdefault(card_pk, set()).add(card_rules.HoldKind(kind))
        rows, reasons = [], Counter[str]()
        for booking in bookings:
            card = cards.get(booking.serial)
            facts = card.facts(frozenset(holds.get(card.pk, ()))) if card else None
            match = match_of(facts)
            if not is_taken(match, booking.state):
                reasons[match.value] += 1
            rows.append(_row(booking, card, match, source))
        news = _news(bookings)
        BookedVisit.objects.bulk_create(
            rows,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["number", "serial"],
            update_fields=["group", "place", "day", "start", "end", "state", "rev", "requests", "card", "match", "file_seq", "received_at"],
        )
        _bring_in_line(bookings, news, cards, actor)
        return Applied(taken=len(bookings) - reasons.total(), refused=reasons.total(), reasons=dict(reasons))

    def state_digest(self) -> str:
        """Give no digest: the booking zone sends changes, not its whole state."""
        return ""


def _news(bookings: Sequence[ReportedBooking]) -> set[tuple[str, str]]:
    """Return number and card of the bookings that say something new: a file lists what is over again each time."""
    told = BookedVisit.objects.filter(number__in={booking.number for booking in bookings}, card__isnull=False)
    known = {(number, serial): rev for number, serial, rev in told.values_list("number", "serial", "rev")}
    return {(one.number, one.serial) for one in bookings if one.rev > known.get((one.number, one.serial), -1)}


def _bring_in_line(bookings: Sequence[ReportedBooking], news: set[tuple[str, str]], cards: dict[str, Card], actor: Actor) -> None:
    """Let each card's visit follow its bookings; what became of an earlier booking says nothing while a later one stands.

    Nor does it when it was said before: a booking that stands on a day gone by would be ended and made again by every file.

    Raises:
        KfxError: E28, a card was changed at the same moment; the import is tried again.
    """
    standing = set(
        BookedVisit.objects.filter(serial__in=cards, state=BookingState.CONFIRMED, day__gte=clock.today()).values_list("serial", flat=True)
    )
    for booking in bookings:
        card = cards.get(booking.serial)
        is_over = booking.state is not BookingState.CONFIRMED
        if card is None or (is_over and (booking.serial in standing or (booking.number, booking.serial) not in news)):
            continue
        act = act_for(booking.state, card_rules.Visit(card.visit))
        if act is None:
            continue
        reason = f"予約番号 {booking.number}" + (" 予約管理で交付不可と記録" if act is VisitAct.REFUSE else "")
        try:
            cards[booking.serial] = perform(card.pk, act.value, actor, expected_version=card.version, reason=reason)
        except Conflict:
            raise KfxError("E28", "a card was changed at the same moment") from None


def _row(booking: ReportedBooking, card: Card | None, match: Match, source: Source) -> BookedVisit:
    return BookedVisit(
        number=booking.number,
        serial=booking.serial,
        group=booking.group,
        place=booking.place,
        day=booking.day,
        start=booking.start,
        end=booking.end,
        state=booking.state.value,
        rev=booking.rev,
        requests=list(booking.requests),
        card=card,
        match=match.value,
        file_seq=source.seq,
        received_at=clock.now(),
    )
