"""The mails that are on their way, and what became of those that were."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.reservations.models import Booking


class Mail(models.Model):
    """One mail of one booking. The address stands here only while the mail waits: sent, refused or void, it is gone."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("予約完了")
        CANCELLED = "cancelled", _("予約取消")

    class State(models.TextChoices):
        WAITING = "waiting", _("送信待ち")
        SENT = "sent", _("送信済み")
        REFUSED = "refused", _("宛先不明・拒否")
        VOID = "void", _("送信不要")

    reference = models.UUIDField(primary_key=True, default=uuid.uuid4)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="mails")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    version = models.PositiveIntegerField()
    address = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    failures = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["booking", "version"], name="mail_once_for_each_version"),
            models.CheckConstraint(condition=Q(kind__in=["confirmed", "cancelled"]), name="mail_row_kind_known"),
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "refused", "void"]), name="mail_state_known"),
            models.CheckConstraint(
                condition=(Q(state="waiting", settled_at__isnull=True) & ~Q(address=""))
                | (~Q(state="waiting") & Q(address="", settled_at__isnull=False)),
                name="mail_address_only_while_waiting",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="mail_waiting")]

    def __str__(self) -> str:
        return f"mail:{self.reference}"
