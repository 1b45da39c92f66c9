"""Making a mail from a text and the facts of an appointment: plain text, the calendar file, headers that keep machines from answering."""

import datetime as dt
import uuid
from collections.abc import Mapping
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import translation

from madoguchi.booking.guidance.queries import guidance_lines
from madoguchi.booking.notices.appointments import Appointment
from madoguchi.booking.notices.invitations import invitation
from madoguchi.booking.notices.kinds import CALLED_OFF_BY_BUTTON, Kind, method_of
from madoguchi.booking.notices.links import Links
from madoguchi.booking.notices.placeholders import fill
from madoguchi.booking.notices.wording import Wording, word
from madoguchi.platform import clock
from madoguchi.platform.ui.furigana import in_brackets
from madoguchi.platform.ui.languages import long_day_in_words, time_in_words


class UnusableAddress(ValueError):
    """What stands as mail address cannot be one; the text of the exception does not hold it."""


def facts_of(
    appointment: Appointment, language: str, links: Links, *, until: dt.datetime | None = None, message: str = ""
) -> dict[str, str]:
    """Return what each placeholder becomes in a mail in `language`.

    Args:
        appointment: the booking.
        language: code of the reader's language; readings of easy Japanese stand in brackets.
        links: the mail's web addresses; a block whose link is missing is empty.
        until: when an offer ends.
        message: what the office wrote for this booking.
    """
    with translation.override(language):
        brings = guidance_lines(appointment.kind_code, None, language, appointment.starts.date(), plain=True)
        dash = "・" if language.startswith("ja") else "- "
        facts = {
            "市区町村名": appointment.municipality_name,
            "用件": appointment.kind_name,
            "予約番号": appointment.number,
            "日時": appointment.when,
            "場所": appointment.place_name,
            "所在地": appointment.place_address,
            "人数": fill(word("people", language), {"人数": str(appointment.people)}),
            "電話番号": appointment.telephone,
            "持ち物": "\n".join(f"{dash}{line}" for line in brings) or word("bring_by_kind", language),
            "確認の案内": _with_link("prove", language, links.prove),
            "予約を見る案内": _with_link("manage", language, links.manage),
            "予約サイトの案内": _with_link("site", language, links.site),
            "空きを予約する案内": _with_link("take", language, links.manage),
            "配信停止の案内": _with_link("stop", language, links.stop),
            "回答期限": _moment_in_words(until) if until else "",
            "窓口からの連絡": message,
        }
    return {name: in_brackets(value) for name, value in facts.items()}


def _with_link(name: str, language: str, address: str) -> str:
    return fill(word(name, language), {"リンク": address}) if address else ""


def _moment_in_words(moment: dt.datetime) -> str:
    here = moment.astimezone(clock.TOKYO)
    return f"{long_day_in_words(here.date())} {time_in_words(here)}"


def compose(
    kind: Kind,
    wording: Wording,
    facts: Mapping[str, str],
    address: str,
    *,
    reference: uuid.UUID | str,
    appointment: Appointment,
    links: Links,
    language: str,
    cancelled: bool = False,
) -> EmailMessage:
    """Return the mail of `kind` to `address`, plain text, with the calendar file where the kind has one (BK-07).

    `reference` names this mail for ever: sent twice (the machine died between the server's "250" and our note of it), both copies carry
    the same Message-ID and mail programs show one. The envelope's sender names it too: a report of the mail system leads back to it.

    Raises UnusableAddress for what is no single address (line breaks, lists, nothing).
    """
    try:
        validate_email(address)
    except ValidationError:
        raise UnusableAddress("not a mail address") from None
    message = EmailMessage(
        subject=" ".join(fill(wording.subject, facts).split()),
        body=fill(wording.body, facts) + "\n",
        from_email=envelope_sender(reference),
        to=[address],
        headers=_headers(kind, reference, links, language),
    )
    method = method_of(kind, cancelled=cancelled)
    if method is not None:
        with translation.override(language):
            file = invitation(appointment, method, organizer=settings.DEFAULT_FROM_EMAIL, attendee=address)
        message.attach("yoyaku.ics", file.decode("utf-8"), f"text/calendar; method={method}; charset=utf-8")
    return message


def _headers(kind: Kind, reference: uuid.UUID | str, links: Links, language: str) -> dict[str, str]:
    sender = settings.DEFAULT_FROM_EMAIL
    host = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    headers = {
        "From": sender,
        "Message-ID": f"<{reference}@{host}>",
        "Content-Language": language,
        # RFC 3834: nobody's holiday notice answers a machine. Reports of undeliverable mail must still come back, so not "All".
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
    }
    if settings.MADOGUCHI_MAIL_REPLY_TO:
        headers["Reply-To"] = settings.MADOGUCHI_MAIL_REPLY_TO
    if kind in CALLED_OFF_BY_BUTTON and links.stop:
        headers["List-Unsubscribe"] = f"<{links.stop}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def envelope_sender(reference: uuid.UUID | str) -> str:
    """Return whom the mail system tells of a failure: the mailbox for returns with the mail's reference in it (VERP), else the sender."""
    returns: str = settings.MADOGUCHI_MAIL_RETURNS
    if not returns:
        return str(settings.DEFAULT_FROM_EMAIL)
    mailbox, _at, host = returns.rpartition("@")
    return f"{mailbox}+{str(reference).replace('-', '')}@{host}"
