"""A freed place goes to the one whose turn it is, before anybody else can see it (BK-12).

`offer_freed_places` runs inside the transaction that frees the place: nobody outside ever sees the place free, so that neither reloading
nor a program that asks every second gains anything.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.reservations import statements
from madoguchi.booking.reservations.audited import OFFERED
from madoguchi.booking.reservations.models import Booking, Offer, Wish, WishMember
from madoguchi.booking.reservations.rules import MISSED_OFFERS, booking_number
from madoguchi.booking.reservations.services.transactions import execute, first, rows, statement_values, take_a_place
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic

_LIST = automatic("waiting-list")


def offer_freed_places(slots: Sequence[int]) -> int:
    """Offer what is free of `slots` to those who wait for it, one person at a time in the order of the list; return how many offers."""
    if not slots or first(statements.ANYBODY_WAITING, {}) is None:
        return 0
    return sum(_offer_all(slot) for slot in dict.fromkeys(slots))


def _offer_all(slot: int) -> int:
    offered, tried = 0, list[uuid.UUID]()
    while (found := first(statements.NEXT_WISH, {"slot": slot, "tried": tried})) is not None:
        wish, kind, people, email, language, day, start = found
        tried.append(wish)
        last = first(statements.LAST_DAY_TO_TAKE, {"slot": slot, "kind": kind, "today": clock.today()})
        if last is None or last[0] is None:
            continue
        starts = dt.datetime.combine(day, start, clock.TOKYO)
        closes = dt.datetime.combine(last[0] + dt.timedelta(days=1), dt.time(), clock.TOKYO)
        until = min(clock.now() + dt.timedelta(hours=fresh().offer_hours), starts, closes)
        offered += _offer(wish, kind, slot, people, until, email=email, language=language)
    return offered


def _offer(wish: uuid.UUID, kind: int, slot: int, people: int, until: dt.datetime, *, email: str, language: str) -> bool:
    """Hold the place for one wish. False when it does not fit after all: too few places, or a card that is not there yet."""
    values = statement_values(
        _LIST,
        OFFERED,
        kind=kind,
        slot=slot,
        party=people,
        credentials=list(WishMember.objects.filter(wish=wish).values_list("credential", flat=True)),
        booking=uuid.uuid4(),
        number=booking_number(),
        key=uuid.uuid4(),
        channel=Booking.Source.WEB.value,
        until=until,
        email=email,
        language=language,
    )
    done = take_a_place(statements.OFFER, values)
    if done is None:
        return False
    Offer.objects.create(wish_id=wish, booking_id=done[0], offered_at=values["now"], expires_at=until)
    Wish.objects.filter(pk=wish).update(state=Wish.State.OFFERED, changed_at=values["now"])
    return True


def settle_ended_offers() -> None:
    """Note which offers nobody took in time. One statement, in the transaction that ended their holds."""
    execute(statements.SETTLE_OFFERS, {"now": clock.now(), "missed": MISSED_OFFERS})


def times_wished_for() -> list[int]:
    """Return times with room that somebody waits for. One statement."""
    now = clock.now()
    values = {"today": now.date(), "time": now.time().replace(tzinfo=None)}
    return [row[0] for row in rows(statements.FREE_TIMES_WISHED_FOR, values)]
