"""Noting which mails came back: each report marks its mail once, and an address that failed for good gets no more mails."""

import logging
from contextlib import closing
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from madoguchi.booking.notices.audited import MAIL_RETURNED
from madoguchi.booking.notices.models import Mail
from madoguchi.booking.notices.return_mailboxes import Mailbox, Unreachable, open_mailbox
from madoguchi.booking.notices.returns import Report, read_report
from madoguchi.booking.notices.services.contacts import note_failure
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

logger = logging.getLogger(__name__)

_READER = automatic("mail-returns")


@dataclass
class Returned:
    """What one run found: reports that marked a mail, and mails that were no report of ours."""

    noted: int = 0
    others: int = 0
    reached: bool = True


def take_back() -> Returned:
    """Read the mailbox for returns, where one is set; run every few minutes by the worker. What is there while it cannot be read waits."""
    address: str = settings.MADOGUCHI_MAIL_RETURNS_MAILBOX
    if not address:
        return Returned()
    try:
        with closing(open_mailbox(address)) as mailbox:
            return _empty(mailbox)
    except Unreachable as silence:
        logger.warning("%s; returned mails wait", silence)
        return Returned(reached=False)


def _empty(mailbox: Mailbox) -> Returned:
    done = Returned()
    for key, raw in mailbox.mails():
        report = read_report(raw)
        if report is not None and note(report):
            done.noted += 1
        else:
            done.others += 1
        # Nothing else is expected here: holiday notices, delays and advertisements go, so that the mailbox never fills up.
        mailbox.remove(key)
    return done


@transaction.atomic
def note(report: Report) -> bool:
    """Note a report: the mail came back, and its address failed once or for good. A second report of the same mail changes nothing.

    Returns False when it speaks of no mail of ours, or of one that is noted already.
    """
    noted = Mail.objects.filter(pk=report.reference, returned_at__isnull=True, state=Mail.State.SENT)
    if not noted.update(returned_at=clock.now(), returned_status=report.status):
        return False
    mail = Mail.objects.select_related("booking").get(pk=report.reference)
    failed = note_failure(mail.booking, mail.booking.email, report.status, for_good=report.for_good) if mail.booking.email else False
    record(
        _READER,
        MAIL_RETURNED,
        subject=f"booking:{mail.booking_id}",
        content={"kind": mail.kind, "status": report.status, "failed": failed},
        result=Result.FAILED,
    )
    return True
