"""Reading what the mail system reports of a mail that did not arrive (RFC 3464), and finding which mail it speaks of.

A report is trusted in one thing only: it must name the reference of a mail, 122 random bits that nobody but the receiver's side has seen.
Everything else in it is untidy in practice and is read with care: what cannot be read is no report.
"""

import email
import email.policy
import re
import uuid
from dataclasses import dataclass
from email.message import EmailMessage, Message

_HEX = re.compile(r"\+([0-9a-f]{32})@", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE)
_STATUS = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})")
# Headers of the report that name the address it was sent to: ours, with the reference in it.
_SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
# A report is small; what is longer is cut, so that a large file in the mailbox costs nothing.
LARGEST = 262_144


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of one mail. `for_good`: it will never arrive; else the mail system has given up for a passing reason."""

    reference: uuid.UUID
    status: str
    for_good: bool


def read_report(raw: bytes) -> Report | None:
    """Return what a mail in the mailbox for returns reports; None for a delay, a success, a holiday notice or any other mail."""
    try:
        message = email.message_from_bytes(raw[:LARGEST], policy=email.policy.default)
        status = _failed_status(message)
        reference = _reference(message) if status else None
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        # The standard library's parser of structured headers gives way on some of what is sent in the world.
        return None
    if status is None or reference is None:
        return None
    return Report(reference, status, for_good=status.startswith("5"))


def _failed_status(message: EmailMessage) -> str | None:
    """Return the status of the first recipient whose delivery failed (RFC 3464, 2.3.3 and 2.3.4)."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, Message) and str(block.get("Action", "")).strip().lower() == "failed":
                found = _STATUS.search(str(block.get("Status", ""))) or _STATUS.search(str(block.get("Diagnostic-Code", "")))
                # "Failed" without a readable status is a failure all the same: the mail system gave up.
                return found[0] if found and found[1] != "2" else "5.0.0"
    return None


def _reference(message: EmailMessage) -> uuid.UUID | None:
    """Return the reference of the mail: from the address the report was sent to, else from the headers of the mail that it brings back."""
    for name in _SENT_TO:
        for value in message.get_all(name, []):
            found = _HEX.search(str(value))
            if found:
                return uuid.UUID(found[1])
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            found = _MESSAGE_ID.search(_brought_back(part))
            if found:
                return uuid.UUID(found[1])
    return None


def _brought_back(part: Message) -> str:
    """Return the Message-ID header of the returned mail, or of the returned headers, as text."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return str(payload[0].get("Message-ID", ""))
    decoded = part.get_payload(decode=True)
    text = decoded.decode("ascii", errors="replace") if isinstance(decoded, bytes) else str(payload)
    return "\n".join(line for line in text.splitlines() if line.lower().startswith("message-id:"))
