"""The mails of a booking: closed texts in which only facts of the appointment are filled in, and no word that a person typed."""

import uuid
from email.utils import parseaddr
from typing import Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from madoguchi.booking.notices.appointments import Appointment
from madoguchi.booking.notices.invitations import Method, invitation

Kind = Literal["confirmed", "cancelled"]

METHODS: dict[Kind, Method] = {"confirmed": "REQUEST", "cancelled": "CANCEL"}


class UnusableAddress(ValueError):
    """What stands as mail address cannot be one; the text of the exception does not hold it."""


def _subject(kind: Kind, appointment: Appointment) -> str:
    texts = {
        "confirmed": _("【%(municipality)s】マイナンバーカード受け取りの予約が完了しました"),
        "cancelled": _("【%(municipality)s】マイナンバーカード受け取りの予約を取り消しました"),
    }
    return texts[kind] % {"municipality": appointment.municipality_name}


def compose(kind: Kind, appointment: Appointment, address: str, reference: uuid.UUID | str) -> EmailMessage:
    """Return the mail of `kind` to `address`, plain text with the calendar file attached (BK-07).

    `reference` names this mail for ever: sent twice (the machine died between the server's "250" and our note of it), both copies carry
    the same Message-ID and mail programs show one. Raises UnusableAddress for what is no single address (line breaks, lists, nothing).
    """
    try:
        validate_email(address)
    except ValidationError:
        raise UnusableAddress("not a mail address") from None
    method = METHODS[kind]
    sender = settings.DEFAULT_FROM_EMAIL
    host = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    text = render_to_string(f"notices/mail_{kind}.txt", {"appointment": appointment, "page": settings.MADOGUCHI_PUBLIC_URL})
    message = EmailMessage(
        subject=_subject(kind, appointment),
        body=text,
        from_email=sender,
        to=[address],
        headers={"Message-ID": f"<{reference}@{host}>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    file = invitation(appointment, method, organizer=sender, attendee=address)
    message.attach("yoyaku.ics", file.decode("utf-8"), f"text/calendar; method={method}; charset=utf-8")
    return message
