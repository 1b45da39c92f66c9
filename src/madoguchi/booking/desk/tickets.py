"""Call numbers: giving one out, calling it, and every further step; the only writer of the tables of call numbers (BS-04).

Each command is one transaction. A button carries the version of the row that its page showed: pressed twice it is one step, and of two
windows that press at one moment the second is told what the first did.
"""

import datetime as dt
import uuid

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.booking.calendar.models import Place
from madoguchi.booking.desk.audited import TICKET_ISSUED, TICKET_STEP
from madoguchi.booking.desk.models import CallTicket, TicketEvent
from madoguchi.booking.desk.rules import ACT_NAMES, STEPS, Act
from madoguchi.booking.reservations.models import Booking
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

_NEXT_NUMBER = """
INSERT INTO desk_ticketsequence (place_id, day, last) VALUES (%s, %s, 1)
ON CONFLICT (place_id, day) DO UPDATE SET last = desk_ticketsequence.last + 1 RETURNING last
"""
UNDO = "undo"


class TicketRefused(Exception):
    """The step was not made; nothing has changed. The message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def issue(actor: Actor, place: Place, *, key: uuid.UUID, booking: Booking | None = None, day: dt.date | None = None) -> CallTicket:
    """Give out the next call number of today at `place`; the same `key`, or a booking that has one today, gets the same number again.

    The caller of this function has checked the right of `actor`.
    """
    day = day or clock.today()
    known = CallTicket.objects.filter(key=key).first() or _of_booking(booking, day)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _issue(actor, place, key, booking, day)
    except IntegrityError:
        # Another window gave the number at the same moment.
        same = CallTicket.objects.filter(key=key).first() or _of_booking(booking, day)
        if same is None:
            raise
        return same


def _of_booking(booking: Booking | None, day: dt.date) -> CallTicket | None:
    if booking is None:
        return None
    return CallTicket.objects.filter(booking=booking, day=day).exclude(state=CallTicket.State.VOID).first()


def _issue(actor: Actor, place: Place, key: uuid.UUID, booking: Booking | None, day: dt.date) -> CallTicket:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [place.pk, day])
        number: int = cursor.fetchone()[0]
    now = clock.now()
    ticket = CallTicket.objects.create(place=place, day=day, number=number, booking=booking, key=key, issued_at=now, changed_at=now)
    TicketEvent.objects.bulk_create(
        [TicketEvent(ticket=ticket, version=1, at=now, act="issue", to_state=CallTicket.State.WAITING, by=actor.user_id)]
    )
    content = {"place": place.code, "number": number, "booking": str(booking.pk) if booking else ""}
    record(actor, TICKET_ISSUED, subject=f"ticket:{ticket.pk}", content=content)
    return ticket


@transaction.atomic
def step(actor: Actor, pk: int, act: Act, *, version: int, counter: str = "") -> CallTicket:
    """Do `act` with a call number whose page showed `version`; a repeated press of the same button gives the same result.

    `counter` is the window that calls, or for FORWARD the window that is to call.

    Raises TicketRefused when somebody else has changed the number meanwhile, when the act does not fit its state, or when another window
    is to call it.
    """
    ticket = CallTicket.objects.select_for_update(of=("self",)).select_related("place").get(pk=pk)
    if _done_before(ticket, act.value, version, actor):
        return ticket
    sources, target = STEPS[act]
    if ticket.version != version or ticket.state not in sources:
        raise TicketRefused(
            _("番号%(number)dは、ほかの職員が先に操作し、今は「%(state)s」です。何も変えていません。")
            % {"number": ticket.number, "state": ticket.get_state_display()}
        )
    if act in {Act.CALL, Act.RECALL, Act.FORWARD} and not counter:
        raise TicketRefused(_("窓口の番号を入力してください。何も変えていません。"))
    if act is Act.CALL and ticket.for_counter and ticket.for_counter != counter:
        raise TicketRefused(
            _("番号%(number)dは窓口%(counter)sに回されています。何も変えていません。")
            % {"number": ticket.number, "counter": ticket.for_counter}
        )
    now = clock.now()
    changes: dict[str, object] = {"state": target}
    if act in {Act.CALL, Act.RECALL}:
        changes |= {"counter": counter, "called_at": now, "calls": F("calls") + 1}
    if act is Act.FORWARD:
        changes |= {"for_counter": counter, "counter": ""}
    return _write(actor, ticket, act.value, changes, now)


@transaction.atomic
def undo(actor: Actor, pk: int, *, version: int) -> CallTicket:
    """Take the last step of a call number back (取り消す): a further event that leads where the number was before.

    Raises TicketRefused when somebody else has changed it meanwhile, or when there is nothing to take back.
    """
    ticket = CallTicket.objects.select_for_update(of=("self",)).select_related("place").get(pk=pk)
    if _done_before(ticket, UNDO, version, actor):
        return ticket
    last = TicketEvent.objects.filter(ticket=ticket, version=ticket.version).first()
    if ticket.version != version or last is None or not last.from_state or last.act == UNDO:
        raise TicketRefused(_("元に戻せる操作がありません。何も変えていません。"))
    changes: dict[str, object] = {"state": last.from_state, "counter": last.from_counter}
    if last.act == Act.FORWARD:
        changes["for_counter"] = ""
    return _write(actor, ticket, UNDO, changes, clock.now())


def _done_before(ticket: CallTicket, act: str, version: int, actor: Actor) -> bool:
    """Tell whether this very press has been done: the step after `version` is this act, by this person, and nothing came since."""
    if ticket.version != version + 1:
        return False
    return TicketEvent.objects.filter(ticket=ticket, version=ticket.version, act=act, by=actor.user_id).exists()


def _write(actor: Actor, ticket: CallTicket, act: str, changes: dict[str, object], now: dt.datetime) -> CallTicket:
    before_state, before_counter = ticket.state, ticket.counter
    CallTicket.objects.filter(pk=ticket.pk).update(version=F("version") + 1, changed_at=now, **changes)
    ticket.refresh_from_db()
    TicketEvent.objects.bulk_create(
        [
            TicketEvent(
                ticket=ticket,
                version=ticket.version,
                at=now,
                act=act,
                from_state=before_state,
                to_state=ticket.state,
                from_counter=before_counter,
                to_counter=ticket.counter,
                by=actor.user_id,
            )
        ]
    )
    record(
        actor,
        TICKET_STEP,
        subject=f"ticket:{ticket.pk}",
        content={"number": ticket.number, "act": act, "from": before_state, "to": ticket.state, "counter": ticket.counter},
    )
    return ticket


def act_name(act: str) -> str:
    """Return an act in words."""
    return _("元に戻す") if act == UNDO else str(ACT_NAMES[Act(act)])
