"""The books of the booking zone at the end of the month: bookings by state, places by time, files without a gap."""

from django.db.models import F

from madoguchi.booking.calendar.models import Slot
from madoguchi.booking.reservations.invariants import CHECKS, violations
from madoguchi.booking.reservations.models import Booking, BookingEvent, State
from madoguchi.platform.language import Sentence
from madoguchi.zones.month import file_books
from madoguchi.zones.month.books import Book

_OWES_ITS_MAIL = "a confirmed booking owes its mail"
_ENDS = (State.DONE, State.REFUSED, State.NO_SHOW, State.CANCELLED)
_OPEN = (State.CONFIRMED, State.ARRIVED)


def books() -> list[Book]:
    """Return the books, each counted from two sides."""
    return [
        _confirmed_bookings(),
        Book(Sentence("予約: 定員を超えた予約枠"), 0, Slot.objects.filter(taken__gt=F("capacity")).count()),
        Book(Sentence("予約: 不変条件 {number} 種の違反", number=len(CHECKS) - 1), 0, len(_violations())),
        *file_books.books(Sentence("予約管理")),
    ]


def _confirmed_bookings() -> Book:
    """Every booking that was ever confirmed has ended in one way, or is open."""
    confirmed = BookingEvent.objects.filter(to_state=State.CONFIRMED.value).values("booking").distinct().count()
    states = (*_ENDS, *_OPEN)
    by_state = Booking.objects.filter(state__in=states, confirmed_at__isnull=False).count()
    return Book(Sentence("予約: 確定した予約 = 完了 + 交付不可 + 来庁なし + 取消 + これから"), confirmed, by_state)


def _violations() -> list[str]:
    """Return the broken invariants, without the one that counts owed mails: in the evening none is owed any more, they are sent."""
    return [line for line in violations() if not line.startswith(_OWES_ITS_MAIL)]
