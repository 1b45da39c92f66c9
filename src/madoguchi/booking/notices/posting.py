"""Handing one mail to the mail server and understanding its answer."""

import smtplib
import ssl
from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from madoguchi.booking.notices.rules import Verdict, verdict_of


def post(message: EmailMessage, through: EmailBackend) -> Verdict:
    """Hand `message` to the server that `through` is connected to.

    Returns SENT only behind the server's own "250"; LATER for every fault that may pass (no connection, silence, 4xx, a cut line);
    REFUSED for an address or a mail that the server will never take (5xx) or that would forge a header.
    """
    try:
        return Verdict.SENT if through.send_messages([message]) else Verdict.LATER
    except ValueError:
        # A line break in a header (django.core.mail.BadHeaderError) or what is no address at all: no later attempt can mend it.
        return Verdict.REFUSED
    except smtplib.SMTPRecipientsRefused as refusal:
        return _worst(code for code, _text in refusal.recipients.values())
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused):
        # Our own set-up is wrong, not this mail: it waits until that is mended.
        return Verdict.LATER
    except smtplib.SMTPResponseException as answer:
        return verdict_of(answer.smtp_code)
    except (smtplib.SMTPException, ssl.SSLError, OSError):
        return Verdict.LATER


def _worst(codes: Iterable[int]) -> Verdict:
    verdicts = {verdict_of(code) for code in codes}
    return Verdict.REFUSED if Verdict.REFUSED in verdicts else Verdict.LATER
