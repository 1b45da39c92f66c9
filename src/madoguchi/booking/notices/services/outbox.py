"""Draining the outbox: every mail that is owed goes to the mail server, each until the server has taken or refused it.

A mail is claimed in one short transaction, sent outside of any, and settled in a third: no lock is held while the server is asked.
Dies the worker in between, the lease runs out and the mail is sent again under the same Message-ID; nothing is ever lost.
"""

import datetime as dt
import logging
import smtplib
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction
from django.utils import translation

from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.notices.appointments import moment
from madoguchi.booking.notices.audited import MAIL_SENT, MAIL_SENT_AGAIN, MESSAGE_OWED
from madoguchi.booking.notices.kinds import Kind, Standing, may_go
from madoguchi.booking.notices.links import Links, digest_of, new_token
from madoguchi.booking.notices.macs import address_mac
from madoguchi.booking.notices.mailbox import KeptHere, folder_of_zone
from madoguchi.booking.notices.mails import UnusableAddress, compose, facts_of
from madoguchi.booking.notices.models import Link, Mail
from madoguchi.booking.notices.posting import post
from madoguchi.booking.notices.queries import appointment_of, contact_of, standing, standing_of, wording_of
from madoguchi.booking.notices.rules import ATTEMPTS, LEASE, Verdict, link_ends, wait_after
from madoguchi.booking.notices.services.contacts import note_failure
from madoguchi.booking.reservations.models import Booking, State
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.ui.shell import site

logger = logging.getLogger(__name__)

MAILER = automatic("mail")
AT_ONCE = 500
# Where the links of mails lead; the pages are the citizens'.
LINK_PATH = "mail/{purpose}/{token}/"

# What is owed moves into the outbox with a copy of the address.
_TAKE_IN = """
WITH owed AS (
    DELETE FROM reservations_mailintent WHERE id IN (
        SELECT id FROM reservations_mailintent ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %(limit)s)
    RETURNING booking_id, kind, version, created_at
)
INSERT INTO notices_mail (reference, booking_id, kind, version, once, address, state, why, failures, due_at, created_at, settled_at)
SELECT gen_random_uuid(), b.id, owed.kind, owed.version, owed.kind || ':' || owed.version, b.email,
    CASE WHEN b.email = '' THEN 'void' ELSE 'waiting' END, CASE WHEN b.email = '' THEN 'no_address' ELSE '' END, 0,
    owed.created_at, owed.created_at, CASE WHEN b.email = '' THEN %(now)s::timestamptz END
FROM owed JOIN reservations_booking b ON b.id = owed.booking_id
ON CONFLICT (booking_id, once) DO NOTHING
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
    drained, server = Drained(), mail_server()
    try:
        for _turn in range(limit):
            claim = _claim()
            if claim is None:
                break
            if not reach(server):
                _give_back(claim)
                drained.reached = False
                break
            drained.note(_handle(claim, server))
    finally:
        hang_up(server)
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


def mail_server() -> EmailBackend:
    """Return the municipality's mail server, not yet connected; none of an installation for training or verification sends a mail (S34)."""
    if site().mark:
        return KeptHere(folder_of_zone())
    server = get_connection("django.core.mail.backends.smtp.EmailBackend")
    assert isinstance(server, EmailBackend)
    return server


def reach(server: EmailBackend) -> bool:
    """Connect to the mail server; tells whether it answered."""
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as silence:
        logger.warning("the mail server cannot be reached (%s); mails wait", type(silence).__name__)
        return False
    return server.connection is not None


def hang_up(server: EmailBackend) -> None:
    """Close the connection, whatever state it is in."""
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        server.connection = None


def _handle(claim: _Claim, server: EmailBackend) -> str:
    mail = Mail.objects.select_related("booking__slot__place", "booking__kind").get(reference=claim.reference)
    # An address that was put right while the mail waited: nothing more goes to the wrong one.
    mail.address = mail.booking.email or mail.address
    known = standing(contact_of(mail.booking, mail.address))
    why = _why_not(mail, known)
    if why:
        _settle(claim, mail, Mail.State.VOID, why)
        return Mail.State.VOID
    try:
        message = _compose(mail, proved=known is Standing.PROVED)
    except UnusableAddress:
        verdict = Verdict.REFUSED
    else:
        verdict = post(message, server)
    if verdict is Verdict.LATER:
        hang_up(server)
        return _postpone(claim, mail)
    _settle(claim, mail, Mail.State.SENT if verdict is Verdict.SENT else Mail.State.REFUSED)
    return verdict


def _why_not(mail: Mail, known: Standing) -> str:
    """Return why the mail is not to be sent after all, empty when it is: it would tell what is not so any more, or reach nobody."""
    kind, booking = Kind(mail.kind), mail.booking
    if moment(booking.slot.day, booking.slot.end) < clock.now():
        return Mail.Why.OVER
    if not _still_true(kind, mail, booking):
        return Mail.Why.OVERTAKEN
    if may_go(kind, known):
        return ""
    return {Standing.STOPPED: Mail.Why.STOPPED, Standing.FAILED: Mail.Why.FAILED}.get(known, Mail.Why.UNPROVED)


def _still_true(kind: Kind, mail: Mail, booking: Booking) -> bool:
    if kind is Kind.CANCELLED:
        return booking.state == State.CANCELLED
    if kind is Kind.STOPPED:
        return booking.state in {State.CONFIRMED, State.CANCELLED}
    if kind is Kind.OFFER:
        return booking.state == State.HELD and booking.held_until is not None and booking.held_until > clock.now()
    if booking.state not in {State.CONFIRMED, State.ARRIVED}:
        return False
    if kind is Kind.REMINDER:
        return mail.about_day == booking.slot.day
    # Every mail tells how the booking stands now: of several changes the last one's mail says it all.
    repeated = kind in {Kind.CONFIRMED, Kind.CHANGED}
    return not (repeated and Mail.objects.filter(booking=booking, kind=kind, version__gt=mail.version).exists())


def _compose(mail: Mail, *, proved: bool) -> EmailMessage:
    booking, kind, language = mail.booking, Kind(mail.kind), mail.booking.language
    links = _make_links(mail, proved=proved)
    with translation.override(language):
        appointment = appointment_of(booking)
    return compose(
        kind,
        wording_of(kind, language),
        facts_of(appointment, language, links, until=booking.held_until, message=booking.message),
        mail.address,
        reference=mail.reference,
        appointment=appointment,
        links=links,
        language=language,
        cancelled=booking.state == State.CANCELLED,
    )


def _make_links(mail: Mail, *, proved: bool) -> Links:
    """Make the links of one mail, an own one for each purpose. A mail that is sent again gets new ones: no table holds the old ones."""
    site: str = settings.MADOGUCHI_PUBLIC_URL
    if not site:
        return Links()
    now, booking = clock.now(), mail.booking
    visit_ends = moment(booking.slot.day, booking.slot.end)
    wanted = [Link.Purpose.STOP] if mail.kind not in {Kind.CANCELLED, Kind.OFFER} else []
    by_number = booking.kind.identification == VisitKind.Identification.NUMBER
    standing = booking.state == State.CONFIRMED or mail.kind == Kind.OFFER
    wanted += [Link.Purpose.MANAGE] if standing and by_number else []
    wanted += [Link.Purpose.PROVE] if not proved and mail.kind != Kind.CANCELLED else []
    tokens = {purpose: new_token() for purpose in wanted}
    Link.objects.bulk_create(
        Link(
            digest=digest_of(purpose.value, token),
            purpose=purpose,
            booking=booking,
            address_mac=address_mac(mail.address),
            created_at=now,
            expires_at=link_ends(purpose.value, now, visit_ends),
        )
        for purpose, token in tokens.items()
    )
    addresses = {
        purpose.value: f"{site.rstrip('/')}/{LINK_PATH.format(purpose=purpose.value, token=token)}" for purpose, token in tokens.items()
    }
    # A booking by form is looked up with what its form has asked, from the site's first page.
    return Links(site=site, **{"manage": site if not by_number else "", **addresses})


@transaction.atomic
def _postpone(claim: _Claim, mail: Mail) -> str:
    """Let the mail wait after a failure, or give it up after the last; only the holder of the lease may."""
    failures = mail.failures + 1
    if failures >= ATTEMPTS:
        mail.failures = failures
        Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until).update(failures=failures)
        _settle(claim, mail, Mail.State.DEAD)
        return Mail.State.DEAD
    Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until).update(
        failures=failures, due_at=clock.now() + wait_after(failures), leased_until=None
    )
    return Verdict.LATER


@transaction.atomic
def _settle(claim: _Claim, mail: Mail, state: Mail.State, why: str = "") -> None:
    """Write the end of a mail, its address taken out; only the holder of the lease may."""
    settled = Mail.objects.filter(reference=claim.reference, leased_until=claim.leased_until, state=Mail.State.WAITING).update(
        state=state, why=why, address="", leased_until=None, settled_at=clock.now()
    )
    if not settled or state is Mail.State.VOID:
        return
    if state is Mail.State.REFUSED:
        note_failure(mail.booking, mail.address, "5.0.0", for_good=True)
    record(
        MAILER,
        MAIL_SENT,
        subject=f"booking:{mail.booking_id}",
        content={"kind": mail.kind, "failures": mail.failures, "state": state.value},
        result=Result.DONE if state is Mail.State.SENT else Result.REFUSED,
    )


@transaction.atomic
def send_message(actor: Actor, booking: Booking) -> bool:
    """Owe the mail that carries the booking's message (メッセージ, BK-16) as it stands; the caller has checked the right.

    Returns False when there is no message, the same one has been sent already, or no mail may go to the address: then somebody has to call.
    """
    if not booking.message or standing_of(booking) is not Standing.PROVED:
        return False
    now = clock.now()
    once = f"{Kind.MESSAGE}:{booking.version}"
    _mail, made = Mail.objects.get_or_create(
        booking=booking,
        once=once,
        defaults={
            "kind": Kind.MESSAGE,
            "version": booking.version,
            "address": booking.email,
            "due_at": now,
            "created_at": now,
        },
    )
    if made:
        record(actor, MESSAGE_OWED, subject=f"booking:{booking.pk}")
    return made


@transaction.atomic
def send_again(actor: Actor, mail: Mail) -> bool:
    """Put a mail that was given up or refused into the outbox once more; the caller has checked the right.

    Returns False when it is in another state, or the booking has no address any more.
    """
    address = mail.booking.email
    if not address:
        return False
    done = Mail.objects.filter(pk=mail.pk, state__in=[Mail.State.DEAD, Mail.State.REFUSED]).update(
        state=Mail.State.WAITING, why="", address=address, failures=0, due_at=clock.now(), settled_at=None, leased_until=None
    )
    if done:
        record(actor, MAIL_SENT_AGAIN, subject=f"booking:{mail.booking_id}", content={"kind": mail.kind})
    return bool(done)
