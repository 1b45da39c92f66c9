"""The address of a booking: proved by a button, stopped by a button, failed by a report, told by telephone, and forgotten."""

import datetime as dt

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from madoguchi.booking.municipality.queries import fresh
from madoguchi.booking.notices.audited import (
    ADDRESS_PROVED,
    ADDRESSES_FORGOTTEN,
    CALL_NOTED,
    MAILS_RESUMED,
    MAILS_STOPPED,
    PROOF_ASKED,
)
from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.macs import address_mac
from madoguchi.booking.notices.models import Contact, Link, Mail
from madoguchi.booking.notices.queries import fits, is_open
from madoguchi.booking.notices.rules import (
    ADDRESS_AFTER_VISIT,
    LINKS_KEPT,
    PROOFS_AT_MOST,
    TEMPORARY_FAILURES_UNTIL_FAILED,
    may_ask_again,
)
from madoguchi.booking.reservations.models import LIVE_STATES, Booking
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor, ActorKind, automatic
from madoguchi.platform.audit.processes import Process
from madoguchi.platform.audit.services import record

_FORGETTER = automatic("forget-mail")


class LinkRefused(Exception):
    """A link of a mail does nothing any more; `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__("a link of a mail was refused")
        self.message = message


def contact_for(booking: Booking, address: str) -> Contact:
    """Return the contact of `booking` for `address`, locked, in the caller's transaction; one for another address begins anew."""
    Contact.objects.get_or_create(booking=booking)
    found = Contact.objects.select_for_update(no_key=True).get(booking=booking)
    mac = address_mac(address)
    if found.address_mac is None or bytes(found.address_mac) != mac:
        found = Contact(booking=booking, address_mac=mac)
        found.save(force_update=True)
    return found


def _by_link(link: Link, client: str) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, user_id=f"booking:{link.booking_id}", client=client)


@transaction.atomic
def prove(link: Link, *, client: str) -> bool:
    """Note that the one who reads the mail has pressed its button: the address is proved. The link works once.

    Returns False when the address was proved already (by this link or another): nothing more to do.
    Raises LinkRefused when the link is too old or the booking has another address now.
    """
    if not fits(link) or link.booking.state not in LIVE_STATES:
        raise LinkRefused(_("この予約のメールアドレスは、いまは登録されていません。"))
    contact = contact_for(link.booking, link.booking.email)
    if contact.proved_at is not None:
        return False
    used = Link.objects.filter(pk=link.pk, used_at__isnull=True, expires_at__gt=clock.now()).update(used_at=clock.now())
    if not used:
        raise LinkRefused(_("リンクの期限が切れています。下のボタンで、新しい確認メールを送ってください。"))
    # A mail that was read has arrived: what failed before was mended.
    Contact.objects.filter(pk=contact.pk).update(
        proved_at=clock.now(), failed_at=None, failed_status="", temporary_failures=0, called_at=None, called_by=""
    )
    record(_by_link(link, client), ADDRESS_PROVED, subject=f"booking:{link.booking_id}")
    return True


@transaction.atomic
def ask_for_proof(booking: Booking, actor: Actor) -> bool:
    """Owe another mail with the link that proves the address; for the pages of the booking and of a link that is too old. An address that
    failed is to be proved anew.

    Returns False when that would be too often, too soon, or there is nothing to prove.
    """
    if not booking.email or booking.state not in LIVE_STATES:
        return False
    contact, now = contact_for(booking, booking.email), clock.now()
    closed = contact.stopped_at is not None or (contact.proved_at is not None and contact.failed_at is None)
    if closed or not may_ask_again(contact.proofs_asked, contact.proof_asked_at, now):
        return False
    Contact.objects.filter(pk=contact.pk).update(
        proofs_asked=F("proofs_asked") + 1,
        proof_asked_at=now,
        proved_at=None,
        failed_at=None,
        failed_status="",
        called_at=None,
        called_by="",
    )
    # The day's date keeps the names apart when another address begins to count anew.
    once = f"{Kind.PROOF}:{now:%Y%m%d%H%M%S}:{contact.proofs_asked + 1}"
    Mail.objects.create(
        booking=booking, kind=Kind.PROOF, version=booking.version, once=once, address=booking.email, due_at=now, created_at=now
    )
    record(actor, PROOF_ASKED, subject=f"booking:{booking.pk}", content={"number": contact.proofs_asked + 1, "of": PROOFS_AT_MOST})
    return True


@transaction.atomic
def stop(link: Link, *, client: str) -> None:
    """Send no more mails about this booking. Pressed again it stays so; it may be pressed by a mail program (RFC 8058).

    Raises LinkRefused when the booking has no address any more, or another one.
    """
    _set_stopped(link, clock.now(), MAILS_STOPPED, client)


@transaction.atomic
def resume(link: Link, *, client: str) -> None:
    """Take `stop` back. Raises LinkRefused as `stop` does."""
    _set_stopped(link, None, MAILS_RESUMED, client)


def _set_stopped(link: Link, at: dt.datetime | None, process: Process, client: str) -> None:
    if not is_open(link):
        raise LinkRefused(_("この予約のメールアドレスは、いまは登録されていません。メールは届きません。"))
    contact = contact_for(link.booking, link.booking.email)
    if (contact.stopped_at is None) == (at is None):
        return
    Contact.objects.filter(pk=contact.pk).update(stopped_at=at)
    record(_by_link(link, client), process, subject=f"booking:{link.booking_id}")


def note_failure(booking: Booking, address: str, status: str, *, for_good: bool) -> bool:
    """Note in the caller's transaction that a mail to `address` did not arrive; returns whether the address counts as failed now.

    Reports of passing trouble count together: after some of them the address counts as failed as well.
    """
    if booking.email != address:
        return False
    contact = contact_for(booking, address)
    failures = contact.temporary_failures + (0 if for_good else 1)
    failed = contact.failed_at is not None or for_good or failures >= TEMPORARY_FAILURES_UNTIL_FAILED
    Contact.objects.filter(pk=contact.pk).update(
        temporary_failures=failures,
        failed_at=(contact.failed_at or clock.now()) if failed else None,
        failed_status=status if failed else "",
    )
    return failed


@transaction.atomic
def note_call(actor: Actor, contact: Contact) -> bool:
    """Note that the person was told by telephone; the caller has checked the right. Returns False when another had noted it already."""
    open_call = Contact.objects.filter(pk=contact.pk, failed_at__isnull=False, called_at__isnull=True)
    if not open_call.update(called_at=clock.now(), called_by=actor.user_id):
        return False
    record(actor, CALL_NOTED, subject=f"booking:{contact.pk}")
    return True


_FORGET = """
WITH over AS (
    SELECT b.id FROM reservations_booking b JOIN notices_mail m ON m.booking_id = b.id
    WHERE b.state = 'cancelled' AND b.email <> '' AND b.changed_at < %(cancelled_before)s
        AND m.created_at >= b.changed_at - interval '1 day' AND m.created_at > %(looked_back)s
    UNION
    SELECT b.id FROM calendar_slot s JOIN reservations_booking b ON b.slot_id = s.id
    WHERE s.day < %(visited_before)s AND s.day >= %(visited_after)s AND b.email <> ''
), forgotten AS (
    UPDATE reservations_booking b SET email = '' FROM over WHERE b.id = over.id RETURNING b.id
), waiting AS (
    UPDATE notices_mail m SET state = 'void', why = 'over', address = '', settled_at = %(now)s, leased_until = NULL
    FROM forgotten WHERE m.booking_id = forgotten.id AND m.state = 'waiting' AND m.kind <> 'cancelled'
), contact AS (
    UPDATE notices_contact c SET address_mac = NULL FROM forgotten WHERE c.booking_id = forgotten.id
)
SELECT count(*) FROM forgotten
"""
# Nights that a run may miss before an address is overlooked.
_NIGHTS = dt.timedelta(days=400)


@transaction.atomic
def forget_addresses() -> int:
    """Delete addresses that serve nothing any more; returns how many. Run every hour by the worker.

    A cancelled booking keeps its address while the cancellation can be taken back, a visit for a month, in which the office may still
    have to write; links are deleted a month after their end.
    """
    now = clock.now()
    undo = dt.timedelta(minutes=max(fresh().undo_minutes, 5))
    with connection.cursor() as cursor:
        cursor.execute(
            _FORGET,
            {
                "now": now,
                "cancelled_before": now - undo,
                "looked_back": now - _NIGHTS,
                "visited_before": now.date() - ADDRESS_AFTER_VISIT,
                "visited_after": now.date() - _NIGHTS,
            },
        )
        forgotten = int(cursor.fetchone()[0])
    Link.objects.filter(expires_at__lt=now - LINKS_KEPT).delete()
    if forgotten:
        record(_FORGETTER, ADDRESSES_FORGOTTEN, content={"addresses": forgotten})
    return forgotten
