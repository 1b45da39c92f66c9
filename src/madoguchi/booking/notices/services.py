"""Draining the outbox: every mail that is owed goes to the mail server, each until the server has taken or refused it.

A mail is claimed in one short transaction, sent outside of any, and settled in a third: no lock is held while the server is asked.
Dies the worker in between, the lease runs out and the mail is sent again under the same Message-ID; nothing is ever lost.
"""

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction
from django.utils import translation

from madoguchi.booking.notices.appointments import moment
from madoguchi.booking.notices.audited import MAIL_SENT
from madoguchi.booking.notices.mails import Kind, UnusableAddress, compose
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.posting import post
from madoguchi.booking.notices.queries import appointment_of
from madoguchi.booking.notices.rules import LEASE, Verdict, wait_after
from madoguchi.booking.reservations.models import LIVE_STATES, Booking
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

logger = logging.getLogger(__name__)

KINDS: Mapping[str, Kind] = {Mail.Kind.CONFIRMED: "confirmed", Mail.Kind.CANCELLED: "cancelled"}
MAILER = automatic("mail")
AT_ONCE = 500

# What is owed moves into the outbox with a copy of the address; a cancelled booking needs its own no more and forgets it here.
_TAKE_IN = """
WITH owed AS (
    DELETE FROM reservations_mailintent WHERE id IN (
        SELECT id FROM reservations_mailintent ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %(limit)s)
    RETURNING booking_id, kind, version, created_at
), forgotten AS (
    UPDATE reservations_booking SET email = '' FROM owed WHERE id = owed.booking_id AND owed.kind = 'cancelled'
)
INSERT INTO notices_mail (reference, booking_id, kind, version, address, state, failures, due_at, created_at, settled_at)
SELECT gen_random_uuid(), b.id, owed.kind, owed.version, b.email, CASE WHEN b.email = '' THEN 'void' ELSE 'waiting' END, 0,
    owed.created_at, owed.created_at, CASE WHEN b.email = '' THEN %(now)s::timestamptz END
FROM owed JOIN reservations_booking b ON b.id = owed.booking_id
ON CONFLICT (booking_id, version) DO NOTHING
"""

_CLAIM = """
UPDATE notices_mail SET leased_until = %(lease)s
WHERE reference = (
    SELECT reference FROM notices_mail
    WHERE state = 'waiting' AND due_at <= %(now)s AND (leased_until IS NULL OR leased_until < %(now)s)
    ORDER BY due_at, created_at FOR UPDATE SKIP LOCKED LIMIT 1)
RETURNING reference
"""


@dataclass
class Drained:
    """What one run did, by verdict; `reached` tells whether the mail server answered at all."""

    counts: dict[str, int] = field(default_factory=dict)
    reached: bool = True

    def note(self, outcome: str) -> None:
        """Count one mail."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1


@dataclass(frozen=True, slots=True)
class _Claim:
    reference: uuid.UUID
    leased_until: dt.datetime


def drain_outbox(limit: int = AT_ONCE) -> Drained:
    """Send up to `limit` mails that are due; several workers may run it side by side.

    When the mail server cannot be reached the claimed mail goes back as it was and the run ends: the next run, seconds later, tries again.
    """
    take_in(limit)
    drained, server = Drained(), _server()
    try:
        for _turn in range(limit):
            claim = _claim()
            if claim is None:
                break
            if not _reach(server):
                _give_back(claim)
                drained.reached = False
                break
            drained.note(_handle(claim, server))
    finally:
        _hang_up(server)
    return drained


@transaction.atomic
def take_in(limit: int = AT_ONCE) -> int:
    """Move what bookings owe into the outbox; returns how many. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IN, {"limit": limit, "now": clock.now()})
        return int(cursor.rowcount)


def _claim() -> _Claim | None:
    now = clock.now()
    lease = now + LEASE
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": lease})
        row = cursor.fetchone()
    return _Claim(row[0], lease) if row else None


def _give_back(claim: _Claim) -> None:
    Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until).update(leased_until=None)


def _server() -> EmailBackend:
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    assert isinstance(server, EmailBackend)
    return server


def _reach(server: EmailBackend) -> bool:
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as silence:
        logger.warning("the mail server cannot be reached (%s); mails wait", type(silence).__name__)
        return False
    return server.connection is not None


def _hang_up(server: EmailBackend) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        server.connection = None


def _handle(claim: _Claim, server: EmailBackend) -> str:
    mail = Mail.objects.select_related("booking__slot__place").get(reference=claim.reference)
    if not _still_useful(mail):
        _settle(claim, mail, Mail.State.VOID)
        return Mail.State.VOID
    try:
        with translation.override(mail.booking.language):
            message = compose(KINDS[mail.kind], appointment_of(mail.booking), mail.address, mail.reference)
    except UnusableAddress:
        verdict = Verdict.REFUSED
    else:
        verdict = post(message, server)
    if verdict is Verdict.LATER:
        _hang_up(server)
        _postpone(claim, mail)
    else:
        _settle(claim, mail, Mail.State.SENT if verdict is Verdict.SENT else Mail.State.REFUSED)
    return verdict


def _still_useful(mail: Mail) -> bool:
    """Tell whether the mail still says something true: no confirmation of a booking that is cancelled, none of a day that is over."""
    booking: Booking = mail.booking
    if moment(booking.slot.day, booking.slot.end) < clock.now():
        return False
    return mail.kind == Mail.Kind.CANCELLED or booking.state in LIVE_STATES


def _postpone(claim: _Claim, mail: Mail) -> None:
    failures = mail.failures + 1
    Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until).update(
        failures=failures, due_at=clock.now() + wait_after(failures), leased_until=None
    )


@transaction.atomic
def _settle(claim: _Claim, mail: Mail, state: Mail.State) -> None:
    """Write the end of a mail, its address taken out; only the holder of the lease may."""
    settled = Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until, state=Mail.State.WAITING).update(
        state=state, address="", leased_until=None, settled_at=clock.now()
    )
    if settled and state is not Mail.State.VOID:
        record(
            MAILER,
            MAIL_SENT,
            subject=f"booking:{mail.booking_id}",
            content={"kind": mail.kind, "failures": mail.failures},
            result=Result.DONE if state is Mail.State.SENT else Result.REFUSED,
        )
