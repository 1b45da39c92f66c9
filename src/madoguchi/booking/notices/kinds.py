"""The kinds of mail: what each is for, whom it may reach, and what it does to the entry in the person's calendar."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from django.db import models
from django.utils.translation import gettext_lazy as _

Method = Literal["REQUEST", "CANCEL"]


class Kind(models.TextChoices):
    """Why a mail is sent."""

    CONFIRMED = "confirmed", _("予約完了")
    CHANGED = "changed", _("予約変更")
    CANCELLED = "cancelled", _("予約取消")
    REMINDER = "reminder", _("来庁日の前のお知らせ")
    OFFER = "offer", _("空き待ちのご案内")
    STOPPED = "stopped", _("受付中止のお知らせ")
    MESSAGE = "message", _("窓口からの連絡")
    PROOF = "proof", _("メールアドレスの確認")


class Standing(enum.StrEnum):
    """What is known of the mail address of a booking."""

    NONE = "none"
    UNPROVED = "unproved"
    PROVED = "proved"
    STOPPED = "stopped"
    FAILED = "failed"


# Mails that the office sends by itself, days after the booking: only to an address whose owner has said that it is theirs. The others
# answer what somebody has just done with the booking, correct a calendar entry that was sent, or keep somebody from coming in vain; they
# go to an address that is not proved yet as well, and carry the link that proves it.
NEEDS_PROOF = frozenset({Kind.REMINDER, Kind.MESSAGE})

# Mails that may be called off by a mail program's own button (RFC 8058).
CALLED_OFF_BY_BUTTON = NEEDS_PROOF

_METHODS: Mapping[str, Method] = MappingProxyType(
    {Kind.CONFIRMED: "REQUEST", Kind.CHANGED: "REQUEST", Kind.REMINDER: "REQUEST", Kind.CANCELLED: "CANCEL"}
)


def method_of(kind: Kind, *, cancelled: bool) -> Method | None:
    """Return what the mail's calendar file does (RFC 5546), None for a mail without one.

    A day that was stopped takes the entry away only where the booking is cancelled with it.
    """
    if kind is Kind.STOPPED:
        return "CANCEL" if cancelled else None
    return _METHODS.get(kind)


def may_go(kind: Kind, standing: Standing) -> bool:
    """Tell whether a mail of `kind` may go to an address of that standing: never where mails were stopped or came back for good."""
    if standing is Standing.UNPROVED:
        return kind not in NEEDS_PROOF
    if kind is Kind.PROOF:
        return False
    return standing is Standing.PROVED
