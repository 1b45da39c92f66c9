"""A municipality's own mail texts: every version with its author, and a mail to try one (BS-06)."""

import enum
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.notices.audited import TEST_SENT, TEXT_SAVED
from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.mails import compose, facts_of
from madoguchi.booking.notices.models import MailText
from madoguchi.booking.notices.placeholders import faults, normalised
from madoguchi.booking.notices.posting import post
from madoguchi.booking.notices.rules import Verdict
from madoguchi.booking.notices.samples import sample_appointment, sample_links, sample_message, sample_until
from madoguchi.booking.notices.services.outbox import hang_up, mail_server, reach
from madoguchi.booking.notices.wording import Wording, built_in
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record

_CHANGED_MEANWHILE = _("ほかの人がこの文面を保存しました。画面を開き直して、新しい文面を確かめてから書き直してください。")


def checked(kind: Kind, subject: str, body: str) -> Wording:
    """Return a text as it is kept. Raises ValidationError by field for an unknown, misplaced or missing placeholder, or an empty part."""
    wording = Wording(" ".join(normalised(subject).split()), normalised(body))
    found: dict[str, list[str]] = {}
    for field, words in faults(kind, wording.subject, wording.body):
        found.setdefault(field, []).append(str(words))
    if found:
        raise ValidationError(found)
    return wording


@transaction.atomic
def save_text(actor: Actor, kind: Kind, language: str, subject: str, body: str, *, version: int) -> MailText:
    """Keep a new version of a text, in force from the next mail on; the caller has checked the right.

    `version` is the version that the author has seen (0: none). Raises ValidationError as `checked` does, and when another has saved since.
    """
    wording = checked(kind, subject, body)
    if wording == built_in(kind, language):
        return _keep(actor, kind, language, Wording("", ""), version)
    return _keep(actor, kind, language, wording, version)


@transaction.atomic
def use_built_in(actor: Actor, kind: Kind, language: str, *, version: int) -> MailText:
    """Go back to the product's own text, as a new version. Raises ValidationError when another has saved since."""
    return _keep(actor, kind, language, Wording("", ""), version)


def _keep(actor: Actor, kind: Kind, language: str, wording: Wording, version: int) -> MailText:
    text, made = MailText.objects.get_or_create(
        kind=kind,
        language=language,
        version=version + 1,
        defaults={
            "subject": wording.subject,
            "body": wording.body,
            "at": clock.now(),
            "by": actor.user_id,
            "by_name": actor.user_name,
        },
    )
    if not made:
        raise ValidationError(_CHANGED_MEANWHILE)
    record(actor, TEXT_SAVED, subject=f"mail-text:{kind}:{language}", content={"version": text.version, "built_in": text.is_built_in})
    return text


class TrialAnswer(enum.StrEnum):
    """How the mail server answered a test."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"
    SILENT = "silent"


def send_test(actor: Actor, kind: Kind, language: str, wording: Wording, address: str) -> TrialAnswer:
    """Send a mail with sample facts to an address that the author has typed, at once; neither address nor mail is kept.

    The caller has checked the right. Raises UnusableAddress. No transaction is open while the mail server is asked.
    """
    appointment, links = sample_appointment(language), sample_links(settings.MADOGUCHI_PUBLIC_URL)
    message = compose(
        kind,
        wording,
        facts_of(appointment, language, links, until=sample_until(), message=sample_message()),
        address,
        reference=uuid.uuid4(),
        appointment=appointment,
        links=links,
        language=language,
    )
    server = mail_server()
    try:
        answer = TrialAnswer(post(message, server).value) if reach(server) else TrialAnswer.SILENT
    finally:
        hang_up(server)
    done = answer.value == Verdict.SENT.value
    record(
        actor,
        TEST_SENT,
        subject=f"mail-text:{kind}:{language}",
        content={"answer": answer.value},
        result=Result.DONE if done else Result.FAILED,
    )
    return answer
